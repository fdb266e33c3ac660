"""Persons, groups, sessions and distinct ids of an event, and joins written out."""

import uuid
from datetime import UTC, datetime

import pytest

from hedgerow.hogql.errors import HogQLError
from tests.hogql.conftest import StoredProject, person_of

START = datetime(2026, 1, 15, 12, tzinfo=UTC)


@pytest.fixture
def shop(stored: StoredProject) -> StoredProject:
    """Ann on the pro plan, Bob on the free plan, and Cy, who has no person."""
    stored.event("bought", distinct_id="ann", **{"$group_0": "acme"})
    stored.event("seen", distinct_id="bob")
    stored.event("seen", distinct_id="cy")
    stored.person("ann", {"plan": "free", "age": 30}, version=1)
    stored.person("ann", {"plan": "pro", "age": 31}, version=2)
    stored.person("bob", {"plan": "free"})
    stored.group(0, "acme", {"name": "Acme", "seats": 5})
    stored.group(1, "acme", {"name": "Another type"})
    return stored


def test_an_event_has_the_newest_properties_of_its_person(shop: StoredProject) -> None:
    query = "SELECT distinct_id, person.properties.plan, person.properties.age + 1 FROM events ORDER BY distinct_id"
    assert shop.rows(query) == [("ann", "pro", 32.0), ("bob", "free", None), ("cy", None, None)]


def test_a_filter_on_the_person(shop: StoredProject) -> None:
    assert shop.column("SELECT distinct_id FROM events WHERE person.properties.plan = 'pro'") == ["ann"]
    assert shop.rows("SELECT count() FROM events WHERE person.properties.plan != 'pro'") == [(2,)]
    assert shop.rows("SELECT count() FROM events WHERE person.properties.plan IS NULL") == [(1,)]


def test_the_persons_id_needs_no_join(shop: StoredProject) -> None:
    query = "SELECT person_id = person.id AND person_id = poe.id FROM events LIMIT 1"
    assert shop.rows(query) == [(1,)]


def test_columns_of_a_missing_person_are_null(shop: StoredProject) -> None:
    query = "SELECT person.created_at, person.is_identified, person.properties FROM events WHERE distinct_id = 'cy'"
    assert shop.rows(query) == [(None, None, None)]


def test_the_person_by_way_of_the_distinct_id(shop: StoredProject) -> None:
    query = "SELECT distinct_id, pdi.person_id, pdi.person.properties.plan FROM events ORDER BY distinct_id"
    assert shop.rows(query) == [("ann", person_of("ann"), "pro"), ("bob", person_of("bob"), "free"), ("cy", None, None)]


def test_persons_are_one_row_each_and_deleted_ones_are_gone(shop: StoredProject) -> None:
    shop.person("bob", {}, version=5, deleted=True)
    assert shop.rows("SELECT properties.plan, id FROM persons") == [("pro", person_of("ann"))]
    assert shop.rows("SELECT person.properties.plan FROM events WHERE distinct_id = 'bob'") == [(None,)]


def test_distinct_ids_and_their_persons(shop: StoredProject) -> None:
    query = "SELECT distinct_id, person.properties.plan FROM person_distinct_ids ORDER BY 1"
    assert shop.rows(query) == [("ann", "pro"), ("bob", "free")]
    assert shop.rows("SELECT pdi.distinct_id FROM persons WHERE properties.plan = 'pro'") == [("ann",)]


def test_the_group_of_an_event(shop: StoredProject) -> None:
    query = (
        "SELECT group_0.key, group_0.properties.name, goe_0.properties.seats FROM events ORDER BY distinct_id LIMIT 2"
    )
    assert shop.rows(query) == [("acme", "Acme", "5"), (None, None, None)]
    assert shop.rows("SELECT index, key, properties.name FROM groups ORDER BY index") == [
        (0, "acme", "Acme"),
        (1, "acme", "Another type"),
    ]


def test_the_type_of_a_persons_or_groups_property(shop: StoredProject) -> None:
    typed = shop.with_context(person_property_types={"age": "Numeric"}, group_property_types={0: {"seats": "Numeric"}})
    query = "SELECT person.properties.age, group_0.properties.seats FROM events WHERE distinct_id = 'ann'"
    assert typed.rows(query) == [(31.0, 5.0)]


def test_an_override_moves_the_events_of_a_distinct_id(shop: StoredProject) -> None:
    shop.override("cy", uuid.uuid4(), version=1)
    shop.override("cy", person_of("ann"), version=2)
    following = shop.with_context(has_person_overrides=True)
    assert following.rows("SELECT count(DISTINCT person_id) FROM events") == [(2,)]
    assert following.rows("SELECT person_id, count() FROM events GROUP BY 1 ORDER BY 2 DESC LIMIT 1") == [
        (person_of("ann"), 2)
    ]
    assert following.rows("SELECT count() FROM events WHERE person.properties.plan = 'pro'") == [(2,)]
    assert following.rows("SELECT count() FROM events e WHERE e.person.id IN (SELECT id FROM persons)") == [(3,)]
    assert shop.rows("SELECT count() FROM events WHERE person.properties.plan = 'pro'") == [(1,)]


