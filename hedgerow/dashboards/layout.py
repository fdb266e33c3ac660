"""Where tiles stand on the grids of a dashboard: pure arithmetic on places.

A tile's `layouts` hold one place for each width of the page: `sm` is a grid of twelve columns, `xs` of one. Layouts are
whatever a client stored, so a place without numbers counts as none.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

WIDE = "sm"
NARROW = "xs"
COLUMNS = {WIDE: 12, NARROW: 1}
DEFAULT_WIDTH = 6
DEFAULT_HEIGHT = 5
LAST = 100
"""Where a tile without a place stands in the order of tiles."""

Layouts = Mapping[str, Any]
Reordering = Literal["preserve", "two_column", "full_width"]
REORDERINGS: tuple[Reordering, ...] = ("preserve", "two_column", "full_width")


@dataclass(frozen=True, slots=True)
class Place:
    """A rectangle of a grid, in columns and rows from the upper left corner."""

    x: float
    y: float
    w: float
    h: float

    @property
    def right(self) -> float:
        """The first column to the right of it."""
        return self.x + self.w

    @property
    def bottom(self) -> float:
        """The first row beneath it."""
        return self.y + self.h

    def overlaps(self, other: "Place") -> bool:
        """Whether the two have any cell in common."""
        return self.shares_columns(other) and self.y < other.bottom and other.y < self.bottom

    def shares_columns(self, other: "Place") -> bool:
        """Whether one stands above the other, at whatever distance."""
        return self.x < other.right and other.x < self.right

    def as_json(self) -> dict[str, float]:
        """As it is stored."""
        return {"x": self.x, "y": self.y, "w": self.w, "h": self.h}


def place_in(layouts: Layouts, grid: str) -> Place | None:
    """A tile's place in a grid, None where it has none."""
    place = layouts.get(grid)
    if not isinstance(place, Mapping):
        return None
    numbers = [
        number
        for name in ("x", "y", "w", "h")
        if isinstance(number := place.get(name), (int, float)) and not isinstance(number, bool)
    ]
    return Place(*numbers) if len(numbers) == 4 else None


def reading_order(layouts: Layouts, grid: str = WIDE) -> tuple[float, float]:
    """What tiles are sorted by: row, then column; one without a place comes after those of the first rows."""
    place = layouts.get(grid)
    place = place if isinstance(place, Mapping) else {}
    return _number(place.get("y"), LAST), _number(place.get("x"), LAST)


def free_slot(taken: Iterable[Place], columns: int, width: float, height: float) -> Place:
    """The first place of a size that overlaps none of those taken: the highest one, of these the leftmost.

    A width of more than the grid has is the whole grid.
    """
    others = list(taken)
    width = min(width, columns)
    # The highest free row is the first, or right beneath some tile: else the place could be moved up.
    for top in sorted({0, *(other.bottom for other in others if other.bottom > 0)}):
        band = [other for other in others if other.y < top + height and top < other.bottom]
        for left in range(int(columns - width) + 1):
            slot = Place(left, top, width, height)
            if not any(slot.overlaps(other) for other in band):
                return slot
    raise AssertionError("beneath the lowest tile there is always room")


def new_layouts(others: Iterable[Layouts]) -> dict[str, Any]:
    """The layouts of a tile that is added to others and has no wish of its own: the first free places."""
    return fitted_layouts(others, {})


def fitted_layouts(others: Iterable[Layouts], layouts: Layouts) -> dict[str, Any]:
    """The layouts of a tile that comes from elsewhere: the first free places of the size it has."""
    standing = list(others)
    result = dict(layouts)
    for grid, columns in COLUMNS.items():
        stored = place_in(layouts, grid)
        sized = stored is not None and stored.w > 0 and stored.h > 0
        width, height = (stored.w, stored.h) if stored is not None and sized else (DEFAULT_WIDTH, DEFAULT_HEIGHT)
        result = _with_places(result, {grid: free_slot(_places(standing, grid), columns, width, height)})
    return result


