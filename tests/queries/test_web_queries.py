"""Web analytics through the endpoint."""

from datetime import UTC, datetime, timedelta
from typing import Any

from tests.queries.asking import Api

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
    print(answer)
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
