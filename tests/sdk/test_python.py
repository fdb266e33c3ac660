"""The real Python SDK against a running server: what was sent comes back right through the query API."""

import uuid
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from posthog import Posthog

from tests.serving import Server


@pytest.fixture
def posthog(server: Server) -> Iterator[Posthog]:
    client = Posthog(server.project_api_key, host=server.url)
    yield client
    client.shutdown()


@pytest.fixture
def someone() -> str:
    """A distinct id nobody else uses, so that tests can share the server."""
    return f"python-{uuid.uuid4()}"


def test_an_event_comes_back_with_its_properties(server: Server, posthog: Posthog, someone: str) -> None:
    sent_at = datetime(2026, 3, 29, 1, 30, 15, 123456, tzinfo=UTC)
    properties = {"total": 42.5, "items": ["tea", "cup"], "gift": True, "note": "naïve 🫖", "nested": {"a": {"b": 1}}}

    posthog.capture("order placed", distinct_id=someone, properties=properties, timestamp=sent_at)
    posthog.flush()

    [[event, timestamp, total, gift, note, nested, library]] = server.wait_for_rows(
        "select event, timestamp, properties.total, properties.gift, properties.note, properties.nested.a.b,"
        " properties.$lib from events where distinct_id = {someone}",
        1,
        someone=someone,
    )
    assert event == "order placed"
    # The clock of the sender is corrected by the moment it says it sent the batch.
    assert abs(datetime.fromisoformat(timestamp) - sent_at) < timedelta(seconds=30)
    assert (float(total), str(gift).lower(), note, str(nested)) == (42.5, "true", "naïve 🫖", "1")
    assert library == "posthog-python"


def test_a_batch_is_stored_whole(server: Server, posthog: Posthog, someone: str) -> None:
    for number in range(500):
        posthog.capture("step", distinct_id=someone, properties={"number": number})
    posthog.flush()

    server.wait_for_rows("select uuid from events where distinct_id = {someone} limit 1000", 500, someone=someone)
    assert server.hogql(
        "select count(), sum(toInt(properties.number)) from events where distinct_id = {someone}", someone=someone
    ) == [[500, 499 * 250]]


def test_set_and_set_once_make_the_person(server: Server, posthog: Posthog, someone: str) -> None:
    posthog.set(distinct_id=someone, properties={"plan": "free", "email": "ada@example.com"})
    posthog.set_once(distinct_id=someone, properties={"plan": "ignored", "first_seen_on": "blog"})
    posthog.set(distinct_id=someone, properties={"plan": "paid"})
    posthog.flush()

    server.wait_for_rows("select 1 from events where distinct_id = {someone}", 3, someone=someone)
    assert server.hogql(
        "select distinct person.properties.plan, person.properties.email, person.properties.first_seen_on"
        " from events where distinct_id = {someone}",
        someone=someone,
    ) == [["paid", "ada@example.com", "blog"]]


def test_alias_makes_two_distinct_ids_one_person(server: Server, posthog: Posthog, someone: str) -> None:
    visitor = f"visitor-{uuid.uuid4()}"
    posthog.capture("looked around", distinct_id=visitor)
    posthog.capture("signed up", distinct_id=someone)
    posthog.alias(visitor, someone)
    posthog.flush()

    server.wait_for_rows(
        "select 1 from events where distinct_id in ({someone}, {visitor}) limit 10", 3, someone=someone, visitor=visitor
    )
    [[people, events]] = server.hogql(
        "select count(distinct person_id), count() from events where distinct_id in ({someone}, {visitor})"
        " and event != '$create_alias'",
        someone=someone,
        visitor=visitor,
    )
    assert (people, events) == (1, 2)


def test_a_group_has_its_properties(server: Server, posthog: Posthog, someone: str) -> None:
    company = f"acme-{uuid.uuid4()}"
    posthog.group_identify("company", company, {"name": "Acme", "seats": 12})
    posthog.capture("invited", distinct_id=someone, groups={"company": company})
    posthog.flush()

    rows = server.wait_for_rows(
        "select $group_0, group_0.properties.name, group_0.properties.seats from events"
        " where distinct_id = {someone} and event = 'invited'",
        1,
        someone=someone,
    )
    assert [[key, name, float(seats)] for key, name, seats in rows] == [[company, "Acme", 12.0]]


def test_feature_flags_are_answered(posthog: Posthog, someone: str) -> None:
    assert posthog.get_all_flags(someone) == {}
    assert not posthog.feature_enabled("new-checkout", someone)


def test_a_process_that_only_captures_leaves_no_person(server: Server, posthog: Posthog, someone: str) -> None:
    posthog.capture("ping", distinct_id=someone, properties={"$process_person_profile": False})
    posthog.flush()

    server.wait_for_rows("select 1 from events where distinct_id = {someone}", 1, someone=someone)
    assert server.hogql("select count() from person_distinct_ids where distinct_id = {someone}", someone=someone) == [
        [0]
    ]
