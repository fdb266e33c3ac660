"""What belongs to another project is not there: by no path, no filter and no name."""

import json
from typing import Any

import pytest

from hedgerow.dashboards.models import Dashboard
from hedgerow.dashboards.placing import place_insight
from hedgerow.saved_insights.models import Insight, InsightView
from hedgerow.saved_insights.viewing import note_views
from tests.accounts import Account, make_account
from tests.saved_insights.asking import TRENDS, Insights

pytestmark = pytest.mark.django_db


@pytest.fixture
def theirs(account: Account) -> Insight:
    """Another organization's insight on its dashboard; with everything that could be asked for."""
    other = make_account("Other")
    insight = Insight.objects.create(
        project=other.project, name="Secret", tags=["secret"], query=TRENDS, favorited=True, created_by=other.user
    )
    place_insight(Dashboard.objects.create(project=other.project, name="Secret"), insight, color="red")
    # Their person looked at it, and so did the caller, when they still were a member there.
    note_views([insight.pk], other.user)
    note_views([insight.pk], account.user)
    return insight


@pytest.mark.parametrize(
    ("method", "rest", "body"),
    [
        ("GET", "", None),
        ("PATCH", "", {"name": "x"}),
        ("PATCH", "", {"deleted": False}),
        ("PUT", "", {"name": "x"}),
        ("GET", "activity/", None),
        ("POST", "viewed/", None),
    ],
)
@pytest.mark.parametrize("by", ["pk", "short_id"])
def test_no_path_leads_to_it(insights: Insights, theirs: Insight, by: str, method: str, rest: str, body: Any) -> None:
    account = insights.account
    account.user.current_project = account.project
    account.user.save()
    views = InsightView.objects.count()
    for root in (f"/api/projects/{account.project.pk}/insights", "/api/insight"):
        answer = insights.client.generic(
            method, f"{root}/{getattr(theirs, by)}/{rest}", json.dumps(body) if body else b"", "application/json"
        )
        assert (answer.status_code, answer.json()["detail"]) == (404, "Not found.")
    theirs.refresh_from_db()
    assert (theirs.name, InsightView.objects.count()) == ("Secret", views)


def test_no_list_has_it(insights: Insights, theirs: Insight) -> None:
    dashboard = theirs.dashboard_tiles.get().dashboard_id
    asked: list[dict[str, str]] = [
        {},
        {"basic": "true"},
        {"short_id": theirs.short_id},
        {"search": "secret"},
        {"created_by": json.dumps([theirs.created_by_id])},
        {"favorited": "true"},
        {"insight": "TRENDS"},
        {"dashboards": json.dumps([dashboard])},
        {"tags": '["secret"]'},
        {"events": '["$pageview"]'},
        {"last_viewed_date_from": "-1d"},
        {"order": "-last_viewed_at"},
    ]
    for query in asked:
        assert insights.names(**query) == [], query
    assert insights.send("GET", "my_last_viewed/").json() == []
    assert insights.send("GET", "trending/").json()["results"] == []
    assert insights.send("GET", "activity/").json()["results"] == []


def test_their_project_is_closed(insights: Insights, theirs: Insight) -> None:
    root = f"/api/projects/{theirs.project_id}/insights"
    for path in ("/", f"/{theirs.pk}/", "/trending/", "/my_last_viewed/", "/activity/"):
        assert insights.client.get(root + path).status_code == 403
    for path in ("/", "/viewed/", "/cancel/"):
        assert insights.client.post(root + path, {}, content_type="application/json").status_code == 403


def test_their_dashboard_is_no_place_to_look_from_or_to_put_on(insights: Insights, theirs: Insight) -> None:
    dashboard = theirs.dashboard_tiles.get().dashboard
    dashboard.filters = {"date_from": "-1d"}
    dashboard.save()
    made = insights.make()

    assert insights.get(made, from_dashboard=str(dashboard.pk)) == made
    assert insights.refused(made, dashboards=[dashboard.pk])[0] == 400
    assert insights.names(dashboards=json.dumps([dashboard.pk])) == []
    assert dashboard.tiles.count() == 1


def test_to_have_seen_it_is_not_noted(insights: Insights, theirs: Insight) -> None:
    before = InsightView.objects.get(insight=theirs, user=insights.account.user).last_viewed_at
    assert insights.send("POST", "viewed/", {"insight_ids": [theirs.pk]}).status_code == 201
    assert InsightView.objects.get(insight=theirs, user=insights.account.user).last_viewed_at == before
