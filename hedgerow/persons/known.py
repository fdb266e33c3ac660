"""What the loader remembers of distinct ids, so that each batch asks the records only for those it has not met."""

from collections.abc import Mapping
from datetime import datetime
from typing import Final, NamedTuple
from uuid import UUID

MOST_REMEMBERED: Final = 100_000
"""About 50 MB."""


class KnownDistinctId(NamedTuple):
    """A distinct id of the records and the person it belongs to."""

    pk: int
    version: int
    person_pk: int
    person_uuid: UUID | None
    """None: the default uuid of the distinct id."""
    created_at: datetime
    """When the person was made."""
    last_seen: str
    """The person's last hour, `YYYY-MM-DD hh` in UTC, or empty. May be too early: another distinct id of the person
    may have moved it on."""


DistinctIdKey = tuple[int, str]


class KnownDistinctIds:
    """A bounded memory of distinct ids: known ones with their person, and ids the records do not know (None).

    It stays right because only the loader makes and moves distinct ids, and it remembers only what has been committed;
    whoever else changes them leaves another stamp in the records (`hedgerow.persons.editing`), which is compared
    before each use.
    """

    def __init__(self, most: int = MOST_REMEMBERED) -> None:
        # Two generations: what is used moves to the young one, and when that is full the old one is dropped.
        self._most_young = max(most // 2, 1)
        self._young: dict[DistinctIdKey, KnownDistinctId | None] = {}
        self._old: dict[DistinctIdKey, KnownDistinctId | None] = {}
        self._stamp: UUID | None = None

    def recall(self, stamp: UUID, keys: Mapping[DistinctIdKey, object]) -> dict[DistinctIdKey, KnownDistinctId | None]:
        """What is remembered of these ids. A stamp other than last time's makes it forget everything first."""
        if stamp != self._stamp:
            self._young, self._old, self._stamp = {}, {}, stamp
        young, old = self._young, self._old
        recalled = {key: young[key] for key in keys if key in young}
        from_old = {key: old[key] for key in keys if key in old and key not in young}
        self._keep(from_old)
        recalled.update(from_old)
        return recalled

    def remember(self, stamp: UUID, known: Mapping[DistinctIdKey, KnownDistinctId | None]) -> None:
        """Remember what was read or written, and committed, while the stamp was the one given."""
        if stamp == self._stamp:
            self._keep(known)

    def _keep(self, known: Mapping[DistinctIdKey, KnownDistinctId | None]) -> None:
        self._young.update(known)
        if len(self._young) > self._most_young:
            self._old, self._young = self._young, {}
