"""A dashboard tile by tile: each goes out as soon as it is answered."""

from collections.abc import Iterator
from typing import Any

import structlog

from hedgerow.dashboards.layout import NARROW, WIDE, reading_order
from hedgerow.dashboards.models import Dashboard
from hedgerow.dashboards.presenting import Context, ordered_tiles, reader, row_context, shown_tile, tiles_context
from hedgerow.dashboards.rendering import frame
from hedgerow.dashboards.serializers import DashboardSerializer

log = structlog.get_logger(__name__)

_FIRST_TILES = 2


def frames(dashboard: Dashboard, context: Context, grid: str = WIDE) -> Iterator[bytes]:
    """The events: the dashboard with its first tiles in brief, each tile with its result, and the end.

    Tiles come in the reading order of the grid, `sm` or `xs`. One that cannot be told is an event of its own, and the
    others follow.
    """
    tiles = ordered_tiles(dashboard, reader(context))
    if grid == NARROW:
        tiles.sort(key=lambda tile: (*reading_order(tile.layouts, NARROW), tile.pk))
    told = DashboardSerializer(dashboard, context={**context, **row_context(context, [dashboard]), "tiles": []}).data
    first = [shown_tile(tile, order, context, with_results=False) for order, tile in enumerate(tiles[:_FIRST_TILES])]
    yield frame({"type": "metadata", "dashboard": {**told, "tiles": first}})
    of_tiles = tiles_context(context)
    for order, tile in enumerate(tiles):
        message: dict[str, Any]
        try:
            message = {"type": "tile", "order": order, "tile": shown_tile(tile, order, of_tiles)}
        except Exception:
            log.exception("tile_not_streamed", dashboard=dashboard.pk, tile=tile.pk)
            message = {"type": "error", "tile_id": tile.pk, "error": "The tile could not be loaded."}
        yield frame(message)
    yield frame({"type": "complete"})
