"""Filters of web analytics by what is known of the visitor: the person's properties and cohorts."""

from typing import Any

import pytest

from hedgerow.eventstore.client import EventStore
from hedgerow.hogql.context import Cohort, ProjectContext
from hedgerow.insights.web import overview, table
from tests.insights.asking import NOW, Event, at, new_context, person_id, store_events, store_persons
from tests.insights.histories import run

COHORT = 7


@pytest.fixture
def site(event_store: EventStore) -> ProjectContext:
    """Ann, who pays and is in the cohort, and Bob, who does neither."""
    context = new_context(cohorts={COHORT: Cohort(COHORT, "payers", 1)})
    store_persons(event_store, context, {"ann": {"plan": "pro"}, "bob": {"plan": "free"}})
    views = [("ann", "/", "a"), ("ann", "/docs", "a"), ("bob", "/", "b")]
    store_events(
        event_store,
        context,
        [
            Event("$pageview", at(f"2024-11-04 10:0{place}"), person, {"$pathname": path}, session)
            for place, (person, path, session) in enumerate(views)
        ],
    )
    event_store.command(
        "INSERT INTO cohort_people (team_id, cohort_id, version, person_id)"
        " SELECT {team:Int64}, {cohort:Int64}, 1, {person:UUID}",
        {"team": context.team_id, "cohort": COHORT, "person": person_id("ann")},
    )
    return context


@pytest.mark.parametrize(
    ("condition", "values", "pages"),
    [
        ({"key": "plan", "type": "person", "value": "pro"}, [1, 2, 1], ["/", "/docs"]),
        ({"key": "id", "type": "cohort", "value": COHORT}, [1, 2, 1], ["/", "/docs"]),
        ({"key": "id", "type": "cohort", "value": COHORT, "operator": "not_in"}, [1, 1, 1], ["/"]),
        ({"key": "$pageview_count", "type": "session", "value": 1, "operator": "gt"}, [1, 2, 1], ["/", "/docs"]),
    ],
)
def test_filters(
    event_store: EventStore, site: ProjectContext, condition: dict[str, Any], values: list[int], pages: list[str]
) -> None:
    asked = overview.WebOverviewQuery.model_validate({"properties": [condition]})
    items = run(event_store, site, overview.answer(asked, site, NOW))["results"]
    assert [item["value"] for item in items[:3]] == values
    listed = table.WebStatsTableQuery.model_validate({"breakdownBy": "Page", "properties": [condition]})
    rows = run(event_store, site, table.answer(listed, site, NOW))["results"]
    assert [row[0] for row in rows] == pages
