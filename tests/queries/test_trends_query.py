"""TrendsQuery through the endpoint; what each option means is tested with the insights themselves."""

from datetime import UTC, datetime, timedelta
from typing import Any

from tests.queries.asking import Api


def noon(days_ago: int) -> datetime:
    return datetime.now(UTC).replace(hour=12, minute=0) - timedelta(days=days_ago)


def trends(*series: dict[str, Any], **fields: Any) -> dict[str, Any]:
    return {"kind": "TrendsQuery", "series": [{"kind": "EventsNode", **each} for each in series], **fields}


def test_eight_days_by_default(api: Api) -> None:
    api.store_events([{"event": "$pageview", "timestamp": noon(days)} for days in (1, 1, 3, 20)])
    answer = api.answer(trends({"event": "$pageview"}))
    (series,) = answer["results"]
    assert series["data"] == [0, 0, 0, 0, 1, 0, 2, 0]
    assert series["count"] == 3
    assert series["days"][-1] == f"{datetime.now(UTC):%Y-%m-%d}"
    assert (series["label"], series["action"]["id"], series["action"]["type"]) == ("$pageview", "$pageview", "events")
    assert len(series["action"]["days"]) == len(series["labels"]) == 8
    assert series["filter"]["insight"] == "TRENDS"
    assert answer["hasMore"] is False
    assert answer["resolved_date_range"]["date_to"].startswith(series["days"][-1])
    assert answer["resolved_compare_date_range"] is None
    assert answer["hogql"].startswith("SELECT")
    assert (answer["is_cached"], answer["timezone"], answer["query_status"]) == (False, "UTC", None)


def test_series_breakdown_and_comparison(api: Api) -> None:
    for days, person, browser in ((0, "a", "Chrome"), (0, "b", "Chrome"), (2, "a", "Safari"), (4, "a", "Chrome")):
        api.store_event("$pageview", person, noon(days), properties={"$browser": browser})
    query = trends(
        {"event": "$pageview", "math": "dau"},
        {"event": "signup"},
        dateRange={"date_from": "-2d"},
        breakdownFilter={"breakdowns": [{"type": "event", "property": "$browser"}], "breakdown_limit": 1},
        compareFilter={"compare": True},
    )
    answer = api.answer(query)
    assert answer["hasMore"] is True
    chrome = answer["results"][0]
    assert chrome["breakdown_value"] == ["Chrome"]
    assert chrome["label"] == "$pageview - Chrome"
    assert (chrome["compare"], chrome["compare_label"], chrome["data"]) == (True, "current", [0, 0, 2])
    labels = [series["compare_label"] for series in answer["results"]]
    assert labels == sorted(labels)
    assert answer["resolved_compare_date_range"] is not None


def test_one_number_and_formulas(api: Api) -> None:
    api.store_events([{"event": "a", "timestamp": noon(1)}] * 6 + [{"event": "b", "timestamp": noon(1)}] * 3)
    bold = api.answer(trends({"event": "a"}, trendsFilter={"display": "BoldNumber"}))
    assert bold["results"][0]["aggregated_value"] == 6
    assert bold["results"][0]["data"] == []
    formula = {"formulaNodes": [{"formula": "A/B", "custom_name": "Ratio"}]}
    ratio = api.answer(trends({"event": "a"}, {"event": "b"}, trendsFilter=formula, dateRange={"date_from": "-2d"}))
    assert [(series["label"], series["data"]) for series in ratio["results"]] == [("Ratio", [0, 2, 0])]


def test_a_day_is_a_day_in_the_projects_zone(api: Api) -> None:
    api.project.timezone = "America/New_York"
    api.project.save()
    api.store_event("late", at=datetime(2024, 11, 3, 4, 30, tzinfo=UTC))  # 00:30 on the day the clocks change
    api.store_event("late", at=datetime(2024, 11, 4, 4, 30, tzinfo=UTC))  # 23:30 of the same day
    dates = {"date_from": "2024-11-02", "date_to": "2024-11-04"}
    (series,) = api.answer(trends({"event": "late"}, dateRange=dates))["results"]
    assert series["days"] == ["2024-11-02", "2024-11-03", "2024-11-04"]
    assert series["data"] == [0, 2, 0]


def test_wrappers_give_the_answer_of_what_they_wrap(api: Api) -> None:
    api.store_events([{"event": "a", "timestamp": noon(1), "properties": {"plan": "pro"}}] * 2)
    api.store_event("a", at=noon(20), properties={"plan": "pro"})
    query = trends({"event": "a"})
    plain = api.answer(query)
    for kind in ("InsightVizNode", "DataTableNode", "DataVisualizationNode"):
        assert api.answer({"kind": kind, "source": query})["results"] == plain["results"]
    wrapped = {"kind": "InsightVizNode", "source": query}
    wider = api.answer(wrapped, filters_override={"date_from": "-30d", "date_to": None})
    assert wider["results"][0]["count"] == 3
    none = api.answer(wrapped, filters_override={"properties": [{"key": "plan", "value": "free"}]})
    assert none["results"][0]["count"] == 0
    broken_down = api.answer(wrapped, filters_override={"breakdown_filter": {"breakdown": "plan"}})
    assert broken_down["results"][0]["breakdown_value"] in ("pro", ["pro"])


def test_mistakes_are_told(api: Api) -> None:
    assert api.fault(trends({"event": "a", "math": "nope"}))["code"] == "parse_error"
    formula = trends({"event": "a"}, trendsFilter={"formula": "A +"})
    assert api.fault(formula)["type"] == "validation_error"
    missing = trends({"event": "a"}, properties=[{"key": "id", "type": "cohort", "value": 99}])
    assert api.fault(missing)["detail"] == "Cohort 99 does not exist"
    between = trends({"event": "a"}, properties=[{"key": "n", "value": [5], "operator": "between"}])
    assert api.fault(between)["detail"] == "between operator requires a two-element array [min, max]"
    assert "when" in api.fault(trends({"event": "a"}, dateRange={"date_from": "when"}))["detail"]
    hogql = trends({"event": "a", "math": "hogql", "math_hogql": "sum(nope("})
    assert api.fault(hogql)["type"] == "validation_error"
    assert api.answer(trends())["results"] == []