def reordered(tiles: Sequence[Layouts], way: Reordering) -> list[dict[str, Any]]:
    """The layouts of the tiles put in the order they are given in.

    `preserve` keeps widths and heights and puts each where its top is highest, leftmost on ties; `two_column` makes two
    columns of tiles of one size, `full_width` a stack of tiles as wide as the grid. The narrow grid is always a stack.
    """
    wide = _packed(tiles) if way == "preserve" else _uniform(len(tiles), columns=2 if way == "two_column" else 1)
    narrow_top = 0.0
    result = []
    for layouts, place in zip(tiles, wide, strict=True):
        stored = place_in(layouts, NARROW)
        height = stored.h if stored is not None and stored.h > 0 and way == "preserve" else DEFAULT_HEIGHT
        narrow = Place(0, narrow_top, 1, height)
        narrow_top = narrow.bottom
        result.append(_with_places(layouts, {WIDE: place, NARROW: narrow}))
    return result


def pulled_up(tiles: Sequence[Layouts], gone: Layouts) -> list[dict[str, Any]]:
    """The layouts of the tiles that remain when one is gone: what stood beneath it moves up, at most by its height.

    None moves down or to the side, and tiles that stand above one another stay in their order.
    """
    result = [dict(layouts) for layouts in tiles]
    for grid in COLUMNS:
        gap = place_in(gone, grid)
        if gap is None:
            continue
        for index, place in enumerate(_without_gap([place_in(layouts, grid) for layouts in tiles], gap)):
            if place is not None:
                result[index] = _with_places(result[index], {grid: place})
    return result


def _without_gap(places: Sequence[Place | None], gap: Place) -> list[Place | None]:
    moved: list[Place | None] = [None] * len(places)
    settled: list[Place] = []
    in_order = sorted(
        ((index, place) for index, place in enumerate(places) if place is not None),
        key=lambda item: (item[1].y, item[1].x),
    )
    for index, place in in_order:
        if place.y >= gap.bottom:
            above = (other.bottom for other in settled if other.shares_columns(place))
            place = replace(place, y=min(place.y, max(place.y - gap.h, 0, *above)))
        settled.append(place)
        moved[index] = place
    return moved


def _packed(tiles: Sequence[Layouts]) -> list[Place]:
    columns = COLUMNS[WIDE]
    heights = [0.0] * columns
    result = []
    for layouts in tiles:
        stored = place_in(layouts, WIDE)
        sized = stored is not None and stored.w > 0 and stored.h > 0
        width = max(1, min(round(stored.w), columns)) if stored is not None and sized else DEFAULT_WIDTH
        height = stored.h if stored is not None and sized else DEFAULT_HEIGHT
        tops = [max(heights[left : left + width]) for left in range(columns - width + 1)]
        left = tops.index(min(tops))
        place = Place(left, tops[left], width, height)
        heights[left : left + width] = [place.bottom] * width
        result.append(place)
    return result


def _uniform(count: int, *, columns: int) -> list[Place]:
    width = COLUMNS[WIDE] // columns
    return [
        Place(index % columns * width, index // columns * DEFAULT_HEIGHT, width, DEFAULT_HEIGHT)
        for index in range(count)
    ]


def _with_places(layouts: Layouts, places: Mapping[str, Place]) -> dict[str, Any]:
    """The layouts with other places; what else is stored of each, such as least sizes, is kept."""
    kept = {grid: stored if isinstance(stored := layouts.get(grid), Mapping) else {} for grid in places}
    return {**layouts, **{grid: {**kept[grid], **place.as_json()} for grid, place in places.items()}}


def _places(tiles: Iterable[Layouts], grid: str) -> list[Place]:
    return [place for layouts in tiles if (place := place_in(layouts, grid)) is not None]


def _number(value: Any, default: float) -> float:
    return value if isinstance(value, (int, float)) and not isinstance(value, bool) else default
