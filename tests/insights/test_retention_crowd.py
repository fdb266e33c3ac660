"""The retention of sixty persons with crowded histories, against counting it by hand."""

import random
from collections import defaultdict
from datetime import timedelta
from itertools import product
from typing import Any

import pytest

from hedgerow.eventstore.client import EventStore
from hedgerow.hogql.context import ProjectContext
from hedgerow.insights import retention
from tests.insights.asking import Event, at
from tests.insights.histories import bucket, run, stored_history
from tests.insights.test_retention_counted import NAMES, PROPERTIES, Counting

FIRST, LAST = at("2024-11-01 00:00"), at("2024-11-05 23:59:59.999999")


def _crowded_histories() -> list[Event]:
    """From a day before the range to a day after it; many events at the border of two days, or of two windows."""
    chance = random.Random(20241101)
    return [
        Event(
            chance.choice(NAMES),
            FIRST
            + timedelta(hours=6 * chance.randrange(-4, 24))
            - chance.choice([timedelta(), timedelta(microseconds=1)]),
            f"person{person}",
            chance.choice(PROPERTIES),
        )
        for person in range(60)
        for _ in range(chance.randrange(12))
    ]


EVENTS = _crowded_histories()
VIEW: dict[str, Any] = {"id": "view", "type": "events"}
PRO_VIEW = {**VIEW, "properties": [{"key": "plan", "value": "pro", "type": "event"}]}


@pytest.fixture(scope="module")
def crowd(event_store: EventStore) -> ProjectContext:
    """A project with EVENTS."""
    return stored_history(event_store, EVENTS)


@pytest.mark.parametrize("broken_down", [False, True])
@pytest.mark.parametrize("mode", ["strict_calendar_dates", "24_hour_windows"])
@pytest.mark.parametrize("kind", ["retention_recurring", "retention_first_time", "retention_first_ever_occurrence"])
def test_as_counted_by_hand(
    event_store: EventStore, crowd: ProjectContext, kind: str, mode: str, broken_down: bool
) -> None:
    for target, returning, occurrences, only_pro in product([VIEW, PRO_VIEW], ["view", "buy"], [1, 2], [False, True]):
        asked = {
            "retentionType": kind,
            "timeWindowMode": mode,
            "targetEntity": target,
            "returningEntity": {"id": returning, "type": "events"},
            "minimumOccurrences": occurrences,
            "totalIntervals": 4,
            "cumulative": mode != "24_hour_windows" and returning == "view" and occurrences == 1,
            "retentionCustomBrackets": [1, 2] if returning == "buy" else None,
            "aggregationType": "sum",
        }
        check(event_store, crowd, asked, broken_down, only_pro)


def check(
    event_store: EventStore, crowd: ProjectContext, asked: dict[str, Any], broken_down: bool, only_pro: bool
) -> None:
    by_person = defaultdict(list)
    for event in EVENTS:
        by_person[event.person].append(event)
    counting = Counting(
        asked=asked,
        events=by_person,
        places={bucket(FIRST + timedelta(days=day), "UTC", "day"): day for day in range(5)},
        first=FIRST,
        last=LAST,
        clock=("UTC", "day", 0),
        is_broken_down=broken_down,
        only_pro=only_pro,
    )
    query = retention.RetentionQuery.model_validate(
        {
            "retentionFilter": {**asked, "aggregationProperty": "n"},
            "dateRange": {"date_from": "2024-11-01", "date_to": "2024-11-05"},
            "properties": [{"key": "plan", "value": "pro", "type": "event"}] if only_pro else [],
            "breakdownFilter": {"breakdown": "plan"} if broken_down else None,
        }
    )
    found: dict[str, list[list[tuple[int, float]]]] = {}
    for row in run(event_store, crowd, retention.answer(query, crowd, LAST))["results"]:
        cells = [(cell["count"], cell["aggregation_value"]) for cell in row["values"]]
        found.setdefault(row["breakdown_value"] or "", []).append(cells)
    assert list(found.items()) == list(counting.table().items()), asked
