"""A batch of events recorded: what the records, the outbox and the loader get."""

import json
from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import msgspec
import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from hedgerow.eventstore.models import PendingCopy
from hedgerow.persons.editing import editing_persons
from hedgerow.persons.identity import default_person_uuid
from hedgerow.persons.models import Person, PersonDistinctId
from hedgerow.persons.recording import PersonAssignments, record_persons
from hedgerow.projects.models import Project
from tests.persons.lines import event, identify, merge

Committing = Callable[..., AbstractContextManager[list[Any]]]


@pytest.fixture
def team(project: Project) -> int:
    return project.pk


def ids_by_person(team: int) -> dict[UUID, set[str]]:
    persons: dict[UUID, set[str]] = {uuid: set() for uuid in Person.objects.values_list("uuid", flat=True)}
    for distinct_id, uuid in PersonDistinctId.objects.filter(project_id=team).values_list(
        "distinct_id", "person__uuid"
    ):
        persons[uuid].add(distinct_id)
    return persons


def queued(table: str) -> list[dict[str, Any]]:
    entries = PendingCopy.objects.filter(table=table).order_by("pk")
    return [json.loads(row) for entry in entries for row in entry.rows.split("\n")]


def test_an_event_makes_the_person_of_its_distinct_id(team: int) -> None:
    line = event("$pageview", "a1", team=team)
    assignments = record_persons([line, event("click", "a1", team=team, minutes=5)])
    person = Person.objects.get(project_id=team)
    assert person.uuid == default_person_uuid(team, "a1")
    assert person.properties == {"$creator_event_uuid": line.u}
    assert person.created_at == person.last_seen_at == datetime(2026, 1, 31, 12, tzinfo=UTC)
    assert (person.version, person.is_identified) == (0, False)
    assert assignments == PersonAssignments()


def test_the_event_store_gets_a_copy_of_person_and_distinct_id(team: int) -> None:
    record_persons([event("$set", "a1", {"$set": {"plan": "prö"}}, team=team)])
    (person,) = queued("persons")
    assert person["id"] == str(default_person_uuid(team, "a1"))
    assert (person["created_at"], person["is_deleted"]) == ("2026-01-31 12:00:00.000000", 0)
    assert person["properties"]["plan"] == json.loads(person["properties_raw"])["plan"] == "prö"
    assert queued("person_distinct_ids") == [
        {"team_id": team, "distinct_id": "a1", "person_id": person["id"], "version": 0, "is_deleted": 0}
    ]
    assert queued("person_overrides") == []


def test_identify_in_a_later_batch_assigns_the_user_to_the_visitors_person(team: int) -> None:
    record_persons([event("$pageview", "a1", team=team)])
    person = default_person_uuid(team, "a1")
    assignments = record_persons([identify("user", "a1", team=team), event("login", "user", team=team)])
    assert ids_by_person(team) == {person: {"a1", "user"}}
    assert assignments.person_ids == {(team, "user"): person}
    assert Person.objects.get(project_id=team).version == 1
    overrides = [(row["distinct_id"], row["person_id"]) for row in queued("person_overrides")]
    assert overrides == [("user", str(person))]


def test_the_events_person_is_told_in_every_later_batch(team: int) -> None:
    record_persons([identify("user", "a1", team=team)])
    assignments = record_persons([event("login", "user", team=team), event("login", "a1", team=team)])
    assert assignments.person_ids == {(team, "user"): default_person_uuid(team, "a1")}


def test_a_merge_moves_ids_that_are_not_in_the_batch(team: int) -> None:
    record_persons([identify("first", "a1", team=team), event("login", "second", team=team)])
    assignments = record_persons([merge("second", "first", team=team)])
    survivor = default_person_uuid(team, "second")
    assert ids_by_person(team) == {survivor: {"second", "first", "a1"}}
    assert assignments.person_ids == {}, "the batch's only distinct id has its default person"
    moved = {(row["distinct_id"], row["person_id"]) for row in queued("person_overrides")[1:]}
    assert moved == {("first", str(survivor)), ("a1", str(survivor))}
    gone = [row["id"] for row in queued("persons") if row["is_deleted"]]
    assert gone == [str(default_person_uuid(team, "a1"))]


def test_versions_of_copies_only_rise(team: int) -> None:
    record_persons([identify("first", "a1", team=team), event("login", "second", team=team)])
    record_persons([identify("first", "a1", team=team, set={"n": 1}), event("login", "second", team=team)])
    record_persons([merge("second", "first", team=team)])
    versions = [(row["id"], row["version"]) for row in queued("persons")]
    first, second = str(default_person_uuid(team, "a1")), str(default_person_uuid(team, "second"))
    assert versions == [(first, 0), (second, 0), (first, 1), (second, 2), (first, 2)]


def test_the_same_events_again_change_nothing(team: int) -> None:
    lines = [identify("user", "a1", team=team, set={"plan": "pro", "tags": [1, {"a": None}]})]
    record_persons(lines)
    before = PendingCopy.objects.count()
    record_persons(lines)
    assert Person.objects.get(project_id=team).version == 0
    assert PendingCopy.objects.count() == before


def test_a_person_changed_many_times_in_a_batch_is_written_once(team: int) -> None:
    record_persons([event("$pageview", "a1", team=team)])
    record_persons([event("$set", "a1", {"$set": {"n": n}}, team=team) for n in range(50)])
    person = Person.objects.get(project_id=team)
    assert (person.version, person.properties["n"]) == (1, 49)
    assert len(queued("persons")) == 2


def test_personless_events_make_no_person(team: int) -> None:
    assert record_persons([event("$pageview", "a1", team=team, personless=True)]) == PersonAssignments()
    assert not Person.objects.exists() and not PendingCopy.objects.exists()


