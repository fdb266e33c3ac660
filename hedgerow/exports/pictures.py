"""Pictures of insights and dashboards, as PNG or as the page of a PDF."""

from collections.abc import Mapping
from typing import Any

from hedgerow.access.rules import reader_for
from hedgerow.charts.pictures import PDF, PNG, PictureTile, board_png, insight_png
from hedgerow.dashboards.layout import WIDE, place_in
from hedgerow.dashboards.models import Dashboard, Tile
from hedgerow.dashboards.overrides import tile_filters, tile_variables
from hedgerow.dashboards.presenting import ordered_tiles
from hedgerow.exports.models import ExportedAsset
from hedgerow.queries.runner import run_query
from hedgerow.saved_insights.results import insight_result
from hedgerow.taxonomy.core_events import CORE_EVENTS

INSIGHT_WIDTH, BOARD_WIDTH = 800, 1920
_INSIGHT_SCALE, _BOARD_SCALE = 2, 1.5
_FRESH = "force_blocking"
_NAMES = {name: known.label for name, known in CORE_EVENTS.items()}


def insight(asset: ExportedAsset, query: dict[str, Any], told: Mapping[str, Any] | None) -> bytes:
    """A picture of an insight's answer, computed now unless it is `told`. Raises what keeps it from being answered."""
    response = told or run_query(asset.project, query, user=asset.created_by, refresh=_FRESH)
    of = asset.insight
    title = (of and (of.name or of.derived_name)) or "Insight"
    description = (of and of.description) or ""
    return insight_png(
        title,
        query,
        response,
        description=description,
        width=INSIGHT_WIDTH,
        scale=_INSIGHT_SCALE,
        names=_NAMES,
        form=_form(asset),
    )


def dashboard(asset: ExportedAsset, variables: Mapping[str, Any]) -> bytes:
    """A picture of a dashboard, each of its insights computed now; one that fails is drawn as such."""
    board = asset.dashboard
    assert board is not None
    tiles = [
        drawn
        for tile in ordered_tiles(board, reader_for(asset.created_by, asset.project))
        if (drawn := _tile(asset, board, tile, variables)) is not None
    ]
    return board_png(
        board.name or "Dashboard",
        tiles,
        description=board.description,
        width=BOARD_WIDTH,
        scale=_BOARD_SCALE,
        names=_NAMES,
        form=_form(asset),
    )


def _tile(asset: ExportedAsset, board: Dashboard, tile: Tile, variables: Mapping[str, Any]) -> PictureTile | None:
    """A tile of the picture; buttons are not drawn."""
    place = place_in(tile.layouts or {}, WIDE)
    cells = (int(place.x), int(place.y), int(place.w), int(place.h)) if place else None
    if tile.insight is None:
        return PictureTile(body=tile.text.body, place=cells) if tile.text is not None else None
    filters, values = tile_filters(board, tile), tile_variables(board, variables)
    told = insight_result(
        tile.insight,
        asset.project,
        user=asset.created_by,
        refresh=_FRESH,
        filters_override=filters,
        variables_override=values,
    )
    has_failed = bool((told["query_status"] or {}).get("error"))
    title = tile.insight.name or tile.insight.derived_name or "Insight"
    return PictureTile(title, told["query"], None if has_failed else told, place=cells)


def _form(asset: ExportedAsset) -> str:
    return PDF if asset.export_format == ExportedAsset.Format.PDF else PNG
