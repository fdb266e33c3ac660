"""Somebody with the level `viewer` does what changes no object."""

from typing import Any

import pytest

from hedgerow.dashboards.making import create_dashboard
from hedgerow.saved_insights.models import InsightView
from hedgerow.saved_insights.saving import create_insight
from tests.access.conftest import Rule
from tests.accounts import Account

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("event_store")]
KINDS = ("action", "cohort", "dashboard", "insight", "session_recording")
SOURCE = {"kind": "TrendsQuery", "series": [{"kind": "EventsNode"}]}


def test_a_viewer_of_everything_looks_asks_and_cancels(ada: Account, eve: Account, rule: Rule) -> None:
    insight = create_insight(ada.project, ada.user, name="Visits", query={"kind": "InsightVizNode", "source": SOURCE})
    board = create_dashboard(ada.project, ada.user, name="Board")
    for kind in KINDS:
        rule("viewer", kind)
    client = eve.api()

    def send(path: str, body: dict[str, Any], method: str = "post") -> int:
        address = f"/api/projects/{ada.project.pk}/{path}"
        return int(getattr(client, method)(address, body, content_type="application/json").status_code)

    assert send("insights/viewed/", {"insight_ids": [insight.pk]}) == 201
    assert send(f"insights/{insight.pk}/viewed/", {}) == 201
    assert InsightView.objects.get(user=eve.user).insight == insight
    assert send("insights/cancel/", {"client_query_id": "mine"}) == 201
    assert send("query/", {"query": SOURCE}) == 200
    assert send("query/unknown/", {}, "delete") == 200
    assert send("file_system/log_view/", {"type": "dashboard", "ref": str(board.pk)}) in (200, 201, 204)
    for path in (f"dashboards/{board.pk}/run_insights/", f"insights/{insight.pk}/?refresh=force_blocking"):
        assert client.get(f"/api/projects/{ada.project.pk}/{path}").status_code == 200
    wanted = {"insight": insight.pk, "export_format": "text/csv"}
    assert send("exports/", wanted) == 201


def test_looking_at_what_is_hidden_is_not_noted(ada: Account, eve: Account, rule: Rule) -> None:
    insight = create_insight(ada.project, ada.user, query={"kind": "InsightVizNode", "source": SOURCE})
    rule("none", "insight", insight)
    address = f"/api/projects/{ada.project.pk}/insights/viewed/"
    answer = eve.api().post(address, {"insight_ids": [insight.pk]}, content_type="application/json")
    assert answer.status_code == 201
    assert not InsightView.objects.filter(user=eve.user).exists()
