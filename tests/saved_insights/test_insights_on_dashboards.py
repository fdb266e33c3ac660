"""On which dashboards an insight stands is said with the insight, by those who may edit these dashboards."""

from typing import Any

import pytest

from hedgerow.api.levels import Level
from hedgerow.dashboards.models import Collaborator, Dashboard, Tile
from hedgerow.saved_insights.models import Insight
from tests.accounts import Account, denied, error, make_account, member_of
from tests.saved_insights.asking import Insights

pytestmark = pytest.mark.django_db

EVERYTHING = {"name": "x", "description": "y", "tags": ["z"], "favorited": True}


@pytest.fixture
def closed(insights: Insights) -> Dashboard:
    """A dashboard that only admins, its collaborators and its maker, who is somebody else, may edit."""
    return insights.dashboard("Closed", restriction_level=37, created_by=member_of(insights.account).user)


def live(insight: dict[str, Any]) -> set[int]:
    tiles = Tile.objects.filter(insight=insight["id"], deleted=False)
    return set(tiles.values_list("dashboard_id", flat=True))


def test_a_new_insight_gets_a_tile_on_each_dashboard(insights: Insights) -> None:
    first, second = insights.dashboard(), insights.dashboard()
    made = insights.make(dashboards=[second.pk, first.pk, first.pk])

    assert made["dashboards"] == [first.pk, second.pk]
    tiles = Tile.objects.filter(insight=made["id"]).order_by("dashboard_id")
    assert made["dashboard_tiles"] == [
        {"id": tile.pk, "dashboard_id": tile.dashboard_id, "deleted": False} for tile in tiles
    ]
    assert all(tile.layouts["sm"]["w"] == 6 for tile in tiles)


def test_the_dashboards_of_an_insight_are_replaced(insights: Insights, django_capture_on_commit_callbacks: Any) -> None:
    first, second = insights.dashboard("First"), insights.dashboard("Second")
    made = insights.make(dashboards=[first.pk])
    tile = Tile.objects.get(insight=made["id"])
    tile.layouts = {"sm": {"x": 6, "y": 9, "w": 6, "h": 2}}
    tile.save()

    with django_capture_on_commit_callbacks(execute=True):
        assert insights.change(made, dashboards=[second.pk])["dashboards"] == [second.pk]
        assert insights.change(made, dashboards=[first.pk, second.pk])["dashboards"] == [first.pk, second.pk]
        assert insights.change(made, dashboards=[second.pk, first.pk])["dashboards"] == [first.pk, second.pk]
        assert insights.change(made, name="x", dashboards=None)["dashboards"] == [first.pk, second.pk]
        assert insights.change(made, dashboards=[])["dashboards"] == []

    again = Tile.objects.get(insight=made["id"], dashboard=first)
    assert (again.pk, again.layouts) == (tile.pk, tile.layouts)
    changes = [entry["detail"]["changes"] for entry in reversed(insights.history(made))]
    one, two = {"id": first.pk, "name": "First"}, {"id": second.pk, "name": "Second"}
    of_dashboards = {"type": "Insight", "field": "dashboards"}
    assert changes == [
        [{**of_dashboards, "action": "changed", "before": [one], "after": [two]}],
        [{**of_dashboards, "action": "changed", "before": [two], "after": [one, two]}],
        [{"type": "Insight", "field": "name", "action": "changed", "before": "Visits", "after": "x"}],
        [{**of_dashboards, "action": "deleted", "before": [one, two], "after": []}],
    ]


def test_deleting_takes_an_insight_off_and_restoring_does_not_put_it_back(insights: Insights) -> None:
    board = insights.dashboard()
    made = insights.make(dashboards=[board.pk])
    assert insights.change(made, deleted=True)["dashboards"] == []
    assert insights.change(made, deleted=False)["dashboards"] == []
    assert live(made) == set()


@pytest.mark.parametrize("which", ["unknown", "deleted", "foreign"])
def test_dashboards_that_are_not_there_are_refused_before_anything_is_written(insights: Insights, which: str) -> None:
    board, gone = insights.dashboard(), insights.dashboard(deleted=True)
    foreign = Dashboard.objects.create(project=make_account().project)
    id = {"unknown": 999_999, "deleted": gone.pk, "foreign": foreign.pk}[which]
    made = insights.make()

    missing = 400, error("invalid_input", "Dashboard not found", "dashboards")
    answer = insights.send("POST", body={"dashboards": [board.pk, id]})
    assert (answer.status_code, answer.json()) == missing
    assert insights.refused(made, dashboards=[board.pk, id], **EVERYTHING) == missing
    assert Insight.objects.filter(project=insights.account.project).count() == 1
    assert insights.get(made) == made


def test_to_add_and_to_remove_needs_the_right_to_edit_the_dashboard(insights: Insights, closed: Dashboard) -> None:
    open_board = insights.dashboard()
    made = insights.make(dashboards=[open_board.pk])

    adding = denied(f"You don't have permission to add insights to dashboard: {closed.pk}")
    answer = insights.send("POST", body={"dashboards": [open_board.pk, closed.pk]})
    assert (answer.status_code, answer.json()) == (403, adding)
    assert insights.refused(made, dashboards=[closed.pk], **EVERYTHING) == (403, adding)
    assert insights.get(made) == made

    Tile.objects.create(dashboard=closed, insight_id=made["id"])
    removing = denied(f"You don't have permission to remove insights from dashboard: {closed.pk}")
    assert insights.refused(made, dashboards=[open_board.pk], **EVERYTHING) == (403, removing)
    assert insights.change(made, dashboards=[closed.pk])["dashboards"] == [closed.pk]
    assert live(made) == {closed.pk}


def test_an_insight_on_closed_dashboards_only_can_only_be_looked_at(insights: Insights, closed: Dashboard) -> None:
    made = insights.make()
    Tile.objects.create(dashboard=closed, insight_id=made["id"])

    found = insights.get(made)
    levels = ("effective_restriction_level", "effective_privilege_level", "user_access_level")
    assert [found[name] for name in levels] == [37, 21, "viewer"]
    cannot = 403, denied("You don't have edit permissions for this insight.")
    assert insights.refused(made, **EVERYTHING) == cannot
    assert insights.refused(made, deleted=True) == cannot
    assert insights.get(made)["name"] == made["name"]

    Collaborator.objects.create(dashboard=closed, user=insights.account.user)
    found = insights.change(made, name="x")
    assert [found[name] for name in levels] == [37, 37, "manager"]


def test_levels_follow_the_caller(insights: Insights, account: Account) -> None:
    made = insights.make()
    for level, expected in ((Level.MEMBER, "editor"), (Level.ADMIN, "manager"), (Level.OWNER, "manager")):
        other = member_of(account, level)
        assert Insights(other, other.api()).get(made)["user_access_level"] == expected
