"""Filters and variables that the place a query is shown in puts over the query's own."""

from typing import Any

from hedgerow.queries.request import FiltersOverride

_WITH_DATE_RANGE = frozenset(
    {
        *("TrendsQuery", "FunnelsQuery", "RetentionQuery", "PathsQuery", "StickinessQuery", "LifecycleQuery"),
        *("WebOverviewQuery", "WebStatsTableQuery"),
    }
)
_WITH_BREAKDOWN = frozenset({"TrendsQuery", "FunnelsQuery", "RetentionQuery"})
_WITH_INTERVAL = frozenset({"TrendsQuery", "FunnelsQuery", "StickinessQuery", "LifecycleQuery"})


def with_filters(query: dict[str, Any], override: FiltersOverride | None) -> dict[str, Any]:
    """The query with properties added, and dates, breakdown, interval and the filter for test accounts replaced.

    Kinds without these stay as they are.
    """
    if override is None:
        return query
    kind = query["kind"]
    if kind in _WITH_DATE_RANGE:
        return _on_insight(query, override)
    if kind == "HogQLQuery":
        filters = query.get("filters") or {}
        if not isinstance(filters, dict):
            return query  # refused when the query is checked
        return {**query, "filters": _with_people(_with_properties(_with_dates(filters, override), override), override)}
    if kind == "EventsQuery":
        if _has_dates(override):
            query = {**query, "after": override.date_from, "before": override.date_to}
        return _with_people(_with_properties(query, override), override)
    return query


def with_variables(query: dict[str, Any], override: dict[str, dict[str, Any]] | None) -> dict[str, Any]:
    """The query with those of its variables replaced that the override has; others are not added."""
    variables = query.get("variables")
    if not override or not isinstance(variables, dict):
        return query
    return {**query, "variables": {key: override.get(key, variable) for key, variable in variables.items()}}


def _on_insight(query: dict[str, Any], override: FiltersOverride) -> dict[str, Any]:
    query = _with_people(_with_properties(_with_dates(query, override), override), override)
    if override.breakdown_filter is not None and query["kind"] in _WITH_BREAKDOWN:
        query = {**query, "breakdownFilter": override.breakdown_filter}
    if override.interval is not None and query["kind"] in _WITH_INTERVAL:
        query = {**query, "interval": override.interval}
    return query


def _has_dates(override: FiltersOverride) -> bool:
    return override.date_from is not None or override.date_to is not None


def _with_dates(holder: dict[str, Any], override: FiltersOverride) -> dict[str, Any]:
    if not _has_dates(override):
        return holder
    dates: dict[str, Any] = {"date_from": override.date_from, "date_to": override.date_to}
    if override.explicitDate is not None:
        dates["explicitDate"] = override.explicitDate
    return {**holder, "dateRange": dates}


def _with_properties(holder: dict[str, Any], override: FiltersOverride) -> dict[str, Any]:
    added, own = override.properties, holder.get("properties")
    if not added:
        return holder
    if not own:
        return {**holder, "properties": added}
    if isinstance(own, list) and isinstance(added, list):
        return {**holder, "properties": [*own, *added]}
    return {**holder, "properties": {"type": "AND", "values": [_as_group(own), _as_group(added)]}}


def _with_people(holder: dict[str, Any], override: FiltersOverride) -> dict[str, Any]:
    if override.filterTestAccounts is None:
        return holder
    return {**holder, "filterTestAccounts": override.filterTestAccounts}


def _as_group(properties: Any) -> Any:
    return {"type": "AND", "values": properties} if isinstance(properties, list) else properties
