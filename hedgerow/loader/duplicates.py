"""Which events are stored already: SDKs send an event again under the same uuid when they did not hear an answer.

The uuids of the last days stand in Bloom filters, which never miss one. What they find is looked up in the event store,
as a filter may also find what is not there (one uuid in 100,000). Until the filters have been filled after a start,
every uuid is looked up.
"""

import threading
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

import orjson
import structlog
from rbloom import Bloom

from hedgerow.eventstore.client import EventStore, EventStoreError
from hedgerow.spool.lines import NOT_AN_EVENT, Line

log = structlog.get_logger(__name__)

_FALSE_HITS = 1e-5
_FIRST_FILTER = 1_000_000
_LARGEST_FILTER = 32_000_000
"""Uuids in a filter; at three bytes each."""
_LOOKED_UP_TOGETHER = 2_000
"""Uuids in one query to a server, whose parameters may not be longer than 128 KiB."""
_DAY = 86_400

Key = tuple[int, str]
"""Project and event uuid."""


class StoredUuids:
    """The uuids stored within the last `days`. `find` and `add` are for one thread; `rebuild` may run beside them."""

    def __init__(self, event_store: EventStore, days: int) -> None:
        self._event_store = event_store
        self._seconds = days * _DAY
        self._filters: list[_Filter] = []
        self._lock = threading.Lock()
        self._complete = False

    def duplicates(self, lines: Sequence[Line], *, look_up: bool = False) -> list[int]:
        """The places of the events among the lines that are stored already or stand before among the lines.

        With `look_up` the event store is asked for each, not only for what `add` was told.
        """
        keys = [(line.t, line.u) for line in lines if line.k != NOT_AN_EVENT]
        stored = self.stored_since(keys, self._seconds) if look_up else self._stored(keys)
        if not stored and len(set(keys)) == len(keys):
            return []
        places = []
        for place, line in enumerate(lines):
            if line.k == NOT_AN_EVENT:
                continue
            key = (line.t, line.u)
            if key in stored:
                places.append(place)
            stored.add(key)
        return places

    def add(self, uuids: Iterable[str]) -> None:
        """Remember uuids that have been stored."""
        with self._lock:
            uuids = list(uuids)
            now = time.time()
            self._filters = [one for one in self._filters if one.last_added > now - self._seconds]
            if not self._filters or self._filters[-1].count >= self._filters[-1].capacity:
                larger = self._filters[-1].capacity * 2 if self._filters else _FIRST_FILTER
                self._filters.append(_Filter(max(len(uuids), min(larger, _LARGEST_FILTER))))
            self._filters[-1].add(uuids, now)

    def rebuild(self, stop: threading.Event) -> None:
        """Fill the filters from the event store; afterwards only what they find is looked up."""
        try:
            with self._event_store.blocks(
                "SELECT toString(uuid) FROM events WHERE inserted_at >= now64(3) - toIntervalSecond({seconds:UInt32})",
                {"seconds": self._seconds},
            ) as blocks:
                for block in blocks:
                    if stop.is_set():
                        return
                    self.add(uuid for (uuid,) in block)
            self._complete = True
        except EventStoreError as error:
            log.warning("stored uuids could not be read; each one is looked up", reason=error.message)

    def stored_since(self, keys: Iterable[Key], seconds: float) -> set[Key]:
        """Those of the events that the event store got within the last seconds."""
        asked = list(set(keys))
        most = len(asked) if self._event_store.is_embedded else _LOOKED_UP_TOGETHER
        return {key for at in range(0, len(asked), most or 1) for key in self._look_up(asked[at : at + most], seconds)}

    def _look_up(self, keys: Sequence[Key], seconds: float) -> set[Key]:
        rows = self._event_store.query(
            "SELECT team_id, toString(uuid) FROM events"
            " WHERE team_id IN (SELECT arrayJoin(JSONExtract({teams:String}, 'Array(Int64)')))"
            " AND uuid IN (SELECT arrayJoin(JSONExtract({uuids:String}, 'Array(UUID)')))"
            " AND inserted_at >= now64(3) - toIntervalSecond({seconds:UInt32})",
            {
                "teams": orjson.dumps(sorted({team for team, _ in keys})).decode(),
                "uuids": orjson.dumps(sorted({uuid for _, uuid in keys})).decode(),
                "seconds": int(seconds) + 1,
            },
        ).rows
        return set(keys).intersection(map(tuple, rows))

    def _stored(self, keys: Sequence[Key]) -> set[Key]:
        if not self._complete:
            return self.stored_since(keys, self._seconds)
        with self._lock:
            filters = [one.uuids for one in self._filters]
        hits = {key for one in filters for key in keys if key[1] in one}
        return self.stored_since(hits, self._seconds)


@dataclass
class _Filter:
    capacity: int
    count: int = 0
    last_added: float = 0.0
    uuids: Bloom = field(init=False)

    def __post_init__(self) -> None:
        self.uuids = Bloom(self.capacity, _FALSE_HITS)

    def add(self, uuids: list[str], now: float) -> None:
        self.uuids.update(uuids)
        self.count += len(uuids)
        self.last_added = now
