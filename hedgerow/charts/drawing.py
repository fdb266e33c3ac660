"""Drawing insights and dashboards as PNG pictures or PDF pages, without a browser.

Charts are the same specifications that pages show. They become SVG, are put on cards with their titles, and the whole
is turned into pixels once. While that is done no other thread of the process runs: see `pictures`.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any

import orjson
import vl_convert

from hedgerow.charts.answers import results_of, source_of, specification_of
from hedgerow.charts.markdown import markdown_svg
from hedgerow.charts.naming import with_names
from hedgerow.charts.specification import Specification
from hedgerow.charts.svg import document, element, inside, text
from hedgerow.charts.tables import Table, figures_of, figures_svg, table_of, table_svg
from hedgerow.charts.theme import DARK, LIGHT, Look
from hedgerow.charts.tile import PDF, PNG, PictureTile
from hedgerow.charts.world import SHAPES, SHAPES_FILE

COLUMNS = 12
_VEGA_LITE = "6.4"
_ROW_HEIGHT, _GAP, _MARGIN = 76, 14, 24
_OF_DATA = ("data", "datasets")
_LOWEST_ROW, _TALLEST = 2_000, 60
_MOST_PIXELS = 20_000_000
MOST_DRAWN = 60
"""Insights on a picture of a dashboard; of further ones only the titles are there."""
_HEIGHTS = (180, 1_600)

FAILED = "The numbers could not be computed."
WAITING = "Not computed yet."
EMPTY = "Nothing in this time."
LEFT_OUT = "Not drawn: there are too many tiles."


def draw_insight(
    title: str,
    query: Mapping[str, Any],
    response: Mapping[str, Any] | None,
    *,
    description: str = "",
    width: int = 900,
    height: int = 520,
    scale: float = 2,
    is_dark: bool = False,
    names: Mapping[str, str] | None = None,
    now: datetime | None = None,
    form: str = PNG,
) -> bytes:
    """See `pictures.insight_png`."""
    look = DARK if is_dark else LIGHT
    tile = PictureTile(title, query, response)
    head = _head_height(title, description or _dates(response))
    inner = width - 2 * _MARGIN
    answer = _answer(tile, look, names or {}, now)
    tall = head + 2 * _MARGIN + min(max(answer.height or height - head - 2 * _MARGIN, _HEIGHTS[0]), _HEIGHTS[1])
    parts = [
        element("rect", width=width, height=tall, fill=look.surface),
        *_head(title, " · ".join(filter(None, (_dates(response), description))), _MARGIN, _MARGIN, inner, look),
        inside(
            answer.drawn(inner, tall - head - 2 * _MARGIN),
            _MARGIN,
            _MARGIN + head,
            inner,
            tall - head - 2 * _MARGIN,
            "answer",
        ),
    ]
    return _rendered(document(width, tall, *parts), width, tall, scale, form)


def draw_board(
    title: str,
    tiles: Sequence[PictureTile],
    *,
    description: str = "",
    width: int = 1440,
    scale: float = 1.5,
    is_dark: bool = False,
    names: Mapping[str, str] | None = None,
    now: datetime | None = None,
    form: str = PNG,
) -> bytes:
    """See `pictures.board_png`."""
    look = DARK if is_dark else LIGHT
    head = _head_height(title, description) + _MARGIN
    placed = list(_placed(tiles))
    rows = max((y + h for _, (_, y, _, h) in placed), default=1)
    height = head + rows * (_ROW_HEIGHT + _GAP) - _GAP + 2 * _MARGIN
    column = (width - 2 * _MARGIN + _GAP) / COLUMNS
    parts = [element("rect", width=width, height=height, fill=look.page)]
    parts += _head(title, description, _MARGIN, _MARGIN, width - 2 * _MARGIN, look, size=26)
    drawn = 0
    for at, (tile, (x, y, w, h)) in enumerate(placed):
        wide, tall = w * column - _GAP, h * (_ROW_HEIGHT + _GAP) - _GAP
        drawn += tile.body is None
        answer = _Answer(look, words=LEFT_OUT) if drawn > MOST_DRAWN else _answer(tile, look, names or {}, now)
        card = _card(tile, answer, wide, tall, look)
        parts.append(
            inside(card, _MARGIN + x * column, _MARGIN + head + y * (_ROW_HEIGHT + _GAP), wide, tall, f"t{at}")
        )
    return _rendered(document(width, height, *parts), width, height, scale, form)


@dataclass(frozen=True)
class _Answer:
    """How a tile's answer is drawn once its size is known, and the height it would like to have."""

    look: Look
    specification: Specification | None = None
    figures: Sequence[Any] = ()
    table: Table | None = None
    words: str = ""

    @property
    def height(self) -> float | None:
        """What suits its content, where that decides."""
        if self.table is not None:
            return (len(self.table.rows) + 1) * 28 + 6
        own = (self.specification or {}).get("height")
        return float(own) if isinstance(own, int | float) else 240 if self.figures else None

    def drawn(self, width: float, height: float) -> str:
        """The answer as SVG."""
        if self.words:
            middle = text(self.words, width / 2, height / 2, 15, self.look.muted, text_anchor="middle", width=width)
            return document(width, height, middle)
        if self.figures:
            return figures_svg(self.figures, width, height, self.look)
        if self.table is not None:
            return table_svg(self.table, width, height, self.look)
        assert self.specification is not None
        try:
            return _chart(self.specification, width, height, self.look)
        except ValueError:
            return _Answer(self.look, words=FAILED).drawn(width, height)


