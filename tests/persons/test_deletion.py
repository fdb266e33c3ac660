"""Persons deleted through the API: what goes at once, what in the background, and what a later event brings back."""

from datetime import UTC, datetime, timedelta

import pytest
from django.conf import settings

from hedgerow.cohorts.lists import add_persons
from hedgerow.cohorts.models import Cohort
from hedgerow.eventstore.client import EventStore
from hedgerow.persons.models import EventDeletion, Person
from hedgerow.spool.segments import Segment, lane_directory
from hedgerow.work.models import Job
from hedgerow.work.worker import do_waiting_jobs
from tests.persons.asking import Persons, make_own_account
from tests.persons.lines import event, identify

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def persons(event_store: EventStore) -> Persons:
    """Ada, known by two distinct ids, and Bob; both with events."""
    found = Persons(make_own_account(), event_store)
    found.happen(
        event("click", "anon"),
        event("click", "ada"),
        identify("ada", "anon", set={"email": "ada@example.com"}),
        event("click", "bob", {"$set": {"email": "bob@example.com"}}),
    )
    return found


def count(persons: Persons, distinct_id: str) -> int:
    found: int = persons.rows("SELECT count() FROM events WHERE distinct_id = {id}", id=distinct_id)[0][0]
    return found


def listed(persons: Persons, cohort: Cohort) -> tuple[int | None, list[list[object]]]:
    """The count of a cohort, and its members for queries."""
    cohort.refresh_from_db()
    inside = persons.rows(f"SELECT toString(id) FROM persons WHERE id IN COHORT {cohort.pk}")
    return cohort.count, inside


def test_a_person_goes_and_the_events_stay(persons: Persons) -> None:
    ada = persons.at("ada")
    cohort = Cohort.objects.create(project=persons.project, is_static=True, name="list", count=0)
    add_persons(cohort, [Person.objects.get(project=persons.project, distinct_ids__distinct_id="ada").uuid])
    assert listed(persons, cohort) == (1, [[ada.rstrip("/")]])
    assert persons.get("cohorts/", person_id=ada.rstrip("/"))["results"] == [
        {"id": cohort.pk, "name": "list", "count": 1}
    ]
    before = persons.event_persons()
    answer = persons.send("DELETE", ada, delete_events="false")
    assert (answer.status_code, answer.content) == (202, b"")
    assert persons.refused("GET", ada)["status"] == 404
    assert persons.of("ada") is None
    assert [row["name"] for row in persons.get(search="example.com")["results"]] == ["bob@example.com"]
    assert listed(persons, cohort) == (0, [])
    do_waiting_jobs()
    assert persons.event_persons() == before
    assert persons.get("deletion_status/")["results"] == []
    entry = persons.get("activity/")["results"][0]
    assert (entry["activity"], entry["detail"]["name"]) == ("deleted", ada.rstrip("/"))


@pytest.mark.parametrize("flag", ["true", "1", ""])
def test_a_person_goes_with_all_events(persons: Persons, flag: str) -> None:
    ada = persons.at("ada")
    assert persons.send("DELETE", ada, delete_events=flag).status_code == 202
    (waiting,) = persons.get("deletion_status/")["results"]
    assert set(waiting) == {"person_uuid", "created_at", "status", "delete_verified_at"}
    assert (waiting["person_uuid"], waiting["status"], waiting["delete_verified_at"]) == (
        *(ada.rstrip("/"), "pending", None),
    )
    do_waiting_jobs()
    (done,) = persons.get("deletion_status/", status="completed", person_uuid=ada.rstrip("/"))["results"]
    assert (done["status"], done["delete_verified_at"] is not None) == ("completed", True)
    assert persons.get("deletion_status/", status="pending")["count"] == 0
    assert [count(persons, each) for each in ("anon", "ada", "bob")] == [0, 0, 1]
    assert EventDeletion.objects.get(project=persons.project).distinct_ids == []


