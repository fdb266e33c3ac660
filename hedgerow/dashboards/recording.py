"""Writing to the activity log what was done to dashboards and to the tiles on them."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from hedgerow.activity.recording import Change, change, record_activity
from hedgerow.dashboards.models import Dashboard, Tile

SCOPE = "Dashboard"

_LONGEST_NAME = 80
_OF_A_TILE = (
    *("layouts", "color", "filters_overrides"),
    *("show_description", "transparent_background"),
)


def record(activity: str, dashboard: Dashboard, user: Any, changes: list[Change] | None = None) -> None:
    """Note that somebody did this to the dashboard; an `updated` without changes is not noted."""
    record_activity(
        scope=SCOPE,
        activity=activity,
        item_id=dashboard.pk,
        user=user,
        project=dashboard.project,
        name=dashboard.name,
        item_type="dashboard",
        changes=changes,
    )


@contextmanager
def tiles_recorded(dashboard: Dashboard, user: Any) -> Iterator[None]:
    """Note what was done meanwhile to the tiles of the dashboard: added, removed, moved or shown differently."""
    before = told_tiles(dashboard)
    yield
    record("updated", dashboard, user, tile_changes(before, told_tiles(dashboard)))


def told_tiles(dashboard: Dashboard) -> dict[int, dict[str, Any]]:
    """What the log tells of each tile that is on the dashboard."""
    tiles = Tile.objects.filter(dashboard=dashboard, deleted=False).select_related("insight", "text", "button")
    return {tile.pk: _told(tile) for tile in tiles.order_by("pk")}


def tile_changes(before: dict[int, dict[str, Any]], after: dict[int, dict[str, Any]]) -> list[Change]:
    """What differs, as one change of the field `tiles` with those tiles that do."""
    old = [tile for pk, tile in before.items() if after.get(pk) != tile]
    new = [tile for pk, tile in after.items() if before.get(pk) != tile]
    return [change(SCOPE, "tiles", old, new)] if old or new else []


def _told(tile: Tile) -> dict[str, Any]:
    name = str(tile.insight or tile.text or tile.button)[:_LONGEST_NAME]
    return {"id": tile.pk, "name": name, **{field: getattr(tile, field) for field in _OF_A_TILE}}
