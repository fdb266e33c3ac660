"""Cohorts in queries: members of the present version of the project's own cohorts."""

import pytest

from hedgerow.eventstore.client import EventStore
from hedgerow.hogql.compile import compile_query
from hedgerow.hogql.context import Cohort
from hedgerow.hogql.errors import ResolutionError
from tests.hogql.conftest import StoredProject, person_of

COHORTS = [Cohort(7, "Payers", 3), Cohort(8, "Chosen by hand", 0), Cohort(9, "Twice"), Cohort(10, "Twice")]


@pytest.fixture
def members(event_store: EventStore) -> StoredProject:
    """Ann pays (in the present version), Bob paid (in an older one) and was chosen by hand, Cleo is in none."""
    stored = StoredProject(event_store).with_context(cohorts={cohort.id: cohort for cohort in COHORTS})
    for who in ("ann", "bob", "cleo"):
        stored.event("look", distinct_id=who)
        stored.person(who, {"name": who})
    enter(stored, 7, 2, "bob")
    enter(stored, 7, 3, "ann")
    enter(stored, 8, 0, "bob")
    enter(stored, 99, 1, "cleo")  # a deleted cohort
    return stored


def enter(stored: StoredProject, cohort_id: int, version: int, who: str) -> None:
    """Make somebody a member."""
    stored.store.command(
        "INSERT INTO cohort_people (team_id, cohort_id, version, person_id)"
        " SELECT {team:Int64}, {cohort:Int64}, {version:Int64}, {person:UUID}",
        {"team": stored.context.team_id, "cohort": cohort_id, "version": version, "person": str(person_of(who))},
    )


@pytest.mark.parametrize(
    ("condition", "who"),
    [
        ("person_id IN COHORT 7", ["ann"]),
        ("person_id IN COHORT 'Payers'", ["ann"]),
        ("person_id NOT IN COHORT 7", ["bob", "cleo"]),
        ("person_id in cohort 8", ["bob"]),
        ("person.id IN COHORT 7", ["ann"]),
        ("person_id IN COHORT 7 OR person_id IN COHORT 8", ["ann", "bob"]),
    ],
)
def test_events_of_members(members: StoredProject, condition: str, who: list[str]) -> None:
    assert members.column(f"SELECT distinct_id FROM events WHERE {condition} ORDER BY distinct_id") == who


def test_members_among_persons(members: StoredProject) -> None:
    assert members.column("SELECT properties.name FROM persons WHERE id IN COHORT 7") == ["ann"]


def test_a_missing_person_is_in_no_cohort(members: StoredProject) -> None:
    assert members.rows("SELECT toUUID('x') IN COHORT 7, toUUID('x') NOT IN COHORT 7") == [(False, True)]


def test_the_version_is_bound(members: StoredProject) -> None:
    compiled = compile_query("SELECT count() FROM events WHERE person_id IN COHORT 7", members.context)
    assert {7, 3, members.context.team_id} <= set(compiled.parameters.values())
    assert compiled.tables == ["events", "cohort_people"]


@pytest.mark.parametrize(
    ("cohort", "message"),
    [
        ("99", "Cohort 99 does not exist"),
        ("'Nobody'", "Cohort 'Nobody' does not exist"),
        ("'Twice'", "Several cohorts are named 'Twice': use one of their ids 9, 10"),
        ("event", "IN COHORT takes the id or the name of a cohort."),
    ],
)
def test_cohorts_that_cannot_be_meant(members: StoredProject, cohort: str, message: str) -> None:
    with pytest.raises(ResolutionError) as refused:
        members.rows(f"SELECT 1 FROM events WHERE person_id IN COHORT {cohort}")
    assert refused.value.message == message


def test_the_tables_show_present_members_only(members: StoredProject) -> None:
    query = "SELECT cohort_id, person.properties.name FROM {table} ORDER BY cohort_id"
    for table in ("cohort_people", "raw_cohort_people"):
        assert members.rows(query.replace("{table}", table)) == [(7, "ann"), (8, "bob")]
    assert members.rows(query.replace("{table}", "static_cohort_people")) == [(8, "bob")]
    assert members.rows("SELECT * FROM cohort_people WHERE cohort_id = 8") == [(person_of("bob"), 8)]


def test_without_cohorts_the_tables_are_empty(members: StoredProject) -> None:
    assert members.with_context(cohorts={}).rows("SELECT count() FROM cohort_people") == [(0,)]


def test_another_project_sees_none_of_it(members: StoredProject) -> None:
    other = StoredProject(members.store).with_context(cohorts=members.context.cohorts)
    other.event("look", person_id=person_of("ann"))
    assert other.rows("SELECT count() FROM cohort_people") == [(0,)]
    assert other.rows("SELECT count() FROM events WHERE person_id IN COHORT 7") == [(0,)]
