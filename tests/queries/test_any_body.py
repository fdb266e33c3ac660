"""Whatever a body holds, the answer is rows or the reason why there are none, never a failure of the server."""

import copy
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.queries.asking import Api

QUERIES: list[dict[str, Any]] = [
    {
        "kind": "HogQLQuery",
        "query": "select event, properties.n, {value} from events where {filters} and event = {variables.name} limit 5",
        "values": {"value": 5},
        "filters": {
            "dateRange": {"date_from": "-7d", "date_to": "2024-01-01"},
            "properties": [{"key": "n", "value": 5, "operator": "gt", "type": "event"}],
            "filterTestAccounts": True,
        },
        "variables": {"a": {"variableId": "a", "code_name": "name", "value": "x", "isNull": False}},
    },
    {
        "kind": "EventsQuery",
        "select": ["*", "person", "event", "properties.n -- N"],
        "where": ["event != 'x'"],
        "properties": {"type": "AND", "values": [{"type": "OR", "values": [{"key": "n", "value": ["5"]}]}]},
        "event": "x",
        "after": "-5d",
        "before": "2030-01-01T10:00:00",
        "orderBy": ["timestamp DESC"],
        "limit": 5,
        "offset": 1,
    },
    {
        "kind": "TrendsQuery",
        "series": [
            {"kind": "EventsNode", "event": "a", "math": "sum", "math_property": "n"},
            {"kind": "EventsNode", "event": None, "math": "dau", "properties": [{"key": "n", "value": 5}]},
        ],
        "interval": "day",
        "dateRange": {"date_from": "-3d", "date_to": None, "explicitDate": False},
        "breakdownFilter": {"breakdown": "n", "breakdown_type": "event", "breakdown_limit": 3},
        "compareFilter": {"compare": True, "compare_to": "-1w"},
        "trendsFilter": {"display": "ActionsLineGraph", "formula": "A + B", "smoothingIntervals": 2},
    },
    {
        "kind": "WebOverviewQuery",
        "dateRange": {"date_from": "-3d", "date_to": None},
        "properties": [{"key": "$entry_pathname", "type": "session", "value": "/", "operator": "exact"}],
        "compareFilter": {"compare": True, "compare_to": "-1w"},
        "conversionGoal": {"customEventName": "a"},
        "filterTestAccounts": True,
    },
    {
        "kind": "WebStatsTableQuery",
        "breakdownBy": "Page",
        "properties": [],
        "dateRange": {"date_from": "-3d"},
        "includeBounceRate": True,
        "includeScrollDepth": True,
        "includeAvgTimeOnPage": True,
        "doPathCleaning": True,
        "conversionGoal": {"actionId": None},
        "orderBy": ["BounceRate", "ASC"],
        "limit": 5,
        "offset": 1,
    },
    {
        "kind": "SessionsQuery",
        "select": ["*", "person", "$session_duration -- Length"],
        "where": ["$pageview_count > 1"],
        "properties": [{"key": "$session_duration", "type": "session", "value": 5, "operator": "gt"}],
        "event": "x",
        "eventProperties": [{"key": "n", "value": ["5"]}],
        "after": "-5d",
        "orderBy": ["$start_timestamp DESC"],
        "limit": 5,
    },
    {
        "kind": "GroupsQuery",
        "group_type_index": 0,
        "select": ["group_name", "key", "properties.plan"],
        "search": "x",
        "properties": [{"key": "plan", "type": "group", "group_type_index": 0, "value": "pro"}],
        "orderBy": ["group_name DESC"],
        "limit": 5,
    },
    {
        "kind": "PathsQuery",
        "pathsFilter": {
            "includeEventTypes": ["$pageview", "hogql"],
            "pathsHogQLExpression": "properties.n",
            "startPoint": "/a",
            "endPoint": "/b",
            "excludeEvents": ["x"],
            "pathGroupings": ["/a/*"],
            "pathReplacements": True,
            "localPathCleaningFilters": [{"regex": "a(.)", "alias": "\\1"}],
            "stepLimit": 4,
            "edgeLimit": 10,
            "minEdgeWeight": 1,
            "maxEdgeWeight": 5,
        },
        "dateRange": {"date_from": "-3d", "date_to": None},
        "properties": [{"key": "n", "value": 5}],
        "aggregation_group_type_index": 0,
    },
    {
        "kind": "ActorsQuery",
        "select": ["person", "id", "created_at", "properties.n", "event_count", "matched_recordings"],
        "source": {
            "kind": "InsightActorsQuery",
            "source": {
                "kind": "TrendsQuery",
                "series": [{"kind": "EventsNode", "event": "a", "math": "first_time_for_user"}],
                "breakdownFilter": {"breakdowns": [{"property": "n"}, {"property": "event", "type": "event_metadata"}]},
                "compareFilter": {"compare": True},
            },
            "day": "2024-11-05",
            "series": 0,
            "breakdown": ["5", "$$_posthog_breakdown_null_$$"],
            "compare": "previous",
        },
        "search": "a%",
        "properties": [{"key": "n", "value": 5, "type": "person", "operator": "gt"}],
        "orderBy": ["person", "event_count DESC"],
        "limit": 5,
        "offset": 1,
    },
    {
        "kind": "ActorsQuery",
        "select": ["actor", "appearances", "day_1"],
        "source": {
            "kind": "InsightActorsQuery",
            "source": {
                "kind": "RetentionQuery",
                "retentionFilter": {"totalIntervals": 3, "retentionType": "retention_first_time"},
                "breakdownFilter": {"breakdown": "n"},
            },
            "interval": 1,
            "breakdown": "$$_posthog_breakdown_other_$$",
        },
    },
    {
        "kind": "InsightActorsQuery",
        "source": {"kind": "LifecycleQuery", "series": [{"kind": "EventsNode", "event": None}], "interval": "week"},
        "day": "2024-11-05",
        "status": "dormant",
    },
    {
        "kind": "StickinessActorsQuery",
        "source": {
            "kind": "StickinessQuery",
            "series": [{"kind": "EventsNode", "event": "a", "math": "hogql", "math_hogql": "properties.n"}],
            "stickinessFilter": {"stickinessCriteria": {"operator": "lte", "value": 2}},
        },
        "day": 2,
        "operator": "gte",
    },
    {
        "kind": "EventsQuery",
        "select": ["event"],
        "source": {
            "kind": "FunnelsActorsQuery",
            "source": {
                "kind": "FunnelsQuery",
                "series": [{"kind": "EventsNode", "event": "a"}, {"kind": "EventsNode", "event": "b"}],
                "breakdownFilter": {"breakdown": "n"},
            },
            "funnelStep": 2,
            "funnelStepBreakdown": ["5"],
        },
    },
    {
        "kind": "ActorsQuery",
        "source": {"kind": "HogQLQuery", "query": "select person_id, count() as n from events group by person_id"},
        "select": ["person_display_name", "n"],
        "fixedProperties": {"type": "OR", "values": [{"key": "properties.n > 5", "type": "hogql"}]},
    },
    {
        "kind": "InsightActorsQueryOptions",
        "source": {"kind": "TrendsQuery", "series": [{"kind": "EventsNode"}], "compareFilter": {"compare": True}},
    },
    {"kind": "PersonsNode", "search": "a", "distinctId": "b", "limit": 5},
    {"kind": "HogQLMetadata", "language": "hogQL", "query": "select 1", "variables": {}, "filters": {}},
    {"kind": "HogQLQuery", "query": "select 1", "modifiers": {"debug": False}, "tags": {}, "explain": False},
    {"kind": "DataTableNode", "source": {"kind": "HogQLQuery", "query": "select 1"}},
]

