"""The value of a breakdown that a point belongs to, as the trees of breakdowns compare it."""

from __future__ import annotations

from hedgerow.insights.actors import Breakdown
from hedgerow.insights.breakdowns import NONE, OTHER


def breakdown_texts(asked: Breakdown) -> tuple[str, ...]:
    """The `breakdown_value` of a result as texts, one for each breakdown; empty for a property events do not have."""
    return tuple(_text(each) for each in (asked if isinstance(asked, list) else [asked]))


def is_other(texts: tuple[str, ...]) -> bool:
    """Whether the value stands for all that lie beyond the limit."""
    return OTHER in texts


def _text(value: str | int | float | bool | None) -> str:
    if value is None or value == NONE:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value)
