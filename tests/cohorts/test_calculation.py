"""Calculations: one complete version is served at any time, failures leave it, and old cohorts are calculated anew."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from hedgerow.cohorts import schedule
from hedgerow.cohorts.calculation import forget_versions
from hedgerow.cohorts.models import Calculation, Cohort
from hedgerow.work.models import Job
from hedgerow.work.worker import do_waiting_jobs
from tests.cohorts.asking import Cohorts, criteria, person

PRO = criteria(person("plan", "pro"))
FREE = criteria(person("plan", "free"))
REVIEW = "An error occurred while calculating this cohort. Please review your matching criteria or contact support."


@pytest.fixture
def people(cohorts: Cohorts) -> Cohorts:
    """Two people on different plans."""
    cohorts.add_people({"ada": {"plan": "pro"}, "bob": {"plan": "free"}})
    return cohorts


def versions(cohorts: Cohorts, cohort_id: int) -> dict[int, int]:
    """How many members the event store has of each version."""
    rows = cohorts.store.query(
        "SELECT version, count() FROM cohort_people WHERE team_id = {team:Int64} AND cohort_id = {cohort:Int64}"
        " GROUP BY version",
        {"team": cohorts.project.pk, "cohort": cohort_id},
    ).rows
    return dict(rows)  # type: ignore[arg-type]


def break_definition(cohort_id: int) -> None:
    """Store criteria that nobody could save: a regular expression that the engine cannot read."""
    broken = criteria(person("plan", "(", "regex", negation=False))
    Cohort.objects.filter(pk=cohort_id).update(filters=broken)


def test_of_two_quick_changes_the_last_one_counts(people: Cohorts) -> None:
    """The first calculation is skipped; the cohort rests only after the second."""
    made = people.make(filters=PRO)["id"]
    people.change(made, filters=FREE)
    first, second = Job.objects.filter(kind="cohorts.calculate").order_by("pk")
    second.run_at = datetime.now(UTC) + timedelta(hours=1)
    second.save()
    do_waiting_jobs()
    assert not Job.objects.filter(pk=first.pk).exists()
    assert people.get(made).items() >= {"is_calculating": True, "version": None, "count": None}.items()
    Job.objects.update(run_at=datetime.now(UTC))
    do_waiting_jobs()
    assert people.get(made).items() >= {"is_calculating": False, "version": 2, "count": 1}.items()
    assert people.members(made) == ["bob"]


def test_a_job_done_twice_changes_nothing(people: Cohorts) -> None:
    """As after a crash between its end and the note of it; half a set of a crash before is replaced."""
    made = people.make(filters=PRO)["id"]
    people.store.command(
        "INSERT INTO cohort_people SELECT {team:Int64}, {cohort:Int64}, 1, generateUUIDv4() FROM numbers(5)",
        {"team": people.project.pk, "cohort": made},
    )
    job = Job.objects.get(kind="cohorts.calculate")
    Job.objects.create(kind=job.kind, arguments=job.arguments)
    do_waiting_jobs()
    assert versions(people, made) == {1: 1}
    assert people.members(made) == ["ada"]
    assert Calculation.objects.filter(cohort=made).count() == 1


def test_a_failure_leaves_the_members_and_says_why(people: Cohorts) -> None:
    """A later success forgets it."""
    made = people.make(filters=PRO)["id"]
    do_waiting_jobs()
    break_definition(made)
    people.change(made)
    do_waiting_jobs()
    now = people.get(made)
    expected = {"version": 1, "pending_version": 2, "count": 1, "errors_calculating": 1, "is_calculating": False}
    assert now.items() >= expected.items()
    assert now["last_error_message"] == (
        "This cohort contains an invalid regular expression. Please check your regex syntax in the matching criteria."
    )
    assert people.members(made) == ["ada"]
    failed, succeeded = people.send("GET", f"{made}/calculation_history/").json()["results"]
    assert (failed["is_successful"], failed["error_code"], failed["count"]) == (False, "invalid_regex", None)
    assert (succeeded["is_successful"], succeeded["error"], succeeded["count"]) == (True, None, 1)
    people.change(made, filters=FREE)
    do_waiting_jobs()
    assert people.get(made).items() >= {"errors_calculating": 0, "last_error_message": None, "version": 3}.items()


def test_a_definition_that_cannot_be_read_names_its_fault(people: Cohorts) -> None:
    """With the place of the leaf."""
    made = people.make(filters=PRO)["id"]
    Cohort.objects.filter(pk=made).update(filters={"properties": {"type": "AND", "values": [{"type": "x"}]}})
    do_waiting_jobs()
    message = people.get(made)["last_error_message"]
    assert message.startswith(f"{REVIEW} properties.values[0]: unknown type 'x'")


def test_the_history_is_paged_and_sums_up(people: Cohorts) -> None:
    """The newest first; limits that make no sense count as not given."""
    made = people.make(filters=PRO)["id"]
    do_waiting_jobs()
    for _ in range(2):
        people.change(made)
        do_waiting_jobs()
    page = people.send("GET", f"{made}/calculation_history/?limit=abc&offset=-1").json()
    assert page["count"] == 3 and page["next"] is None
    newest = page["results"][0]
    assert set(newest) == {
        *("id", "filters", "count", "started_at", "finished_at", "queries", "error", "error_code"),
        *("duration_seconds", "is_completed", "is_successful", "total_query_ms", "total_memory_mb"),
        *("total_read_rows", "total_written_rows", "main_query", "main_query_id"),
    }
    assert newest["duration_seconds"] >= 0 and newest["total_written_rows"] == 1 and newest["filters"] is not None
    assert newest["started_at"] >= page["results"][1]["started_at"]
    assert "limit=1&offset=1" in people.send("GET", f"{made}/calculation_history/?limit=1").json()["next"]


def test_old_cohorts_are_calculated_anew_some_at_a_time(people: Cohorts) -> None:
    """Never calculated ones first, then those that waited for longest; not those that are fresh, at work or deleted."""
    now = datetime.now(UTC)

    def cohort(name: str, minutes: float | None, **fields: Any) -> None:
        calculated = None if minutes is None else now - timedelta(minutes=minutes)
        Cohort.objects.create(
            project=people.project, name=name, filters=PRO, version=1, last_calculation=calculated, **fields
        )

    cohort("fresh", 14)
    cohort("old", 16)
    cohort("older", 60)
    cohort("never", None)
    cohort("static", None, is_static=True)
    cohort("deleted", None, deleted=True)
    cohort("at work", 60, is_calculating=True)
    cohort("failed lately", 90, errors_calculating=1, last_error_at=now - timedelta(minutes=59))
    cohort("failed long ago", 90, errors_calculating=1, last_error_at=now - timedelta(minutes=61))
    cohort("given up", 90, errors_calculating=21, last_error_at=now - timedelta(days=9_000))
    assert [each.name for each in schedule.due(now)] == ["never", "failed long ago", "older", "old"]
    schedule.calculate_due()
    do_waiting_jobs()
    assert schedule.due(datetime.now(UTC)) == []
    assert Cohort.objects.get(name="old").version == 1


def test_after_many_failures_a_cohort_waits_to_be_saved(people: Cohorts) -> None:
    """It says so; a change tries again."""
    made = people.make(filters=PRO)["id"]
    break_definition(made)
    Cohort.objects.filter(pk=made).update(errors_calculating=20)
    do_waiting_jobs()
    now = people.get(made)
    assert now["errors_calculating"] == 21
    assert now["last_error_message"].endswith("The calculation is paused after 21 failures; save to retry.")
    people.change(made, filters=PRO)
    do_waiting_jobs()
    assert people.get(made).items() >= {"errors_calculating": 0, "count": 1}.items()


def test_what_nobody_is_at_any_more_counts_as_interrupted(people: Cohorts) -> None:
    """A cohort does not stay at work for ever."""
    made = people.make(filters=PRO)["id"]
    Job.objects.all().delete()
    Calculation.objects.create(cohort_id=made, version=1, started_at=datetime.now(UTC) - timedelta(hours=2))
    schedule.free_stuck(datetime.now(UTC))
    now = people.get(made)
    assert now.items() >= {"is_calculating": False, "errors_calculating": 1, "version": None}.items()
    assert now["last_error_message"] == "Calculation was interrupted. It will automatically retry."


def test_old_versions_are_removed_when_nobody_reads_them(people: Cohorts) -> None:
    """Some time after another one has taken their place."""
    made = people.make(filters=PRO)["id"]
    do_waiting_jobs()
    for _ in range(2):
        people.change(made)
        do_waiting_jobs()
    forget_versions(made)
    assert versions(people, made) == {1: 1, 2: 1, 3: 1}
    long_ago = datetime.now(UTC) - timedelta(hours=1)
    Calculation.objects.filter(cohort=made, version__lte=2).update(finished_at=long_ago)
    forget_versions(made)
    assert versions(people, made) == {2: 1, 3: 1}
    assert people.members(made) == ["ada"]


def test_one_failing_cohort_does_not_keep_others_from_being_calculated(people: Cohorts) -> None:
    """Those that build on it go by its last members."""
    base = people.make(filters=PRO)["id"]
    user = people.make(filters=criteria({"type": "cohort", "key": "id", "value": base}))["id"]
    do_waiting_jobs()
    break_definition(base)
    people.change(base)
    do_waiting_jobs()
    assert people.get(base)["errors_calculating"] == 1
    assert people.get(user).items() >= {"errors_calculating": 0, "count": 1, "is_calculating": False}.items()


def test_members_of_deleted_cohorts_are_removed_after_a_month(people: Cohorts) -> None:
    """Until then a list can be restored."""
    ada = str(people.person("ada"))
    lately, long_ago = (
        people.make(is_static=True, _create_static_person_ids=[ada], name=name)["id"] for name in ("lately", "long ago")
    )
    do_waiting_jobs()
    for cohort_id, days in ((lately, 29), (long_ago, 31)):
        people.change(cohort_id, deleted=True)
        deleted_at = datetime.now(UTC) - timedelta(days=days)
        Cohort.objects.filter(pk=cohort_id).update(deleted_at=deleted_at)
    schedule.purge_deleted()
    people.change(lately, deleted=False)
    people.change(long_ago, deleted=False)
    assert (people.members(lately), people.members(long_ago)) == (["ada"], [])
    assert versions(people, long_ago) == {}
