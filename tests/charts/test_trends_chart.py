"""Every trends answer becomes a specification that Vega-Lite accepts, and that says nothing misleading."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import quote

import jsonschema_rs
import pytest

from hedgerow.charts.trends import CHARTS, trends_chart

SCHEMA = Path(__file__).parent / "vega-lite-schema.json"
NOW = datetime(2026, 3, 3, 10, 0, tzinfo=UTC)
DAYS = ["2026-03-01", "2026-03-02", "2026-03-03"]
LABELS = ["1-Mar-2026", "2-Mar-2026", "3-Mar-2026"]


@pytest.fixture(scope="module")
def vega_lite() -> jsonschema_rs.Validator:
    return jsonschema_rs.validator_for(json.loads(SCHEMA.read_text(), object_hook=quote_reference))


def quote_reference(node: dict[str, Any]) -> dict[str, Any]:
    """The published schema names definitions like types, `A<B>`: no valid URI references until they are quoted."""
    if isinstance(node.get("$ref"), str):
        node["$ref"] = quote(node["$ref"], safe="#/")
    return node


def series(label: str, data: list[float], **more: Any) -> dict[str, Any]:
    return {"label": label, "data": data, "days": DAYS, "labels": LABELS, "count": sum(data), **more}


def answer(*results: dict[str, Any], timezone: str = "UTC") -> dict[str, Any]:
    return {"results": list(results), "timezone": timezone}


def rows(specification: dict[str, Any]) -> list[dict[str, Any]]:
    values: list[dict[str, Any]] = specification["data"]["values"]
    return values


@pytest.mark.parametrize("display", [*CHARTS, "Auto"])
def test_every_display_is_valid_vega_lite(vega_lite: jsonschema_rs.Validator, display: str) -> None:
    results = [
        series("Chrome", [5, 7, 2], aggregated_value=14, compare=True, compare_label="current"),
        series("Firefox", [0, 1.5, 2], aggregated_value=3.5, compare=True, compare_label="current"),
        series("Chrome", [4, 4, 4], aggregated_value=12, compare=True, compare_label="previous"),
    ]
    for chosen in ([], results[:1], results):
        specification = trends_chart(answer(*chosen), display=display, now=NOW)
        errors = [error.message[:200] for error in vega_lite.iter_errors(specification)]
        assert errors == []


@pytest.mark.parametrize("interval", ["minute", "hour", "day", "week", "month"])
def test_every_interval_is_valid_vega_lite(vega_lite: jsonschema_rs.Validator, interval: str) -> None:
    days = ["2026-03-01 09:00:00", "2026-03-01 10:00:00"] if interval in ("minute", "hour") else DAYS[:2]
    result = {"label": "x", "data": [1, 2], "days": days, "labels": ["first", "second"]}
    for display in ("ActionsLineGraph", "ActionsBar"):
        specification = trends_chart(answer(result), display=display, interval=interval, now=NOW)
        assert vega_lite.is_valid(specification)


def test_the_bucket_that_still_grows_is_dashed_and_says_so() -> None:
    specification = trends_chart(answer(series("Sign-ups", [5, 7, 2])), now=NOW)
    assert [row["complete"] for row in rows(specification)] == [True, True, False]
    assert [row["tail"] for row in rows(specification)] == [False, True, True]
    assert rows(specification)[-1]["date"] == "3-Mar-2026 (so far)"
    dashed = [layer for layer in specification["layer"] if "strokeDash" in layer["mark"]]
    assert [layer["transform"] for layer in dashed] == [[{"filter": "datum.tail"}]]


def test_a_finished_range_has_no_growing_bucket() -> None:
    later = datetime(2026, 3, 4, 0, 0, tzinfo=UTC)
    specification = trends_chart(answer(series("Sign-ups", [5, 7, 2])), now=later)
    assert all(row["complete"] and not row["tail"] for row in rows(specification))


def test_whether_a_day_has_ended_is_decided_in_the_projects_zone() -> None:
    """At 20:00 UTC the day is over in Auckland and still runs in Lisbon."""
    evening = datetime(2026, 3, 3, 20, 0, tzinfo=UTC)
    auckland = trends_chart(answer(series("x", [1, 2, 3]), timezone="Pacific/Auckland"), now=evening)
    lisbon = trends_chart(answer(series("x", [1, 2, 3]), timezone="Europe/Lisbon"), now=evening)
    assert rows(auckland)[-1]["complete"]
    assert not rows(lisbon)[-1]["complete"]


def test_times_keep_the_projects_wall_clock() -> None:
    result = {"label": "x", "data": [1], "days": ["2026-03-01 23:00:00"], "labels": ["1-Mar 23:00"]}
    specification = trends_chart(answer(result, timezone="Asia/Tokyo"), interval="hour", now=NOW)
    assert rows(specification)[0]["time"] == "2026-03-01T23:00:00Z"
    assert specification["encoding"]["x"]["scale"] == {"type": "utc"}


def test_a_previous_period_lies_over_the_current_one_and_keeps_its_dates() -> None:
    earlier = {"days": ["2026-02-26", "2026-02-27", "2026-02-28"], "labels": ["26-Feb", "27-Feb", "28-Feb"]}
    specification = trends_chart(
        answer(
            series("x", [1, 2, 3], compare_label="current"),
            series("x", [4, 5, 6], compare_label="previous") | earlier,
        ),
        now=NOW,
    )
    previous = [row for row in rows(specification) if row["period"] == "Previous"]
    assert [row["time"][:10] for row in previous] == DAYS
    assert [row["date"] for row in previous] == ["26-Feb", "27-Feb", "28-Feb"]


def test_other_and_no_value_are_written_in_words() -> None:
    other = series("$$_posthog_breakdown_other_$$", [1, 1, 1])
    missing = series("$pageview - $$_posthog_breakdown_null_$$", [1, 1, 1])
    specification = trends_chart(answer(other, missing), now=NOW)
    names = specification["encoding"]["color"]["scale"]["domain"]
    assert names == ["Other (all remaining values)", "$pageview - None (no value)"]


def test_counts_have_no_ticks_between_whole_numbers() -> None:
    specification = trends_chart(answer(series("x", [0, 1, 2])), now=NOW)
    assert specification["encoding"]["y"]["axis"]["tickMinStep"] == 1


def test_a_chart_without_any_events_still_has_an_axis_from_zero() -> None:
    specification = trends_chart(answer(series("x", [0, 0, 0])), now=NOW)
    assert specification["encoding"]["y"]["scale"]["domain"] == [0, 1]


def test_the_description_tells_what_the_chart_shows() -> None:
    specification = trends_chart(answer(series("Sign-ups", [5, 7, 2])), now=NOW)
    assert specification["description"] == (
        "Line chart of Sign-ups, by day, from 1-Mar-2026 to 3-Mar-2026. Sign-ups lies between 2 and 7."
    )


def test_a_number_shows_the_current_total() -> None:
    specification = trends_chart(answer(series("x", [], aggregated_value=1234.5)), display="BoldNumber", now=NOW)
    (row,) = rows(specification)
    assert (row["series"], row["value"]) == ("x", 1234.5)
