"""Persons split through the API: which persons there are then, and whose the past events are."""

from uuid import UUID, uuid5

import pytest

from hedgerow.eventstore.client import EventStore
from hedgerow.persons.identity import NAMESPACE
from hedgerow.persons.models import Person, PersonDistinctId
from hedgerow.work.worker import do_waiting_jobs
from tests.persons.asking import Persons, make_own_account
from tests.persons.lines import alias, event, identify, merge

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def persons(event_store: EventStore) -> Persons:
    """One person, made by `b` and known as `a` and `c` as well; with an event of each distinct id."""
    found = Persons(make_own_account(), event_store)
    found.happen(
        *(event("click", "b", {"$set": {"plan": "pro"}}), event("click", "a"), event("click", "c")),
        *(merge("b", "a"), merge("b", "c")),
    )
    return found


def split_uuid(persons: Persons, distinct_id: str) -> str:
    return str(uuid5(NAMESPACE, f"{persons.project.pk}:{distinct_id}:split"))


def people(persons: Persons) -> dict[str, list[str]]:
    """The distinct ids of each person, by uuid."""
    return {row["uuid"]: sorted(row["distinct_ids"]) for row in persons.get()["results"]}


def engine_people(persons: Persons) -> dict[str, str]:
    """The person of each distinct id as queries see it; only of persons who are there."""
    rows = persons.rows(
        "SELECT distinct_id, toString(person_id) FROM person_distinct_ids WHERE person_id IN (SELECT id FROM persons)"
        " LIMIT 10000"
    )
    return dict(rows)


def test_some_distinct_ids_become_persons_of_their_own(persons: Persons) -> None:
    path = persons.at("b")
    version = Person.objects.get(project=persons.project).version
    answer = persons.send("POST", f"{path}split/", {"distinct_ids_to_split": ["b"]})
    assert (answer.status_code, answer.json()) == (201, {"success": True})
    source, own = persons.uuid("b"), split_uuid(persons, "b")
    assert people(persons) == {source: ["a", "c"], own: ["b"]}
    made = Person.objects.get(project=persons.project, uuid=own)
    assert (made.properties, made.is_identified, made.version) == ({}, False, version + 101)
    assert persons.get(path)["properties"]["plan"] == "pro"
    # Past events follow at once, and before and after the loader comes.
    assert persons.event_persons() == {"a": {source}, "b": {own}, "c": {source}}
    assert engine_people(persons) == {"a": source, "b": own, "c": source}
    persons.happen(event("click", "b", {"$set": {"new": 1}}))
    assert persons.event_persons() == {"a": {source}, "b": {own}, "c": {source}}
    assert persons.rows("SELECT toString(id) FROM persons WHERE properties.new = '1'") == [[own]]
    (entry,) = persons.get(f"{path}activity/")["results"]
    assert entry["activity"] == "split_person"
    (change,) = entry["detail"]["changes"]
    assert (change["action"], change["after"]["distinct_ids_to_split"]) == ("split", ["b"])
    assert sorted(change["after"]["distinct_ids"]) == ["a", "b", "c"]


@pytest.mark.parametrize(
    ("body", "main"), [({"main_distinct_id": "a"}, "a"), ({}, "b"), ({"main_distinct_id": None}, "b")]
)
def test_all_but_the_main_distinct_id(persons: Persons, body: dict[str, str], main: str) -> None:
    assert persons.send("POST", f"{persons.at('b')}split/", body).status_code == 201
    source = persons.uuid("b")
    owners = {each: persons.uuid(each) for each in ("a", "b", "c")} | {main: source}
    if main != "b":
        owners["b"] = split_uuid(persons, "b")
    assert people(persons) == {owner: [distinct_id] for distinct_id, owner in owners.items()}
    assert persons.event_persons() == {distinct_id: {owner} for distinct_id, owner in owners.items()}


def test_merged_and_split_again(persons: Persons) -> None:
    """Versions go on, whatever has become of a uuid before."""
    for _ in range(3):
        persons.send("POST", f"{persons.at('a')}split/", {"main_distinct_id": "a"})
        assert len(people(persons)) == 3
        assert len(set(engine_people(persons).values())) == 3
        persons.happen(merge("a", "b"), merge("c", "a"))
        (owner,) = people(persons)
        assert engine_people(persons) == dict.fromkeys("abc", owner)
        assert persons.event_persons() == {each: {owner} for each in "abc"}


def test_a_distinct_id_whose_uuid_is_another_persons(persons: Persons) -> None:
    """`b` gave the person its uuid, was split off, deleted and comes back."""
    source = persons.at("b")
    persons.send("POST", f"{source}split/", {"distinct_ids_to_split": ["b"]})
    persons.send("DELETE", persons.at("b"))
    persons.happen(event("click", "b"), event("click", "b:split"))
    assert len(people(persons)) == 3
    assert people(persons)[persons.uuid("b")] == ["a", "c"]
    assert set(engine_people(persons)) == {"a", "b", "c", "b:split"}
    assert len(set(engine_people(persons).values())) == 3


def test_a_distinct_id_can_be_moved_back(persons: Persons) -> None:
    persons.send("POST", f"{persons.at('b')}split/", {"distinct_ids_to_split": ["c"]})
    persons.happen(identify("b", "c"), alias("b", "d"))
    assert people(persons) == {persons.uuid("b"): ["a", "b", "c", "d"]}


def test_more_than_a_thousand_are_moved_in_the_background(persons: Persons) -> None:
    person = Person.objects.get(project=persons.project)
    PersonDistinctId.objects.bulk_create(
        PersonDistinctId(project=persons.project, person=person, distinct_id=f"id {number}") for number in range(1_500)
    )
    assert persons.send("POST", f"{person.uuid}/split/", {"main_distinct_id": "b"}).status_code == 201
    assert Person.objects.filter(project=persons.project).count() == 1_001
    do_waiting_jobs()
    assert Person.objects.filter(project=persons.project).count() == 1_503
    assert PersonDistinctId.objects.get(person=person).distinct_id == "b"
    assert UUID(engine_people(persons)["id 1499"]) == UUID(persons.uuid("id 1499"))
