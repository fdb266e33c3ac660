"""Identifying visitors: 100,000 `$identify` events, in batches as large as the loader's, recorded one after the other.

Once where the visitor has a person and the name is new, and once where both have persons that are merged into one.
"""

import os
import tempfile
from time import perf_counter
from typing import TYPE_CHECKING

from benchmarks.results import Figure

if TYPE_CHECKING:
    from hedgerow.spool.lines import Line

EVENTS = int(os.environ.get("BENCHMARK_IDENTIFY_EVENTS", "100000"))
WANTED = 10_000


def measure() -> list[Figure]:
    """How many identify events a second become merges in the records; this process must not have set Django up."""
    with tempfile.TemporaryDirectory() as data_dir:
        os.environ["HEDGEROW_DATA_DIR"] = data_dir
        os.environ["DJANGO_SETTINGS_MODULE"] = "hedgerow.django_settings"
        import django

        django.setup()
        from django.conf import settings

        from hedgerow.eventstore.client import event_store
        from hedgerow.migrate import migrate_records
        from hedgerow.organizations.models import Organization
        from hedgerow.projects.models import Project

        migrate_records(settings.HEDGEROW)
        event_store().apply_schema()
        organization = Organization.objects.create(name="Benchmark")
        figures = []
        for what, named in (("a new name", ""), ("a person of its own", "known")):
            project = Project.objects.create(organization=organization, name=what)
            _record([_event(project.pk, "click", f"anon-{number}") for number in range(EVENTS)])
            if named:
                _record([_event(project.pk, "click", f"user-{number}") for number in range(EVENTS)])
            seconds, copying = _record(
                [_event(project.pk, "$identify", f"user-{number}", f"anon-{number}") for number in range(EVENTS)]
            )
            _check(project, merged=bool(named))
            figures.append(
                Figure(
                    f"{EVENTS:,} identify events, each of {what}, recorded",
                    EVENTS / seconds,
                    "events/s",
                    WANTED,
                    beside=f"{EVENTS / (seconds + copying):,.0f} events/s with the copies in the event store",
                )
            )
        event_store().close()
    return figures


def _record(lines: "list[Line]") -> tuple[float, float]:
    """The seconds it takes to record the lines, and to copy what has changed to the event store."""
    from django.conf import settings
    from django.db import transaction

    from hedgerow.eventstore.client import event_store
    from hedgerow.eventstore.copies import flush
    from hedgerow.persons.recording import record_persons

    size = settings.HEDGEROW.loader_batch_events
    recording = copying = 0.0
    for first in range(0, len(lines), size):
        started = perf_counter()
        with transaction.atomic():
            record_persons(lines[first : first + size])
        recorded = perf_counter()
        flush(event_store())
        recording, copying = recording + recorded - started, copying + perf_counter() - recorded
    return recording, copying


def _event(team_id: int, name: str, distinct_id: str, anonymous_id: str | None = None) -> "Line":
    import msgspec
    import uuid_utils

    from hedgerow.spool.lines import PERSON, PERSON_CHANGE, Line

    time = "2026-01-31 12:00:00.000000"
    properties = {"$current_url": "https://shop.example/", "$browser": "Firefox"}
    if anonymous_id:
        more = {"$anon_distinct_id": anonymous_id, "$set": {"email": f"{distinct_id}@example.com", "plan": "pro"}}
        properties |= more  # type: ignore[arg-type]
    kind = PERSON_CHANGE if anonymous_id else PERSON
    encoded = msgspec.Raw(msgspec.json.encode(properties))
    return Line(kind, team_id, str(uuid_utils.uuid7()), name, distinct_id, time, time, None, encoded)


def _check(project: object, *, merged: bool) -> None:
    from hedgerow.persons.models import Person, PersonDistinctId

    persons = Person.objects.filter(project=project).count()
    distinct_ids = PersonDistinctId.objects.filter(project=project).count()
    if (persons, distinct_ids) != (EVENTS, 2 * EVENTS):
        raise AssertionError(f"{persons} persons with {distinct_ids} distinct ids, merged: {merged}")
