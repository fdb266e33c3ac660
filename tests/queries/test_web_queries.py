"""Web analytics through the endpoint."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from hedgerow.actions.models import Action
from tests.queries.asking import Api, make_api, make_project

TODAY = datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0)


def visit(api: Api, person: str, session: str, at: datetime, *paths: str, **properties: Any) -> None:
    """Views of pages, a minute apart."""
    api.store_events(
        [
            {
                "event": "$pageview",
                "distinct_id": person,
                "timestamp": at + timedelta(minutes=place),
                "properties": {"$session_id": session, "$pathname": path, **properties},
                "$session_id": session,
            }
            for place, path in enumerate(paths)
        ]
    )


def test_overview_with_compare(api: Api) -> None:
    visit(api, "ann", "a1", TODAY - timedelta(days=1), "/", "/pricing", "/docs")
    visit(api, "bob", "b1", TODAY - timedelta(days=2), "/docs")
    visit(api, "bob", "b2", TODAY - timedelta(days=9), "/docs")
    answer = api.answer(
        {
            "kind": "WebOverviewQuery",
            "properties": [],
            "dateRange": {"date_from": "-6d"},
            "compareFilter": {"compare": True},
        }
    )
    assert [
        (item["key"], item["kind"], item["value"], item["previous"], item["changeFromPreviousPct"])
        for item in answer["results"]
    ] == [
        ("visitors", "unit", 2, 1, 100),
        ("views", "unit", 4, 1, 300),
        ("sessions", "unit", 2, 1, 100),
        ("session duration", "duration_s", 60, 0, None),
        ("bounce rate", "percentage", 50, 100, -50),
    ]
    assert [item["isIncreaseBad"] for item in answer["results"]] == [False, False, False, False, True]


def test_pages_with_compare(api: Api) -> None:
    visit(api, "ann", "a1", TODAY - timedelta(days=1), "/", "/pricing", "/docs")
    visit(api, "bob", "b1", TODAY - timedelta(days=2), "/docs")
    visit(api, "bob", "b2", TODAY - timedelta(days=9), "/docs", "/old")
    answer = api.answer(
        {
            "kind": "WebStatsTableQuery",
            "properties": [],
            "breakdownBy": "Page",
            "dateRange": {"date_from": "-6d"},
            "compareFilter": {"compare": True},
            "includeBounceRate": True,
            "includeScrollDepth": True,
            "includeAvgTimeOnPage": True,
        }
    )
    assert answer["columns"] == [
        f"context.columns.{name}"
        for name in (
            *("breakdown_value", "visitors", "views", "bounce_rate", "average_scroll_percentage"),
            *("scroll_gt80_percentage", "avg_time_on_page", "ui_fill_fraction"),
        )
    ]
    nothing = [None, None]
    assert answer["results"] == [
        ["/docs", [2, 1], [2, 1], [1, 0], nothing, nothing, nothing, 0.5],
        ["/", [1, 0], [1, 0], [0, None], nothing, nothing, nothing, 0.25],
        ["/pricing", [1, 0], [1, 0], [None, None], nothing, nothing, nothing, 0.25],
        ["/old", [0, 1], [0, 1], [None, None], nothing, nothing, nothing, 0],
    ]


def overview(api: Api, **fields: Any) -> list[float | None]:
    """The values of the overview."""
    answer = api.answer({"kind": "WebOverviewQuery", "properties": [], **fields}, refresh="force_blocking")
    return [item["value"] for item in answer["results"]]


def table(api: Api, by: str, **fields: Any) -> list[list[Any]]:
    """The rows of a table, with the current value of each cell."""
    query = {"kind": "WebStatsTableQuery", "properties": [], "breakdownBy": by, **fields}
    rows = api.answer(query, refresh="force_blocking")["results"]
    return [[row[0], *(cell[0] for cell in row[1:-1]), row[-1]] for row in rows]


def test_an_empty_site(api: Api) -> None:
    answer = api.answer({"kind": "WebOverviewQuery", "properties": []})
    assert [item["value"] for item in answer["results"]] == [0, 0, 0, None, None]
    assert [item["previous"] for item in answer["results"]] == [None] * 5
    assert answer["samplingRate"] == {"numerator": 1, "denominator": 1}
    assert answer["preComputeStrategy"] == "live"
    week_ago = TODAY - timedelta(days=7)
    assert answer["dateFrom"] == f"{week_ago:%Y-%m-%d} 00:00:00"
    assert answer["dateTo"] == f"{TODAY:%Y-%m-%d} 23:59:59"
    assert table(api, "Page") == []


def test_a_session_belongs_to_the_day_it_begins_on(api: Api) -> None:
    yesterday, midnight = TODAY - timedelta(days=1), TODAY - timedelta(minutes=1)
    visit(api, "ann", "a1", midnight, "/", "/pricing", "/docs")
    day = {"date_from": f"{yesterday:%Y-%m-%d}", "date_to": f"{yesterday:%Y-%m-%d}"}
    assert overview(api, dateRange=day) == [1, 3, 1, 120, 0]
    assert overview(api, dateRange={"date_from": "dStart"}) == [0, 0, 0, None, None]


def test_views_without_a_session_do_not_count(api: Api) -> None:
    visit(api, "ann", "", TODAY, "/")
    assert overview(api) == [0, 0, 0, None, None]


def test_a_goal_by_action_and_by_event(api: Api) -> None:
    action = Action.objects.create(project=api.project, name="bought", steps=[{"event": "buy"}])
    visit(api, "ann", "a1", TODAY, "/", "/pricing")
    visit(api, "bob", "b1", TODAY, "/")
    for _ in range(2):
        api.store_event("buy", "ann", TODAY, **{"$session_id": "a1"}, properties={"$pathname": "/pricing"})
    for goal in ({"actionId": action.pk}, {"customEventName": "buy"}):
        assert overview(api, conversionGoal=goal) == [2, 2, 1, 50]
        assert table(api, "Page", conversionGoal=goal) == [["/", 2, 0, 0, 0, 2 / 3], ["/pricing", 1, 2, 1, 1, 1 / 3]]
    answer = api.answer({"kind": "WebOverviewQuery", "properties": [], "conversionGoal": {"actionId": action.pk}})
    assert [(item["key"], item["kind"]) for item in answer["results"]] == [
        ("visitors", "unit"),
        ("total conversions", "unit"),
        ("unique conversions", "unit"),
        ("conversion rate", "percentage"),
    ]


def test_filters_choose_events_and_keep_sessions_whole(api: Api) -> None:
    api.project.test_account_filters = [{"key": "staff", "type": "event", "value": "yes", "operator": "is_not"}]
    api.project.save()
    visit(api, "ann", "a1", TODAY, "/", "/pricing", plan="pro", staff="yes")
    visit(api, "bob", "b1", TODAY, "/docs", "/", "/docs", utm_source="mail")
    assert overview(api, properties=[{"key": "$pathname", "value": "/"}]) == [2, 2, 2, 90, 0]
    by_source = [{"key": "$entry_utm_source", "type": "session", "value": "mail"}]
    assert overview(api, properties=by_source) == [1, 3, 1, 120, 0]
    assert overview(api, filterTestAccounts=True) == [1, 3, 1, 120, 0]
    assert table(api, "Page", properties=[{"key": "plan", "value": "pro"}]) == [
        ["/", 1, 1, 0.5],
        ["/pricing", 1, 1, 0.5],
    ]


def test_order_limit_and_offset(api: Api) -> None:
    visit(api, "ann", "a1", TODAY, "/a", "/b", "/b", "/c", "/c", "/c")
    answer = api.answer(
        {"kind": "WebStatsTableQuery", "breakdownBy": "Page", "properties": [], "limit": 2, "offset": 0}
    )
    assert ([row[0] for row in answer["results"]], answer["hasMore"]) == (["/c", "/b"], True)
    assert table(api, "Page", limit=2, offset=2) == [["/a", 1, 1, 1 / 3]]
    by_views = table(api, "Page", orderBy=["Views", "ASC"])
    assert by_views == [["/a", 1, 1, 1 / 6], ["/b", 1, 2, 2 / 6], ["/c", 1, 3, 3 / 6]]
    assert [row[0] for row in table(api, "Page", orderBy=["Clicks", "ASC"])] == ["/c", "/b", "/a"]


def test_paths_by_the_rules_of_the_project(api: Api) -> None:
    api.project.path_cleaning_filters = [{"regex": "/user/\\d+", "alias": "/user/:id"}]
    api.project.save()
    visit(api, "ann", "a1", TODAY, "/user/1", "/user/22", "/user")
    assert [row[0] for row in table(api, "Page")] == ["/user", "/user/1", "/user/22"]
    assert [row[:3] for row in table(api, "Page", doPathCleaning=True)] == [["/user/:id", 1, 2], ["/user", 1, 1]]


def test_frustration(api: Api) -> None:
    visit(api, "ann", "a1", TODAY, "/", "/docs")
    for event, path in (("$rageclick", "/"), ("$rageclick", "/"), ("$exception", "/docs"), ("$dead_click", "/docs")):
        api.store_event(event, "ann", TODAY, **{"$session_id": "a1"}, properties={"$pathname": path})
    answer = api.answer({"kind": "WebStatsTableQuery", "breakdownBy": "FrustrationMetrics", "properties": []})
    assert [name.removeprefix("context.columns.") for name in answer["columns"]] == [
        *("breakdown_value", "rage_clicks", "dead_clicks", "errors", "ui_fill_fraction")
    ]
    assert answer["results"] == [
        ["/", [2, None], [0, None], [0, None], 1],
        ["/docs", [0, None], [1, None], [1, None], 0],
    ]


DETAILS = {
    "$screen_name": "Home",
    "$referring_domain": "news.example",
    "$referrer": "https://news.example/story",
    "utm_source": "mail",
    "utm_campaign": "spring",
    "utm_medium": "email",
    "utm_term": "shoes",
    "utm_content": "banner",
    "$external_click_url": "https://shop.example",
    "$browser": "Firefox",
    "$os": "Linux",
    "$viewport_width": 1200,
    "$viewport_height": 800,
    "$device_type": "Desktop",
    "$geoip_country_code": "FR",
    "$geoip_subdivision_1_code": "ARA",
    "$geoip_subdivision_1_name": "Auvergne-Rhone-Alpes",
    "$geoip_city_name": "Lyon",
    "$timezone": "Europe/Paris",
    "$browser_language": "fr-FR",
}


@pytest.mark.parametrize(
    ("by", "value"),
    [
        ("Page", "/in"),
        ("InitialPage", "/in"),
        ("ExitPage", "/in"),
        ("ExitClick", "https://shop.example"),
        ("PreviousPage", "https://news.example/story"),
        ("ScreenName", "Home"),
        ("InitialChannelType", "Email"),
        ("InitialReferringDomain", "news.example"),
        ("InitialReferringURL", "https://news.example/story"),
        ("InitialUTMSource", "mail"),
        ("InitialUTMCampaign", "spring"),
        ("InitialUTMMedium", "email"),
        ("InitialUTMTerm", "shoes"),
        ("InitialUTMContent", "banner"),
        ("InitialUTMSourceMediumCampaign", "mail / email / spring"),
        ("Browser", "Firefox"),
        ("OS", "Linux"),
        ("Viewport", [1200, 800]),
        ("DeviceType", "Desktop"),
        ("Country", "FR"),
        ("Region", ["FR", "ARA", "Auvergne-Rhone-Alpes"]),
        ("City", ["FR", "Lyon"]),
        ("Timezone", "Europe/Paris"),
        ("Language", "fr-FR"),
    ],
)
def test_each_breakdown(api: Api, by: str, value: object) -> None:
    visit(api, "ann", "a1", TODAY, "/in", **DETAILS)
    assert table(api, by, includeBounceRate=True) == [[value, 1, 1, 1, 1]]


def test_mistakes_are_told(api: Api) -> None:
    query = {"kind": "WebStatsTableQuery", "properties": [], "breakdownBy": "Page"}
    assert api.fault({**query, "breakdownBy": "Mood"})["code"] == "parse_error"
    assert api.fault({**query, "orderBy": ["Views", "UP"]})["code"] == "parse_error"
    assert api.fault({**query, "conversionGoal": {"actionId": 7}})["detail"] == "Action 7 does not exist"
    cohort = [{"key": "id", "type": "cohort", "value": 7}]
    assert api.fault({**query, "properties": cohort})["detail"] == "Cohort 7 does not exist"
    assert "soon" in api.fault({**query, "dateRange": {"date_from": "soon"}})["detail"]
    visit(api, "ann", "a1", TODAY, "/")
    api.project.path_cleaning_filters = [{"regex": "(", "alias": "x"}]
    api.project.save()
    broken = api.fault({**query, "doPathCleaning": True}, refresh="force_blocking")
    assert (broken["type"], broken["attr"]) == ("validation_error", None)


def test_visits_of_other_projects_stay_unseen(api: Api) -> None:
    other = make_api(make_project(), api.store)
    visit(api, "ann", "same", TODAY, "/ours")
    visit(other, "bob", "same", TODAY - timedelta(hours=1), "/theirs", "/theirs", utm_source="mail")
    assert overview(api) == [1, 1, 1, 0, 100]
    assert table(api, "Page") == [["/ours", 1, 1, 1]]
    assert table(api, "InitialUTMSource") == [[None, 1, 1, 1]]
    assert table(other, "InitialPage") == [["/theirs", 1, 2, 1]]
