"""The pages of persons: found, corrected, split, merged, deleted, put into cohorts."""

from typing import Any

import pytest
from django.conf import settings
from pytest_django import DjangoCaptureOnCommitCallbacks

from hedgerow.cohorts.models import Cohort, StaticMember
from hedgerow.loader.service import Loader
from hedgerow.persons.models import Person, PersonDistinctId
from tests.queries.asking import make_project
from tests.web.peopled import make_person
from tests.web.visiting import Visitor

pytestmark = pytest.mark.django_db


def change(visitor: Visitor, person: Person, **fields: Any) -> Any:
    return visitor.client.post(f"/project/{visitor.project.pk}/persons/{person.uuid}/change", fields)


def owner_of(visitor: Visitor, distinct_id: str) -> Person:
    return PersonDistinctId.objects.get(project=visitor.project, distinct_id=distinct_id).person


def test_persons_are_found_by_name_and_distinct_id(visitor: Visitor) -> None:
    make_person(visitor, "ada-1", email="ada@example.com")
    make_person(visitor, "bob-1", email="bob@example.com")
    page = visitor.get("persons")
    assert {row["name"] for row in page.context["persons"]} == {"ada@example.com", "bob@example.com"}
    assert page.context["total"] == 2
    for search in ("ADA@", "ada-1"):
        assert [row["name"] for row in visitor.get("persons", search=search).context["persons"]] == ["ada@example.com"]
    assert "Nobody fits" in visitor.text("persons", search="nobody of this name")


def test_an_empty_project_says_so(visitor: Visitor) -> None:
    assert "Persons appear here with their first event" in visitor.text("persons")


@pytest.mark.parametrize(
    ("written", "value"),
    [("Grove", "Grove"), ("12", 12), ("true", True), ('"12"', "12"), ('["a", 1]', ["a", 1]), ("1,5", "1,5")],
)
def test_a_property_is_set_as_it_is_written(visitor: Visitor, written: str, value: Any) -> None:
    person = make_person(visitor, "ada", plan="Free")
    change(visitor, person, do="set", key="plan", value=written)
    person.refresh_from_db()
    assert person.properties == {"plan": value}
    edited = visitor.get(f"persons/{person.uuid}", edit="plan").context["edited_value"]
    change(visitor, person, do="set", key="plan", value=edited)
    person.refresh_from_db()
    assert person.properties == {"plan": value}


def test_a_property_is_removed_and_the_history_tells(
    visitor: Visitor, django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks
) -> None:
    person = make_person(visitor, "ada", plan="Free")
    with django_capture_on_commit_callbacks(execute=True):
        change(visitor, person, do="unset", key="plan")
    person.refresh_from_db()
    assert person.properties == {}
    (entry,) = visitor.get(f"persons/{person.uuid}", show="activity").context["entries"]
    assert (entry.who, entry.did) == (visitor.user.email, "removed a property of")


def test_events_of_a_person_are_listed(visitor: Visitor) -> None:
    person = make_person(visitor, "ada")
    visitor.send("order placed", "ada")
    visitor.send("order placed", "bob")
    assert [row.name for row in visitor.get(f"persons/{person.uuid}", show="events").context["rows"]] == [
        "order placed"
    ]


def test_a_split_is_shown_before_it_is_made(visitor: Visitor) -> None:
    person = make_person(visitor, "ada", "bob", email="ada@example.com")
    preview = visitor.get(f"persons/{person.uuid}", show="identity", split="bob").context
    assert (preview["leaving"], preview["staying"]) == (["bob"], ["ada"])
    assert owner_of(visitor, "bob") == person
    change(visitor, person, do="split", split="bob")
    assert owner_of(visitor, "ada") == person
    assert owner_of(visitor, "bob") != person and owner_of(visitor, "bob").properties == {}


def test_two_persons_are_merged(visitor: Visitor) -> None:
    person = make_person(visitor, "ada", email="ada@example.com")
    other = make_person(visitor, "bob", email="bob@example.com", plan="Grove")
    shown = visitor.get(f"persons/{person.uuid}", show="identity", merge="bob@example.com").context["merged"]
    assert shown["uuid"] == str(other.uuid)
    change(visitor, person, do="merge", other=str(other.uuid))
    Loader(settings.HEDGEROW, visitor.events.store).load_once()
    assert owner_of(visitor, "bob") == person
    person.refresh_from_db()
    assert person.properties["email"] == "ada@example.com" and person.properties["plan"] == "Grove"


def test_nobody_to_merge_with_is_said(visitor: Visitor) -> None:
    person = make_person(visitor, "ada")
    for name in ("nobody", "ada"):
        page = visitor.text(f"persons/{person.uuid}", show="identity", merge=name)
        assert f"No other person here is known as {name}" in page


def test_a_person_is_deleted(visitor: Visitor) -> None:
    person = make_person(visitor, "ada")
    assert change(visitor, person, do="delete").headers["Location"] == f"/project/{visitor.project.pk}/persons"
    assert not Person.objects.filter(pk=person.pk).exists()
    assert visitor.get(f"persons/{person.uuid}").status_code == 404


def test_a_person_whose_events_are_removed_is_told_of(visitor: Visitor) -> None:
    person = make_person(visitor, "ada")
    change(visitor, person, do="delete", events="on")
    page = visitor.get(f"persons/{person.uuid}")
    assert page.status_code == 404 and "The events are being removed" in page.content.decode()


def test_a_person_joins_and_leaves_a_list(visitor: Visitor) -> None:
    person = make_person(visitor, "ada")
    cohort = Cohort.objects.create(project=visitor.project, name="Talked to", is_static=True, count=0)
    address = f"/project/{visitor.project.pk}/cohorts/{cohort.pk}/change"
    fields = {"person": str(person.uuid), "back": "person"}
    back = visitor.client.post(address, {"do": "add", **fields}).headers["Location"]
    assert back == f"/project/{visitor.project.pk}/persons/{person.uuid}?show=cohorts"
    assert StaticMember.objects.filter(cohort=cohort, person=person).exists()
    assert [each["name"] for each in visitor.client.get(back).context["cohorts"]] == ["Talked to"]
    visitor.client.post(address, {"do": "remove", **fields})
    assert visitor.client.get(back).context["cohorts"] == []


def test_persons_of_other_projects_do_not_exist(visitor: Visitor) -> None:
    person = make_person(visitor, "ada")
    Person.objects.filter(pk=person.pk).update(project=make_project())
    assert visitor.get(f"persons/{person.uuid}").status_code == 404
    assert change(visitor, person, do="delete").status_code == 404
    assert Person.objects.filter(pk=person.pk).exists()
