"""Arithmetic over series: ``(A + B) / C * 100``, where A is the first series, B the second, and so on."""

from __future__ import annotations

import ast
import math
import operator
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from string import ascii_uppercase

from hedgerow.insights.errors import InsightError

_MAX_LENGTH = 500
_OPERATORS: dict[type[ast.operator], Callable[[float, float], float]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
    ast.Mod: operator.mod,
    ast.Pow: operator.pow,
}


@dataclass(frozen=True)
class Formula:
    """A checked formula: operators ``+ - * / % **``, unary minus, brackets, numbers and letters of series."""

    text: str
    _tree: ast.expr

    def values(self, series: Sequence[Sequence[float]]) -> list[float]:
        """The formula element by element over series of one length. What has no finite result (x / 0) is 0."""
        return [self.value(point) for point in zip(*series, strict=True)]

    def value(self, point: Sequence[float]) -> float:
        """The formula for one value of each series, in the order of the series."""
        try:
            result = _evaluate(self._tree, point)
        except (ZeroDivisionError, OverflowError):
            return 0.0
        # A negative number to a broken power is complex.
        return result if isinstance(result, float) and math.isfinite(result) else 0.0


def parse_formula(text: str, series_count: int) -> Formula:
    """Check a formula against the number of series there are.

    Raises InsightError for bad syntax and for letters without a series.
    """
    if len(text) > _MAX_LENGTH:
        raise InsightError(f"The formula is longer than {_MAX_LENGTH} characters.")
    try:
        tree = ast.parse(text.strip(), mode="eval").body
        _check(tree, text, series_count)
    except (SyntaxError, ValueError, RecursionError, MemoryError) as problem:
        if isinstance(problem, InsightError):
            raise
        raise InsightError(
            f"The formula '{text}' cannot be read. Use letters of series, numbers and + - * / % ** ( )."
        ) from None
    return Formula(text, tree)


def _check(node: ast.expr, text: str, series_count: int) -> None:
    match node:
        case ast.BinOp(left, op, right) if type(op) in _OPERATORS:
            _check(left, text, series_count)
            _check(right, text, series_count)
        case ast.UnaryOp(ast.USub() | ast.UAdd(), operand):
            _check(operand, text, series_count)
        case ast.Constant() if isinstance(node.value, int | float) and not isinstance(node.value, bool):
            float(node.value)
        case ast.Name(name):
            if len(name) != 1 or name.upper() not in ascii_uppercase[:series_count]:
                raise InsightError(f"The formula '{text}' names '{name}', but there is no such series.")
        case _:
            raise InsightError(f"The formula '{text}' may only hold letters of series, numbers and + - * / % ** ( ).")


def _evaluate(node: ast.expr, point: Sequence[float]) -> float:
    match node:
        case ast.BinOp(left, op, right):
            return _OPERATORS[type(op)](_evaluate(left, point), _evaluate(right, point))
        case ast.UnaryOp(ast.USub(), operand):
            return -_evaluate(operand, point)
        case ast.UnaryOp(_, operand):
            return _evaluate(operand, point)
        case ast.Constant():
            assert isinstance(node.value, int | float)
            return float(node.value)
        case ast.Name(name):
            return float(point[ascii_uppercase.index(name.upper())])
    raise AssertionError(f"unchecked formula node {node!r}")
