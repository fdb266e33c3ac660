"""A small drawing of what a template makes: each tile in its place, with the sign of what it shows."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

COLUMNS = 12
USUAL = (6, 5)
"""Width and height of a tile that has no place of its own."""
TALLEST = 40
"""Rows of the grid that are drawn."""
COLUMN, ROW, GAP = 10, 6, 2
"""Units of the drawing."""

_OF_KIND = {
    "FunnelsQuery": "funnel",
    "RetentionQuery": "grid",
    "PathsQuery": "paths",
    "LifecycleQuery": "bars",
    "StickinessQuery": "bars",
    "HogQLQuery": "table",
    "EventsQuery": "table",
    "ActorsQuery": "table",
}
_OF_DISPLAY = {
    "BoldNumber": "number",
    "ActionsTable": "table",
    "ActionsPie": "pie",
    "WorldMap": "map",
    "ActionsBar": "bars",
    "ActionsStackedBar": "bars",
    "ActionsUnstackedBar": "bars",
    "ActionsBarValue": "rows",
}
_OLD_KINDS = {"FUNNELS": "funnel", "RETENTION": "grid", "PATHS": "paths", "LIFECYCLE": "bars", "STICKINESS": "bars"}


@dataclass(frozen=True)
class Shape:
    """A tile in units of the drawing; `sign` names what it shows."""

    x: float
    y: float
    width: float
    height: float
    sign: str
    title: str


@dataclass(frozen=True)
class Preview:
    """The drawing's shapes and its height; its width is 120."""

    shapes: list[Shape]
    height: int


def preview_of(tiles: Sequence[Any]) -> Preview:
    """The drawing of these tiles; those without a place stand two in a row beneath the others."""
    known = [tile for tile in tiles if isinstance(tile, Mapping)]
    placed = [(tile, place) for tile in known if (place := _place(tile))]
    bottom = max((y + h for _, (_, y, _, h) in placed), default=0)
    for number, tile in enumerate(tile for tile in known if _place(tile) is None):
        width, height = USUAL
        placed.append((tile, (number % 2 * width, bottom + number // 2 * height, width, height)))
    shapes = [
        Shape(COLUMN * x + 1, ROW * y + 1, COLUMN * w - GAP, ROW * h - GAP, _sign(tile), _title(tile))
        for tile, (x, y, w, h) in placed
        if y + h <= TALLEST
    ]
    return Preview(shapes, int(max((shape.y + shape.height + 1 for shape in shapes), default=10)))


def _place(tile: Mapping[str, Any]) -> tuple[float, float, float, float] | None:
    layouts = tile.get("layouts")
    on_grid = layouts.get("sm") if isinstance(layouts, Mapping) else None
    if not isinstance(on_grid, Mapping):
        return None
    x, y, w, h = (on_grid.get(name) for name in "xywh")
    numbers = [each for each in (x, y, w, h) if isinstance(each, int | float) and not isinstance(each, bool)]
    if len(numbers) < 4:
        return None
    left, top, width, height = numbers
    left = min(max(left, 0), COLUMNS - 1)
    return left, max(top, 0), min(max(width, 1), COLUMNS - left), max(height, 1)


def _title(tile: Mapping[str, Any]) -> str:
    return str(tile.get("name") or tile.get("text") or str(tile.get("body") or "").split("\n")[0].lstrip("# "))


def _sign(tile: Mapping[str, Any]) -> str:
    kind = str(tile.get("type")).upper()
    if kind != "INSIGHT":
        return "text" if kind == "TEXT" else "button"
    query = _source(tile.get("query"))
    if not query:
        filters = tile.get("filters")
        old = filters if isinstance(filters, Mapping) else {}
        return _OLD_KINDS.get(str(old.get("insight")), _OF_DISPLAY.get(str(old.get("display")), "line"))
    shown = query.get("trendsFilter")
    display = shown.get("display") if isinstance(shown, Mapping) else ""
    return _OF_KIND.get(str(query.get("kind")), _OF_DISPLAY.get(str(display), "line"))


def _source(query: Any) -> Mapping[str, Any]:
    """The innermost query: what is asked, without how it is shown."""
    while isinstance(query, Mapping) and isinstance(query.get("source"), Mapping):
        query = query["source"]
    return query if isinstance(query, Mapping) else {}
