"""Whatever is asked of retention, lifecycle and stickiness, the answer is numbers or a refusal that says why."""

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hedgerow.eventstore.client import EventStore
from hedgerow.hogql.context import ProjectContext
from hedgerow.insights import lifecycle, retention, stickiness
from hedgerow.insights.errors import InsightError
from tests.insights.asking import NOW, Event, at, store_group, store_persons
from tests.insights.histories import run, stored_history
from tests.insights.test_trends_any_question import VALUES, breakdowns, filters

dates = st.fixed_dictionaries(
    {
        "date_from": st.sampled_from([None, "-7d", "all", "2024-10-01", "-3h", "mStart", "1950-01-01", "2030-01-01"]),
        "date_to": st.sampled_from([None, "2024-11-01", "-1dEnd"]),
        "explicitDate": st.booleans(),
    }
)
shared = {"dateRange": dates, "properties": st.lists(filters, max_size=1)}
series = st.fixed_dictionaries(
    {
        "kind": st.just("EventsNode"),
        "event": st.sampled_from(["view", None, "never"]),
        "properties": st.lists(filters, max_size=1),
        "math": st.sampled_from([None, "dau", "unique_group", "hogql"]),
        "math_group_type_index": st.just(0),
        "math_hogql": st.sampled_from(["properties.any", "1", "toHour(timestamp)", "[properties.text]", "$session_id"]),
    }
)
entities = st.fixed_dictionaries(
    {"id": st.sampled_from(["view", "buy", None, 5]), "properties": st.lists(filters, max_size=1)}
)
of_intervals = {
    "series": st.lists(series, min_size=1, max_size=1),
    "interval": st.sampled_from(["minute", "hour", "day", "week", "month"]),
    **shared,
}
lifecycles = st.fixed_dictionaries({**of_intervals, "aggregation_group_type_index": st.sampled_from([None, 0, 4])})
stickinesses = st.fixed_dictionaries(
    {
        **of_intervals,
        "intervalCount": st.sampled_from([None, 1, 3]),
        "compareFilter": st.sampled_from([None, {"compare": True}, {"compare": True, "compare_to": "-1m"}]),
        "stickinessFilter": st.sampled_from(
            [None, {"computedAs": "cumulative", "stickinessCriteria": {"operator": "lte", "value": 2}}]
        ),
    }
)
retentions = st.fixed_dictionaries(
    {
        **shared,
        "retentionFilter": st.fixed_dictionaries(
            {
                "period": st.sampled_from(["Hour", "Day", "Week", "Month"]),
                "totalIntervals": st.sampled_from([1, 4, 100]),
                "targetEntity": entities,
                "returningEntity": entities,
                "retentionType": st.sampled_from(
                    ["retention_recurring", "retention_first_time", "retention_first_ever_occurrence"]
                ),
                "minimumOccurrences": st.sampled_from([None, 2]),
                "cumulative": st.booleans(),
                "timeWindowMode": st.sampled_from([None, None, "24_hour_windows"]),
                "retentionCustomBrackets": st.sampled_from([None, [], [1, 5]]),
                "aggregationType": st.sampled_from(["count", "sum", "avg"]),
                "aggregationProperty": st.sampled_from(["number", "any", "flag", "day"]),
                "aggregationPropertyType": st.sampled_from([None, "event", "person"]),
            }
        ),
        "breakdownFilter": st.none()
        | st.fixed_dictionaries({"breakdowns": st.lists(breakdowns, max_size=2), "breakdown_limit": st.just(1)}),
        "aggregation_group_type_index": st.sampled_from([None, 0]),
    }
)


@pytest.fixture(scope="module")
def mixed(event_store: EventStore) -> ProjectContext:
    """A project with values of every kind, some of them declared."""
    events = [
        Event(
            "view" if index % 3 else "buy",
            at(f"2024-{10 + index % 2}-0{1 + index % 5} 0{index % 10}:30"),
            ("ann", "bob", "cleo")[index % 3],
            {"text": "a", "number": index, "flag": index % 2 == 0, "day": "2024-11-01", "any": value},
            session="" if index % 4 else "s1",
            groups={0: "acme" if index % 2 else ""},
        )
        for index, value in enumerate(VALUES * 3)
    ]
    context = stored_history(
        event_store,
        events,
        group_types=("company",),
        event_property_types={"text": "String", "number": "Numeric", "flag": "Boolean", "day": "DateTime"},
        person_property_types={"age": "Numeric"},
        group_property_types={0: {"size": "Numeric"}},
    )
    store_persons(event_store, context, {"ann": {"plan": "pro", "age": 30}, "bob": {"plan": "free"}})
    store_group(event_store, context, 0, "acme", {"size": 4})
    return context


anything = settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large]
)
zones = st.sampled_from(["UTC", "America/New_York", "Australia/Lord_Howe"])


@anything
@given(question=retentions, timezone=zones)
def test_retention(event_store: EventStore, mixed: ProjectContext, question: dict[str, Any], timezone: str) -> None:
    context = replace(mixed, timezone=timezone)
    query = retention.RetentionQuery.model_validate(question)
    try:
        answer = run(event_store, context, retention.answer(query, context, NOW))
    except InsightError as refusal:
        assert refusal.detail
        return
    for row in answer["results"]:
        assert len(row["values"]) == query.columns
        assert all(cell["count"] <= row["values"][0]["count"] for cell in row["values"])


@anything
@given(question=lifecycles, timezone=zones)
def test_lifecycle(event_store: EventStore, mixed: ProjectContext, question: dict[str, Any], timezone: str) -> None:
    context = replace(mixed, timezone=timezone)
    query = lifecycle.LifecycleQuery.model_validate(question)
    try:
        answer = run(event_store, context, lifecycle.answer(query, context, NOW))
    except InsightError as refusal:
        assert refusal.detail
        return
    for result in answer["results"]:
        assert len(result["data"]) == len(result["days"]) == len(result["labels"])


@anything
@given(question=stickinesses, timezone=zones)
def test_stickiness(event_store: EventStore, mixed: ProjectContext, question: dict[str, Any], timezone: str) -> None:
    context = replace(mixed, timezone=timezone)
    query = stickiness.StickinessQuery.model_validate(question)
    try:
        answer = run(event_store, context, stickiness.answer(query, context, NOW))
    except InsightError as refusal:
        assert refusal.detail
        return
    for result in answer["results"]:
        assert len(result["data"]) == len(result["days"]) == len(result["labels"])
