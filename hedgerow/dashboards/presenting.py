"""A dashboard with everything on it, as it is answered.

However many tiles there are, their records are read in a constant number of queries.
"""

from collections.abc import Mapping
from typing import Any

import structlog
from django.db.models import Prefetch
from rest_framework.exceptions import APIException

from hedgerow.access.rules import hidden
from hedgerow.dashboards.layout import reading_order
from hedgerow.dashboards.models import Dashboard, Tile
from hedgerow.dashboards.serializers import (
    ButtonSerializer,
    DashboardSerializer,
    TextSerializer,
    shared_ids,
)
from hedgerow.files.models import View
from hedgerow.queries.errors import QueryError
from hedgerow.queries.runner import reading_run
from hedgerow.saved_insights.listing import presentable
from hedgerow.saved_insights.models import Insight
from hedgerow.saved_insights.serializers import BasicInsightSerializer, InsightSerializer

log = structlog.get_logger(__name__)

Context = Mapping[str, Any]

FILE_TYPE = "dashboard"
"""What dashboards are in the tree of files and in the log of what people looked at."""


def full_dashboard(dashboard: Dashboard, context: Context, *, with_results: bool = True) -> dict[str, Any]:
    """A dashboard with its tiles; without results the insights on them are told in brief.

    `context` has the `request` and the `project`; optionally `refresh` (how fresh results must be; by default nothing
    is computed), `filters_override`, `variables_override`, and `shared`, which makes it what those without an account
    are told.
    """
    of_tiles = tiles_context(context)
    tiles = [
        shown_tile(tile, order, of_tiles, with_results=with_results)
        for order, tile in enumerate(ordered_tiles(dashboard, reader(context)))
    ]
    complete = {**context, **row_context(context, [dashboard]), "tiles": tiles}
    return dict(DashboardSerializer(dashboard, context=complete).data)


def tiles_context(context: Context) -> dict[str, Any]:
    """The context of all tiles of a dashboard: what their questions need of the records is read once."""
    return {**context, "reading": reading_run(context["project"])}


def row_context(context: Context, dashboards: list[Dashboard]) -> dict[str, Any]:
    """What the serializers have to know beside the dashboards themselves, read for all of them at once."""
    if context.get("shared"):
        return {"viewed_at": {}, "shared_ids": {dashboard.pk for dashboard in dashboards}}
    refs = [str(dashboard.pk) for dashboard in dashboards]
    user, project = context["request"].user, context["project"]
    views = View.objects.filter(user=user, project=project, type=FILE_TYPE, ref__in=refs)
    return {
        "viewed_at": {int(ref): viewed_at for ref, viewed_at in views.values_list("ref", "viewed_at")},
        "shared_ids": shared_ids(dashboards),
    }


def reader(context: Context) -> Any:
    """Who looks; None for those without an account, who see all of what was shared with them."""
    return None if context.get("shared") else context["request"].user


def ordered_tiles(dashboard: Dashboard, user: Any = None) -> list[Tile]:
    """The tiles that are on the dashboard, in reading order, with all that is told of them; for `user` without insights
    that they may not see."""
    insights = presentable(Insight.objects.filter(project=dashboard.project_id))
    tiles = (
        Tile.objects.filter(dashboard=dashboard, deleted=False)
        .exclude(insight__deleted=True)
        .select_related(
            *("text__created_by", "text__last_modified_by"),
            *("button__created_by", "button__last_modified_by"),
        )
        .prefetch_related(Prefetch("insight", insights), "text__dashboard_tiles", "button__dashboard_tiles")
    )
    if user is not None:
        tiles = tiles.exclude(
            insight__in=hidden(Insight.objects.filter(project=dashboard.project_id), user, dashboard.project)
        )
    ordered = sorted(tiles, key=lambda tile: (*reading_order(tile.layouts), tile.pk))
    for tile in ordered:
        tile.dashboard = dashboard
        if tile.insight is not None:
            tile.insight.project = dashboard.project
    return ordered


def shown_tile(tile: Tile, order: int, context: Context, *, with_results: bool = True) -> dict[str, Any]:
    """One tile, `order` being its index; an insight that cannot be shown is told as an `error` beside it."""
    of_tile = {**context, "dashboard": tile.dashboard, "tile": tile}
    insight, error = _insight(tile, of_tile, with_results=with_results) if tile.insight else (None, None)
    shown = {
        "id": tile.pk,
        "insight": insight,
        "text": TextSerializer(tile.text, context=of_tile).data if tile.text else None,
        "button_tile": ButtonSerializer(tile.button, context=of_tile).data if tile.button else None,
        "widget": None,
        "layouts": tile.layouts,
        "color": tile.color,
        "filters_overrides": tile.filters_overrides,
        "show_description": tile.show_description,
        "transparent_background": tile.transparent_background,
        "order": order,
        "last_refresh": insight.get("last_refresh") if insight else None,
        "is_cached": bool(insight.get("is_cached")) if insight else False,
    }
    return {**shown, "error": error} if error else shown


def _insight(
    tile: Tile, context: Context, *, with_results: bool
) -> tuple[dict[str, Any] | None, dict[str, str] | None]:
    """The insight of a tile, and what is wrong with its question."""
    if not with_results:
        return dict(BasicInsightSerializer(tile.insight, context=context).data), None
    try:
        insight = dict(InsightSerializer(tile.insight, context=context).data)
    except (APIException, QueryError) as fault:
        log.warning("tile_not_answered", tile=tile.pk, reason=str(fault))
        brief = dict(BasicInsightSerializer(tile.insight, context=context).data)
        return brief, {"type": type(fault).__name__, "message": str(fault)}
    status = insight.get("query_status") or {}
    if status.get("error"):
        return insight, {"type": "QueryError", "message": str(status.get("error_message") or "The query failed.")}
    return insight, None
