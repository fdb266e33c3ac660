"""Removing the events of persons from the event store, as they were asked for, until none is left."""

from collections.abc import Collection, Iterator
from datetime import datetime, timedelta
from itertools import groupby
from typing import Any, Final

from django.conf import settings
from django.utils import timezone

from hedgerow.eventstore.client import event_store
from hedgerow.persons.models import EventDeletion
from hedgerow.persons.records import engine_time
from hedgerow.spool.segments import EVENT_LANES, is_waiting
from hedgerow.work.jobs import Attempt, enqueue

_MOST_IDS: Final = 1_000
"""Persons and distinct ids in one statement, about."""

_LOOK_AGAIN: Final = timedelta(seconds=2)
"""Pause while events that had come before the wish are still on their way into the event store."""

_OVERRIDDEN = "SELECT distinct_id FROM person_overrides FINAL WHERE team_id = {team:Int64} AND person_id"
_EVENTS = (
    "team_id = {team:Int64} AND created_at <= toDateTime64({until:String}, 6, 'UTC')"
    " AND (distinct_id IN {distinct_ids:Array(String)}"
    f" OR distinct_id IN ({_OVERRIDDEN} IN {{persons:Array(UUID)}})"
    " OR (person_id IN {persons:Array(UUID)}"
    f" AND distinct_id NOT IN ({_OVERRIDDEN} NOT IN {{persons:Array(UUID)}})))"
)
"""Events of the distinct ids the persons had, and events that count as the persons' from an earlier life of theirs."""


def delete_events(attempt: Attempt) -> None:
    """Remove the events of all deletions that wait. It may be cut off and called again at any point."""
    waiting = EventDeletion.objects.filter(delete_verified_at=None).order_by("project_id", "created_at", "pk")
    is_early = False
    for (project_id, until), group in groupby(waiting, lambda each: (each.project_id, each.created_at)):
        is_loaded = not is_waiting(settings.HEDGEROW.spool_dir, EVENT_LANES, until)
        for some in _batches(group):
            _delete(attempt, project_id, until, some)
            if is_loaded:
                EventDeletion.objects.filter(pk__in=[each.pk for each in some]).update(
                    delete_verified_at=timezone.now(), distinct_ids=[]
                )
        is_early = is_early or not is_loaded
    if is_early:
        enqueue("persons.delete_events", after=_LOOK_AGAIN, unless_waiting=True)


def _delete(attempt: Attempt, project_id: int, until: datetime, deletions: Collection[EventDeletion]) -> None:
    """Remove the events and see that they are gone. Raises EventStoreError."""
    parameters: dict[str, Any] = {
        "team": project_id,
        "until": engine_time(until),
        "persons": [str(each.person_uuid) for each in deletions],
        "distinct_ids": [distinct_id for each in deletions for distinct_id in each.distinct_ids],
    }
    store = event_store()
    # Nothing but removing the rows themselves frees their disk space, so a mark that hides them would not do.
    if _count(parameters):
        store.command(
            f"ALTER TABLE events DELETE WHERE {_EVENTS}",
            parameters,
            {"mutations_sync": 1, "log_comment": attempt.tag},
        )


def _count(parameters: dict[str, Any]) -> int:
    found = event_store().query(f"SELECT count() FROM events WHERE {_EVENTS}", parameters)  # noqa: S608
    return int(found.rows[0][0])


def _batches(deletions: Iterator[EventDeletion]) -> Iterator[list[EventDeletion]]:
    some: list[EventDeletion] = []
    ids = 0
    for each in deletions:
        some.append(each)
        ids += 1 + len(each.distinct_ids)
        if ids >= _MOST_IDS:
            yield some
            some, ids = [], 0
    if some:
        yield some
