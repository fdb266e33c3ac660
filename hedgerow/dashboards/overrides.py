"""What a dashboard puts over the questions of its tiles."""

from collections.abc import Mapping
from typing import Any

from hedgerow.dashboards.models import Dashboard, Tile

IGNORE_DASHBOARD = "ignoreDashboardFilters"
"""A key of a tile's own filters: nothing of the dashboard counts for it."""


def tile_filters(dashboard: Dashboard, tile: Tile, filters_override: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """The filters that are put over a tile's question: its own where it has any, else those of this request over the
    dashboard's."""
    stored = tile.filters_overrides or {}
    own = {name: value for name, value in stored.items() if name != IGNORE_DASHBOARD}
    if own or stored.get(IGNORE_DASHBOARD):
        return own
    return dashboard_filters(dashboard, filters_override)


def dashboard_filters(dashboard: Dashboard, filters_override: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """The dashboard's filters with those of this request over them."""
    return {**dashboard.filters, **(filters_override or {})}


def tile_variables(dashboard: Dashboard, variables_override: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """The values of SQL variables for every tile, by variable id: the dashboard's, under those of this request."""
    return {**dashboard.variables, **(variables_override or {})}
