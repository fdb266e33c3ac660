"""Every kind of answer becomes a specification that Vega-Lite accepts, with the numbers of the answer."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest

from hedgerow.charts.countries import NUMBERS
from hedgerow.charts.funnels import conversion_chart, steps_chart, times_chart
from hedgerow.charts.lifecycle import lifecycle_chart
from hedgerow.charts.paths import paths_chart
from hedgerow.charts.retention import blocks_of, columns_of, retention_chart
from hedgerow.charts.specification import Specification, duration, point
from hedgerow.charts.stickiness import stickiness_chart
from hedgerow.charts.trends import trends_chart
from tests.charts.test_trends_chart import SCHEMA, quote_reference

NOW = datetime(2026, 3, 3, 10, 0, tzinfo=UTC)
DAYS = ["2026-03-01", "2026-03-02"]
SHAPES = Path("hedgerow/web/static/hedgerow/vendor/countries-110m.json")


def step(order: int, count: int, **more: Any) -> dict[str, Any]:
    seconds = 60.0 if order else None
    times = {"average_conversion_time": seconds, "median_conversion_time": seconds}
    return {"order": order, "name": f"step {order}", "custom_name": None, "count": count, **times, **more}


def of_value(value: str) -> dict[str, Any]:
    return {"breakdown": [value], "breakdown_value": [value]}


def retained(*counts: int, value: str | None = None) -> dict[str, Any]:
    values = [{"count": count, "label": f"Day {at}"} for at, count in enumerate(counts)]
    return {"values": values, "label": "Day", "date": "2026-03-01T00:00:00Z", "breakdown_value": value}


def edge(source: str, target: str, value: int) -> dict[str, Any]:
    return {"source": source, "target": target, "value": value, "average_conversion_time": 61_000.0}


def series(label: str, **more: Any) -> dict[str, Any]:
    action = {"order": 0, "name": label}
    return {"label": label, "action": action, "data": [3, 1], "days": DAYS, "labels": DAYS, "count": 4, **more}


TABLE = {"results": [retained(10, 5, 2), retained(4, 1, 0), retained(0, 0, 0)]}
COLUMNS = columns_of(TABLE)
STEPS = [step(0, 10), step(1, 4), step(2, 1)]
BY_VALUE = [[step(0, 8, **of_value("a")), step(1, 2, **of_value("a"))], [step(0, 2, **of_value("")), step(1, 2)]]
EDGES = [
    edge("1_https://x.io/", "2_https://x.io/pricing", 9),
    edge("1_https://x.io/", "2_signup", 3),
    edge("2_signup", "3_done", 3),
]
LIFECYCLE = [
    {**series(f"x - {status}"), "status": status, "data": [-1.0, -2.0] if status == "dormant" else [1.0, 2.0]}
    for status in ("new", "returning", "resurrecting", "dormant")
]
STICKY = {**series("x"), "days": [1, 2], "labels": ["1 day", "2 days"]}
BINS = {"bins": [[0, 4], [30, 1], [60, 0]], "average_conversion_time": 10.0, "median_conversion_time": 9.0}

CHARTS: dict[str, Specification] = {
    "steps": steps_chart({"results": STEPS}),
    "steps by value": steps_chart({"results": BY_VALUE}, reference="previous"),
    "no steps": steps_chart({"results": []}),
    "times": times_chart({"results": BINS}),
    "conversion": conversion_chart({"results": [{**series("x"), "breakdown_value": ["a"]}]}, now=NOW),
    "retention": retention_chart(COLUMNS, blocks_of(TABLE, COLUMNS), ["1 Mar", "2 Mar", "3 Mar"]),
    "no retention": retention_chart([], [], []),
    "lifecycle": lifecycle_chart({"results": LIFECYCLE}, now=NOW),
    "lifecycle side by side": lifecycle_chart({"results": LIFECYCLE}, now=NOW, shown=["new"], is_stacked=False),
    "stickiness": stickiness_chart({"results": [STICKY, {**STICKY, "compare_label": "previous"}]}),
    "stickiness line": stickiness_chart({"results": [STICKY]}, display="ActionsLineGraph"),
    "paths": paths_chart({"results": EDGES}),
    "no paths": paths_chart({"results": []}),
    "map": trends_chart(
        {"results": [series("DE", breakdown_value="DE", aggregated_value=7)]}, display="WorldMap", now=NOW
    ),
}


@pytest.fixture(scope="module")
def vega_lite() -> jsonschema_rs.Validator:
    return jsonschema_rs.validator_for(json.loads(SCHEMA.read_text(), object_hook=quote_reference))


@pytest.mark.parametrize("name", CHARTS)
def test_every_chart_is_valid_vega_lite(vega_lite: jsonschema_rs.Validator, name: str) -> None:
    assert [error.message[:200] for error in vega_lite.iter_errors(CHARTS[name])] == []
    assert CHARTS[name]["description"]


def test_a_step_shows_who_went_on_and_who_dropped_off() -> None:
    rows = CHARTS["steps"]["data"]["values"]
    assert [(row["step"], row["part"], row["value"], row["count"]) for row in rows] == [
        ("1. step 0", "Went on", 100.0, 10),
        ("2. step 1", "Went on", 40.0, 4),
        ("2. step 1", "Dropped off", 60.0, 6),
        ("3. step 2", "Went on", 10.0, 1),
        ("3. step 2", "Dropped off", 30.0, 3),
    ]
    assert [row["point"] for row in rows[1:3]] == ["step=2", "step=-2"]


def test_shares_can_be_of_the_step_before() -> None:
    rows = steps_chart({"results": STEPS}, reference="previous")["data"]["values"]
    assert [row["text"] for row in rows] == ["100 %", "40 %", "60 %", "25 %", "75 %"]


def test_values_stand_beside_each_other_in_a_step() -> None:
    groups = [row["group"] for row in CHARTS["steps by value"]["data"]["values"]]
    assert list(dict.fromkeys(groups)) == ["a", "None (no value)"]


def test_an_empty_last_bin_is_not_drawn() -> None:
    rows = CHARTS["times"]["data"]["values"]
    assert [(row["name"], row["span"], row["value"]) for row in rows] == [
        ("0 s", "0 s to 30 s", 4),
        ("30 s", "30 s to 1 min", 1),
    ]


def test_means_leave_out_what_has_not_come_yet_and_rows_without_anybody() -> None:
    (block,) = blocks_of(TABLE, COLUMNS)
    assert block.shares == [[100, 50, 20], [100, 25, None], [0, None, None]]
    assert block.means == [100, 37.5, 20]
    (weighted,) = blocks_of(TABLE, COLUMNS, mean="weighted")
    assert weighted.means[1] == 42.86
    (of_before,) = blocks_of(TABLE, COLUMNS, reference="previous")
    assert of_before.shares[0] == [100, 50, 40]


def test_columns_of_several_intervals_end_later() -> None:
    assert [column.reach for column in columns_of(TABLE, [1, 3])] == [0, 1, 4]


def test_bands_leave_and_reach_blocks_without_overlap() -> None:
    bands = CHARTS["paths"]["layer"][0]["data"]["values"]
    names = CHARTS["paths"]["layer"][1]["data"]["values"]
    home = next(row for row in names if row["x"] == 0)
    starts = [row for row in bands if row["x"] == home["x2"] and row["step"] == "1"]
    assert [row["to"] for row in starts] == ["/pricing", "signup"]
    assert starts[0]["y"] == home["y"] and starts[0]["y2"] == pytest.approx(starts[1]["y"], abs=1e-4)
    assert starts[1]["y2"] == pytest.approx(home["y2"], abs=1e-4)
    assert all(0 <= row["y"] <= row["y2"] <= 1.0001 for row in bands)
    assert {row["label"] for row in names} == {"/ · 12", "/pricing · 9", "signup · 3", "done · 3"}


def test_countries_of_the_map_are_known_by_their_number() -> None:
    shapes = json.loads(SHAPES.read_text())["objects"]["countries"]["geometries"]
    names = {shape.get("id"): shape["properties"]["name"] for shape in shapes}
    assert [names[NUMBERS[code]] for code in ("DE", "AF", "US", "ZW")] == [
        "Germany",
        "Afghanistan",
        "United States of America",
        "Zimbabwe",
    ]
    (row,) = CHARTS["map"]["layer"][1]["transform"][0]["from"]["data"]["values"]
    assert (row["id"], row["value"]) == ("276", 7)


def test_points_name_what_they_are_of() -> None:
    assert point(series=0, day=None, breakdown=["a b", "c"]) == "series=0&breakdowns=a+b&breakdowns=c"


@pytest.mark.parametrize(
    ("seconds", "text"), [(None, "–"), (0.5, "0.5 s"), (61, "1 min 1 s"), (90_061, "1 d 1 h"), (3600, "1 h")]
)
def test_times_are_told_in_their_two_largest_units(seconds: float | None, text: str) -> None:
    assert duration(seconds) == text
