"""StickinessQuery through the endpoint; what each option means is tested with the insight itself."""

from datetime import UTC, datetime, timedelta
from typing import Any

from tests.queries.asking import Api, make_api, make_project


def noon(days_ago: int) -> datetime:
    return datetime.now(UTC).replace(hour=12, minute=0) - timedelta(days=days_ago)


def stickiness(**fields: Any) -> dict[str, Any]:
    return {"kind": "StickinessQuery", "series": [{"kind": "EventsNode", "event": "view"}], **fields}


def test_eight_days_by_default(api: Api) -> None:
    for person, days in (("ann", (1,)), ("bob", (0, 1)), ("cleo", (2, 7, 8))):
        api.store_events([{"event": "view", "distinct_id": person, "timestamp": noon(each)} for each in days])
    answer = api.answer(stickiness())
    (result,) = answer["results"]
    assert result["data"] == [1, 2, 0, 0, 0, 0, 0, 0]
    assert (result["count"], result["days"][-1], result["labels"][:2]) == (3, 8, ["1 day", "2 days"])
    assert result["action"] == {"order": 0, "type": "events", "name": "view", "id": "view", "custom_name": None}
    assert answer["hogql"].startswith("SELECT")
    assert answer["resolved_compare_date_range"] is None
    cumulative = api.answer(stickiness(stickinessFilter={"computedAs": "cumulative"}))["results"][0]
    assert cumulative["data"] == [3, 2, 0, 0, 0, 0, 0, 0]


def test_compared_wrapped_and_with_other_dates(api: Api) -> None:
    api.store_events([{"event": "view", "timestamp": noon(days)} for days in (19, 20, 22)])
    wrapped = {"kind": "InsightVizNode", "source": stickiness(compareFilter={"compare": True})}
    answer = api.answer(wrapped, filters_override={"date_from": "-21d", "date_to": "-19d"})
    assert [(each["compare_label"], each["data"]) for each in answer["results"]] == [
        ("current", [0, 1, 0]),
        ("previous", [1, 0, 0]),
    ]


def test_another_project_sees_nothing(api: Api) -> None:
    api.store_event("view", at=noon(1))
    other = make_api(make_project(), api.store)
    assert other.answer(stickiness())["results"][0]["count"] == 0


def test_mistakes(api: Api) -> None:
    assert api.fault({"kind": "StickinessQuery"})["code"] == "parse_error"
    assert api.fault(stickiness(stickinessFilter={"computedAs": "sometimes"}))["code"] == "parse_error"
    assert api.fault(stickiness(interval="week", intervalCount=2))["code"] == "invalid_input"
    by_expression = {"kind": "EventsNode", "event": "view", "math": "hogql"}
    assert "math_hogql" in api.fault(stickiness(series=[by_expression]))["detail"]
    assert api.fault(stickiness(series=[{**by_expression, "math_hogql": "no_such_field"}]))["code"] == "invalid_input"
    assert api.ask(stickiness(series=[{**by_expression, "math_hogql": "count()"}])).status_code == 400
