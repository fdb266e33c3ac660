"""Live events: the latest first, new ones on top, filtered, with all their properties."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from hedgerow.persons.identity import default_person_uuid
from tests.web.visiting import Visitor

pytestmark = pytest.mark.django_db


def titles(response: Any) -> list[str]:
    return [row.title for row in response.context["rows"]]


def test_an_empty_project_says_so(visitor: Visitor) -> None:
    assert "Quiet so far" in visitor.text("events")


def test_the_latest_events_come_first(visitor: Visitor) -> None:
    now = datetime.now(UTC)
    visitor.send("older", at=now - timedelta(minutes=5))
    visitor.send("$pageview", at=now - timedelta(minutes=1))
    assert titles(visitor.get("events")) == ["Pageview", "older"]


def test_when_nothing_happened_lately_older_events_are_shown(visitor: Visitor) -> None:
    visitor.send("long ago", at=datetime.now(UTC) - timedelta(days=200))
    assert titles(visitor.get("events")) == ["long ago"]


def test_times_are_in_the_projects_zone(visitor: Visitor) -> None:
    visitor.project.timezone = "Asia/Tokyo"
    visitor.project.save()
    visitor.send("late", at=datetime(2026, 1, 31, 16, 30, 5, tzinfo=UTC))
    page = visitor.text("events")
    assert "1 Feb 01:30:05" in page and "Asia/Tokyo" in page


def test_only_what_arrived_since_is_new(visitor: Visitor) -> None:
    visitor.send("seen", at=datetime.now(UTC) - timedelta(seconds=2))
    cursor = visitor.get("events").context["cursor"]
    assert visitor.get("events/new", after=cursor).status_code == 204
    visitor.send("fresh")
    response = visitor.get("events/new", after=cursor)
    assert titles(response) == ["fresh"]
    assert response.context["cursor"] > cursor
    assert 'hx-swap-oob="true"' in response.content.decode()


@pytest.mark.parametrize("after", ["", "yesterday", "2026-99-99T00:00:00+00:00", "'); drop table"])
def test_a_cursor_that_is_none_gives_nothing(visitor: Visitor, after: str) -> None:
    visitor.send("here")
    assert visitor.get("events/new", after=after).status_code == 204


def test_events_can_be_narrowed_to_a_name(visitor: Visitor) -> None:
    visitor.send("one")
    visitor.send("two")
    assert titles(visitor.get("events", event="two")) == ["two"]
    cursor = (datetime.now(UTC) - timedelta(minutes=1)).isoformat()
    assert titles(visitor.get("events/new", event="two", after=cursor)) == ["two"]


def test_events_can_be_narrowed_to_a_person(visitor: Visitor) -> None:
    visitor.send("mine", distinct_id="ada")
    visitor.send("theirs", distinct_id="bea")
    person = default_person_uuid(visitor.project.pk, "bea")
    assert titles(visitor.get("events", person=str(person))) == ["theirs"]
    assert len(titles(visitor.get("events", person="not a uuid"))) == 2


def test_an_event_shows_its_properties(visitor: Visitor) -> None:
    uuid = visitor.send("paid", amount=12.5, plan="Grove", tags=["a", "b"], **{"$browser": "Firefox"})
    page = visitor.text(f"events/{uuid}")
    for expected in ("paid", "12.5", "Grove", "[&quot;a&quot;, &quot;b&quot;]", "Browser", "Firefox", uuid):
        assert expected in page


def test_what_clients_send_is_never_markup(visitor: Visitor) -> None:
    hostile = "<img src=x onerror=alert(1)>"
    uuid = visitor.send(hostile, distinct_id=hostile, note=hostile)
    for page in ("events", f"events/{uuid}", "insights/trends"):
        assert "<img" not in visitor.text(page)


def test_an_unknown_event_is_not_found(visitor: Visitor) -> None:
    assert visitor.get("events/0190a3f0-0000-7000-8000-000000000000").status_code == 404
