"""Cohorts as a filter: whose events count is what the event store has as members."""

from datetime import UTC, datetime
from typing import TYPE_CHECKING
from uuid import UUID

import pytest

from hedgerow.cohorts.models import Cohort
from hedgerow.persons.identity import default_person_uuid
from tests.queries.asking import Api, make_api, make_project

if TYPE_CHECKING:
    from hedgerow.eventstore.client import EventStore
    from hedgerow.projects.models import Project

AT = datetime(2024, 5, 10, 12, tzinfo=UTC)


@pytest.fixture
def api(project: "Project", event_store: "EventStore") -> Api:
    """A project in which Ada, Bob and Cy each did one thing."""
    api = make_api(project, event_store)
    for name in ("ada", "bob", "cy"):
        api.store_event("bought", name, AT)
    return api


def put(api: Api, cohort: Cohort, version: int, *names: str) -> None:
    """Make the persons of these distinct ids members."""
    for name in names:
        api.store.command(
            "INSERT INTO cohort_people SELECT {team:Int64}, {cohort:Int64}, {version:Int64}, {person:UUID}",
            {"team": cohort.project_id, "cohort": cohort.pk, "version": version, "person": person(api, name)},
        )


def person(api: Api, name: str) -> UUID:
    """The person of a distinct id."""
    return default_person_uuid(api.project.pk, name)


def cohort(api: Api, **fields: object) -> Cohort:
    """A cohort of the project."""
    return Cohort.objects.create(project=api.project, **fields)


def count(api: Api, **cohort_filter: object) -> float:
    """How many things those did whom a cohort filter leaves."""
    query = {
        "kind": "TrendsQuery",
        "series": [{"kind": "EventsNode", "event": "bought"}],
        "dateRange": {"date_from": "2024-05-10", "date_to": "2024-05-10"},
        "properties": [{"type": "cohort", "key": "id", **cohort_filter}],
    }
    found: float = api.answer(query, refresh="force_blocking")["results"][0]["count"]
    return found


def test_members_are_those_of_the_version_now_served(api: Api) -> None:
    """A calculation that is not complete yet, and the one before, do not count."""
    served = cohort(api, version=2, pending_version=3)
    put(api, served, 1, "ada", "bob", "cy")
    put(api, served, 2, "ada", "bob")
    put(api, served, 3, "cy")
    assert count(api, value=served.pk) == 2
    assert count(api, value=str(served.pk), operator="in") == 2
    assert count(api, value=served.pk, operator="not_in") == 1
    assert count(api, value=served.pk, negation=True) == 1


def test_a_cohort_that_was_never_calculated_has_no_members(api: Api) -> None:
    """Nobody is in it, everybody is not in it."""
    fresh = cohort(api, pending_version=1)
    put(api, fresh, 1, "ada")
    assert count(api, value=fresh.pk) == 0
    assert count(api, value=fresh.pk, operator="not_in") == 3


def test_a_static_cohort_is_a_list(api: Api) -> None:
    """Its members stand under the version 0."""
    listed = cohort(api, is_static=True)
    put(api, listed, 0, "cy")
    assert count(api, value=listed.pk) == 1


def test_a_cohort_that_is_not_there_is_named(api: Api, event_store: "EventStore") -> None:
    """Deleted ones, those of other projects and those that never were are the same."""
    gone = cohort(api, version=1, deleted=True)
    foreign = Cohort.objects.create(project=make_project(), version=1)
    for cohort_id in (gone.pk, foreign.pk, 123_456_789):
        assert fault(api, cohort_id) == f"Cohort {cohort_id} does not exist"


@pytest.mark.parametrize("value", [True, None, "pro", [1], 1.5])
def test_what_is_no_id_is_refused(api: Api, value: object) -> None:
    """A cohort is named by its id."""
    assert fault(api, value) == "Cohort property value must be a cohort ID"


def fault(api: Api, value: object) -> str:
    """Why a cohort filter cannot be."""
    query = {
        "kind": "TrendsQuery",
        "series": [{"kind": "EventsNode", "event": "bought"}],
        "properties": [{"type": "cohort", "key": "id", "value": value}],
    }
    detail: str = api.fault(query)["detail"]
    return detail
