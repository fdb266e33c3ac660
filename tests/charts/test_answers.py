"""Which chart an answer gets, whatever the question is wrapped in."""

from datetime import UTC, datetime
from typing import Any

import pytest

from hedgerow.charts.answers import specification_of
from hedgerow.charts.paths import paths_chart
from hedgerow.charts.stickiness import stickiness_chart
from hedgerow.charts.trends import trends_chart
from tests.charts.test_pictures import ANSWERS, RETAINED, RETENTION, rows, series, total, trends

NOW = datetime(2026, 3, 3, 10, 0, tzinfo=UTC)


def test_wrappers_and_the_names_of_results_make_no_difference() -> None:
    bare = trends()["source"]
    expected = trends_chart({"results": [series()]}, now=NOW)

    assert specification_of(bare, {"results": [series()]}, now=NOW) == expected
    assert specification_of(trends(), {"result": [series()]}, now=NOW) | {} == expected
    deeper = {"kind": "DataTableNode", "source": trends()}
    assert specification_of(deeper, {"results": [series()]}, now=NOW) == expected


def test_the_display_and_interval_of_the_question_count() -> None:
    bars = trends("ActionsBar", interval="week")

    drawn = specification_of(bars, {"results": [series()]}, now=NOW)

    assert drawn == trends_chart({"results": [series()]}, display="ActionsBar", interval="week", now=NOW)


def test_added_up_days_lead_to_no_people() -> None:
    drawn = specification_of(trends("ActionsLineGraphCumulative"), {"results": [series()]}, now=NOW)

    assert drawn is not None and '"point"' in str(drawn).replace("'", '"')
    assert "series=0" not in str(drawn)


def test_each_kind_has_its_chart() -> None:
    day = {**series(), "days": [1, 2], "labels": ["1 day", "2 days"]}
    stuck = {"kind": "StickinessQuery", "stickinessFilter": {"display": "ActionsLineGraph"}}
    assert specification_of(stuck, {"results": [day]}) == stickiness_chart(
        {"results": [day]}, display="ActionsLineGraph"
    )
    paths, found = ANSWERS["paths"]
    full = {**paths, "pathsFilter": {"showFullUrls": True}}
    assert specification_of(full, found) == paths_chart(found, full_urls=True)
    assert "retention" in specification_of(RETENTION, {"results": RETAINED})["description"]  # type: ignore[index]
    lived = {"kind": "LifecycleQuery", "lifecycleFilter": {"toggledLifecycles": ["new"]}}
    both = [{**series(), "status": "new"}, {**series(), "status": "dormant"}]
    told = specification_of(lived, {"results": both})["description"]  # type: ignore[index]
    assert "New: 4" in told and "Dormant" not in told


@pytest.mark.parametrize("view", ["steps", "time_to_convert", "trends"])
def test_a_funnel_is_drawn_by_its_view(view: str) -> None:
    answers: dict[str, Any] = {
        "steps": ANSWERS["funnel"][1]["results"],
        "time_to_convert": {"bins": [[0, 3], [60, 1]], "average_conversion_time": 20.0},
        "trends": [series()],
    }
    words = {"steps": "Funnel of 2 steps", "time_to_convert": "Histogram", "trends": "Line chart of the share"}
    query = {"kind": "FunnelsQuery", "funnelsFilter": {"funnelVizType": view}}

    drawn = specification_of(query, {"results": answers[view]}, now=NOW)

    assert drawn is not None and drawn["description"].startswith(words[view])


def test_rows_are_drawn_where_their_wrapper_says_so() -> None:
    values = [["a", 3, 5]]
    columns, types = ["name", "n", "m"], ["String", "UInt64", "UInt64"]

    assert specification_of(*rows(values, columns, types)) is None
    drawn = specification_of(*rows(values, columns, types, display="ActionsBar"))
    assert drawn is not None and drawn["description"] == "n by name"
    axes = {"xAxis": {"column": "name"}, "yAxis": [{"column": "m"}]}
    drawn = specification_of(*rows(values, columns, types, display="ActionsBar", chartSettings=axes))
    assert drawn is not None and drawn["description"] == "m by name"
    assert specification_of(*rows(values, columns, ["String", "String", "UInt64"], display="ActionsBar")) is None


def test_what_is_no_chart_has_none() -> None:
    assert specification_of(trends("ActionsTable"), {"results": [total(1)]}) is None
    assert specification_of(trends(), {"results": []}) is None
    assert specification_of(trends(), {"result": None}) is None
    assert specification_of(*ANSWERS["overview"]) is None
