"""Static cohorts keep to their persons: through merges, and until they are deleted."""

from typing import Any

from django.db import transaction

from hedgerow.eventstore.copies import flush
from hedgerow.persons.models import Person
from hedgerow.persons.recording import record_persons
from hedgerow.persons.signals import persons_deleted
from hedgerow.work.worker import do_waiting_jobs
from tests.cohorts.asking import Cohorts, criteria
from tests.persons.lines import event


def record(cohorts: Cohorts, *events: tuple[str, str, dict[str, Any] | None]) -> None:
    """Record events as the loader does, with the copies of persons."""
    lines = [event(name, distinct_id, given, team=cohorts.project.pk) for name, distinct_id, given in events]
    record_persons(lines)
    flush(cohorts.store)
    do_waiting_jobs()


def uuids(cohorts: Cohorts, cohort_id: int) -> list[str]:
    """The members as the list gives them."""
    return [row["uuid"] for row in cohorts.send("GET", f"{cohort_id}/persons/").json()["results"]]


def test_the_survivor_of_a_merge_takes_over_the_membership(cohorts: Cohorts) -> None:
    """A visitor who turns out to be somebody known."""
    record(cohorts, ("$pageview", "anon", None), ("$set", "ada", {"$set": {"a": 1}}))
    anon, ada = str(cohorts.person("anon")), str(cohorts.person("ada"))
    alone = cohorts.make(is_static=True, _create_static_person_ids=[anon])["id"]
    both = cohorts.make(is_static=True, _create_static_person_ids=[anon, ada])["id"]
    do_waiting_jobs()
    assert uuids(cohorts, alone) == [anon] and cohorts.get(both)["count"] == 2
    record(cohorts, ("$identify", "ada", {"$anon_distinct_id": "anon"}))
    assert uuids(cohorts, alone) == uuids(cohorts, both) == [ada]
    assert [cohorts.get(each)["count"] for each in (alone, both)] == [1, 1]


def test_merges_one_after_the_other_end_with_the_last_survivor(cohorts: Cohorts) -> None:
    """In one batch of events."""
    record(cohorts, *(("$pageview", name, None) for name in ("a", "b", "c")))
    made = cohorts.make(is_static=True, _create_static_person_ids=[str(cohorts.person("a"))])["id"]
    record(
        cohorts,
        ("$merge_dangerously", "b", {"alias": "a"}),
        ("$merge_dangerously", "c", {"alias": "b"}),
    )
    assert uuids(cohorts, made) == [str(cohorts.person("c"))]
    assert cohorts.get(made)["count"] == 1


def test_a_deleted_person_leaves_all_lists(cohorts: Cohorts) -> None:
    """The counts are right at once."""
    cohorts.add_people({"ada": {}, "bob": {}})
    members = [str(cohorts.person(name)) for name in ("ada", "bob")]
    made = cohorts.make(is_static=True, _create_static_person_ids=members)["id"]
    do_waiting_jobs()
    ada = Person.objects.get(uuid=cohorts.person("ada"))
    with transaction.atomic():
        persons_deleted.send(Person, person_pks=[ada.pk])
        ada.delete()
    assert cohorts.get(made)["count"] == 1
    do_waiting_jobs()
    users = cohorts.make(filters=criteria({"type": "cohort", "key": "id", "value": made}))["id"]
    do_waiting_jobs()
    assert cohorts.members(users) == ["bob"]
