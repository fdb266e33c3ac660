"""The recipe of a dashboard that is there already."""

from typing import Any

from hedgerow.dashboards.models import Dashboard, Tile
from hedgerow.dashboards.presenting import ordered_tiles


def recipe_from(dashboard: Dashboard, user: Any) -> dict[str, Any]:
    """What makes a dashboard like this one: its filters and those of its tiles that `user` may see, in their places,
    without any answers."""
    return {
        "template_name": dashboard.name or "Untitled",
        "dashboard_description": dashboard.description[:400],
        "dashboard_filters": dashboard.filters or {},
        "tags": list(dashboard.tags),
        "tiles": [_tile(tile) for tile in ordered_tiles(dashboard, user)],
        "variables": [],
    }


def _tile(tile: Tile) -> dict[str, Any]:
    shown = {
        "layouts": tile.layouts or None,
        "color": tile.color,
        "show_description": tile.show_description,
        "transparent_background": tile.transparent_background,
    }
    return {**_content(tile), **{name: value for name, value in shown.items() if value is not None}}


def _content(tile: Tile) -> dict[str, Any]:
    if tile.text is not None:
        return {"type": "TEXT", "body": tile.text.body}
    if tile.button is not None:
        return {"type": "BUTTON", "url": tile.button.url, "text": tile.button.text}
    assert tile.insight is not None
    insight = tile.insight
    question = {"query": insight.query} if insight.query else {"filters": insight.filters}
    title = insight.name or insight.derived_name or "Untitled"
    return {"type": "INSIGHT", "name": title, "description": insight.description or "", **question}
