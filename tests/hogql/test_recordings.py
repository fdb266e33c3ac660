"""Recordings in HogQL: one row for each, put together from its blocks."""

from datetime import UTC, datetime

import pytest

from tests.hogql.conftest import StoredProject, person_of


@pytest.fixture
def recorded(stored: StoredProject) -> StoredProject:
    """A recording of two blocks, which came in the other way round, and one of another person."""
    day = "2026-01-15"
    stored.recorded(
        *("s1", f"{day} 12:00:10.500", f"{day} 12:00:30"),
        distinct_id="ann",
        click_count=2,
        active_milliseconds=4_000,
        first_active=f"{day} 12:00:11",
        last_active=f"{day} 12:00:20",
        first_url="https://tea.example/b",
        urls=["https://tea.example/b"],
        snapshot_source="web",
    )
    stored.recorded(
        *("s1", f"{day} 12:00:00", f"{day} 12:00:10"),
        distinct_id="anonymous",
        click_count=1,
        active_milliseconds=1_000,
        first_active=f"{day} 12:00:07",
        last_active=f"{day} 12:00:08.500",
        first_url="https://tea.example/a",
        urls=["https://tea.example/a", "https://tea.example/b"],
        snapshot_source="web",
    )
    stored.recorded("s2", f"{day} 13:00:00", f"{day} 13:00:01", distinct_id="cy", snapshot_source="mobile")
    stored.person("anonymous", {"plan": "pro"})
    stored.event("$pageview", **{"$session_id": "s1"})
    return stored


def test_a_recording_is_all_its_blocks(recorded: StoredProject) -> None:
    columns = "distinct_id, start_time, end_time, click_count, active_milliseconds, first_url, arraySort(urls)"
    first, second = recorded.rows(f"SELECT {columns} FROM session_replay_events ORDER BY session_id")
    start, end = datetime(2026, 1, 15, 12, tzinfo=UTC), datetime(2026, 1, 15, 12, 0, 30, tzinfo=UTC)
    urls = ["https://tea.example/a", "https://tea.example/b"]
    assert first == ("anonymous", start, end, 3, 1_000 + 2_500 + 4_000, urls[0], urls)
    assert second[3:] == (0, 0, "", [])


def test_recordings_are_filtered_and_counted(recorded: StoredProject) -> None:
    table = "raw_session_replay_events"
    assert recorded.rows(f"SELECT session_id FROM {table} WHERE click_count > 2") == [("s1",)]
    assert recorded.rows(f"SELECT snapshot_source, count() FROM {table} GROUP BY 1 ORDER BY 1") == [
        ("mobile", 1),
        ("web", 1),
    ]
    assert recorded.rows(f"SELECT session_id FROM {table} WHERE has(urls, 'https://tea.example/b')") == [("s1",)]


def test_the_person_and_the_session_of_a_recording(recorded: StoredProject) -> None:
    columns = "session_id, person.properties.plan, person.id, session.$pageview_count"
    assert recorded.rows(f"SELECT {columns} FROM session_replay_events ORDER BY session_id") == [
        ("s1", "pro", person_of("anonymous"), 1),
        ("s2", None, None, None),
    ]
    assert recorded.rows("SELECT session_id FROM session_replay_events WHERE person.properties.plan = 'pro'") == [
        ("s1",)
    ]
    joined = (
        "SELECT e.event, r.click_count, r.person.properties.plan FROM events e"
        " JOIN session_replay_events r ON r.session_id = e.$session_id"
    )
    assert recorded.rows(joined) == [("$pageview", 3, "pro")]


def test_recordings_in_another_time_zone(recorded: StoredProject) -> None:
    there = recorded.with_context(timezone="Asia/Tokyo")
    assert there.rows("SELECT toHour(start_time) FROM session_replay_events WHERE session_id = 's1'") == [(21,)]
