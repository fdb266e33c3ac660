"""Past events of merged persons, in the event store: found through overrides, then rewritten."""

import threading
import uuid
from datetime import UTC, datetime

import pytest

from hedgerow.eventstore.client import EventStore
from hedgerow.eventstore.copies import flush
from hedgerow.persons.identity import default_person_uuid
from hedgerow.persons.overrides import finish_fold, prepare_fold
from hedgerow.persons.recording import record_persons
from hedgerow.projects.models import Project
from hedgerow.spool.lines import Line
from tests.persons.lines import event, identify, merge


@pytest.fixture
def team(project: Project) -> int:
    return project.pk


def load(event_store: EventStore, lines: list[Line]) -> None:
    """Record and store events, as the loader does: with the person of the time."""
    assignments = record_persons(lines)
    flush(event_store)
    for line in lines:
        person = assignments.person_ids.get((line.t, line.d)) or default_person_uuid(line.t, line.d)
        store(event_store, line, person)


def store(event_store: EventStore, line: Line, person: uuid.UUID) -> None:
    event_store.command(
        "INSERT INTO events (team_id, uuid, event, timestamp, distinct_id, person_id) SELECT"
        " {team:Int64}, {uuid:UUID}, {event:String}, {time:DateTime64(6, 'UTC')}, {distinct_id:String}, {person:UUID}",
        {"team": line.t, "uuid": line.u, "event": line.e, "time": datetime.fromisoformat(line.ts).replace(tzinfo=UTC),
         "distinct_id": line.d, "person": str(person)},
    )  # fmt: skip


def fold_overrides(event_store: EventStore) -> None:
    """All steps of a fold."""
    prepare_fold(event_store)
    finish_fold(event_store, threading.Event())


def stored_persons(event_store: EventStore, team: int) -> dict[str, set[uuid.UUID]]:
    """The persons that stand with the events of each distinct id."""
    rows = event_store.query(
        "SELECT distinct_id, groupUniqArray(person_id) FROM events WHERE team_id = {team:Int64} GROUP BY 1",
        {"team": team},
    ).rows
    return {distinct_id: set(persons) for distinct_id, persons in rows}


def followed_persons(event_store: EventStore, team: int) -> dict[str, set[uuid.UUID]]:
    """The same by the overrides, as queries see it."""
    rows = event_store.query(
        "SELECT e.distinct_id, groupUniqArray(if(o.version IS NULL, e.person_id, o.person_id)) FROM events e"
        " LEFT JOIN (SELECT team_id, distinct_id, person_id, version FROM person_overrides FINAL) o"
        " ON o.team_id = e.team_id AND o.distinct_id = e.distinct_id"
        " WHERE e.team_id = {team:Int64} GROUP BY 1",
        {"team": team},
        {"join_use_nulls": 1},
    ).rows
    return {distinct_id: set(persons) for distinct_id, persons in rows}


def overrides(event_store: EventStore, team: int) -> int:
    count: int = event_store.query(
        "SELECT count() FROM person_overrides FINAL WHERE team_id = {team:Int64}", {"team": team}
    ).rows[0][0]
    return count


def test_all_events_of_merged_persons_follow_the_survivor(event_store: EventStore, team: int) -> None:
    month = 60 * 24 * 31
    load(event_store, [event("$pageview", "a1", team=team, minutes=-month), event("$pageview", "a1", team=team)])
    load(event_store, [event("$pageview", "visitor", team=team, personless=True), event("login", "user", team=team)])
    load(event_store, [identify("user", "visitor", team=team), merge("user", "a1", team=team)])
    survivor = {default_person_uuid(team, "user")}
    followed = {"a1": survivor, "visitor": survivor, "user": survivor}
    assert stored_persons(event_store, team) != followed
    assert followed_persons(event_store, team) == followed
    fold_overrides(event_store)
    assert stored_persons(event_store, team) == followed
    assert overrides(event_store, team) == 0


def test_events_after_the_merge_need_no_override(event_store: EventStore, team: int) -> None:
    load(event_store, [identify("user", "a1", team=team)])
    fold_overrides(event_store)
    load(event_store, [event("login", "user", team=team), event("$pageview", "a1", team=team)])
    assert stored_persons(event_store, team) == {key: {default_person_uuid(team, "a1")} for key in ("user", "a1")}
    assert overrides(event_store, team) == 0


def test_the_last_of_several_merges_counts(event_store: EventStore, team: int) -> None:
    load(event_store, [event("one", name, team=team) for name in ("a", "b", "c")])
    load(event_store, [merge("b", "a", team=team)])
    load(event_store, [merge("c", "b", team=team)])
    fold_overrides(event_store)
    assert stored_persons(event_store, team) == {key: {default_person_uuid(team, "c")} for key in "abc"}