def _answer(tile: PictureTile, look: Look, names: Mapping[str, str], now: datetime | None) -> _Answer:
    query, response = tile.query or {}, tile.response or {}
    results = results_of(response)
    if tile.response is None or response.get("error") or (response.get("query_status") or {}).get("error"):
        return _Answer(look, words=FAILED)
    if results is None:
        return _Answer(look, words=WAITING)
    if not results:
        return _Answer(look, words=EMPTY)
    try:
        named = with_names(source_of(query), {**response, "results": results}, names)
        if figures := figures_of(query, named):
            return _Answer(look, figures=figures)
        specification = None if _is_table(query) else specification_of(query, named, now=now)
        if specification is not None:
            return _Answer(look, specification=specification)
        return _Answer(look, table=table_of(query, named))
    except (KeyError, TypeError, ValueError, IndexError, AttributeError):
        # An answer that was kept before the query, or this code, changed its form.
        return _Answer(look, words=FAILED)


def _is_table(query: Mapping[str, Any]) -> bool:
    """Whether an answer that could be a chart is a table: retention, where nothing else is asked for."""
    asked = source_of(query)
    shown = (asked.get("retentionFilter") or {}).get("dashboardDisplay") or "table_only"
    return asked.get("kind") == "RetentionQuery" and shown == "table_only"


def _card(tile: PictureTile, answer: _Answer, width: float, height: float, look: Look) -> str:
    if tile.body is not None:
        words = markdown_svg(tile.body, width - 16, height, look)
        return document(width, height, inside(words, 8, 0, width - 16, height, "m", is_cut=True))
    box = {"x": 0.5, "y": 0.5, "width": width - 1, "height": height - 1, "rx": 10, "stroke": look.line}
    dates = _dates(tile.response)
    pad, head = 16, _head_height(tile.title, dates, size=16)
    inner, below = width - 2 * pad, max(height - head - 2 * pad, 10.0)
    return document(
        width,
        height,
        element("rect", **box, fill=look.surface),
        *_head(tile.title, dates, pad, pad, inner, look, size=16),
        inside(answer.drawn(inner, below), pad, pad + head, inner, below, "a"),
    )


def _chart(specification: Specification, width: float, height: float, look: Look) -> str:
    own = specification.get("height")
    height = min(height, own) if isinstance(own, int | float) else height
    sized = {**specification, "width": round(width), "height": round(height), "config": look.config}
    if any(_is_shapes(layer) for layer in sized.get("layer", ())):
        sized = _with_shapes(sized)
    if look.is_dark:
        sized = _on_surface(sized, look)
    svg: str = vl_convert.vegalite_to_svg(sized, vl_version=_VEGA_LITE, allowed_base_urls=[])
    return svg


def _with_shapes(specification: Specification) -> Specification:
    """The specification with the shapes of the countries in it instead of the address of their file."""
    data = {"name": "shapes", "format": {"type": "topojson", "feature": "countries"}}
    layers = [{**layer, "data": data} if _is_shapes(layer) else layer for layer in specification["layer"]]
    return {**specification, "layer": layers, "datasets": {"shapes": _shapes()}}


def _is_shapes(layer: Mapping[str, Any]) -> bool:
    return bool(layer.get("data", {}).get("url") == SHAPES)


@lru_cache(maxsize=1)
def _shapes() -> Any:
    return orjson.loads(SHAPES_FILE.read_bytes())


def _on_surface(part: Any, look: Look) -> Any:
    """A part of a specification with the colour of the surface where it is white."""
    if isinstance(part, dict):
        return {key: part[key] if key in _OF_DATA else _on_surface(part[key], look) for key in part}
    if isinstance(part, list):
        return [_on_surface(each, look) for each in part]
    return look.surface if part == "#ffffff" else part


def _placed(tiles: Sequence[PictureTile]) -> Iterable[tuple[PictureTile, tuple[int, int, int, int]]]:
    """The tiles with places inside the grid; gaps between rows that nobody stands in are kept."""
    bottom = 0
    for tile in tiles:
        if tile.place is not None:
            x, y, w, h = tile.place
            w = min(max(w, 1), COLUMNS)
            place = (min(max(x, 0), COLUMNS - w), min(max(y, 0), _LOWEST_ROW), w, min(max(h, 1), _TALLEST))
            bottom = max(bottom, place[1] + place[3])
            yield tile, place
    for tile in tiles:
        if tile.place is None:
            yield tile, (0, bottom, COLUMNS, 5)
            bottom += 5


def _head_height(title: str, line: str, size: float = 20) -> float:
    return (size + 10 if title else 0) + (24 if line else 0)


def _head(title: str, line: str, x: float, y: float, width: float, look: Look, size: float = 20) -> list[str]:
    """A title and the line below it, from `y` down."""
    parts = [text(title, x, y + size * 0.8, size, look.ink, width=width, font_weight=600)] if title else []
    if line:
        parts.append(text(line, x, y + (size + 20 if title else 13), 13, look.muted, width=width))
    return parts


def _dates(response: Mapping[str, Any] | None) -> str:
    """The dates an answer is of: `22 Oct – 21 Nov 2026`."""
    period = (response or {}).get("resolved_date_range") or {}
    try:
        start, end = (datetime.fromisoformat(str(period[name])) for name in ("date_from", "date_to"))
    except (KeyError, ValueError, TypeError):
        return ""
    last = f"{end.day} {end:%b %Y}"
    if start.date() == end.date():
        return last
    return f"{start.day} {start:%b}{'' if start.year == end.year else f' {start.year}'} – {last}"


def _rendered(svg: str, width: float, height: float, scale: float, form: str) -> bytes:
    """The pixels, fewer than asked for where the picture would be too large; or a PDF of one page of this size."""
    if form == PDF:
        pdf: bytes = vl_convert.svg_to_pdf(svg)
        return pdf
    scale = min(scale, (_MOST_PIXELS / (width * height)) ** 0.5)
    png: bytes = vl_convert.svg_to_png(svg, scale=scale)
    return png
