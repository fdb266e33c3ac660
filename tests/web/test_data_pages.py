"""Data management: events and properties are listed, described, verified and hidden; the activity page tells of it."""

import pytest
from pytest_django import DjangoCaptureOnCommitCallbacks

from hedgerow.taxonomy.models import EventDefinition, EventProperty, PropertyDefinition
from tests.queries.asking import make_project
from tests.web.visiting import Visitor

pytestmark = pytest.mark.django_db


def event(visitor: Visitor, name: str) -> EventDefinition:
    return EventDefinition.objects.get(project=visitor.project, name=name)


def names(visitor: Visitor, page: str, **query: str) -> list[str]:
    return [each.name for each, _ in visitor.get(page, **query).context["rows"]]


def test_events_are_found_by_name_and_kind(visitor: Visitor) -> None:
    for name in ("order placed", "order shipped", "$pageview"):
        visitor.send(name)
    assert set(names(visitor, "data/events")) == {"order placed", "order shipped", "$pageview"}
    assert names(visitor, "data/events", search="placed order") == ["order placed"]
    assert names(visitor, "data/events", kind="event_posthog") == ["$pageview"]
    assert "A page was opened" in visitor.text("data/events")


def test_an_event_is_described_and_verified(
    visitor: Visitor, django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks
) -> None:
    visitor.send("order placed", amount=12)
    definition = event(visitor, "order placed")
    address = f"/project/{visitor.project.pk}/data/events/{definition.pk}"
    sent = {"description": "Somebody bought.", "tags": "Shop, money ", "state": "verified", "owner": visitor.user.pk}
    with django_capture_on_commit_callbacks(execute=True):
        assert visitor.client.post(address, sent).status_code == 302
    definition.refresh_from_db()
    assert definition.description == "Somebody bought." and definition.tags == ["shop", "money"]
    assert definition.verified and definition.verified_by == visitor.user and definition.owner == visitor.user
    for page in ("activity", f"data/events/{definition.pk}"):
        (entry,) = visitor.get(page).context["entries"]
        assert {each.field: each.after for each in entry.changes}["description"] == "Somebody bought."


def test_a_hidden_event_is_left_out_of_the_list(visitor: Visitor) -> None:
    visitor.send("internal check")
    definition = event(visitor, "internal check")
    address = f"/project/{visitor.project.pk}/data/events/{definition.pk}/change"
    back = f"/project/{visitor.project.pk}/data/events?search=check"
    assert visitor.client.post(address, {"do": "hide", "back": back}).headers["Location"] == back
    assert names(visitor, "data/events") == []
    assert names(visitor, "data/events", shown="all") == ["internal check"]
    elsewhere = visitor.client.post(address, {"do": "show", "back": "https://elsewhere.example/"})
    assert elsewhere.headers["Location"] == f"/project/{visitor.project.pk}/data/events"
    assert names(visitor, "data/events") == ["internal check"]


def test_the_type_of_a_property_can_be_corrected(visitor: Visitor) -> None:
    visitor.send("order placed", zip="01067")
    definition = PropertyDefinition.objects.get(project=visitor.project, name="zip")
    address = f"/project/{visitor.project.pk}/data/properties/{definition.pk}"
    assert visitor.client.post(address, {"type": "String", "state": ""}).status_code == 302
    definition.refresh_from_db()
    assert definition.property_type == "String" and definition.is_type_chosen
    assert visitor.client.post(address, {"type": "Colour", "state": ""}).status_code == 422
    assert names(visitor, "data/properties") == ["zip"]
    assert names(visitor, "data/properties", of="person") == []


def test_a_deleted_definition_is_gone_and_events_stay(visitor: Visitor) -> None:
    visitor.send("order placed")
    definition = event(visitor, "order placed")
    address = f"/project/{visitor.project.pk}/data/events/{definition.pk}"
    assert visitor.client.post(f"{address}/change", {"do": "delete"}).status_code == 302
    assert visitor.client.get(address).status_code == 404
    assert visitor.events.rows("SELECT count() FROM events") == [[1]]


def test_the_activity_page_shows_what_is_asked_for(
    visitor: Visitor, django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks
) -> None:
    visitor.send("order placed", amount=1)
    definition = event(visitor, "order placed")
    address = f"/project/{visitor.project.pk}/data/events/{definition.pk}/change"
    with django_capture_on_commit_callbacks(execute=True):
        visitor.client.post(address, {"do": "verify"})
    shown = visitor.get("activity", scope="EventDefinition").context["entries"]
    assert [(each.did, each.kind, each.name) for each in shown] == [("changed", "event", "order placed")]
    assert visitor.get("activity", scope="Cohort").context["entries"] == []
    assert len(visitor.get("activity", user=str(visitor.user.pk)).context["entries"]) == 1


def test_definitions_of_other_projects_do_not_exist(visitor: Visitor) -> None:
    other = EventDefinition.objects.create(project=make_project(), name="theirs")
    address = f"/project/{visitor.project.pk}/data/events/{other.pk}"
    assert visitor.client.get(address).status_code == 404
    assert visitor.client.post(f"{address}/change", {"do": "delete"}).status_code == 404
    assert EventDefinition.objects.filter(pk=other.pk).exists()


@pytest.mark.parametrize("language", ["typescript", "python", "golang"])
def test_code_is_downloaded(visitor: Visitor, language: str) -> None:
    visitor.send("order placed")
    assert f"data/code/{language}" in visitor.text("data/events")
    response = visitor.get(f"data/code/{language}")
    assert "order placed" in response.content.decode()
    assert response.headers["Content-Disposition"].startswith("attachment")
    assert visitor.get("data/code/cobol").status_code == 404


def test_the_page_of_a_property_tells_which_type_its_values_fit(visitor: Visitor) -> None:
    for value in ("12", "7", "unknown", 3):
        visitor.send("order placed", amount=value)
    EventProperty.objects.create(project=visitor.project, event="order placed", property="amount")
    definition = PropertyDefinition.objects.get(project=visitor.project, name="amount")
    assert f"data/properties/{definition.pk}/fit" in visitor.text(f"data/properties/{definition.pk}")
    told = visitor.text(f"data/properties/{definition.pk}/fit")
    assert "Of 4 values of late, 75 % fit the type Numeric" in told
