"""Event definitions from a batch of events, within the caller's transaction."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from itertools import groupby, islice
from typing import Final

from hedgerow.spool.lines import NOT_AN_EVENT, Line
from hedgerow.taxonomy.models import EventDefinition

LONGEST_EVENT_NAME: Final = 200
"""In characters; longer names get no definition."""

LAST_SEEN_STEP: Final = timedelta(minutes=1)
"""When a definition was last seen is written only if it moves on by at least this."""

_CHUNK = 5_000

EventKey = tuple[int, str]
"""Project id and event name."""


def record_event_names(lines: Sequence[Line]) -> None:
    """Make a definition for each new event name of the lines, and move on when the known ones were last seen.

    `created_at` is the receipt of the first event, `last_seen_at` the time of the latest one, up to a minute behind.
    """
    seen: dict[EventKey, str] = {}
    received: dict[EventKey, str] = {}
    for line in lines:
        if line.k == NOT_AN_EVENT:
            continue
        key = (line.t, line.e)
        if key not in received:
            received[key] = line.now
            seen[key] = line.ts
        elif seen[key] < line.ts:
            seen[key] = line.ts
    keys = [key for key in seen if len(key[1]) <= LONGEST_EVENT_NAME]
    changed = []
    known = _load(keys)
    for key in keys:
        created_at, seen_before = known.get(key, (None, None))
        last_seen_at = _time(seen[key])
        overdue = seen_before is None or last_seen_at - seen_before >= LAST_SEEN_STEP
        if overdue or created_at is None:
            # Of a definition that is there already only the two times are written.
            changed.append(
                EventDefinition(
                    project_id=key[0],
                    name=key[1],
                    created_at=created_at or _time(received[key]),
                    last_seen_at=max(last_seen_at, seen_before or last_seen_at),
                )
            )
    EventDefinition.objects.bulk_create(
        changed,
        batch_size=_CHUNK,
        update_conflicts=True,
        unique_fields=["project", "name"],
        update_fields=["created_at", "last_seen_at"],
    )


def _load(keys: Sequence[EventKey]) -> Mapping[EventKey, tuple[datetime | None, datetime | None]]:
    """When the events first came in and were last seen, of those that have a definition."""
    known = {}
    for team_id, team_keys in groupby(sorted(keys), key=lambda key: key[0]):
        for names in chunks(name for _, name in team_keys):
            rows = EventDefinition.objects.filter(project_id=team_id, name__in=names)
            for name, created_at, last_seen_at in rows.values_list("name", "created_at", "last_seen_at"):
                known[team_id, name] = (created_at, last_seen_at)
    return known


def chunks(names: Iterable[str]) -> Iterator[list[str]]:
    """The names in lists short enough for one query."""
    rest = iter(names)
    while chunk := list(islice(rest, _CHUNK)):
        yield chunk


def _time(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)
