"""The loader as it runs in the app: for ever, whatever fails."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from hedgerow.eventstore.client import EventStore
from hedgerow.loader.jobs import Job, PeriodicJobs
from hedgerow.loader.models import PeriodicJob
from hedgerow.loader.service import Loader
from hedgerow.projects.models import Project
from hedgerow.settings import Settings
from hedgerow.spool.segments import closed_segments
from hedgerow.taxonomy.models import PropertyDefinition
from tests.loader.spooling import event, settings_in, write_segment

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return settings_in(tmp_path)


@contextmanager
def running(loader: Loader) -> Iterator[None]:
    """A loader in a thread, stopped at the end."""
    stop = threading.Event()
    thread = threading.Thread(target=loader.run, args=(stop,))
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join()


def stored(event_store: EventStore, project: Project) -> list[str]:
    query = "SELECT event FROM events WHERE team_id = {team:Int64} ORDER BY event"
    return [name for (name,) in event_store.query(query, {"team": project.pk}).rows]


def eventually(expected: list[str], event_store: EventStore, project: Project) -> None:
    deadline = time.monotonic() + 120  # the disk may be busy with other things
    while (found := stored(event_store, project)) != expected:
        assert time.monotonic() < deadline, f"{found} is not {expected}"
        time.sleep(0.05)


def test_segments_of_both_lanes_are_loaded_as_they_come(
    settings: Settings, event_store: EventStore, project: Project
) -> None:
    with running(Loader(settings, event_store)):
        write_segment(settings, [event(project.pk, "1")])
        eventually(["1"], event_store, project)
        write_segment(settings, [event(project.pk, "2")], "historical")
        write_segment(settings, [event(project.pk, "3")])
        eventually(["1", "2", "3"], event_store, project)
    assert not closed_segments(settings.spool_dir, "live")


def test_events_wait_until_the_event_store_works_again(
    settings: Settings, event_store: EventStore, project: Project
) -> None:
    event_store.command("RENAME TABLE events TO events_away")
    try:
        with running(Loader(settings, event_store)):
            write_segment(settings, [event(project.pk, "1")])
            time.sleep(0.3)
            write_segment(settings, [event(project.pk, "2")])
            event_store.command("RENAME TABLE events_away TO events")
            eventually(["1", "2"], event_store, project)
    finally:
        event_store.command("RENAME TABLE IF EXISTS events_away TO events")
    letters = "SELECT count() FROM dead_letters WHERE team_id = {team:Int64}"
    assert event_store.query(letters, {"team": project.pk}).rows == [(0,)]


def test_only_one_loader_works_on_a_data_directory(
    settings: Settings, event_store: EventStore, project: Project
) -> None:
    stop_second = threading.Event()
    second = threading.Thread(target=Loader(settings, event_store).run, args=(stop_second,))
    with running(Loader(settings, event_store)):
        write_segment(settings, [event(project.pk, "1")])
        eventually(["1"], event_store, project)
        second.start()
        for n in range(2, 6):
            write_segment(settings, [event(project.pk, str(n))])
            eventually([str(one) for one in range(1, n + 1)], event_store, project)
    write_segment(settings, [event(project.pk, "6")])
    eventually(["1", "2", "3", "4", "5", "6"], event_store, project)
    stop_second.set()
    second.join()


def test_regular_work_is_done_when_due_also_over_restarts(settings: Settings, event_store: EventStore) -> None:
    done: list[tuple[datetime, datetime]] = []

    def fail() -> None:
        raise ValueError("broken")

    def start_due(jobs: PeriodicJobs) -> None:
        jobs.start_due()
        jobs.join()

    def jobs() -> PeriodicJobs:
        periodic = PeriodicJobs(settings, event_store)
        periodic.jobs = [
            Job("fails", 3600, lambda since, until: fail),
            Job("works", 3600, lambda since, until: lambda: done.append((since, until))),
        ]
        return periodic

    before_restart = jobs()
    start_due(before_restart)
    start_due(before_restart)
    start_due(jobs())
    assert len(done) == 1, "it is not due again"

    two_hours_ago = datetime.now(UTC).replace(microsecond=0) - timedelta(hours=2)
    PeriodicJob.objects.filter(name="works").update(done_until=two_hours_ago)
    start_due(jobs())
    assert [since for since, _ in done[1:]] == [two_hours_ago], "it goes on where it ended"
    assert not PeriodicJob.objects.filter(name="fails").exists()


def test_events_do_not_wait_for_regular_work(settings: Settings, event_store: EventStore, project: Project) -> None:
    began, may_end = threading.Event(), threading.Event()

    def slow() -> None:
        began.set()
        may_end.wait()

    loader = Loader(settings, event_store)
    loader.jobs.jobs = [Job("slow", 3600, lambda since, until: slow)]
    with running(loader):
        try:
            assert began.wait(60)
            write_segment(settings, [event(project.pk, "1")])
            eventually(["1"], event_store, project)
            assert not PeriodicJob.objects.filter(name="slow").exists(), "it is still at work"
        finally:
            may_end.set()


def test_new_properties_are_defined_soon(settings: Settings, event_store: EventStore, project: Project) -> None:
    with running(Loader(settings, event_store)):
        write_segment(settings, [event(project.pk, properties={"plan": "pro"})])
        eventually(["$pageview"], event_store, project)
        definitions = PropertyDefinition.objects.filter(project=project, name="plan", type="event")
        deadline = time.monotonic() + 60
        while not definitions.exists():
            assert time.monotonic() < deadline
            time.sleep(0.05)