OVERRIDES: dict[str, Any] = {
    "filters_override": {
        "date_from": "-3d",
        "date_to": None,
        "properties": [{"key": "n", "value": 5}],
        "breakdown_filter": {"breakdown": "n"},
    },
    "variables_override": {"a": {"code_name": "name", "value": "y"}},
    "limit_context": None,
    "client_query_id": "an-id",
    "name": "a name",
}

LEAVES = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(2**70), 2**70),
    st.floats(allow_nan=False, allow_infinity=False),
    st.text(max_size=20),
    st.sampled_from(
        ["-7d", "all", "day", "select", "1", "{x}", "'", "timestamp", "count()", "A/0", "$session_duration"]
    ),
)
VALUES = st.recursive(
    LEAVES,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=5,
)


def places(value: Any, at: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """The path to everything inside a JSON value."""
    inside = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    found = [at] if at else []
    for key, item in inside:
        found += places(item, (*at, key))
    return found


@st.composite
def bodies(draw: st.DrawFn) -> Any:
    """A request in which one or two values have been replaced by others."""
    body: Any = {"query": copy.deepcopy(draw(st.sampled_from(QUERIES))), "refresh": "force_blocking"}
    if draw(st.booleans()):
        body |= copy.deepcopy(OVERRIDES)
    for _ in range(draw(st.integers(1, 2))):
        path = draw(st.sampled_from(places(body)))
        holder = body
        for key in path[:-1]:
            holder = holder[key]
        holder[path[-1]] = draw(VALUES)
    return body


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
@given(body=bodies())
def test_any_body(api: Api, body: Any) -> None:
    response = api.send("POST", "query/", body)
    assert response.status_code in (200, 202, 400), (response.status_code, response.content, body)
    if response.status_code == 400:
        assert set(response.json()) >= {"type", "code", "detail", "attr"}
