"""Insights as they were saved before there were queries: flat `filters` in snake case, turned into a query.

`filters` may come from a stored insight (JSON values) or from the parameters of an address, where lists and objects are
JSON text and everything else is text. Keys that no query has a place for are dropped.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import orjson

from hedgerow.insights.errors import InsightError

Filters = Mapping[str, Any]
Query = dict[str, Any]


def query_of_filters(filters: Filters) -> Query:
    """The query that asks what the filters ask. Raises InsightError for an unknown `insight` and malformed values."""
    given = {key: _value(value) for key, value in filters.items()}
    insight = str(given.get("insight") or "TRENDS").upper()
    if insight not in _KINDS:
        raise InsightError(f"'{given['insight']}' is not an insight: {', '.join(_KINDS)} are.")
    kind, own = _KINDS[insight]
    query: Query = {"kind": kind, **_common(given)}
    if kind not in ("RetentionQuery", "PathsQuery"):
        query |= _present({"series": _series(given), "interval": given.get("interval")})
    if kind in ("TrendsQuery", "FunnelsQuery", "RetentionQuery"):
        query |= _present({"breakdownFilter": _picked(given, _BREAKDOWN)})
    if kind in ("TrendsQuery", "StickinessQuery", "FunnelsQuery"):
        query |= _present({"compareFilter": _picked(given, {"compare": "compare", "compare_to": "compare_to"})})
    return query | own(given)


def _value(value: Any) -> Any:
    """A value as JSON has it."""
    if not isinstance(value, str):
        return value
    if value[:1] in "[{" and value:
        try:
            return orjson.loads(value)
        except orjson.JSONDecodeError:
            return value
    return {"true": True, "false": False}.get(value.lower(), value)


def _present(fields: Query) -> Query:
    return {key: value for key, value in fields.items() if value not in (None, {}, "")}


def _picked(given: Filters, names: Mapping[str, str]) -> Query:
    """The fields that are given, under their names in queries."""
    return _present({new: given.get(old) for old, new in names.items()})


def _common(given: Filters) -> Query:
    dates = _picked(given, {"date_from": "date_from", "date_to": "date_to", "explicit_date": "explicitDate"})
    return _present(
        {
            "dateRange": dates,
            "properties": _properties(given.get("properties")),
            "filterTestAccounts": given.get("filter_test_accounts"),
            "samplingFactor": given.get("sampling_factor"),
            "aggregation_group_type_index": given.get("aggregation_group_type_index"),
        }
    )


def _properties(given: Any) -> Any:
    """Property filters: a list or a group as now, or the oldest form, an object of values by `name__operator`."""
    if not given or isinstance(given, list):
        return given or None
    if not isinstance(given, Mapping):
        raise InsightError("The filters' properties are neither a list nor a group.")
    if "values" in given:
        return dict(given)
    return [_property_of_oldest_form(name, value) for name, value in given.items()]


def _property_of_oldest_form(name: str, value: Any) -> Query:
    key, separator, operator = name.rpartition("__")
    if not separator:
        key, operator = name, "exact"
    return {"key": key, "value": value, "operator": operator, "type": "event"}


def _series(given: Filters) -> list[Query]:
    """Events and actions as one list, in the order each has been given."""
    nodes = [
        (entity.get("order") or 0, _node(entity, kind))
        for name, kind in (("events", "EventsNode"), ("actions", "ActionsNode"))
        for entity in _objects(given, name)
    ]
    return [node for _, node in sorted(nodes, key=lambda ordered: ordered[0])]


def _objects(given: Filters, name: str) -> list[Query]:
    found = given.get(name) or []
    if not isinstance(found, list) or not all(isinstance(each, dict) for each in found):
        raise InsightError(f"The filters' {name} are not a list of objects.")
    return found


def _node(entity: Query, kind: str) -> Query:
    node = {
        "kind": kind,
        **_picked(entity, {name: name for name in _NODE}),
        **_present({"properties": _properties(entity.get("properties"))}),
    }
    identity = entity.get("id")
    if kind == "EventsNode":
        return {**node, "event": identity}
    return {**node, "id": _whole_number(identity)}


def _whole_number(value: Any) -> int:
    try:
        return int(value)
    except (TypeError, ValueError):
        raise InsightError(f"'{value}' is not the id of an action.") from None


def _trends(given: Filters) -> Query:
    shown = _picked(given, _TRENDS)
    return _present({"trendsFilter": shown})


def _funnels(given: Filters) -> Query:
    exclusions = [
        {
            **_node(each, "ActionsNode" if each.get("type") == "actions" else "EventsNode"),
            "funnelFromStep": each.get("funnel_from_step") or 0,
            "funnelToStep": each.get("funnel_to_step") or 0,
        }
        for each in _objects(given, "exclusions")
    ]
    asked = _picked(given, _FUNNELS)
    return _present({"funnelsFilter": {**asked, **({"exclusions": exclusions} if exclusions else {})}})


def _retention(given: Filters) -> Query:
    return {"retentionFilter": _picked(given, _RETENTION)}


def _paths(given: Filters) -> Query:
    return {"pathsFilter": _picked(given, _PATHS)}


def _stickiness(given: Filters) -> Query:
    return _present({"stickinessFilter": _picked(given, _STICKINESS)})


def _lifecycle(given: Filters) -> Query:
    return _present({"lifecycleFilter": _picked(given, _LIFECYCLE)})


def _in_camel_case(*names: str) -> dict[str, str]:
    """By old name the new one: `show_legend` and `showLegend`."""
    return {name: _camel(name) for name in names}


def _camel(name: str) -> str:
    first, *others = name.split("_")
    return first + "".join(other.title() for other in others)


_NODE = (
    *("name", "custom_name", "math", "math_property", "math_property_type", "math_hogql", "math_group_type_index"),
    "optionalInFunnel",
)
_BREAKDOWN = {
    name: name
    for name in (
        *("breakdown", "breakdown_type", "breakdowns", "breakdown_limit", "breakdown_group_type_index"),
        *("breakdown_normalize_url", "breakdown_histogram_bin_count", "breakdown_hide_other_aggregation"),
        "breakdown_path_cleaning",
    )
}
_TRENDS = {
    **_in_camel_case("display", "formula", "formulas", "smoothing_intervals", "show_legend", "show_values_on_series"),
    **_in_camel_case("aggregation_axis_format", "aggregation_axis_prefix", "aggregation_axis_postfix"),
    **_in_camel_case("decimal_places", "show_percent_stack_view", "show_labels_on_series"),
    "hidden_legend_keys": "hiddenLegendKeys",
}
_FUNNELS = {
    **_in_camel_case("funnel_viz_type", "funnel_order_type", "funnel_window_interval", "funnel_window_interval_unit"),
    **_in_camel_case("funnel_from_step", "funnel_to_step", "breakdown_attribution_type"),
    **_in_camel_case("breakdown_attribution_value", "bin_count", "layout", "funnel_step_reference"),
    "funnel_aggregate_by_hogql": "funnelAggregateByHogQL",
    "hidden_legend_keys": "hiddenLegendKeys",
}
_RETENTION = _in_camel_case(
    *("retention_type", "period", "total_intervals", "target_entity", "returning_entity", "retention_reference"),
    *("cumulative", "show_mean"),
)
_PATHS = {
    **_in_camel_case("include_event_types", "start_point", "end_point", "path_groupings", "exclude_events"),
    **_in_camel_case("step_limit", "edge_limit", "min_edge_weight", "max_edge_weight", "path_replacements"),
    **_in_camel_case("local_path_cleaning_filters", "path_start_key", "path_end_key", "path_dropoff_key"),
    "paths_hogql_expression": "pathsHogQLExpression",
}
_STICKINESS = _in_camel_case("display", "show_legend", "show_values_on_series")
_LIFECYCLE = {
    **_in_camel_case("show_legend", "show_values_on_series", "stacked"),
    "toggledLifecycles": "toggledLifecycles",
}
_KINDS = {
    "TRENDS": ("TrendsQuery", _trends),
    "FUNNELS": ("FunnelsQuery", _funnels),
    "RETENTION": ("RetentionQuery", _retention),
    "PATHS": ("PathsQuery", _paths),
    "STICKINESS": ("StickinessQuery", _stickiness),
    "LIFECYCLE": ("LifecycleQuery", _lifecycle),
}
