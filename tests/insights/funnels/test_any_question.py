"""Whatever a funnel is asked with, the answer is numbers or a refusal that says why."""

from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hedgerow.eventstore.client import EventStore
from hedgerow.hogql.context import ProjectContext
from hedgerow.insights.errors import InsightError
from tests.insights.asking import Event, at, new_context, store_events, store_group, store_persons
from tests.insights.funnels.asking import ask, exclusion, funnel, step

filters = st.sampled_from(
    [
        [],
        [{"key": "plan", "type": "person", "value": "pro"}],
        [{"key": "number", "operator": "gt", "value": 1}],
        [{"key": "size", "type": "group", "group_type_index": 0, "operator": "is_set"}],
        [{"key": "$session_duration", "type": "session", "operator": "gte", "value": 0}],
        [{"key": "toHour(timestamp) < 12", "type": "hogql"}],
        [{"key": "id", "type": "cohort", "value": 1}],
    ]
)
steps = st.builds(
    lambda name, math, properties, optional: step(name, math=math, properties=properties, optionalInFunnel=optional),
    st.sampled_from(["view", "buy", None, "never"]),
    st.sampled_from([None, "total", "first_time_for_user", "first_time_for_user_with_filters"]),
    filters,
    st.sampled_from([False, False, False, True]),
)
breakdowns = st.none() | st.builds(
    lambda of, limit: {"breakdowns": of, "breakdown_limit": limit},
    st.lists(
        st.sampled_from(
            [
                {"type": "event", "property": "any"},
                {"type": "event", "property": "number", "histogram_bin_count": 3},
                {"type": "event", "property": "number", "breakdown_bins": [{"high": 4}]},
                {"type": "person", "property": "plan"},
                {"type": "group", "property": "size", "group_type_index": 0},
                {"type": "session", "property": "$entry_current_url"},
                {"type": "hogql", "property": "properties.number > 2"},
                {"type": "event_metadata", "property": "timestamp"},
                {"type": "cohort", "property": "all"},
            ]
        ),
        max_size=2,
    ),
    st.sampled_from([1, 25]),
)
options = st.fixed_dictionaries(
    {
        "funnelVizType": st.sampled_from(["steps", "steps", "time_to_convert", "trends"]),
        "funnelOrderType": st.sampled_from(["ordered", "strict", "unordered"]),
        "breakdownAttributionType": st.sampled_from([None, "first_touch", "last_touch", "all_events", "step"]),
        "breakdownAttributionValue": st.sampled_from([None, 0, 1, 7]),
        "exclusions": st.lists(
            st.builds(
                exclusion,
                st.sampled_from(["x", "never", None]),
                st.integers(0, 2),
                st.integers(0, 3),
                properties=filters,
            ),
            max_size=2,
        ),
        "funnelFromStep": st.sampled_from([None, None, 0, 1, -1]),
        "funnelToStep": st.sampled_from([None, None, 1, 2, 9]),
        "binCount": st.sampled_from([None, 0, -5, 7, 1000]),
        "funnelWindowIntervalUnit": st.sampled_from(["second", "day", "month"]),
        "funnelAggregateByHogQL": st.sampled_from(
            [None, None, "properties.$session_id", "properties.any", "person_id", "$session_id", "toHour(timestamp)"]
        ),
        "hideIncompleteConversionWindowPeriods": st.booleans(),
    }
)


@pytest.fixture(scope="module")
def mixed(event_store: EventStore) -> ProjectContext:
    """A project with values of several kinds."""
    context = new_context(group_types=("company",), event_property_types={"number": "Numeric"})
    store_persons(event_store, context, {"ann": {"plan": "pro"}, "bob": {"plan": "free"}})
    store_group(event_store, context, 0, "acme", {"size": 4})
    values = ["Chrome", "", 5, 5.5, True, None, ["1", "a"], {"a": 1}]
    events = [
        Event(
            ("view", "buy", "x")[index % 3],
            at(f"2024-11-0{1 + index % 4} 0{index % 10}:30"),
            ("ann", "bob", "cleo")[index % 4 % 3],
            {"number": index, "any": value},
            session="" if index % 4 else "s1",
            groups={0: "acme" if index % 2 else ""},
        )
        for index, value in enumerate(values * 3)
    ]
    store_events(event_store, context, events)
    return context


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(
    series=st.lists(steps, max_size=4),
    chosen=options,
    breakdown=breakdowns,
    properties=filters,
    by_group=st.sampled_from([None, None, 0]),
    interval=st.sampled_from(["hour", "day", "week", "month"]),
)
def test_every_question_is_answered_or_refused(
    event_store: EventStore,
    mixed: ProjectContext,
    series: list[dict[str, Any]],
    chosen: dict[str, Any],
    breakdown: dict[str, Any] | None,
    properties: list[dict[str, Any]],
    by_group: int | None,
    interval: str,
) -> None:
    question = funnel(
        *series,
        breakdown=breakdown,
        properties=properties,
        interval=interval,
        aggregation_group_type_index=by_group,
        **chosen,
    )
    try:
        answer = ask(event_store, mixed, question)
    except InsightError as refusal:
        assert refusal.detail
        return
    if chosen["funnelVizType"] == "time_to_convert" and series:
        assert set(answer["results"]) == {"bins", "average_conversion_time", "median_conversion_time"}
        return
    for result in answer["results"]:
        if chosen["funnelVizType"] == "trends":
            assert all(0 <= share <= 100 for share in result["data"])
        else:
            numbers = [each["count"] for each in (result if isinstance(result, list) else [result])]
            assert all(isinstance(number, int) and number >= 0 for number in numbers)
