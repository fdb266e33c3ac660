"""The sample, sent to a real server, gives persons, groups and numbers; sent again it adds nothing."""

import json
from datetime import UTC, datetime

import pytest

from hedgerow.demo import DemoSummary, run_demo
from tests.serving import Server

UNTIL = datetime.now(UTC)
LAST = "sent after the sample"
"""Once this event is there, so is everything that was sent before it."""


@pytest.fixture(scope="module")
def sample(server: Server) -> tuple[int, str, DemoSummary]:
    """A project with a small sample: its id, its key, and what was sent."""
    printed = server.run(
        *("setup", "--email", server.email, "--password", server.password),
        *("--organization", "Acme", "--project", "Sample", "--json"),
    )
    account = json.loads(printed)
    project_id, key = int(account["project_id"]), str(account["project_api_key"])
    summary = run_demo(server.url, key, days=30, people=200, until=UNTIL, progress=False)
    server.wait_for_rows("SELECT event FROM events LIMIT {most}", 1, most=1, project_id=project_id)
    return project_id, key, summary


def wait_for_events(server: Server, project_id: int, expected: int) -> list[object]:
    """How many events and how many uuids there are without the `LAST`, once there are at least `expected` events."""
    query = "SELECT count(), count(DISTINCT uuid) FROM events WHERE event != {last} HAVING count() >= {sent}"
    (counts,) = server.wait_for_rows(query, 1, last=LAST, sent=expected, project_id=project_id)
    return counts


def test_every_event_that_was_sent_is_there(server: Server, sample: tuple[int, str, DemoSummary]) -> None:
    project_id, _, summary = sample
    assert wait_for_events(server, project_id, summary.events) == [summary.events, summary.events]


def test_sent_again_it_adds_nothing(server: Server, sample: tuple[int, str, DemoSummary]) -> None:
    project_id, key, summary = sample
    again = run_demo(server.url, key, days=30, people=200, until=UNTIL, progress=False)
    assert again == summary
    server.api.post("/batch/", json={"api_key": key, "batch": [{"event": LAST, "distinct_id": "ada"}]})
    server.wait_for_rows("SELECT event FROM events WHERE event = {name}", 1, name=LAST, project_id=project_id)
    assert wait_for_events(server, project_id, summary.events) == [summary.events, summary.events]


def test_anonymous_visits_belong_to_the_person_they_became(
    server: Server, sample: tuple[int, str, DemoSummary]
) -> None:
    project_id, _, _ = sample
    query = (
        "SELECT count(DISTINCT person_id) FROM events WHERE distinct_id IN "
        "(SELECT properties.$anon_distinct_id FROM events WHERE event = '$identify') "
        "AND person.properties.email IS NULL"
    )
    assert server.hogql(query, project_id=project_id) == [[0]]


def test_companies_are_groups_with_properties(server: Server, sample: tuple[int, str, DemoSummary]) -> None:
    project_id, _, _ = sample
    rows = server.hogql("SELECT key, properties.industry, properties.employees FROM groups", project_id=project_id)
    assert rows and all(key and industry and employees for key, industry, employees in rows)
