"""Breakdown values as rows come with them: the ones with the largest numbers stay, all others become one."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from hedgerow.hogql import ast
from hedgerow.insights.breakdowns import Breakdown
from hedgerow.insights.tree import choice, column, compared, number, row, select_from

OTHER = "Other"
"""What all values beyond the limit are shown as."""

_TEXT_TYPES = ("group", "session")


def merged_beyond(
    by_value: ast.SelectQuery, columns: Sequence[str], order: Sequence[ast.OrderExpr], limit: int
) -> ast.SelectQuery:
    """Rows by `value` with a column `shown` in its place: `(0, value)`, or `(1, [])` for those beyond the limit."""
    by = [*order, ast.OrderExpr(column("value"))]
    place = ast.WindowFunction("row_number", over_expr=ast.WindowExpr(order_by=by))
    ranked = select_from(by_value, ["value", *columns, ast.Alias(place, "place")])
    is_shown = compared(column("place"), "<=", number(limit))
    nothing = ast.Call("arrayFilter", [ast.Lambda(["each"], ast.Constant(False)), column("value")])
    shown = choice(is_shown, row(number(0), column("value")), row(number(1), nothing))
    return select_from(ranked, [ast.Alias(shown, "shown"), *columns])


def shown_value(shown: tuple[int, Sequence[str]], breakdowns: Sequence[Breakdown]) -> Any:
    """A value as the response gives it: a list, or a text for one breakdown by a group's or session's property."""
    is_other, value = shown
    texts = [OTHER] if is_other else list(value)
    return texts[0] if len(breakdowns) == 1 and breakdowns[0].type in _TEXT_TYPES else texts
