"""Changing a dashboard."""

from collections.abc import Mapping, Sequence
from typing import Any

from django.db import transaction

from hedgerow.activity.recording import changes_between, snapshot
from hedgerow.api.errors import ValidationError
from hedgerow.dashboards.copying import copy_tile_content
from hedgerow.dashboards.deleting import delete_dashboard, restore_dashboard
from hedgerow.dashboards.models import Dashboard, Tile
from hedgerow.dashboards.placing import place
from hedgerow.dashboards.recording import SCOPE, record, tile_changes, told_tiles
from hedgerow.dashboards.rights import require_restrict
from hedgerow.dashboards.tiles import checked_display, find_tile, integer_id, put_tiles

_SHOWN = ("color", "filters_overrides", "show_description", "transparent_background")


@transaction.atomic
def change_dashboard(
    dashboard: Dashboard,
    user: Any,
    *,
    deleted: bool | None = None,
    delete_insights: bool = False,
    tiles: Sequence[Any] = (),
    duplicate_tiles: Sequence[Mapping[str, Any]] = (),
    **fields: Any,
) -> None:
    """Set these fields of a dashboard and write these tiles; all of it or nothing.

    `deleted` deletes it, with `delete_insights` together with what stands only here, or brings it back.
    Raises ValidationError and PermissionDenied.
    """
    if fields.get("restriction_level", dashboard.restriction_level) != dashboard.restriction_level:
        require_restrict(dashboard, user)
    if deleted is False:
        restore_dashboard(dashboard, user)
    before, tiles_before = snapshot(dashboard), told_tiles(dashboard)
    for name, value in fields.items():
        setattr(dashboard, name, value)
    if fields:
        dashboard.save(update_fields=list(fields))
    put_tiles(dashboard, tiles, user)
    for item in duplicate_tiles:
        _duplicate(dashboard, item, user)
    changes = changes_between(SCOPE, before, snapshot(dashboard))
    changes += tile_changes(tiles_before, told_tiles(dashboard)) if tiles or duplicate_tiles else []
    record("updated", dashboard, user, changes)
    if deleted:
        delete_dashboard(dashboard, user, delete_insights=delete_insights)


def _duplicate(dashboard: Dashboard, item: Mapping[str, Any], user: Any) -> Tile:
    """A second tile with a copy of what stands on one."""
    tile = find_tile(dashboard, item["id"])
    if tile is None or tile.deleted or (tile.insight and tile.insight.deleted):
        raise ValidationError(f"Tile not found: {integer_id(item['id'])}", attr="duplicate_tiles")
    layouts = checked_display({"layouts": item.get("layouts")})["layouts"]
    shown = {name: getattr(tile, name) for name in _SHOWN}
    return place(dashboard, layouts, **copy_tile_content(tile, user), **shown)
