"""Why calculations fail: codes, and what people are told."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import structlog
from django.db import OperationalError

from hedgerow.cohorts.criteria.errors import CriteriaError
from hedgerow.eventstore.client import EventStoreError, EventStoreUnavailable, QueryMemory, QueryTimeout
from hedgerow.hogql.errors import HogQLError
from hedgerow.insights.errors import InsightError
from hedgerow.queries.errors import QueryError

log = structlog.get_logger(__name__)

_REVIEW = "An error occurred while calculating this cohort. Please review your matching criteria or contact support."
MESSAGES: Final = {
    "capacity": "The system was busy when this cohort was scheduled to calculate. It will automatically retry.",
    "interrupted": "Calculation was interrupted. It will automatically retry.",
    "timeout": "Cohort calculation was terminated for taking too long.",
    "memory_limit": "Cohort calculation was terminated for using too much memory.",
    "query_size": "The matching criteria produced a query that was too large.",
    "invalid_regex": (
        "This cohort contains an invalid regular expression. Please check your regex syntax in the matching criteria."
    ),
    "no_properties": "This cohort has no matching criteria defined. Please add at least one.",
    "validation_error": _REVIEW,
    "incompatible_types": _REVIEW,
    "unknown": _REVIEW,
}
"""What is told of a failed calculation, by its code."""


# ClickHouse's error numbers.
_INVALID_REGEX = {427}
_QUERY_SIZE = {62, 167, 168, 306}
_INCOMPATIBLE = {27, 43, 53, 70, 72, 386}


@dataclass(frozen=True, slots=True)
class Failure:
    """Why a calculation did not succeed."""

    code: str
    reason: str

    @property
    def message(self) -> str:
        """What people are told."""
        text = MESSAGES[self.code]
        return f"{text} {self.reason}" if self.code in ("validation_error", "incompatible_types") else text


def is_transient(error: Exception) -> bool:
    """Whether the same may work a little later."""
    return isinstance(error, (EventStoreUnavailable, OperationalError))


def failure_of(error: Exception) -> Failure:
    """What went wrong, by its code."""
    if is_transient(error):
        return Failure("capacity", str(error))
    if isinstance(error, QueryTimeout):
        return Failure("timeout", error.message)
    if isinstance(error, QueryMemory):
        return Failure("memory_limit", error.message)
    if isinstance(error, EventStoreError):
        codes = ((_INVALID_REGEX, "invalid_regex"), (_QUERY_SIZE, "query_size"), (_INCOMPATIBLE, "incompatible_types"))
        code = next((name for numbers, name in codes if error.code in numbers), "unknown")
        return Failure(code, error.message)
    if isinstance(error, (CriteriaError, InsightError, QueryError)):
        return Failure("validation_error", error.detail)
    if isinstance(error, HogQLError):
        return Failure("validation_error", str(error))
    log.error("cohort_calculation_broke", exc_info=error)
    return Failure("unknown", str(error))
