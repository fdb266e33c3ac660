"""Places of tiles: what is new overlaps nothing, what is put in order stays in order, and gaps close."""

from itertools import combinations, pairwise
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from hedgerow.dashboards.layout import (
    COLUMNS,
    Place,
    fitted_layouts,
    free_slot,
    new_layouts,
    place_in,
    pulled_up,
    reading_order,
    reordered,
)

Layouts = dict[str, Any]


def sm(x: float, y: float, w: float, h: float, **more: Any) -> Layouts:
    return {"sm": {"x": x, "y": y, "w": w, "h": h, **more}}


def places(layouts: list[Layouts], grid: str) -> list[Place]:
    return [place for each in layouts if (place := place_in(each, grid)) is not None]


def wide(layouts: list[Layouts]) -> list[Place]:
    return places(layouts, "sm")


def overlapping(layouts: list[Layouts]) -> list[tuple[Place, Place]]:
    return [
        (one, other) for grid in COLUMNS for one, other in combinations(places(layouts, grid), 2) if one.overlaps(other)
    ]


@st.composite
def boards(draw: st.DrawFn) -> list[Layouts]:
    """Tiles that overlap nowhere: each was put into the first free place, some rows further down."""
    tiles: list[Layouts] = []
    for _ in range(draw(st.integers(0, 12))):
        size = sm(0, 0, draw(st.integers(1, 12)), draw(st.integers(1, 8)))
        size["xs"] = {"x": 0, "y": 0, "w": 1, "h": draw(st.integers(1, 8))}
        layouts = fitted_layouts(tiles, size)
        if draw(st.booleans()):
            lowest = max((place.bottom for place in wide(tiles)), default=0)
            layouts["sm"] = {**layouts["sm"], "y": lowest + draw(st.integers(0, 4))}
        tiles.append(layouts)
    return draw(st.permutations(tiles))


anything = st.recursive(
    st.none() | st.booleans() | st.integers(-5, 200) | st.text(max_size=3),
    lambda inner: st.dictionaries(st.sampled_from(["sm", "xs", "x", "y", "w", "h"]), inner, max_size=4),
    max_leaves=12,
)


def test_the_first_tile_stands_in_the_corner_and_the_next_one_beside_it() -> None:
    first = new_layouts([])
    second = new_layouts([first])
    assert first == {"sm": {"x": 0, "y": 0, "w": 6, "h": 5}, "xs": {"x": 0, "y": 0, "w": 1, "h": 5}}
    assert second == {"sm": {"x": 6, "y": 0, "w": 6, "h": 5}, "xs": {"x": 0, "y": 5, "w": 1, "h": 5}}


def test_a_hole_between_tiles_is_filled_before_the_rows_beneath() -> None:
    tiles = [sm(0, 0, 12, 2), sm(0, 2, 6, 5), sm(0, 7, 12, 3)]
    assert new_layouts(tiles)["sm"] == {"x": 6, "y": 2, "w": 6, "h": 5}


@given(boards())
@settings(max_examples=150, deadline=None)
def test_a_new_tile_overlaps_no_other(tiles: list[Layouts]) -> None:
    new = new_layouts(tiles)
    assert overlapping([*tiles, new]) == []
    assert new["sm"]["x"] + new["sm"]["w"] <= 12


@given(boards(), st.integers(1, 20), st.integers(1, 9))
@settings(max_examples=150, deadline=None)
def test_no_free_place_is_higher_or_further_left(tiles: list[Layouts], width: int, height: int) -> None:
    taken = wide(tiles)
    slot = free_slot(taken, 12, width, height)
    for y in range(int(slot.y) + 1):
        for x in range(12 - int(slot.w) + 1):
            if (y, x) < (slot.y, slot.x):
                assert any(Place(x, y, slot.w, height).overlaps(other) for other in taken)


@given(boards())
@settings(max_examples=100, deadline=None)
def test_two_columns_and_full_width_are_read_in_the_order_given(tiles: list[Layouts]) -> None:
    for way, width in (("two_column", 6), ("full_width", 12)):
        result = reordered(tiles, way)  # type: ignore[arg-type]
        assert overlapping(result) == []
        assert [reading_order(each) for each in result] == sorted(reading_order(each) for each in result)
        assert [reading_order(each, "xs") for each in result] == sorted(reading_order(each, "xs") for each in result)
        assert all(place.w == width and place.h == 5 for place in wide(result))


@given(boards())
@settings(max_examples=150, deadline=None)
def test_preserving_keeps_every_size_and_the_narrow_order(tiles: list[Layouts]) -> None:
    result = reordered(tiles, "preserve")
    assert overlapping(result) == []
    assert [(place.w, place.h) for place in wide(result)] == [(place.w, place.h) for place in wide(tiles)]
    assert all(one["xs"]["y"] < other["xs"]["y"] for one, other in pairwise(result))


@given(st.lists(st.integers(1, 8), max_size=15), st.integers(1, 12))
@settings(max_examples=100, deadline=None)
def test_preserving_keeps_the_order_of_tiles_of_one_width(heights: list[int], width: int) -> None:
    result = reordered([sm(3, 40, width, height) for height in heights], "preserve")
    assert [reading_order(each) for each in result] == sorted(reading_order(each) for each in result)


@given(boards().filter(bool))
@settings(max_examples=200, deadline=None)
def test_what_is_beneath_a_tile_that_goes_moves_up_without_overlaps(tiles: list[Layouts]) -> None:
    gone, rest = tiles[0], tiles[1:]
    result = pulled_up(rest, gone)
    assert overlapping(result) == []
    for before, after in zip(wide(rest), wide(result), strict=True):
        assert (after.x, after.w, after.h) == (before.x, before.w, before.h)
        assert before.y - gone["sm"]["h"] <= after.y <= before.y
        assert after == before or before.y >= gone["sm"]["y"] + gone["sm"]["h"]
    for (old, new), (old_other, new_other) in combinations(zip(wide(rest), wide(result), strict=True), 2):
        if old.shares_columns(old_other):
            assert (old.y < old_other.y) == (new.y < new_other.y)


def test_the_gap_of_a_tile_closes() -> None:
    rest = [sm(0, 5, 6, 5), sm(6, 0, 6, 5), sm(6, 5, 6, 5, minW=3)]
    assert pulled_up(rest, sm(0, 0, 6, 5)) == [sm(0, 0, 6, 5), sm(6, 0, 6, 5), sm(6, 5, 6, 5, minW=3)]


@given(st.lists(st.dictionaries(st.sampled_from(["sm", "xs"]), anything), max_size=5))
@settings(max_examples=150, deadline=None)
def test_whatever_is_stored_as_a_place_breaks_nothing(tiles: list[Layouts]) -> None:
    assert place_in(new_layouts(tiles), "sm") is not None
    assert len(reordered(tiles, "preserve")) == len(pulled_up(tiles, new_layouts(tiles))) == len(tiles)
    sorted(tiles, key=reading_order)
