"""Somebody with the level `none` for an object sees nothing of it, wherever they look."""

from typing import Any

import pytest
from django.test import Client

from hedgerow.dashboards.making import create_dashboard
from hedgerow.dashboards.models import Dashboard
from hedgerow.dashboards.placing import place_insight
from hedgerow.exports.models import ExportedAsset
from hedgerow.saved_insights.models import Insight
from hedgerow.saved_insights.saving import create_insight
from tests.access.conftest import Rule
from tests.accounts import Account, denied, member_of

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("event_store")]
JSON = "application/json"
QUESTION = {"kind": "InsightVizNode", "source": {"kind": "TrendsQuery", "series": [{"kind": "EventsNode"}]}}
SECRET = "Salaries"


@pytest.fixture
def board(ada: Account) -> Dashboard:
    return create_dashboard(ada.project, ada.user, name=SECRET)


@pytest.fixture
def insight(ada: Account) -> Insight:
    return create_insight(ada.project, ada.user, name=SECRET, query=QUESTION)


@pytest.fixture(params=["dashboard", "insight"])
def item(request: pytest.FixtureRequest) -> Dashboard | Insight:
    """A dashboard, then an insight."""
    made: Dashboard | Insight = request.getfixturevalue("board" if request.param == "dashboard" else "insight")
    return made


def kind_of(item: Dashboard | Insight) -> str:
    return "dashboard" if isinstance(item, Dashboard) else "insight"


def read(client: Client, account: Account, path: str) -> str:
    """What a path of the project's API answers."""
    answer = client.get(f"/api/projects/{account.project.pk}/{path}")
    assert answer.status_code in (200, 404), (path, answer.status_code, answer.content)
    return str(answer.content)


LISTS = (
    *("dashboards/", "insights/", "insights/trending/", "insights/my_last_viewed/", "file_system/", "subscriptions/"),
    *(f"file_system/?search={SECRET}", f"dashboards/?search={SECRET}", f"insights/?search={SECRET}", "exports/"),
    *("activity_log/", "dashboards/activity/", "insights/activity/", "file_system/?order_by=-last_viewed_at"),
)


def test_a_hidden_object_is_nowhere(ada: Account, eve: Account, rule: Rule, item: Dashboard | Insight) -> None:
    kind, client, owner = kind_of(item), eve.api(), ada.api()
    own = (f"{kind}s/{item.pk}/", f"{kind}s/{item.pk}/activity/", f"{kind}s/{item.pk}/sharing/")
    before = [path for path in LISTS + own if SECRET in read(client, ada, path)]
    assert {f"{kind}s/", "file_system/", "activity_log/", own[0]} <= set(before)
    rule("none", kind, item, member=eve)
    for path in LISTS:
        assert SECRET not in read(client, ada, path), path
    for path in (*own, f"{kind}s/{item.pk}/access_controls/"):
        assert client.get(f"/api/projects/{ada.project.pk}/{path}").status_code == 404, path
    assert change(client, ada, f"{kind}s/{item.pk}/", {"name": "Taken"}).status_code == 404
    assert [path for path in LISTS + own if SECRET in read(owner, ada, path)]


def change(client: Client, account: Account, path: str, body: dict[str, Any], method: str = "patch") -> Any:
    send = getattr(client, method)
    return send(f"/api/projects/{account.project.pk}/{path}", body, content_type=JSON)


def test_a_hidden_object_is_neither_exported_nor_subscribed_to(
    ada: Account, eve: Account, rule: Rule, item: Dashboard | Insight
) -> None:
    kind = kind_of(item)
    asset = ExportedAsset.objects.create(
        project=ada.project,
        created_by=eve.user,
        export_format="image/png",
        expires_after="2099-01-01T00:00:00Z",
        **{kind: item},
    )
    client = eve.api()
    assert client.get(f"/api/projects/{ada.project.pk}/exports/{asset.pk}/").status_code == 200
    rule("none", kind, item, member=eve)
    assert client.get(f"/api/projects/{ada.project.pk}/exports/{asset.pk}/").status_code == 404
    asked = change(client, ada, "exports/", {kind: item.pk, "export_format": "image/png"}, "post")
    assert (asked.status_code, asked.json()["code"]) == (400, "does_not_exist")
    wanted = {kind: item.pk, "target_type": "email", "target_value": "eve@example.com", "frequency": "daily"}
    asked = change(client, ada, "subscriptions/", {**wanted, "start_date": "2030-01-01T00:00:00Z"}, "post")
    assert (asked.status_code, asked.json()["code"]) == (400, "does_not_exist")


