"""What can go wrong in the event store, as exceptions a caller can decide by."""

import re


class EventStoreError(Exception):
    """The event store refused a statement. `code` is ClickHouse's error number (0: none), `message` its reason."""

    def __init__(self, message: str, code: int = 0) -> None:
        super().__init__(message)
        self.message = message
        self.code = code


class QueryTimeout(EventStoreError):  # noqa: N818
    """The query ran into its time limit."""


class QueryMemory(EventStoreError):  # noqa: N818
    """The statement needed more memory than it may use, or than there is."""


class QueryTooLarge(EventStoreError):  # noqa: N818
    """The query would read, or give back, more rows or bytes than it may."""


class EventStoreUnavailable(EventStoreError):  # noqa: N818
    """The store cannot work now, whatever the data: not reachable, disk full, not set up, overloaded. Try later."""


# ClickHouse's error numbers (src/Common/ErrorCodes.cpp of ClickHouse).
_TIMEOUT = {159, 160}
_MEMORY = {241, 173}
RESULT_TOO_LARGE = 396
_TOO_LARGE = {158, 307, RESULT_TOO_LARGE, 191}
_UNAVAILABLE = {
    # files and disk: cannot read, write, open, close, truncate, fsync, seek; no space; directory or file away
    *(73, 74, 75, 76, 77, 78, 79, 80, 107, 208, 243, 326, 372, 512, 521, 598),
    # network, sessions, users, keeper, replicas
    *(193, 194, 198, 202, 203, 209, 210, 279, 285, 286, 289, 319, 373, 394, 425, 497, 516, 692, 999),
    # read only, too many parts, being shut down, no threads
    *(164, 236, 242, 252, 345, 439, 700, 745),
    # tables not there (yet)
    *(60, 81, 218),
}

# Whatever the data: unknown function, column or setting, a statement that cannot be parsed.
_STATEMENT = {16, 46, 47, 62, 115}
_LONGEST_MESSAGE = 2_000

# The system's reasons, which the engine passes on under numbers of many meanings.
_SYSTEM_TROUBLE = (
    "No space left on device",
    "Disk quota exceeded",
    "Read-only file system",
    "Input/output error",
    "Too many open files",
)

_PREFIX = re.compile(r"^Code: \d+\. DB::Exception: ")
_TRAILER = re.compile(r"\s*\(version [^()]*(?:\([^()]*\))?[^()]*\)\s*$")


def is_fault_of_data(error: EventStoreError) -> bool:
    """Whether an insert failed for what is in the rows, so that it would fail again, and go on without them."""
    return not isinstance(error, EventStoreUnavailable) and error.code not in _STATEMENT


def error_for(message: str, code: int | None) -> EventStoreError:
    """The exception for an error number and text of ClickHouse; no number means it could not be asked at all."""
    message = _TRAILER.sub("", _PREFIX.sub("", message.strip()))[:_LONGEST_MESSAGE]
    if code is None or code in _UNAVAILABLE or any(trouble in message for trouble in _SYSTEM_TROUBLE):
        return EventStoreUnavailable(message, code or 0)
    if code in _TIMEOUT:
        return QueryTimeout(message, code)
    if code in _MEMORY:
        return QueryMemory(message, code)
    if code in _TOO_LARGE:
        return QueryTooLarge(message, code)
    return EventStoreError(message, code)
