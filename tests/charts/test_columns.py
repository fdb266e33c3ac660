"""Any rows as a chart of their first two columns."""

import pytest

from hedgerow.charts.columns import MOST_POINTS, can_be_drawn, columns_chart


@pytest.mark.parametrize(
    ("types", "drawable"),
    [
        (["String", "UInt64"], True),
        (["Date", "Nullable(Float64)"], True),
        (["DateTime64(6, 'UTC')", "Decimal(18, 2)"], True),
        (["UInt64"], False),
        (["UInt64", "String"], False),
        (["UInt64", "Array(UInt64)"], False),
        ([], False),
    ],
)
def test_the_second_column_must_hold_numbers(types: list[str], drawable: bool) -> None:
    assert can_be_drawn(types) is drawable


def test_times_are_those_on_the_wall_of_the_project() -> None:
    rows = [["2026-01-01T00:00:00+01:00", 3]]
    chart = columns_chart(["hour", "n"], ["DateTime64(6, 'Europe/Berlin')", "UInt64"], rows, "line")
    assert chart["data"]["values"] == [{"position": "2026-01-01T00:00:00", "value": 3.0}]
    assert chart["encoding"]["x"]["type"] == "temporal"


def test_rows_keep_their_order_and_those_without_a_number_are_left_out() -> None:
    rows = [["b", 2], ["a", None], [None, 5], ["c", 0]]
    chart = columns_chart(["name", "n"], ["String", "Nullable(UInt64)"], rows, "bar")
    assert [each["position"] for each in chart["data"]["values"]] == ["b", "c"]
    assert chart["encoding"]["x"]["sort"] is None


def test_only_so_many_rows_are_drawn() -> None:
    chart = columns_chart(["x", "y"], ["UInt64", "UInt64"], [[n, n] for n in range(MOST_POINTS + 5)], "line")
    assert len(chart["data"]["values"]) == MOST_POINTS
