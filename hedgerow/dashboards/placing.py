"""Putting content on a dashboard, and taking it off."""

from typing import Any

from hedgerow.dashboards.layout import new_layouts
from hedgerow.dashboards.models import Button, Dashboard, Text, Tile
from hedgerow.saved_insights.models import Insight


def place_insight(
    dashboard: Dashboard, insight: Insight, layouts: dict[str, Any] | None = None, color: str | None = None
) -> Tile:
    """The insight's tile on a dashboard of its project: a new one, or the one that was taken off, where it stood.

    A new tile without `layouts` gets the first free place. A tile that is there already stays as it is.
    """
    if insight.project_id != dashboard.project_id:
        raise ValueError("An insight stands on dashboards of its own project only.")
    return place(dashboard, layouts, color, insight=insight)


def place(
    dashboard: Dashboard,
    layouts: dict[str, Any] | None = None,
    color: str | None = None,
    *,
    insight: Insight | None = None,
    text: Text | None = None,
    button: Button | None = None,
    **display: Any,
) -> Tile:
    """The tile of one content, as `place_insight` makes it; `display` are other fields of a new tile."""
    content: dict[str, Any] = {"insight": insight, "text": text, "button": button}
    tile = Tile.objects.filter(dashboard=dashboard, **{name: item for name, item in content.items() if item}).first()
    if tile is None:
        layouts = layouts or new_layouts(standing_layouts(dashboard))
        return Tile.objects.create(dashboard=dashboard, layouts=layouts, color=color, **content, **display)
    if tile.deleted:
        tile.deleted = tile.deleted_with_dashboard = False
        tile.layouts = layouts or tile.layouts or new_layouts(standing_layouts(dashboard))
        tile.color = color if color is not None else tile.color
        tile.save()
    return tile


def take_off(tile: Tile) -> None:
    """Take a tile off its dashboard; it keeps its place in case it comes back."""
    tile.deleted, tile.deleted_with_dashboard = True, False
    tile.save(update_fields=["deleted", "deleted_with_dashboard"])


def standing_layouts(dashboard: Dashboard) -> list[dict[str, Any]]:
    """The layouts of the tiles that are on the dashboard."""
    live = Tile.objects.filter(dashboard=dashboard, deleted=False).exclude(insight__deleted=True)
    return list(live.values_list("layouts", flat=True))