def test_an_override_counts_inside_joins_and_subqueries(shop: StoredProject) -> None:
    shop.override("cy", person_of("ann"))
    following = shop.with_context(has_person_overrides=True)
    joined = "SELECT count() FROM persons p JOIN events e ON e.person_id = p.id WHERE p.properties.plan = 'pro'"
    assert following.rows(joined) == [(2,)]
    assert following.rows("SELECT uniq(person) FROM (SELECT person_id AS person FROM events)") == [(2,)]


def test_a_session_is_the_events_that_carry_its_id(stored: StoredProject) -> None:
    def at(second: int, event: str, **properties: str) -> None:
        stored.event(event, properties, at=f"2026-01-15 12:00:{second:02}", **{"$session_id": "s1"})

    at(0, "$pageview", **{"$current_url": "https://a.b/in", "utm_source": "newsletter", "$referring_domain": "$direct"})
    at(5, "$autocapture")
    at(20, "$pageview", **{"$current_url": "https://a.b/out"})
    stored.event("$pageview", **{"$session_id": "s2"})
    stored.event("$pageview")
    columns = (
        "session_id, $start_timestamp, $session_duration, duration, $pageview_count, $autocapture_count,"
        " $entry_current_url, $exit_current_url, $num_uniq_urls, $is_bounce, $entry_utm_source, $channel_type"
    )
    assert stored.rows(f"SELECT {columns} FROM sessions WHERE session_id = 's1'") == [
        ("s1", START, 20, 20, 2, 1, "https://a.b/in", "https://a.b/out", 2, 0, "newsletter", "Email")
    ]
    assert stored.rows("SELECT session_id, $is_bounce FROM sessions ORDER BY 1") == [("s1", 0), ("s2", 1)]
    of_event = "SELECT event, session.$session_duration FROM events WHERE $session_id = 's1' ORDER BY timestamp LIMIT 1"
    assert stored.rows(of_event) == [("$pageview", 20)]
    assert stored.rows("SELECT session.$entry_current_url FROM events WHERE $session_id = ''") == [(None,)]


def test_a_session_is_whole_when_its_events_are_limited(stored: StoredProject) -> None:
    stored.event("$pageview", at="2026-01-14 23:50:00", **{"$session_id": "s1"})
    stored.event("$pageview", at="2026-01-15 00:10:00", **{"$session_id": "s1"})
    stored.event("$pageview", at="2026-02-15 00:10:00", **{"$session_id": "s2"})
    events = "SELECT session.$session_duration FROM events WHERE timestamp >= '2026-01-15' AND timestamp < '2026-01-16'"
    assert stored.rows(events) == [(1200,)]
    assert stored.rows("SELECT session_id FROM sessions WHERE $start_timestamp >= '2026-01-15'") == [("s2",)]
    sessions = "SELECT session_id, $session_duration FROM sessions WHERE $start_timestamp < '2026-01-15'"
    assert stored.rows(sessions) == [("s1", 1200)]
    renamed = "SELECT created_at AS timestamp, session.$pageview_count FROM events WHERE timestamp < '2020-01-01'"
    assert stored.rows(renamed) == []


def test_joins_written_out(shop: StoredProject) -> None:
    inner = "SELECT e.event, p.properties.plan FROM events e JOIN persons p ON p.id = e.person_id ORDER BY 2"
    assert shop.rows(inner) == [("seen", "free"), ("bought", "pro")]
    left = "SELECT e.distinct_id, p.id, p.created_at FROM events e LEFT JOIN persons p ON p.id = e.person_id"
    assert shop.rows(f"{left} WHERE p.id IS NULL") == [("cy", None, None)]
    using = "SELECT a.distinct_id FROM events a INNER JOIN person_distinct_ids b USING (distinct_id) ORDER BY 1"
    assert shop.rows(using) == [("ann",), ("bob",)]
    both = "SELECT a.x, b.x FROM (SELECT 1 AS x) a FULL JOIN (SELECT 2 AS x) b ON a.x = b.x ORDER BY 1 NULLS LAST"
    assert shop.rows(both) == [(1, None), (None, 2)]
    three = "SELECT count() FROM events a JOIN events b ON a.uuid = b.uuid LEFT JOIN persons p ON p.id = b.person_id"
    assert shop.rows(three) == [(3,)]
    lazy = "SELECT b.person.properties.plan FROM events a LEFT JOIN events b ON a.uuid = b.uuid ORDER BY a.distinct_id"
    assert shop.rows(lazy) == [("pro",), ("free",), (None,)]


def test_a_field_of_several_tables_needs_its_table(shop: StoredProject) -> None:
    with pytest.raises(HogQLError, match="Ambiguous field"):
        shop.rows("SELECT distinct_id FROM events a JOIN events b ON a.uuid = b.uuid")
    with pytest.raises(HogQLError, match="Two tables have the name"):
        shop.rows("SELECT 1 FROM events JOIN events ON true")
