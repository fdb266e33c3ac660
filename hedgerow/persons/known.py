"""What the loader remembers of persons, so that a batch asks the records only for what it has not met lately."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Final, Generic, NamedTuple, TypeVar
from uuid import UUID

from hedgerow.persons.fingerprints import Fingerprint
from hedgerow.persons.people import DistinctIdKey

MOST_REMEMBERED: Final = 100_000
"""Distinct ids, and as many persons: about 60 MB."""

K = TypeVar("K")
V = TypeVar("V")


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


class Memory:
    """A bounded memory of distinct ids (None: the records do not know it) and of the persons' fingerprints.

    It stays right because only the loader makes and moves distinct ids, and it remembers only what has been committed;
    whoever else changes persons leaves another stamp in the records (`hedgerow.persons.editing`), which is compared
    before each use.
    """

    def __init__(self, most: int = MOST_REMEMBERED) -> None:
        self._most = most
        self._forget(None)

    def check(self, stamp: UUID) -> None:
        """Forget everything if the stamp is not the one of last time."""
        if stamp != self._stamp:
            self._forget(stamp)

    def distinct_ids(self, keys: Iterable[DistinctIdKey]) -> dict[DistinctIdKey, KnownDistinctId | None]:
        """What is remembered of these distinct ids."""
        return self._distinct_ids.recall(keys)

    def fingerprints(self, person_pks: Iterable[int]) -> dict[int, Fingerprint | None]:
        """The fingerprint of each of these persons' last event; None where its properties have changed since."""
        return self._fingerprints.recall(person_pks)

    def remember(
        self,
        stamp: UUID,
        distinct_ids: Mapping[DistinctIdKey, KnownDistinctId | None],
        fingerprints: Mapping[int, Fingerprint | None],
    ) -> None:
        """Remember what was read or written, and committed, while the stamp was the one given."""
        if stamp == self._stamp:
            self._distinct_ids.keep(distinct_ids)
            self._fingerprints.keep(fingerprints)

    def _forget(self, stamp: UUID | None) -> None:
        self._stamp = stamp
        self._distinct_ids = _Recent[DistinctIdKey, KnownDistinctId | None](self._most)
        self._fingerprints = _Recent[int, Fingerprint | None](self._most)


class _Recent(Generic[K, V]):
    """A dictionary of what was used last: when the young half is full, the old half is dropped."""

    def __init__(self, most: int) -> None:
        self._most_young = max(most // 2, 1)
        self._young: dict[K, V] = {}
        self._old: dict[K, V] = {}

    def recall(self, keys: Iterable[K]) -> dict[K, V]:
        young, old = self._young, self._old
        recalled: dict[K, V] = {}
        from_old: dict[K, V] = {}
        for key in keys:
            if key in young:
                recalled[key] = young[key]
            elif key in old:
                from_old[key] = old[key]
        self.keep(from_old)
        return recalled | from_old

    def keep(self, values: Mapping[K, V]) -> None:
        self._young.update(values)
        if len(self._young) > self._most_young:
            self._old, self._young = self._young, {}
