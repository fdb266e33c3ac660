"""Comparing version numbers (`1.12.3`) by their parts, not as text."""

from __future__ import annotations

import re

from hedgerow.hogql import ast
from hedgerow.insights.errors import InsightError

VERSION_OPERATORS = frozenset(
    {
        "semver_eq",
        "semver_gt",
        "semver_gte",
        "semver_lt",
        "semver_lte",
        "semver_tilde",
        "semver_caret",
        "semver_wildcard",
    }
)

_COMPARISONS = {"semver_eq": "==", "semver_gt": ">", "semver_gte": ">=", "semver_lt": "<", "semver_lte": "<="}
_VERSION = re.compile(r"v?(\d{1,9})(?:\.(\d{1,9}))?(?:\.(\d{1,9}))?(?:[-+.].*)?")
_WILDCARD = re.compile(r"v?(\d{1,9})(?:\.(\d{1,9}))?(?:\.(\d{1,9}))?\.\*")


def version_condition(text: ast.Expr, operator: str, value: str) -> ast.Expr:
    """`text` compared as a version with `value`.

    What follows the third number (`-beta.1`) is ignored, missing numbers are 0, and text that does not begin with a
    number is no version and matches nothing. `~1.2.3` allows newer patches, `~1` newer minors; `^` allows all that
    keeps the first number that is not 0; `1.2.*` all that begins so. Raises InsightError for a bad `value`.
    """
    if operator in _COMPARISONS:
        return _compared(text, [(_COMPARISONS[operator], _parts(value, "This"))])
    if operator == "semver_wildcard":
        match = _WILDCARD.fullmatch(value)
        if match is None:
            raise InsightError("Wildcard operator requires a valid semver string (e.g., '1.2.*')")
        given = [int(part) for part in match.groups() if part]
        return _within(text, given, len(given) - 1)
    name = "Tilde" if operator == "semver_tilde" else "Caret"
    _parts(value, name)
    match = _VERSION.fullmatch(value)
    assert match
    given = [int(part) for part in match.groups() if part]
    if operator == "semver_tilde":
        return _within(text, given, min(len(given), 2) - 1)
    kept = next((place for place, part in enumerate(given) if part), len(given) - 1)
    return _within(text, given, kept)


def _within(text: ast.Expr, given: list[int], kept: int) -> ast.Expr:
    """At least `given` and before the next version whose part number `kept` differs."""
    upper = [*given[:kept], given[kept] + 1]
    return _compared(text, [(">=", _padded(given)), ("<", _padded(upper))])


def _parts(value: str, name: str) -> list[int]:
    match = _VERSION.fullmatch(value)
    if match is None:
        raise InsightError(f"{name} operator requires a valid semver string (e.g., '1.2.3')")
    return _padded([int(part) for part in match.groups() if part])


def _padded(parts: list[int]) -> list[int]:
    return [*parts, 0, 0][:3]


def _compared(text: ast.Expr, bounds: list[tuple[str, list[int]]]) -> ast.Expr:
    is_version = ast.CompareOperation(text, ast.Constant(r"^v?\d"), "=~")
    found = ast.Array([_part(text, place) for place in range(3)])
    return ast.And(
        [
            is_version,
            *(
                ast.CompareOperation(found, ast.Array([ast.Constant(part) for part in bound]), op)
                for op, bound in bounds
            ),
        ]
    )


def _part(text: ast.Expr, place: int) -> ast.Expr:
    pattern = r"^v?" + r"\d+\." * place + r"(\d{1,9})"
    number = ast.Call("toInt", [ast.Call("extract", [text, ast.Constant(pattern)])])
    return ast.Call("ifNull", [number, ast.Constant(0)])
