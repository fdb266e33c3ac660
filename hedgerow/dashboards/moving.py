"""Tiles that go elsewhere: onto another dashboard, or to another place of their own."""

from collections.abc import Sequence
from typing import Any

from django.db import transaction

from hedgerow.api.errors import ValidationError
from hedgerow.dashboards.layout import Reordering, fitted_layouts, pulled_up, reading_order, reordered
from hedgerow.dashboards.models import Dashboard, Tile
from hedgerow.dashboards.placing import place, standing_layouts, take_off
from hedgerow.dashboards.recording import tiles_recorded

CANNOT_MOVE = "Invalid request data for moving tile."
_SHOWN = ("color", "filters_overrides", "show_description", "transparent_background")


@transaction.atomic
def move_tile(tile: Tile, target: Dashboard, user: Any) -> None:
    """Move a tile to another dashboard, into the first free place of its size.

    Raises ValidationError where its content is there already.
    """
    source = tile.dashboard
    there = _same_content(target, tile)
    if source.pk == target.pk or (there is not None and not there.deleted):
        raise ValidationError(CANNOT_MOVE)
    with tiles_recorded(source, user), tiles_recorded(target, user):
        if there is not None:
            there.delete()
        tile.layouts = fitted_layouts(standing_layouts(target), tile.layouts)
        tile.dashboard = target
        tile.save(update_fields=["layouts", "dashboard"])


@transaction.atomic
def copy_tile(tile: Tile, target: Dashboard, user: Any) -> Tile:
    """A tile with the same content on another dashboard. Raises ValidationError."""
    if tile.dashboard_id == target.pk:
        raise ValidationError("Destination must be a different dashboard than the source.")
    if tile.button is not None:
        raise ValidationError("Only insight, text, and widget tiles can be copied between dashboards.")
    there = _same_content(target, tile)
    if there is not None and not there.deleted:
        what = "insight" if tile.insight is not None else "text card"
        raise ValidationError(f"This {what} is already on the destination dashboard.")
    with tiles_recorded(target, user):
        if there is not None:
            there.delete()
        layouts = fitted_layouts(standing_layouts(target), tile.layouts)
        shown = {name: getattr(tile, name) for name in _SHOWN}
        return place(target, layouts, insight=tile.insight, text=tile.text, **shown)


@transaction.atomic
def reorder_tiles(dashboard: Dashboard, order: Sequence[int], way: Reordering, user: Any) -> list[int]:
    """Put the tiles in this order; those not named follow in the order they were in.

    Gives the ids that are not on the dashboard; if there are any, nothing is changed.
    """
    tiles = {tile.pk: tile for tile in sorted(live_tiles(dashboard), key=_reading_order)}
    unknown = [tile_id for tile_id in order if tile_id not in tiles]
    if unknown:
        return unknown
    in_order = [*(tiles.pop(tile_id) for tile_id in order), *tiles.values()]
    with tiles_recorded(dashboard, user):
        _set_layouts(in_order, reordered([tile.layouts for tile in in_order], way))
    return []


@transaction.atomic
def remove_tile(tile: Tile, user: Any) -> None:
    """Take a tile off its dashboard and close the gap it leaves."""
    with tiles_recorded(tile.dashboard, user):
        take_off(tile)
        others = live_tiles(tile.dashboard)
        _set_layouts(others, pulled_up([other.layouts for other in others], tile.layouts))


def live_tiles(dashboard: Dashboard) -> list[Tile]:
    """The tiles that are on the dashboard."""
    live = Tile.objects.filter(dashboard=dashboard, deleted=False).exclude(insight__deleted=True)
    return list(live.select_related("insight", "text", "button").order_by("pk"))


def _set_layouts(tiles: Sequence[Tile], layouts: Sequence[dict[str, Any]]) -> None:
    for tile, places in zip(tiles, layouts, strict=True):
        tile.layouts = places
    Tile.objects.bulk_update(tiles, ["layouts"])


def _same_content(dashboard: Dashboard, tile: Tile) -> Tile | None:
    """The tile that has, or had, the same content on another dashboard."""
    return Tile.objects.filter(
        dashboard=dashboard, insight=tile.insight_id, text=tile.text_id, button=tile.button_id
    ).first()


def _reading_order(tile: Tile) -> tuple[float, float, int]:
    return (*reading_order(tile.layouts), tile.pk)