def test_a_distinct_id_seen_again_has_a_person_of_the_same_uuid_at_once(persons: Persons) -> None:
    ada, uuid = persons.at("anon"), persons.uuid("ada")
    assert persons.send("DELETE", ada).status_code == 202
    persons.happen(event("click", "ada", {"$set": {"plan": "pro"}}))
    found = persons.of("ada")
    assert found is not None
    assert (found["uuid"], found["properties"]["plan"]) == (uuid, "pro")
    assert "email" not in found["properties"]
    assert found["distinct_ids"] == ["ada"]
    # The event store sees it, too: its versions go on from those of the deleted one.
    assert persons.rows("SELECT toString(id) FROM persons WHERE properties.plan = 'pro'") == [[uuid]]
    assert persons.rows("SELECT toString(person_id) FROM person_distinct_ids WHERE distinct_id = 'ada'") == [[uuid]]
    assert persons.event_persons()["ada"] == {uuid}
    assert persons.send("POST", "reset_person_distinct_id/", {"distinct_id": "ada"}).status_code == 202
    # And it can be deleted, and come back, any number of times.
    for again in (1, 2):
        persons.send("DELETE", persons.at("ada"))
        persons.happen(event("click", "ada", {"$set": {"again": again}}))
        assert persons.rows("SELECT properties.again FROM persons WHERE id = {id}", id=uuid) == [[str(again)]]


def test_events_received_before_the_deletion_do_not_bring_anybody_back(persons: Persons) -> None:
    an_hour_ago = datetime.now(UTC) - timedelta(hours=1)
    ada = persons.at("ada")
    persons.send("PATCH", ada, {"properties": {"plan": "pro"}})  # writes an event that waits to be loaded
    persons.send("DELETE", ada, delete_events="true")
    do_waiting_jobs()
    assert persons.get("deletion_status/")["results"][0]["status"] == "pending"
    persons.happen(event("click", "ada"), identify("ada", "new"), received=an_hour_ago)
    assert persons.of("ada") is persons.of("new") is None
    Job.objects.update(run_at="2020-01-01T00:00:00Z")
    do_waiting_jobs()
    assert persons.get("deletion_status/")["results"][0]["status"] == "completed"
    assert count(persons, "ada") == 0


def test_events_that_are_being_written_are_waited_for(persons: Persons) -> None:
    segment = Segment(lane_directory(settings.HEDGEROW.spool_dir, "historical"), "0000000000001-test-open")
    persons.send("DELETE", persons.at("ada"), delete_events="true")
    do_waiting_jobs()
    assert persons.get("deletion_status/")["results"][0]["status"] == "pending"
    segment.close()
    Job.objects.update(run_at="2020-01-01T00:00:00Z")
    do_waiting_jobs()
    assert persons.get("deletion_status/")["results"][0]["status"] == "completed"


def test_only_the_events_go(persons: Persons) -> None:
    ada = persons.at("ada")
    assert persons.send("POST", f"{ada}delete_events/").status_code == 202
    do_waiting_jobs()
    assert (count(persons, "ada"), count(persons, "anon"), count(persons, "bob")) == (0, 0, 1)
    assert persons.get(ada)["properties"]["email"] == "ada@example.com"
    assert persons.send("DELETE", ada, keep_person="true").status_code == 202
    assert persons.get(ada)["name"] == "ada@example.com"


def test_the_events_of_an_earlier_life_go_as_well(persons: Persons) -> None:
    """Events that were kept still count as the person; deleting it again with its events removes them."""
    persons.send("DELETE", persons.at("ada"))
    persons.happen(event("click", "ada"))
    persons.send("DELETE", persons.at("ada"), delete_events="true")
    do_waiting_jobs()
    assert [count(persons, each) for each in ("anon", "bob")] == [0, 1]


def test_many_are_deleted_together(persons: Persons) -> None:
    keeping = {"distinct_ids": ["ada", "anon", "bob", "nobody"], "keep_person": True, "delete_events": True}
    summary = {
        "persons_found": 2,
        "persons_deleted": 0,
        "events_queued_for_deletion": True,
        "recordings_queued_for_deletion": False,
        "deletion_errors": [],
    }
    kept = persons.send("POST", "bulk_delete/", keeping)
    assert (kept.status_code, kept.json()) == (202, summary)
    assert persons.get(include_total=1)["count"] == 2
    do_waiting_jobs()
    assert [count(persons, each) for each in ("ada", "anon", "bob")] == [0, 0, 0]
    uuids = [persons.at("ada").rstrip("/"), persons.at("bob").rstrip("/"), persons.uuid("nobody")]
    gone = persons.send("POST", "bulk_delete/", {"ids": uuids}).json()
    assert (gone["persons_found"], gone["persons_deleted"], gone["events_queued_for_deletion"]) == (2, 2, False)
    assert persons.get()["results"] == []
    told = [entry["activity"] for entry in persons.get("activity/")["results"]]
    assert told == ["deleted", "deleted", "deleted_events", "deleted_events"]