def test_past_personless_events_follow_the_id_that_is_identified(team: int) -> None:
    record_persons([event("$pageview", "a1", team=team, personless=True)])
    record_persons([event("login", "user", team=team), identify("user", "a1", team=team)])
    assert [(row["distinct_id"], row["person_id"]) for row in queued("person_overrides")] == [
        ("a1", str(default_person_uuid(team, "user")))
    ]


def test_personless_events_of_a_known_person_are_the_persons(team: int) -> None:
    record_persons([identify("user", "a1", team=team)])
    assignments = record_persons([event("$pageview", "user", team=team, personless=True, minutes=3)])
    assert assignments.person_ids == {(team, "user"): default_person_uuid(team, "a1")}
    assert assignments.upgrade_after == {(team, "user"): datetime(2026, 1, 31, 12, 1, tzinfo=UTC)}


def test_a_group_event_of_an_unknown_id_is_personless(team: int) -> None:
    group = {"$group_type": "company", "$group_key": "acme"}
    record_persons([event("login", "user", team=team)])
    assignments = record_persons(
        [
            event("$groupidentify", "$company_acme", group, team=team),
            event("$groupidentify", "user", group, team=team),
        ]
    )
    assert assignments.personless == {(team, "$company_acme")}
    assert set(PersonDistinctId.objects.values_list("distinct_id", flat=True)) == {"user"}


def test_an_id_of_a_group_event_that_becomes_known_in_the_batch_has_its_person(team: int) -> None:
    assignments = record_persons([event("$groupidentify", "user", team=team), event("login", "user", team=team)])
    assert assignments.personless == set()


def test_the_last_seen_hour_moves_on_by_whole_hours(team: int) -> None:
    record_persons([event("$pageview", "a1", team=team)])
    record_persons([event("$pageview", "a1", team=team, minutes=59)])
    assert Person.objects.get(project_id=team).version == 0
    record_persons([event("$pageview", "a1", team=team, minutes=61), event("$pageview", "a1", team=team)])
    record_persons([event("$pageview", "a1", team=team, minutes=-600)])
    person = Person.objects.get(project_id=team)
    assert person.last_seen_at == datetime(2026, 1, 31, 13, tzinfo=UTC)
    assert (person.version, len(queued("persons"))) == (1, 2)


def test_projects_are_kept_apart(team: int, project: Project) -> None:
    other = Project.objects.create(organization=project.organization, name="Other").pk
    record_persons([event("$pageview", "a1", team=team), event("$pageview", "a1", team=other)])
    assignments = record_persons([identify("user", "a1", team=team), event("login", "user", team=other)])
    assert assignments.person_ids.keys() == {(team, "user")}
    assert Person.objects.filter(project_id=other).count() == 2


def test_properties_that_cannot_be_read_leave_the_person_alone_with_a_warning(team: int) -> None:
    line = event("$set", "a1", {"$set": {"n": 1}}, team=team)
    line.p = msgspec.Raw(b'{"$set":{"n":1e999}}')
    assignments = record_persons([line])
    assert [warning.type for warning in assignments.warnings] == ["unreadable_event_properties"]
    assert "n" not in Person.objects.get(project_id=team).properties


@pytest.mark.parametrize("source", ["a\0b", "x" * 401, "", "null"])
def test_ids_that_may_not_be_merged_are_not_even_looked_up(team: int, source: str) -> None:
    assignments = record_persons([identify("user", source, team=team)])
    assert [warning.type for warning in assignments.warnings] == ["cannot_merge_with_illegal_distinct_id"]
    assert ids_by_person(team) == {default_person_uuid(team, "user"): {"user"}}


def test_lines_that_are_no_events_are_passed_over(team: int) -> None:
    line = event("$pageview", "", team=team)
    line.k = 0
    assert record_persons([line]) == PersonAssignments()
    assert record_persons([]) == PersonAssignments()


def test_known_ids_are_not_looked_up_again(team: int, django_capture_on_commit_callbacks: Committing) -> None:
    lines = [event("login", f"user{n}", team=team) for n in range(100)]
    with django_capture_on_commit_callbacks(execute=True):
        record_persons(lines)
    with CaptureQueriesContext(
        connection,
    ) as queries:
        record_persons(lines)
    assert not [query for query in queries if "persondistinctid" in query["sql"].lower()]


def test_what_is_remembered_follows_merges(team: int, django_capture_on_commit_callbacks: Committing) -> None:
    for lines in (
        [event("login", "first", team=team), event("login", "second", team=team)],
        [merge("second", "first", team=team)],
    ):
        with django_capture_on_commit_callbacks(execute=True):
            record_persons(lines)
    assignments = record_persons([event("login", "first", team=team)])
    assert assignments.person_ids == {(team, "first"): default_person_uuid(team, "second")}


def test_what_others_edit_is_read_anew(team: int, django_capture_on_commit_callbacks: Committing) -> None:
    with django_capture_on_commit_callbacks(execute=True):
        record_persons([event("login", "user", team=team)])
    with editing_persons():
        Person.objects.filter(project_id=team).delete()
    record_persons([event("login", "user", team=team)])
    assert ids_by_person(team) == {default_person_uuid(team, "user"): {"user"}}


def test_a_rolled_back_batch_leaves_no_trace(team: int) -> None:
    with pytest.raises(ZeroDivisionError), transaction.atomic():
        record_persons([identify("user", "a1", team=team)])
        raise ZeroDivisionError
    assignments = record_persons([event("login", "user", team=team)])
    assert assignments.person_ids == {}
    assert ids_by_person(team) == {default_person_uuid(team, "user"): {"user"}}
