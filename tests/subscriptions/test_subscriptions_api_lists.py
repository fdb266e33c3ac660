"""Lists of subscriptions, and that nothing of other projects is reached."""

from datetime import UTC, datetime
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from tests.accounts import Account, error, make_account, member_of
from tests.subscriptions.asking import Subscriptions, make_dashboard, make_insight, make_slack, told

pytestmark = pytest.mark.django_db


@pytest.fixture
def others(db: None) -> Subscriptions:
    """Another organization's."""
    account = make_account()
    return Subscriptions(account, account.api())


def test_the_newest_come_first_page_by_page(subscriptions: Subscriptions) -> None:
    ids = [subscriptions.make()["id"] for _ in range(3)]

    assert subscriptions.ids() == ids[::-1]
    page = told(subscriptions.send("GET", limit=2))
    assert (page["count"], [each["id"] for each in page["results"]], page["previous"]) == (3, ids[:0:-1], None)
    assert subscriptions.ids(limit=2, offset=2) == ids[:1]
    assert "offset=2" in page["next"]


def test_a_longer_list_takes_no_more_queries(subscriptions: Subscriptions) -> None:
    def queries() -> int:
        with CaptureQueriesContext(connection) as captured:
            subscriptions.ids()
        return len(captured)

    subscriptions.make()
    subscriptions.ids()
    few = queries()
    insight = make_insight(subscriptions.project)
    board = make_dashboard(subscriptions.project, insight)
    for _ in range(3):
        subscriptions.make()
        subscriptions.make(dashboard=board.pk, dashboard_export_insights=[insight.pk])
    assert queries() == few


def test_filters(subscriptions: Subscriptions) -> None:
    project = subscriptions.project
    insight = make_insight(project)
    board = make_dashboard(project, insight)
    of_insight = subscriptions.make(insight=insight.pk)["id"]
    of_board = subscriptions.make(dashboard=board.pk, dashboard_export_insights=[insight.pk])["id"]
    in_slack = subscriptions.make(target_type="slack", target_value="C1", integration_id=make_slack(project).pk)["id"]
    colleague = member_of(subscriptions.account)
    theirs = Subscriptions(colleague, colleague.api()).make()["id"]
    everything = [theirs, in_slack, of_board, of_insight]

    assert subscriptions.ids(insight=insight.pk) == [of_insight]
    assert subscriptions.ids(dashboard=board.pk) == [of_board]
    assert subscriptions.ids(insight=10**17) == []
    assert subscriptions.ids(resource_type="dashboard") == [of_board]
    assert subscriptions.ids(resource_type="insight") == [theirs, in_slack, of_insight]
    assert subscriptions.ids(resource_type="else") == everything
    assert subscriptions.ids(target_type="slack") == [in_slack]
    assert subscriptions.ids(target_type="webhook") == []
    assert subscriptions.ids(created_by=str(colleague.user.uuid)) == [theirs]
    assert subscriptions.ids(deleted="false") == everything
    assert subscriptions.ids(target_type="email", resource_type="dashboard", insight=insight.pk) == []


def test_search_wants_all_words_anywhere(subscriptions: Subscriptions) -> None:
    project = subscriptions.project
    sales = subscriptions.make(title="Weekly", insight=make_insight(project, "Sales in Spain").pk)["id"]
    derived = subscriptions.make(insight=make_insight(project, None, derived_name="Pageviews by 100% browser").pk)["id"]
    insight = make_insight(project)
    board = make_dashboard(project, insight, name="Board of sales")
    on_board = subscriptions.make(dashboard=board.pk, dashboard_export_insights=[insight.pk])["id"]

    for text, found in {
        "sales": [on_board, sales],
        "SALES weekly": [sales],
        "weekly,spain": [sales],
        " , sales ,, board ": [on_board],
        "100%": [derived],
        "%": [derived],
        "browser sales": [],
        " , ": [on_board, derived, sales],
        "x" * 5000: [],
    }.items():
        assert subscriptions.ids(search=text) == found, text


