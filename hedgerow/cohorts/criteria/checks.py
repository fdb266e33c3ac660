"""What is wrong with criteria that are well-formed: said when they are saved, not when they are calculated."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from hedgerow.cohorts.criteria.errors import CriteriaError
from hedgerow.cohorts.criteria.grammar import (
    MAX_VALUES,
    BehavioralLeaf,
    CohortLeaf,
    Group,
    MetadataLeaf,
    PersonLeaf,
    Placed,
    leaves,
)
from hedgerow.cohorts.criteria.people import members_query
from hedgerow.cohorts.criteria.windows import SECONDS
from hedgerow.hogql.compile import compile_query
from hedgerow.hogql.context import ProjectContext
from hedgerow.hogql.errors import HogQLError
from hedgerow.insights.dates import parse_moment
from hedgerow.insights.errors import InsightError

MAX_PERIODS = 1_000

_TIME = ("time_value", "time_interval")
_SEQ_TIME = ("seq_time_value", "seq_time_interval")
_SEQUENCE = ("seq_event", "seq_event_type", *_SEQ_TIME)
_NEEDED: dict[str, tuple[str, ...]] = {
    "performed_event": (),
    "performed_event_multiple": ("operator_value",),
    "performed_event_first_time": _TIME,
    "performed_event_sequence": _SEQUENCE,
    "performed_event_regularly": (*_TIME, "operator_value", "min_periods", "total_periods"),
    "stopped_performing_event": (*_TIME, *_SEQ_TIME),
    "restarted_performing_event": (*_TIME, *_SEQ_TIME),
}
_TAKES_DATES = frozenset({"performed_event", "performed_event_multiple", "performed_event_sequence"})
"""The kinds whose span may be given by `explicit_datetime` instead of the time pair."""

_DATE_OPERATORS = frozenset({"is_date_after", "is_date_before"})
_METADATA_OPERATORS = frozenset({"is_date_after", "is_date_before", "is_date_exact", "is_set", "is_not_set"})
_PERSON_OPERATORS_LEFT_OUT = frozenset({"flag_evaluates_to", "is_cleaned_path_exact"})


def check(
    criteria: Group, context: ProjectContext, now: datetime, is_regex: Callable[[str], bool] = lambda pattern: True
) -> None:
    """Raise CriteriaError for what could not be calculated, with the place of the leaf.

    Actions must exist; `is_regex` says whether the event store can read a regular expression. Whether cohorts exist is
    for the caller to find out.
    """
    for placed in leaves(criteria):
        leaf, place = placed.leaf, placed.place
        if isinstance(leaf, BehavioralLeaf):
            _check_behavioral(leaf, place, context)
        elif isinstance(leaf, MetadataLeaf):
            _check_metadata(leaf, place)
        if not isinstance(leaf, CohortLeaf):
            _check_values(leaf, place, context, now)
            for pattern in _patterns(leaf):
                if not is_regex(pattern):
                    raise CriteriaError(f"{place}: '{pattern[:200]}' is not a valid regular expression.")
        _check_compiles(placed, context, now)


def _check_compiles(placed: Placed, context: ProjectContext, now: datetime) -> None:
    try:
        compile_query(members_query(Group("AND", (placed,)), context, now), context)
    except InsightError as error:
        raise CriteriaError(f"{placed.place}: {error.detail}") from None
    except HogQLError as error:
        raise CriteriaError(f"{placed.place}: {error}") from None


def _check_behavioral(leaf: BehavioralLeaf, place: str, context: ProjectContext) -> None:
    missing = [name for name in _NEEDED[leaf.value] if getattr(leaf, name) is None]
    if leaf.value in _TAKES_DATES and leaf.explicit_datetime is None:
        missing = [name for name in _TIME if getattr(leaf, name) is None] + missing
    if missing:
        raise CriteriaError(f"{place}: '{leaf.value}' needs {', '.join(missing)}.")
    if leaf.value not in _TAKES_DATES and (leaf.explicit_datetime or leaf.explicit_datetime_to):
        raise CriteriaError(f"{place}: '{leaf.value}' takes time_value and time_interval, not explicit_datetime.")
    if leaf.value == "performed_event_regularly":
        _check_periods(leaf, place)
    if leaf.value in ("stopped_performing_event", "restarted_performing_event") and not _is_shorter(leaf):
        raise CriteriaError(f"{place}: the time of seq_time_value must be shorter than that of time_value.")
    for kind, key in ((leaf.event_type, leaf.key), (leaf.seq_event_type, leaf.seq_event)):
        if kind == "actions" and key is not None and int(key) not in context.actions:
            raise CriteriaError(f"{place}: action {key} does not exist.")


def _check_periods(leaf: BehavioralLeaf, place: str) -> None:
    assert leaf.min_periods and leaf.total_periods
    if leaf.operator not in (None, "gte", "lte", "exact"):
        raise CriteriaError(f"{place}: the operator of '{leaf.value}' is gte, lte or exact.")
    if leaf.min_periods > leaf.total_periods:
        raise CriteriaError(f"{place}: min_periods must not be larger than total_periods.")
    if leaf.total_periods > MAX_PERIODS:
        raise CriteriaError(f"{place}: total_periods can be {MAX_PERIODS} at most.")


def _is_shorter(leaf: BehavioralLeaf) -> bool:
    assert leaf.time_value and leaf.time_interval and leaf.seq_time_value and leaf.seq_time_interval
    return leaf.seq_time_value * SECONDS[leaf.seq_time_interval] < leaf.time_value * SECONDS[leaf.time_interval]


def _check_metadata(leaf: MetadataLeaf, place: str) -> None:
    if leaf.key != "created_at":
        raise CriteriaError(f"{place}: Unsupported person_metadata key '{leaf.key}'. Allowed keys: created_at.")
    if leaf.operator not in _METADATA_OPERATORS:
        raise CriteriaError(f"{place}: the operator of created_at is {', '.join(sorted(_METADATA_OPERATORS))}.")


def _check_values(
    leaf: PersonLeaf | MetadataLeaf | BehavioralLeaf, place: str, context: ProjectContext, now: datetime
) -> None:
    conditions = (leaf.event_filters or []) if isinstance(leaf, BehavioralLeaf) else [leaf]
    for each in conditions:
        if isinstance(each.value, list) and len(each.value) > MAX_VALUES:
            raise CriteriaError(f"{place}: the list of one condition can have {MAX_VALUES} values at most.")
    if isinstance(leaf, BehavioralLeaf):
        return
    if leaf.operator in _PERSON_OPERATORS_LEFT_OUT:
        raise CriteriaError(f"{place}: unknown operator '{leaf.operator}'.")
    if leaf.operator in _DATE_OPERATORS:
        for value in leaf.value if isinstance(leaf.value, list) else [leaf.value]:
            if not _is_date(value, context, now):
                raise CriteriaError(
                    f"{place}: Invalid date value '{value}' for operator '{leaf.operator}'. Expected a relative date "
                    "(e.g., '-7d', '30d') or an ISO 8601 date (e.g., '2024-01-15')."
                )


def _is_date(value: Any, context: ProjectContext, now: datetime) -> bool:
    if not isinstance(value, str):
        return False
    try:
        parse_moment(value, ZoneInfo(context.timezone), now, context.week_start_day)
    except InsightError:
        return False
    return re.fullmatch(r"-?[hdwmqyMs](Start|End)?", value) is None


def _patterns(leaf: PersonLeaf | MetadataLeaf | BehavioralLeaf) -> Iterator[str]:
    conditions = (leaf.event_filters or []) if isinstance(leaf, BehavioralLeaf) else [leaf]
    for each in conditions:
        if each.operator in ("regex", "not_regex"):
            values = each.value if isinstance(each.value, list) else [each.value]
            yield from (value for value in values if isinstance(value, str))