def test_a_dashboard_leaves_out_hidden_insights_and_an_insight_hidden_dashboards(
    ada: Account, eve: Account, rule: Rule, board: Dashboard, insight: Insight
) -> None:
    place_insight(board, insight)
    client = eve.api()
    assert insight.short_id in read(client, ada, f"dashboards/{board.pk}/")
    rule("none", "insight", insight, member=eve)
    assert insight.short_id not in read(client, ada, f"dashboards/{board.pk}/")
    copy = change(client, ada, "dashboards/", {"use_dashboard": board.pk}, "post").json()
    assert copy["tiles"] == []
    rule(None, "insight", insight, member=eve)
    rule("none", "dashboard", board, member=eve)
    told = client.get(f"/api/projects/{ada.project.pk}/insights/{insight.pk}/").json()
    assert told["dashboards"] == told["dashboard_tiles"] == []
    assert change(client, ada, "dashboards/", {"use_dashboard": board.pk}, "post").status_code == 400
    moved = change(client, ada, f"insights/{insight.pk}/", {"dashboards": []})
    assert moved.status_code in (200, 403)
    assert board.tiles.filter(deleted=False).count() == 1


def test_a_viewer_reads_and_changes_nothing(
    ada: Account, eve: Account, rule: Rule, board: Dashboard, insight: Insight
) -> None:
    client = eve.api()
    refused = denied("You do not have editor access to this resource.")
    for kind, item in (("dashboard", board), ("insight", insight)):
        rule("viewer", kind, item, member=eve)
        told = client.get(f"/api/projects/{ada.project.pk}/{kind}s/{item.pk}/").json()
        assert told["user_access_level"] == "viewer"
        assert change(client, ada, f"{kind}s/{item.pk}/", {"name": "Mine"}).json() == refused
        assert change(client, ada, f"{kind}s/{item.pk}/sharing/", {"enabled": True}).json() == refused
        rule("viewer", kind)
        assert change(client, ada, f"{kind}s/", {"name": "New"}, "post").json() == refused
    entry = client.get(f"/api/projects/{ada.project.pk}/file_system/?type=dashboard").json()["results"][0]
    assert client.delete(f"/api/projects/{ada.project.pk}/file_system/{entry['id']}/").status_code == 403


def test_actions_and_cohorts_keep_to_the_rules(ada: Account, eve: Account, rule: Rule) -> None:
    client = eve.api()
    bodies = {"action": {"name": SECRET}, "cohort": {"name": SECRET, "is_static": True}}
    for kind, body in bodies.items():
        made = change(ada.api(), ada, f"{kind}s/", body, "post")
        assert made.status_code == 201, made.content
        path = f"{kind}s/{made.json()['id']}/"
        rule("viewer", kind)
        assert change(client, ada, path, {"name": "Other"}).json() == denied(
            "You do not have editor access to this resource."
        )
        assert change(client, ada, f"{kind}s/", {**body, "name": "Other"}, "post").status_code == 403
        assert SECRET in read(client, ada, f"{kind}s/")
        rule("none", kind)
        assert SECRET not in read(client, ada, f"{kind}s/")
        assert client.get(f"/api/projects/{ada.project.pk}/{path}").status_code == 404


def test_makers_keep_what_they_made(ada: Account, eve: Account, rule: Rule) -> None:
    mine = create_dashboard(ada.project, eve.user, name="Mine")
    rule("none", "dashboard", mine)
    rule("none", "dashboard")
    told = eve.api().get(f"/api/projects/{ada.project.pk}/dashboards/{mine.pk}/").json()
    assert told["user_access_level"] == "manager"
    other = member_of(ada)
    assert other.api().get(f"/api/projects/{ada.project.pk}/dashboards/{mine.pk}/").status_code == 404


def test_pages_show_nothing_of_a_hidden_object(
    ada: Account, eve: Account, rule: Rule, item: Dashboard | Insight
) -> None:
    kind, base, browser = kind_of(item), f"/project/{ada.project.pk}", eve.session()
    own = f"{base}/dashboard/{item.pk}" if isinstance(item, Dashboard) else f"{base}/insights/{item.short_id}"
    pages = (
        f"{base}/{kind}s",
        f"{base}/search?q=Salar",
        f"{base}/files?folder=Unfiled/{kind.title()}s",
        f"{base}/activity",
        own,
    )
    assert not [page for page in pages if SECRET not in browser.get(page).content.decode()]
    rule("none", kind, item, member=eve)
    assert not [page for page in pages if SECRET in browser.get(page).content.decode()]
    assert browser.get(own).status_code == 404
