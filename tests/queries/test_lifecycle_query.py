"""LifecycleQuery through the endpoint; what each option means is tested with the insight itself."""

from datetime import UTC, datetime, timedelta
from typing import Any

from tests.queries.asking import Api, make_api, make_project


def noon(days_ago: int) -> datetime:
    return datetime.now(UTC).replace(hour=12, minute=0) - timedelta(days=days_ago)


def lifecycle(**fields: Any) -> dict[str, Any]:
    return {"kind": "LifecycleQuery", "series": [{"kind": "EventsNode", "event": "view"}], **fields}


def test_eight_days_by_default(api: Api) -> None:
    api.store_events([{"event": "view", "timestamp": noon(days)} for days in (8, 7, 3, 2)])
    answer = api.answer(lifecycle(lifecycleFilter={"toggledLifecycles": ["new"], "stacked": False}))
    assert [each["status"] for each in answer["results"]] == ["new", "returning", "resurrecting", "dormant"]
    assert [each["data"] for each in answer["results"]] == [
        [0, 0, 0, 0, 0, 0, 0, 0],
        [1, 0, 0, 0, 0, 1, 0, 0],
        [0, 0, 0, 0, 1, 0, 0, 0],
        [0, -1, 0, 0, 0, 0, -1, 0],
    ]
    assert answer["results"][0]["days"][-1] == f"{datetime.now(UTC):%Y-%m-%d}"
    assert answer["hogql"].startswith("SELECT")
    assert (answer["is_cached"], answer["timezone"], answer["error"]) == (False, "UTC", None)
    assert api.answer(lifecycle(lifecycleFilter={"toggledLifecycles": ["new"], "stacked": False}))["is_cached"] is True


def test_wrapped_and_with_other_dates(api: Api) -> None:
    api.store_event("view", at=noon(20))
    wrapped = {"kind": "InsightVizNode", "source": lifecycle()}
    answer = api.answer(wrapped, filters_override={"date_from": "-21d", "date_to": "-19d"})
    assert [each["data"] for each in answer["results"]] == [[0, 0, 0], [0, 0, 0], [0, 1, 0], [0, 0, -1]]


def test_another_project_sees_nothing(api: Api) -> None:
    api.store_event("view", at=noon(1))
    other = make_api(make_project(), api.store)
    assert all(each["count"] == 0 for each in other.answer(lifecycle())["results"])


def test_mistakes(api: Api) -> None:
    assert api.fault({"kind": "LifecycleQuery"})["code"] == "parse_error"
    assert api.fault(lifecycle(interval="fortnight"))["code"] == "parse_error"
    assert "one series" in api.fault(lifecycle(series=[{"kind": "EventsNode"}] * 2))["detail"]
    assert api.fault(lifecycle(dateRange={"date_from": "yesterday"}))["code"] == "invalid_input"