def test_order(subscriptions: Subscriptions) -> None:
    ids = [subscriptions.make(title=title)["id"] for title in ("b", "a", None)]
    for id, day in zip(ids, (3, None, 1), strict=True):
        at = datetime(2030, 1, day, tzinfo=UTC) if day else None
        subscriptions.late({"id": id}, next_delivery_date=at)
    b, a, untitled = ids

    assert subscriptions.ids(ordering="title") == [a, b, untitled]
    assert subscriptions.ids(ordering="-title") == [b, a, untitled]
    assert subscriptions.ids(ordering="next_delivery_date") == [untitled, b, a]
    assert subscriptions.ids(ordering="-next_delivery_date") == [b, untitled, a]
    assert subscriptions.ids(ordering="created_at") == [b, a, untitled]
    assert subscriptions.ids(ordering="created_by__email,title") == [a, b, untitled]
    assert subscriptions.ids(ordering="created_by__password,nothing") == [untitled, a, b]


@pytest.mark.parametrize(
    ("query", "refusal"),
    [
        ({"created_by": "me"}, error("invalid_input", "Not a valid UUID.", "created_by")),
        ({"target_type": "sms"}, error("invalid_input", "Must be one of: email, slack, webhook.", "target_type")),
        ({"insight": "abc"}, error("invalid_input", "A valid integer is required.", "insight")),
        ({"dashboard": "9" * 30}, error("invalid_input", "A valid integer is required.", "dashboard")),
    ],
)
def test_bad_filters(subscriptions: Subscriptions, query: dict[str, str], refusal: dict[str, Any]) -> None:
    assert told(subscriptions.send("GET", **query), 400) == refusal


# Other projects


def test_only_the_projects_own_are_reached(subscriptions: Subscriptions, others: Subscriptions) -> None:
    made = subscriptions.make()
    body = {"title": "taken"}

    for method, rest in (("GET", ""), ("PATCH", ""), ("PUT", ""), ("POST", "test-delivery/"), ("GET", "activity/")):
        assert others.send(method, f"{made['id']}/{rest}", body).status_code == 404
    assert others.ids() == others.ids(deleted="true") == []
    assert others.ids(insight=made["insight"]) == []
    assert others.ids(created_by=made["created_by"]["uuid"]) == []
    assert told(others.send("GET", "summary_quota/"))["active_count"] == 0
    stranger = Subscriptions(subscriptions.account, others.client)
    for method, rest in (("GET", ""), ("POST", ""), ("GET", f"{made['id']}/"), ("PATCH", f"{made['id']}/")):
        assert stranger.send(method, rest, body).status_code == 403
    assert subscriptions.get(made) == made


def test_nothing_of_another_project_can_be_subscribed_to(subscriptions: Subscriptions, others: Subscriptions) -> None:
    foreign = make_insight(others.project)
    foreign_board = make_dashboard(others.project, foreign)
    own = make_insight(subscriptions.project)
    board = make_dashboard(subscriptions.project, own)
    made = subscriptions.make(insight=own.pk)
    not_ours = error("invalid_input", "This insight does not belong to your team.", "insight")

    assert subscriptions.refused(insight=foreign.pk) == not_ours
    assert subscriptions.refused(made, insight=foreign.pk) == not_ours
    assert subscriptions.refused(dashboard=foreign_board.pk, dashboard_export_insights=[foreign.pk]) == error(
        "invalid_input", "This dashboard does not belong to your team.", "dashboard"
    )
    assert subscriptions.refused(dashboard=board.pk, dashboard_export_insights=[foreign.pk]) == error(
        "invalid_input",
        "Some insights do not belong to your team or do no longer exist.",
        "dashboard_export_insights",
    )
    assert subscriptions.refused(
        target_type="slack", target_value="C1", integration_id=make_slack(others.project).pk
    ) == error("invalid_input", "This integration does not exist or does not belong to your team.", "integration_id")


def test_a_second_project_of_the_organization_is_another_one(subscriptions: Subscriptions) -> None:
    from hedgerow.projects.models import Project

    account = subscriptions.account
    second = Project.objects.create(organization=account.organization, name="Second")
    there = Subscriptions(Account(account.user, account.organization, second), subscriptions.client)
    made = subscriptions.make()

    assert there.ids() == []
    assert there.send("GET", f"{made['id']}/").status_code == 404
    assert there.refused(insight=made["insight"])["detail"] == "This insight does not belong to your team."
