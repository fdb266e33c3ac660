"""Formulas over series: arithmetic only, element by element, 0 where there is no result."""

import pytest

from hedgerow.insights.errors import InsightError
from hedgerow.insights.trends.formula import parse_formula


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("A + B", 8),
        ("a+b", 8),
        ("A - B * 2", 2),
        ("(A - B) * 2", 8),
        ("-A", -6),
        ("A / 4", 1.5),
        ("A % 4", 2),
        ("B ** 3", 8),
        ("A / 0", 0),
        ("A % 0", 0),
        ("(0 - A) ** 0.5", 0),
        ("9 ** 9 ** 9", 0),
        ("1e2 * A", 600),
    ],
)
def test_a_formula_is_computed_for_each_point(text: str, value: float) -> None:
    assert parse_formula(text, 2).values([[6, 6], [2, 2]]) == [value, value]


@pytest.mark.parametrize(
    "text",
    ["A + C", "A +", "", "A B", "f(A)", "A.real", "[A]", "'x'", "A if B else 1", "A < B", "__import__('os')", "True",
     "A // B", "1j", "(" * 300, "A + " * 400 + "A", "lambda: 1"],
)  # fmt: skip
def test_anything_else_is_refused(text: str) -> None:
    with pytest.raises(InsightError):
        parse_formula(text, 2)
