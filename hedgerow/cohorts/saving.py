"""Saving a cohort: the checks of its definition before, and what follows from a change of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, Final
from uuid import UUID

from django.db import transaction

from hedgerow.activity.recording import changes_between, record_activity
from hedgerow.api.errors import ValidationError
from hedgerow.cohorts.calculation import request_calculation
from hedgerow.cohorts.criteria.checks import check
from hedgerow.cohorts.criteria.errors import CriteriaError
from hedgerow.cohorts.criteria.grammar import Group, normalised, parse_filters
from hedgerow.cohorts.criteria.legacy import completed_groups
from hedgerow.cohorts.csv_upload import UploadedList
from hedgerow.cohorts.definition import computed_type, effective_filters, has_criteria, nested_ids
from hedgerow.cohorts.filling import request_filling
from hedgerow.cohorts.lists import add_persons, drop_list, start_import
from hedgerow.cohorts.models import Cohort
from hedgerow.cohorts.query_members import check_query
from hedgerow.cohorts.references import calculation_order, check_nested, named_cohorts
from hedgerow.cohorts.uses import require_unused
from hedgerow.eventstore.client import EventStoreError, EventStoreUnavailable, event_store
from hedgerow.queries.context import project_context
from hedgerow.queries.errors import QueryError

BOTH: Final = "Cannot set both query and filters at the same time."
STATIC_CRITERIA: Final = (
    "Editing the criteria of a static cohort is not supported yet. Create a new static cohort instead."
)
LOGGED: Final = ("name", "description", "filters", "query", "groups", "is_static", "cohort_type", "deleted")
"""The fields whose changes the activity log tells."""

_ACCEPTED_AS = {"realtime": (Cohort.Type.PERSON_PROPERTY, Cohort.Type.BEHAVIORAL)}


def checked_definition(cohort: Cohort, given: Mapping[str, Any]) -> dict[str, Any]:
    """The fields of a request with the definition checked and normalised, and `cohort_type` computed.

    `cohort` is as it was before, or a new one. Nothing is written. Raises ValidationError.
    """
    found = dict(given)
    wanted_type = found.pop("cohort_type", None)
    if found.get("query") is not None and has_criteria(found.get("filters")):
        raise ValidationError(BOTH)
    is_static = found.get("is_static", cohort.is_static)
    try:
        _check_static_criteria(cohort, found, is_static=is_static)
        _check_parts(found, is_static=is_static)
        after = _changed(cohort, found)
        criteria = _checked_criteria(cohort, after, found)
    except CriteriaError as error:
        raise ValidationError(error.detail, attr=error.attr) from None
    except QueryError as error:
        raise ValidationError(error.detail, attr="query") from None
    found["cohort_type"] = _checked_type(after, criteria, wanted_type)
    return found


@transaction.atomic
def save(
    cohort: Cohort,
    given: Mapping[str, Any],
    *,
    user: Any,
    uploaded: UploadedList | None = None,
    person_ids: Sequence[UUID] | None = None,
) -> Cohort:
    """Write a new or changed cohort and begin what follows: its calculation, the filling of its list.

    `given` comes from `checked_definition`. Raises ValidationError for a deletion of what is still used.
    """
    is_new = cohort.pk is None
    before = {name: getattr(cohort, name) for name in LOGGED}
    if given.get("deleted") and not cohort.deleted:
        require_unused(cohort, user)
    for name, value in given.items():
        setattr(cohort, name, value)
    cohort.deleted_at = (cohort.deleted_at or datetime.now(UTC)) if cohort.deleted else None
    if is_new and cohort.is_static:
        cohort.count = 0
    elif before["is_static"] and not cohort.is_static and not is_new:
        drop_list(cohort)
        cohort.version = cohort.count = None
    cohort.save()
    if not is_new and before["cohort_type"] != cohort.cohort_type:
        _retype_users(cohort)
    _record(cohort, None if is_new else before, user)
    if cohort.is_static:
        _fill(cohort, given, uploaded, person_ids, is_new=is_new, was_static=is_new or before["is_static"])
    elif not cohort.deleted:
        Cohort.objects.filter(pk=cohort.pk).update(errors_calculating=0, last_error_at=None)
        request_calculation(cohort)
    cohort.refresh_from_db()
    return cohort


def record_list_change(cohort: Cohort, activity: str, user: Any) -> None:
    """Note in the activity log that persons were added or removed by hand."""
    record_activity(
        scope="Cohort", activity=activity, item_id=cohort.pk, user=user, project=cohort.project, name=cohort.name
    )


def _check_static_criteria(cohort: Cohort, given: Mapping[str, Any], *, is_static: bool) -> None:
    if cohort.pk is None or not (cohort.is_static and is_static) or "filters" not in given:
        return
    old, new = cohort.filters, given["filters"]
    if (has_criteria(old) or has_criteria(new)) and new not in (old, effective_filters(cohort)):
        raise CriteriaError(STATIC_CRITERIA, None)


def _check_parts(found: dict[str, Any], *, is_static: bool) -> None:
    """Check and complete each of the three ways to define a cohort; one that is sent alone clears the other."""
    if found.get("filters") is not None and (not is_static or has_criteria(found["filters"])):
        criteria = parse_filters(found["filters"])
        if found["filters"]["properties"]:
            found["filters"] = normalised(criteria)
    if found.get("groups") is not None:
        found["groups"] = completed_groups(found["groups"])
    elif "groups" in found:
        found["groups"] = []
    if found.get("query") is not None:
        check_query(found["query"])
        found["filters"] = None
    elif has_criteria(found.get("filters")):
        found["query"] = None


def _changed(cohort: Cohort, given: Mapping[str, Any]) -> Cohort:
    """The cohort as it would be."""
    kept = {name: getattr(cohort, name) for name in ("filters", "groups", "query", "is_static")}
    return Cohort(
        pk=cohort.pk, project=cohort.project, **{name: given.get(name, value) for name, value in kept.items()}
    )


def _checked_criteria(cohort: Cohort, after: Cohort, given: Mapping[str, Any]) -> Group:
    """The criteria of the cohort as it would be; what the request does not touch has been checked before."""
    criteria = parse_filters(effective_filters(after)) if after.query is None else Group("AND", ())
    if criteria.values and {"filters", "groups", "query", "is_static"} & given.keys():
        if after.filters != cohort.filters or after.groups != cohort.groups or cohort.pk is None:
            check(criteria, project_context(after.project), datetime.now(UTC), _is_regex)
        named = nested_ids(criteria) if after.is_static else named_cohorts(after)
        check_nested(after.project.pk, cohort.pk, named)
    return criteria


def _checked_type(after: Cohort, criteria: Group, wanted: str | None) -> str | None:
    found = computed_type(
        is_static=after.is_static,
        has_query=after.query is not None,
        criteria=criteria,
        nested_types=_nested_types(after.project_id, nested_ids(criteria)),
    )
    if wanted is None:
        return found
    if found is None:
        raise ValidationError("Invalid cohort type for the given filters", attr="cohort_type")
    if wanted != found and found not in _ACCEPTED_AS.get(wanted, ()):
        raise ValidationError(
            f"Cohort type '{wanted}' does not match the filters. Expected type: '{found.value}'", attr="cohort_type"
        )
    return found


def _nested_types(project_id: int, cohort_ids: set[int]) -> dict[int, str | None]:
    rows = Cohort.objects.filter(project_id=project_id, pk__in=cohort_ids, deleted=False)
    return dict(rows.values_list("pk", "cohort_type"))


def _retype_users(cohort: Cohort) -> None:
    """The type of a cohort depends on those it names."""
    order = calculation_order(cohort.project_id, cohort.pk)
    users = Cohort.objects.in_bulk(order[order.index(cohort.pk) + 1 :])
    for each in (users[pk] for pk in order if pk in users):
        if each.is_static or each.query is not None:
            continue
        criteria = parse_filters(effective_filters(each))
        types = _nested_types(each.project_id, nested_ids(criteria))
        found = computed_type(is_static=False, has_query=False, criteria=criteria, nested_types=types)
        Cohort.objects.filter(pk=each.pk).update(cohort_type=found)


def _fill(
    cohort: Cohort,
    given: Mapping[str, Any],
    uploaded: UploadedList | None,
    person_ids: Sequence[UUID] | None,
    *,
    is_new: bool,
    was_static: bool,
) -> None:
    """Begin what fills the list of a static cohort: the first source there is."""
    if not was_static and cohort.version is not None:
        request_filling(cohort, taken_version=cohort.version)
    if person_ids:
        add_persons(cohort, person_ids)
    if uploaded is not None:
        start_import(cohort, uploaded.column, uploaded.values)
    elif not person_ids and (given.get("query") is not None or (is_new and has_criteria(effective_filters(cohort)))):
        request_filling(cohort)


def _record(cohort: Cohort, before: dict[str, Any] | None, user: Any) -> None:
    known: dict[str, Any] = {
        "scope": "Cohort",
        "item_id": cohort.pk,
        "user": user,
        "project": cohort.project,
        "name": cohort.name,
    }
    if before is None:
        record_activity(activity="created", **known)
        return
    after = {name: getattr(cohort, name) for name in LOGGED}
    activity = "updated"
    if before["deleted"] != after["deleted"]:
        activity = "deleted" if after["deleted"] else "restored"
    record_activity(activity=activity, changes=changes_between("Cohort", before, after), **known)


def _is_regex(pattern: str) -> bool:
    """Whether the event store can read a regular expression. Raises EventStoreUnavailable."""
    try:
        event_store().query("SELECT match('', {pattern:String})", {"pattern": pattern})
    except EventStoreUnavailable:
        raise
    except EventStoreError:
        return False
    return True
