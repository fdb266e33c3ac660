"""Property definitions found in the event store."""

import json
import uuid
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from hedgerow.eventstore.client import EventStore
from hedgerow.groups.models import GroupTypeMapping
from hedgerow.projects.models import Project
from hedgerow.taxonomy import inference
from hedgerow.taxonomy.inference import infer_properties
from hedgerow.taxonomy.models import EventProperty, PropertyDefinition


class Stored:
    """Events put into the store, and what is inferred from them."""

    def __init__(self, event_store: EventStore, project: Project) -> None:
        self.event_store = event_store
        self.team = project.pk
        # A window no other test's events are in.
        self.since = datetime(2000, 1, 1, tzinfo=UTC) + timedelta(seconds=uuid.uuid4().int % 700_000_000)

    def event(self, name: str, properties: dict[str, Any], *, copies: int = 1, person_mode: str = "full") -> None:
        self.event_store.command(
            "INSERT INTO events"
            " (team_id, uuid, event, timestamp, distinct_id, person_mode, properties_raw, inserted_at)"
            " SELECT {team:Int64}, generateUUIDv4(number), {event:String}, now(), 'u', {mode:String}, {raw:String},"
            " {at:DateTime64(3, 'UTC')} FROM numbers({copies:UInt64})",
            {"team": self.team, "event": name, "mode": person_mode, "raw": json.dumps(properties), "at": self.since,
             "copies": copies},
        )  # fmt: skip

    def infer(self) -> int:
        return infer_properties(self.event_store, self.since, self.since + timedelta(milliseconds=500))

    def types(self, carrier: str = "event", index: int = -1) -> dict[str, str | None]:
        found = PropertyDefinition.objects.filter(project_id=self.team, type=carrier, group_type_index=index)
        return dict(found.values_list("name", "property_type"))


@pytest.fixture
def stored(event_store: EventStore, project: Project) -> Stored:
    return Stored(event_store, project)


def test_properties_of_events_are_defined_with_their_types_and_events(stored: Stored) -> None:
    stored.event("buy", {"price": 9.5, "plan": "pro", "gift": False, "at": "2024-01-31T10:00:00Z", "note": None})
    stored.event("look", {"plan": "free"})
    assert stored.infer() == 6  # one of them is the person's
    assert stored.types() == {"price": "Numeric", "plan": "String", "gift": "Boolean", "at": "DateTime", "note": None}
    assert PropertyDefinition.objects.get(project_id=stored.team, name="price").is_numerical
    pairs = EventProperty.objects.filter(project_id=stored.team, property="plan").values_list("event", flat=True)
    assert set(pairs) == {"buy", "look"}


def test_names_are_taken_as_they_are_and_only_of_the_first_level(stored: Stored) -> None:
    stored.event("buy", {"a.b": 1, "c": {"d": 1, "e": [{"f": 1}]}, 'with "quotes"': "x", "é": 1, "": 1, "x" * 401: 1})
    stored.infer()
    assert stored.types() == {"a.b": "Numeric", "c": "String", 'with "quotes"': "String", "é": "Numeric"}


def test_again_over_the_same_window_changes_nothing(stored: Stored) -> None:
    stored.event("buy", {"price": 1})
    stored.infer()
    assert stored.infer() == 0
    assert stored.types() == {"price": "Numeric"}


def test_a_type_once_given_stays(stored: Stored) -> None:
    PropertyDefinition.objects.create(project_id=stored.team, name="price", property_type="String")
    stored.event("buy", {"price": 1})
    stored.infer()
    assert stored.types()["price"] == "String"


def test_a_property_that_was_always_null_gets_its_type_later(stored: Stored) -> None:
    stored.event("buy", {"price": None})
    stored.infer()
    assert stored.types() == {"price": None}
    stored.event("buy", {"price": 3})
    assert stored.infer() == 0
    assert stored.types() == {"price": "Numeric"}


def test_a_rare_property_among_many_events_is_found_with_its_type(stored: Stored) -> None:
    stored.event("buy", {"price": 1}, copies=60_000)
    stored.event("buy", {"price": 1, "rare": True})
    stored.infer()
    assert stored.types() == {"price": "Numeric", "rare": "Boolean"}


def test_a_rare_property_is_found_though_another_project_has_many_of_its_name(stored: Stored) -> None:
    stored.event("buy", {"size": 2})
    own, stored.team = stored.team, stored.team + 1
    stored.event("buy", {"size": "large"}, copies=60_000)
    stored.team = own
    stored.infer()
    assert stored.types() == {"size": "Numeric"}


def test_properties_of_persons_are_those_that_events_set(stored: Stored) -> None:
    stored.event("buy", {"$set": {"age": 30}, "$set_once": {"source": "ad"}, "$unset": ["x"], "price": 1})
    stored.infer()
    assert stored.types("person") == {"age": "Numeric", "source": "String", "$creator_event_uuid": "String"}
    assert stored.types() == {"price": "Numeric"}


def test_persons_take_some_properties_from_events(stored: Stored) -> None:
    stored.event("$pageview", {"$screen_width": 1920, "utm_source": "ads", "$lib": "web"})
    stored.infer()
    assert stored.types("person") == {
        "$screen_width": "Numeric",
        "$initial_screen_width": "Numeric",
        "utm_source": "String",
        "$initial_utm_source": "String",
        "$creator_event_uuid": "String",
    }


def test_personless_events_and_exceptions_define_no_person_properties(stored: Stored) -> None:
    stored.event("$pageview", {"$set": {"age": 30}, "$browser": "Firefox"}, person_mode="propertyless")
    stored.event("$exception", {"$set": {"age": 30}, "$browser": "Firefox"})
    stored.infer()
    assert stored.types("person") == {}
    assert stored.types() == {"$browser": "String"}


def test_properties_of_groups_belong_to_their_group_type(stored: Stored) -> None:
    for index, group_type in enumerate(["company", "team"]):
        GroupTypeMapping.objects.create(project_id=stored.team, group_type=group_type, group_type_index=index)
    for group_type, properties in (("company", {"seats": 5}), ("team", {"name": "A"}), ("unknown", {"x": 1})):
        stored.event("$groupidentify", {"$group_type": group_type, "$group_key": "acme", "$group_set": properties})
    stored.infer()
    assert stored.types("group", 0) == {"seats": "Numeric"}
    assert stored.types("group", 1) == {"name": "String"}
    assert "$group_set" not in stored.types()


def test_there_is_a_limit_with_a_warning(stored: Stored, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(inference, "MOST_PROPERTIES", 3)
    stored.event("buy", {f"property_{n}": n for n in range(5)})
    stored.infer()
    assert stored.types().keys() == {"property_0", "property_1", "property_2"}
    assert EventProperty.objects.filter(project_id=stored.team).count() == 3
    warnings = stored.event_store.query(
        "SELECT type, details FROM ingestion_warnings WHERE team_id = {team:Int64}", {"team": stored.team}
    ).rows
    assert [name for name, _ in warnings] == ["too_many_property_definitions"]
    assert json.loads(warnings[0][1])["examples"] == ["property_3", "property_4"]


def test_events_of_a_project_that_is_gone_are_passed_over(stored: Stored) -> None:
    stored.team += 1
    stored.event("buy", {"price": 1})
    assert stored.infer() == 0


def test_the_window_ends_before_its_end(stored: Stored) -> None:
    stored.event("buy", {"price": 1})
    assert infer_properties(stored.event_store, stored.since - timedelta(seconds=1), stored.since) == 0
