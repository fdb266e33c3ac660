"""Stored answers: under which key, and where.

Answers are kept in the cache `query_results` of the Django settings. Losing one costs the time to compute it again.
"""

import json
import re
from collections.abc import Callable, Mapping, Sequence
from datetime import timedelta
from hashlib import sha256
from typing import Any

import orjson
import structlog
from django.core.cache import caches

from hedgerow.hogql.context import Action, Cohort
from hedgerow.projects.models import Project

log = structlog.get_logger(__name__)

KEPT_SECONDS = timedelta(days=2).total_seconds()
"""An answer nobody replaced is forgotten after this time; stale answers are of use to `async` requests until then."""

LARGEST_ANSWER = 16 * 1024 * 1024
"""A larger answer (in bytes of JSON) is computed each time."""

FORMAT = 1
"""Raised when the form of answers changes, so that none of the old form is given out."""

_NAMES_ACTIONS = re.compile(r'ActionsNode|"actions"|actionId|matchesAction', re.IGNORECASE)
_NAMES_COHORTS = re.compile("cohort", re.IGNORECASE)


def cache_key(
    project: Project,
    kind: str,
    query: dict[str, Any],
    modifiers: dict[str, Any],
    limits: str,
    actions: Mapping[int, Action],
    cohorts: Callable[[], Mapping[int, Cohort]],
    chosen_types: Sequence[Sequence[Any]],
) -> str:
    """The key of a query's answer: equal questions of a project have the same, others never do.

    `query` is the checked query without what does not change its answer; `limits` names on whose behalf rows are
    limited. The project's `actions` and `cohorts` are looked at only if the query names any: its answer ends with a
    change of theirs (of cohorts, with each calculation), as it does with a change of the `chosen_types`, the types that
    people have given to properties.
    """
    parts = [
        FORMAT,
        project.pk,
        kind,
        query,
        modifiers,
        limits,
        project.timezone,
        project.week_start_day,
        project.test_account_filters,
        project.path_cleaning_filters,
        chosen_types,
    ]
    text = json.dumps(parts, sort_keys=True)
    used = orjson.dumps(list(actions.values())) if _NAMES_ACTIONS.search(text) else b""
    if _NAMES_COHORTS.search(text):
        used += orjson.dumps(list(cohorts().values()))
    return "cache_" + sha256(text.encode() + used).hexdigest()[:32]


def stored_answer(key: str) -> dict[str, Any] | None:
    """The stored answer of a key, if there is one."""
    stored = caches["query_results"].get(key)
    if stored is None:
        return None
    answer: dict[str, Any] = orjson.loads(stored)
    return answer


def store_answer(key: str, answer: dict[str, Any]) -> None:
    """Keep an answer for later askers."""
    stored = orjson.dumps(answer)
    if len(stored) > LARGEST_ANSWER:
        return
    try:
        caches["query_results"].set(key, stored, KEPT_SECONDS)
    except OSError as error:  # a full disk costs the next asker time, not this one the answer
        log.warning("query_answer_not_kept", reason=str(error))
