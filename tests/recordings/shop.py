"""A visit to a made-up shop, as a browser records it: the page, a click, a minute of nothing, typing, another click."""

import gzip
import json
import time
from typing import Any

PAGE = "https://shop.example/garden?from=letter"
RED, GREEN = (200, 30, 30), (30, 160, 60)
"""What the page is filled with at first, and once somebody has bought."""
QUIET = 60_000
LENGTH = 2_100 + QUIET + 3_000
"""Milliseconds from the beginning to the end."""
_WIDTH, _HEIGHT = 800, 600


def visit(image: str = "", start: int = 0) -> list[dict[str, Any]]:
    """The events of the visit, which began at `start`, or ended just now. `image` is the address of a picture on the
    page. What SDKs compress is compressed. The page holds scripts, which must not run when it is shown.
    """
    start = start or int(time.time() * 1000) - LENGTH - 1_000
    bought = {
        "source": 0,
        "texts": [{"id": 9, "value": "Seeds bought"}],
        "attributes": [{"id": 5, "attributes": {"style": {"background": f"rgb{GREEN}"}}}],
        "removes": [],
        "adds": [],
    }
    moves = [{"x": 100 + step * 10, "y": 80, "id": 5, "timeOffset": step * 50 - 450} for step in range(10)]
    return [
        {"type": 4, "timestamp": start, "data": {"href": PAGE, "width": _WIDTH, "height": _HEIGHT}},
        {"type": 2, "timestamp": start + 20, "cv": "2024-10", "data": _zipped(_snapshot(image))},
        _change(start + 1_500, source=1, positions=moves),
        _change(start + 2_000, source=2, type=2, id=7, x=190, y=80),
        {**_change(start + 2_100, **{**bought, **{part: _zipped(bought[part]) for part in _ZIPPED}}), "cv": "2024-10"},
        _change(start + 2_100 + QUIET, source=5, text="hello", isChecked=False, id=10),
        _change(start + LENGTH, source=2, type=2, id=7, x=190, y=80),
    ]


_ZIPPED = ("texts", "attributes", "removes", "adds")


def _change(at: int, **data: Any) -> dict[str, Any]:
    return {"type": 3, "timestamp": at, "data": data}


def _zipped(value: Any) -> str:
    return gzip.compress(json.dumps(value).encode()).decode("latin-1")


def _snapshot(image: str) -> dict[str, Any]:
    script = _element(11, "script", {}, [_text(12, "top.document.title = 'taken over'")])
    trap = _element(13, "img", {"src": image or "data:,", "onerror": "top.document.title = 'taken over'"})
    body = _element(
        5,
        "body",
        {"style": f"margin: 0; background: rgb{RED}"},
        [
            _element(6, "h1", {}, [_text(14, "The garden shop")]),
            _element(7, "button", {}, [_text(15, "Buy seeds")]),
            _element(8, "p", {"id": "told"}, [_text(9, "Nothing bought")]),
            _element(10, "input", {"type": "text", "value": ""}),
            script,
            trap,
        ],
    )
    head = _element(4, "head", {}, [])
    kind = {"type": 1, "name": "html", "publicId": "", "systemId": "", "id": 2}
    page = {"type": 0, "id": 1, "childNodes": [kind, _element(3, "html", {"lang": "en"}, [head, body])]}
    return {"node": page, "initialOffset": {"left": 0, "top": 0}}


def _element(number: int, name: str, attributes: dict[str, str], children: list[Any] | None = None) -> dict[str, Any]:
    return {"type": 2, "tagName": name, "attributes": attributes, "childNodes": children or [], "id": number}


def _text(number: int, text: str) -> dict[str, Any]:
    return {"type": 3, "textContent": text, "id": number}
