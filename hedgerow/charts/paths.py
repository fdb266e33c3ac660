"""Paths: the ways people take from one thing to the next, as a diagram of flows.

Each step is a column, each thing done in it a block as high as the number of times it was done, and each edge a band
between two blocks as thick as its number. The places are computed here; the specification only draws them.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from hedgerow.charts.specification import Specification, duration, frame, point

BLOCK = 0.03
"""How wide a block is; columns are 1 apart."""

GAP = 0.016
"""Between two blocks of a column, of the whole height."""

ROW_HEIGHT = 46
LEAST_HEIGHT = 300
SAMPLES = 14
LABELLED = 0.035
"""Bands at least this thick, of the whole height, have their number written on them."""


@dataclass
class Block:
    """A thing done in a step: `key` is how edges name it."""

    key: str
    step: int
    arriving: int = 0
    leaving: int = 0
    top: float = 0.0
    height: float = 0.0
    used: dict[str, float] = field(default_factory=lambda: {"in": 0.0, "out": 0.0})

    @property
    def value(self) -> int:
        """How often it was done, as far as the edges tell."""
        return max(self.arriving, self.leaving)


def item_of(key: str) -> str:
    """What was done, of a block's key such as `2_/pricing`."""
    return key.partition("_")[2]


def readable_item(item: str, *, full: bool = False) -> str:
    """An address without its scheme and host, unless wanted in full; anything else as it is."""
    parts = urlsplit(item) if "://" in item and not full else None
    if parts is None or not parts.netloc:
        return item
    rest = item.split(parts.netloc, 1)[1]
    return rest or "/"


def edge_point(edge: Mapping[str, Any]) -> str:
    """What names the actors who took an edge."""
    return point(start=edge["source"], end=edge["target"])


def paths_chart(response: Mapping[str, Any], *, full_urls: bool = False) -> Specification:
    """The diagram of a paths answer."""
    edges: Sequence[Mapping[str, Any]] = response.get("results") or []
    blocks = _placed(edges)
    steps = max((block.step for block in blocks.values()), default=1)
    bands, numbers = _bands(edges, blocks, full_urls)
    names = [_name_row(block, steps, full_urls) for block in blocks.values()]
    rows_in_step = max(
        (sum(block.step == step for block in blocks.values()) for step in range(1, steps + 1)), default=1
    )
    x: Specification = {"field": "x", "type": "quantitative", "axis": None, "scale": {"domain": [0, steps - 1 + 0.62]}}
    y: Specification = {"field": "y", "type": "quantitative", "axis": None, "scale": {"domain": [1, 0], "nice": False}}
    told = "; ".join(
        f"{readable_item(item_of(edge['source']))} to {readable_item(item_of(edge['target']))}: {edge['value']}"
        for edge in edges[:6]
    )
    tooltip = [
        {"field": "from", "title": "From"},
        {"field": "to", "title": "To"},
        {"field": "value", "title": "Times", "format": ","},
        {"field": "time", "title": "Average time"},
    ]
    shown_text: Specification = {"type": "text", "baseline": "middle"}
    return frame(f"Diagram of paths. {told}." if edges else "Empty diagram: no paths.") | {
        "height": max(LEAST_HEIGHT, ROW_HEIGHT * rows_in_step),
        "encoding": {"x": x, "y": y},
        "layer": [
            {
                "data": {"values": bands},
                "mark": {"type": "area", "interpolate": "linear", "opacity": 0.28, "line": False},
                "encoding": {
                    "y2": {"field": "y2"},
                    "detail": [{"field": "edge"}],
                    "color": _colour(steps),
                    "tooltip": tooltip,
                },
            },
            {
                "data": {"values": names},
                "mark": {"type": "rect", "cornerRadius": 2},
                "encoding": {
                    "x2": {"field": "x2"},
                    "y2": {"field": "y2"},
                    "color": _colour(steps),
                    "tooltip": [{"field": "item", "title": "Did"}, {"field": "value", "title": "Times", "format": ","}],
                },
            },
            {
                "data": {"values": names},
                "mark": {**shown_text, "align": "left", "dx": 7, "fontSize": 12, "fontWeight": 600, "limit": 170},
                "encoding": {
                    "x": {"field": "x2", "type": "quantitative"},
                    "y": {"field": "middle", "type": "quantitative"},
                    "text": {"field": "label"},
                },
            },
            {
                "data": {"values": numbers},
                "mark": {**shown_text, "align": "right", "dx": -5, "fontSize": 11},
                "encoding": {"text": {"field": "value", "format": ","}},
            },
        ],
    }


