"""Identifiers that come out the same every time the sample is made."""

import random
from datetime import UTC, datetime
from uuid import UUID

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def milliseconds(at: datetime) -> int:
    """Whole milliseconds from 1970 to `at`."""
    elapsed = at - _EPOCH
    return (elapsed.days * 86_400 + elapsed.seconds) * 1000 + elapsed.microseconds // 1000


def time_ordered_uuid(at: datetime, rng: random.Random) -> str:
    """A version 7 uuid (RFC 9562): the time in milliseconds, then 74 bits of `rng`."""
    value = milliseconds(at) << 80 | 0x7 << 76 | rng.getrandbits(12) << 64 | 0b10 << 62 | rng.getrandbits(62)
    return str(UUID(int=value))
