"""The filters insights were saved as before there were queries, turned into queries."""

import contextlib
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hedgerow.insights.errors import InsightError
from hedgerow.insights.funnels import FunnelsQuery
from hedgerow.insights.legacy_filters import query_of_filters
from hedgerow.insights.lifecycle import LifecycleQuery
from hedgerow.insights.retention import RetentionQuery
from hedgerow.insights.stickiness import StickinessQuery
from hedgerow.insights.trends import TrendsQuery

BROWSER = {"key": "$browser", "value": ["Chrome"], "operator": "exact", "type": "event"}


def test_trends_with_all_there_is() -> None:
    filters = {
        "insight": "TRENDS",
        "events": [
            {"id": "order placed", "order": 1, "math": "sum", "math_property": "price", "type": "events"},
            {"id": None, "order": 2, "custom_name": "All of it"},
        ],
        "actions": [{"id": "7", "order": 0, "name": "Paid", "properties": [BROWSER]}],
        "date_from": "-14d",
        "date_to": None,
        "interval": "week",
        "properties": [BROWSER],
        "filter_test_accounts": True,
        "breakdown": "$os",
        "breakdown_type": "person",
        "compare": True,
        "compare_to": "-1m",
        "display": "ActionsBar",
        "formula": "A/B",
        "smoothing_intervals": 3,
        "show_legend": True,
        "entity_type": "events",
        "new_entity": [],
    }
    assert query_of_filters(filters) == {
        "kind": "TrendsQuery",
        "series": [
            {"kind": "ActionsNode", "id": 7, "name": "Paid", "properties": [BROWSER]},
            {"kind": "EventsNode", "event": "order placed", "math": "sum", "math_property": "price"},
            {"kind": "EventsNode", "event": None, "custom_name": "All of it"},
        ],
        "dateRange": {"date_from": "-14d"},
        "interval": "week",
        "properties": [BROWSER],
        "filterTestAccounts": True,
        "breakdownFilter": {"breakdown": "$os", "breakdown_type": "person"},
        "compareFilter": {"compare": True, "compare_to": "-1m"},
        "trendsFilter": {"display": "ActionsBar", "formula": "A/B", "smoothingIntervals": 3, "showLegend": True},
    }


def test_what_an_address_holds_is_text() -> None:
    filters = {
        "insight": "LIFECYCLE",
        "events": '[{"id": "$pageview", "order": 0}]',
        "properties": '{"type": "AND", "values": [{"type": "OR", "values": []}]}',
        "filter_test_accounts": "true",
        "toggledLifecycles": '["new"]',
    }
    assert query_of_filters(filters) == {
        "kind": "LifecycleQuery",
        "series": [{"kind": "EventsNode", "event": "$pageview"}],
        "properties": {"type": "AND", "values": [{"type": "OR", "values": []}]},
        "filterTestAccounts": True,
        "lifecycleFilter": {"toggledLifecycles": ["new"]},
    }


def test_properties_of_the_oldest_form() -> None:
    asked = query_of_filters({"events": [{"id": "a"}], "properties": {"$browser": "Chrome", "plan__icontains": "pro"}})
    assert asked["properties"] == [
        {"key": "$browser", "value": "Chrome", "operator": "exact", "type": "event"},
        {"key": "plan", "value": "pro", "operator": "icontains", "type": "event"},
    ]


FUNNEL = {
    "insight": "FUNNELS",
    "events": [{"id": "a", "order": 0}, {"id": "b", "order": 1}],
    "funnel_viz_type": "time_to_convert",
    "funnel_order_type": "strict",
    "funnel_window_interval": 3,
    "funnel_window_interval_unit": "hour",
    "funnel_from_step": 0,
    "funnel_to_step": 1,
    "breakdown_attribution_type": "step",
    "breakdown_attribution_value": 1,
    "bin_count": 10,
    "exclusions": [{"id": "x", "type": "events", "funnel_from_step": 0, "funnel_to_step": 1}],
    "funnel_aggregate_by_hogql": "properties.$session_id",
}
RETENTION = {
    "insight": "RETENTION",
    "retention_type": "retention_first_time",
    "period": "Week",
    "total_intervals": 5,
    "target_entity": {"id": "a", "type": "events"},
    "returning_entity": {"id": "b", "type": "events"},
    "cumulative": True,
}
STICKINESS = {"insight": "STICKINESS", "events": [{"id": "a"}], "interval": "day", "stickiness_days": 3}


def test_every_kind_is_a_question_that_can_be_asked() -> None:
    funnel = FunnelsQuery.model_validate(query_of_filters(FUNNEL))
    assert funnel.funnelsFilter is not None
    assert funnel.funnelsFilter.funnelOrderType == "strict"
    assert funnel.funnelsFilter.funnelAggregateByHogQL == "properties.$session_id"
    assert funnel.funnelsFilter.exclusions is not None
    assert funnel.funnelsFilter.exclusions[0].funnelToStep == 1
    retention = RetentionQuery.model_validate(query_of_filters(RETENTION)).retentionFilter
    assert (retention.period, retention.totalIntervals, retention.cumulative) == ("Week", 5, True)
    assert retention.targetEntity is not None
    assert retention.targetEntity.id == "a"
    StickinessQuery.model_validate(query_of_filters(STICKINESS))
    LifecycleQuery.model_validate(query_of_filters({"insight": "LIFECYCLE", "events": [{"id": "a"}]}))
    assert query_of_filters({"insight": "PATHS", "include_event_types": ["$pageview"], "start_point": "/a"}) == {
        "kind": "PathsQuery",
        "pathsFilter": {"includeEventTypes": ["$pageview"], "startPoint": "/a"},
    }
    assert TrendsQuery.model_validate(query_of_filters({"events": [{"id": "a"}]})).interval == "day"


@pytest.mark.parametrize(
    "filters",
    [
        {"insight": "SESSIONS"},
        {"events": "[{"},
        {"events": [1]},
        {"actions": [{"id": "x"}]},
        {"properties": "plan"},
        {"insight": "FUNNELS", "exclusions": {"id": "x"}},
    ],
)
def test_filters_that_say_nothing_clear_are_refused(filters: dict[str, Any]) -> None:
    with pytest.raises(InsightError):
        query_of_filters(filters)


ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)
NAMES = st.sampled_from([*FUNNEL, *RETENTION, "properties", "actions", "breakdown", "compare", "display"])


@given(filters=st.dictionaries(NAMES, ANYTHING, max_size=6))
@settings(max_examples=200)
def test_whatever_was_saved_is_turned_or_refused(filters: dict[str, Any]) -> None:
    with contextlib.suppress(InsightError):
        assert query_of_filters(filters)["kind"].endswith("Query")