def _placed(edges: Sequence[Mapping[str, Any]]) -> dict[str, Block]:
    blocks: dict[str, Block] = {}
    for edge in edges:
        for key, side in ((edge["source"], "leaving"), (edge["target"], "arriving")):
            block = blocks.setdefault(key, Block(key, int(key.partition("_")[0])))
            setattr(block, side, getattr(block, side) + edge["value"])
    columns: dict[int, list[Block]] = {}
    for block in sorted(blocks.values(), key=lambda block: -block.value):
        columns.setdefault(block.step, []).append(block)
    most = max((len(column) for column in columns.values()), default=1)
    gap = min(GAP, 0.5 / most) if most > 1 else 0
    largest = max((sum(block.value for block in column) for column in columns.values()), default=1)
    scale = (1 - gap * (most - 1)) / largest
    for column in columns.values():
        top = 0.0
        for block in column:
            block.top, block.height = top, block.value * scale
            top += block.height + gap
    return blocks


def _bands(
    edges: Sequence[Mapping[str, Any]], blocks: Mapping[str, Block], full_urls: bool
) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """Rows along each edge's band, and a row for its number where there is room for it."""
    bands: list[dict[str, Any]] = []
    numbers: list[dict[str, Any]] = []
    in_order = sorted(edges, key=lambda edge: (blocks[edge["source"]].top, blocks[edge["target"]].top))
    for edge in in_order:
        source, target = blocks[edge["source"]], blocks[edge["target"]]
        thick = source.height * edge["value"] / source.value
        start, end = source.top + source.used["out"], target.top + target.used["in"]
        source.used["out"] += thick
        target.used["in"] += thick
        about = {
            "edge": f"{edge['source']} > {edge['target']}",
            "step": str(source.step),
            "from": readable_item(item_of(edge["source"]), full=full_urls),
            "to": readable_item(item_of(edge["target"]), full=full_urls),
            "value": edge["value"],
            "time": duration(edge["average_conversion_time"] / 1000),
            "point": edge_point(edge),
        }
        for at in range(SAMPLES + 1):
            part = at / SAMPLES
            eased = part * part * (3 - 2 * part)
            y = start + (end - start) * eased
            x = source.step - 1 + BLOCK + (1 - BLOCK) * part
            bands.append({**about, "x": round(x, 4), "y": round(y, 5), "y2": round(y + thick, 5)})
        if thick >= LABELLED:
            numbers.append({"x": target.step - 1, "y": round(end + thick / 2, 5), "value": edge["value"]})
    return bands, numbers


def _name_row(block: Block, steps: int, full_urls: bool) -> dict[str, Any]:
    item = item_of(block.key)
    return {
        "step": str(block.step),
        "item": item,
        "label": f"{readable_item(item, full=full_urls)} · {block.value:,}",
        "value": block.value,
        "x": block.step - 1,
        "x2": block.step - 1 + BLOCK,
        "y": round(block.top, 5),
        "y2": round(block.top + block.height, 5),
        "middle": round(block.top + block.height / 2, 5),
    }


def _colour(steps: int) -> Specification:
    return {
        "field": "step",
        "type": "nominal",
        "scale": {"domain": [str(step) for step in range(1, steps + 1)]},
        "legend": None,
    }
