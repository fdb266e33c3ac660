"""What a picture of a dashboard is made of."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

PNG, PDF = "png", "pdf"
"""The forms of pictures."""


@dataclass(frozen=True)
class PictureTile:
    """A tile of a dashboard: an insight (its query and answer) or, with a `body`, a text in Markdown.

    `response` is what the API gives of a query or a saved insight, None where it failed. `place` is column, row, width
    and height on the grid; a tile without one stands below the others.
    """

    title: str = ""
    query: Mapping[str, Any] | None = None
    response: Mapping[str, Any] | None = None
    body: str | None = None
    place: tuple[int, int, int, int] | None = None
