"""PathsQuery through the endpoint; what each option means is tested with the insight itself."""

from datetime import UTC, datetime, timedelta
from typing import Any

from tests.queries.asking import Api, make_api, make_project


def store_views(api: Api, *urls: Any, days_ago: int = 1) -> None:
    first = datetime.now(UTC).replace(hour=12, minute=0, second=0, microsecond=0) - timedelta(days=days_ago)
    api.store_events(
        [
            {"timestamp": first + timedelta(minutes=minute), "properties": {"$current_url": url}}
            for minute, url in enumerate(urls)
        ]
    )


def paths(fields: dict[str, Any] | None = None, **filter_: Any) -> dict[str, Any]:
    return {"kind": "PathsQuery", "pathsFilter": filter_, **(fields or {})}


def targets(answer: dict[str, Any]) -> list[str]:
    return [edge["target"] for edge in answer["results"]]


def test_edges_and_the_fields_around_them(api: Api) -> None:
    store_views(api, "https://x.io/", "https://x.io/pricing")
    answer = api.answer(paths(showFullUrls=True))
    assert answer["results"] == [
        {
            "source": "1_https://x.io",
            "target": "2_https://x.io/pricing",
            "value": 1,
            "average_conversion_time": 60_000.0,
        }
    ]
    assert answer["hogql"].startswith("SELECT")
    assert (answer["is_cached"], answer["timezone"], answer["error"]) == (False, "UTC", None)
    assert answer["resolved_date_range"]["date_to"].endswith("T23:59:59.999999Z")
    again = api.answer(paths(showFullUrls=True))
    assert again["is_cached"] is True
    age = datetime.fromisoformat(again["cache_target_age"]) - datetime.fromisoformat(again["last_refresh"])
    assert age == timedelta(hours=6)


def test_wrapped_and_with_other_dates(api: Api) -> None:
    store_views(api, "/a", "/b", days_ago=20)
    wrapped = {"kind": "InsightVizNode", "source": paths()}
    assert targets(api.answer(wrapped)) == []
    assert targets(api.answer(wrapped, filters_override={"date_from": "-21d", "date_to": "-19d"})) == ["2_/b"]


def test_the_rules_of_the_project(api: Api) -> None:
    api.project.path_cleaning_filters = [{"regex": r"/user/\d+", "alias": "/user/<id>"}]
    api.project.save()
    store_views(api, "/home", "/user/12")
    assert targets(api.answer(paths())) == ["2_/user/12"]
    assert targets(api.answer(paths(pathReplacements=True))) == ["2_/user/<id>"]
    api.project.path_cleaning_filters = [{"regex": r"/user/\d+", "alias": "/someone"}]
    api.project.save()
    assert targets(api.answer(paths(pathReplacements=True))) == ["2_/someone"]


def test_addresses_that_are_no_text(api: Api) -> None:
    store_views(api, "/a", 5, True, {"a": 1}, "/b")
    assert targets(api.answer(paths(stepLimit=10))) == ["2_5", "3_true", "4_", "5_/b"]


def test_another_project_sees_nothing(api: Api) -> None:
    store_views(api, "/a", "/b")
    other = make_api(make_project(), api.store)
    assert other.answer(paths())["results"] == []


def test_mistakes(api: Api) -> None:
    assert api.fault({"kind": "PathsQuery"})["code"] == "parse_error"
    assert api.fault(paths(includeEventTypes=["$autocapture"]))["code"] == "parse_error"
    assert api.fault(paths(stepLimit=0))["code"] == "parse_error"
    assert api.fault(paths({"dateRange": {"date_from": "yesterday"}}))["code"] == "invalid_input"
    assert "funnelPathsFilter" in api.fault(paths({"funnelPathsFilter": {"funnelStep": 2}}))["detail"]
    hogql = {"includeEventTypes": ["hogql"]}
    assert "nothing_like_it" in api.fault(paths(**hogql, pathsHogQLExpression="nothing_like_it"))["detail"]
    assert api.fault(paths(**hogql, pathsHogQLExpression="count()"))["type"] == "validation_error"
    store_views(api, "/a", "/b")
    broken = [{"regex": "(", "alias": "x"}]
    assert api.fault(paths(localPathCleaningFilters=broken))["type"] == "validation_error"
    assert api.fault(paths(localPathCleaningFilters=[{"regex": "a", "alias": r"\3"}]))["type"] == "validation_error"