def test_other_projects_events_of_the_same_distinct_id_stay(
    event_store: EventStore, team: int, project: Project
) -> None:
    other = Project.objects.create(id=team + 1, organization=project.organization, name="Other").pk
    load(event_store, [event("one", "a1", team=other), event("one", "a1", team=team), event("one", "u", team=team)])
    load(event_store, [merge("u", "a1", team=team)])
    fold_overrides(event_store)
    assert stored_persons(event_store, other) == {"a1": {default_person_uuid(other, "a1")}}


def test_a_fold_that_was_cut_off_is_done_again(event_store: EventStore, team: int) -> None:
    load(event_store, [event("one", "a1", team=team), event("one", "user", team=team)])
    load(event_store, [merge("user", "a1", team=team)])
    columns = "(team_id Int64, distinct_id String, person_id UUID, version UInt64)"
    left = {
        "person_overrides_fold": "MergeTree ORDER BY (team_id, distinct_id)",
        "person_overrides_fold_lookup": "Join(ANY, LEFT, team_id, distinct_id)",
    }
    for table, engine in left.items():
        event_store.command(f"CREATE TABLE {table} {columns} ENGINE = {engine}")
        event_store.command(f"INSERT INTO {table} SELECT {{team:Int64}}, 'a1', generateUUIDv4(), 99", {"team": team})
    fold_overrides(event_store)
    assert stored_persons(event_store, team)["a1"] == {default_person_uuid(team, "user")}
    assert overrides(event_store, team) == 0


def test_an_override_newer_than_the_snapshot_stays(
    event_store: EventStore, team: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One that comes in while a fold is at work is left for the next."""
    load(event_store, [event("one", name, team=team) for name in ("a", "b", "c")])
    load(event_store, [merge("b", "a", team=team)])
    command = event_store.command

    def command_with_another_merge(sql: str, *more: object, **named: object) -> None:
        if sql.startswith("ALTER TABLE person_overrides DELETE"):
            record_persons([merge("c", "b", team=team)])
            flush(event_store)
        command(sql, *more, **named)  # type: ignore[arg-type]

    monkeypatch.setattr(event_store, "command", command_with_another_merge)
    fold_overrides(event_store)
    monkeypatch.undo()
    survivor = {default_person_uuid(team, "c")}
    assert overrides(event_store, team) == 2
    assert followed_persons(event_store, team) == dict.fromkeys("abc", survivor)
    fold_overrides(event_store)
    assert stored_persons(event_store, team) == dict.fromkeys("abc", survivor)


def test_events_stored_while_a_fold_is_at_work_keep_their_person(event_store: EventStore, team: int) -> None:
    load(event_store, [event("one", name, team=team) for name in ("a", "b", "c")])
    load(event_store, [merge("b", "a", team=team)])
    prepare_fold(event_store)
    load(event_store, [event("two", "a", team=team), merge("c", "b", team=team), event("three", "a", team=team)])
    finish_fold(event_store, threading.Event())
    assert followed_persons(event_store, team) == {key: {default_person_uuid(team, "c")} for key in "abc"}


def test_a_fold_ends_when_it_is_told_to_and_is_done_again(event_store: EventStore, team: int) -> None:
    load(event_store, [event("one", "a1", team=team), event("one", "user", team=team)])
    load(event_store, [merge("user", "a1", team=team)])
    stop = threading.Event()
    stop.set()
    prepare_fold(event_store)
    finish_fold(event_store, stop)
    assert followed_persons(event_store, team)["a1"] == {default_person_uuid(team, "user")}
    fold_overrides(event_store)
    assert stored_persons(event_store, team)["a1"] == {default_person_uuid(team, "user")}
    assert overrides(event_store, team) == 0


def test_the_copies_tell_who_a_distinct_id_belongs_to(event_store: EventStore, team: int) -> None:
    load(event_store, [event("$set", "a1", {"$set": {"plan": "free", "a.b": 1}}, team=team)])
    load(event_store, [event("login", "user", team=team), merge("user", "a1", team=team)])
    survivor = default_person_uuid(team, "user")
    persons = event_store.query(
        "SELECT id, is_identified, properties.plan, JSONExtractInt(properties_raw, 'a.b') FROM persons FINAL"
        " WHERE team_id = {team:Int64}",
        {"team": team},
    ).rows
    assert persons == [(survivor, True, "free", 1)]
    distinct_ids = event_store.query(
        "SELECT distinct_id, person_id FROM person_distinct_ids FINAL WHERE team_id = {team:Int64}", {"team": team}
    ).rows
    assert dict(distinct_ids) == {"a1": survivor, "user": survivor}
