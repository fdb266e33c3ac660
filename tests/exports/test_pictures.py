"""Pictures of insights and dashboards."""

import struct
from datetime import UTC, datetime
from typing import Any

import pytest

from hedgerow.access.models import AccessControl
from hedgerow.dashboards.models import Dashboard, Text, Tile
from hedgerow.exports import pictures
from hedgerow.exports.making import ask_for_export, produce
from hedgerow.exports.models import ExportedAsset
from hedgerow.organizations.leaving import remove_member
from hedgerow.organizations.models import User
from hedgerow.saved_insights.models import Insight
from hedgerow.saved_insights.results import insight_result
from tests.accounts import add_member
from tests.exports.exporting import PDF, PNG, Exports

TRENDS = {
    "kind": "InsightVizNode",
    "source": {
        "kind": "TrendsQuery",
        "series": [{"kind": "EventsNode", "event": "signed up"}],
        "dateRange": {"date_from": "2026-03-01", "date_to": "2026-03-03"},
    },
}
BROKEN = {"kind": "HogQLQuery", "query": "select nothing from events"}


def insight_of(exports: Exports, query: dict[str, Any], name: str = "Sign-ups") -> Insight:
    return Insight.objects.create(project=exports.api.project, query=query, name=name)


@pytest.fixture
def insight(exports: Exports) -> Insight:
    """An insight with something to show."""
    exports.api.store_event("signed up", at=datetime(2026, 3, 1, 9, tzinfo=UTC))
    return insight_of(exports, TRENDS)


def size_of(png: bytes) -> tuple[int, int]:
    assert png.startswith(b"\x89PNG\r\n\x1a\n")
    width, height = struct.unpack(">II", png[16:24])
    return width, height


def test_a_picture_of_an_insight(exports: Exports, insight: Insight) -> None:
    """800 wide, in twice as many pixels; a chart that has not been saved is drawn as it is asked for."""
    png = exports.file(PNG, insight=insight.pk)
    assert size_of(png)[0] == 1600
    number = {**TRENDS["source"], "trendsFilter": {"display": "BoldNumber"}}  # type: ignore[dict-item]
    other = exports.file(PNG, {"source": number}, insight=insight.pk)
    assert size_of(other)[0] == 1600 and other != png


def test_a_picture_of_a_question_that_fails(exports: Exports) -> None:
    """There is none, and the export says why."""
    assert "nothing" in exports.failure(PNG, insight=insight_of(exports, BROKEN).pk)


def test_a_picture_of_a_dashboard(exports: Exports, insight: Insight) -> None:
    """Also where an insight fails: it is drawn as failed."""
    board = Dashboard.objects.create(project=exports.api.project, name="Board")
    Tile.objects.create(dashboard=board, insight=insight)
    Tile.objects.create(dashboard=board, insight=insight_of(exports, BROKEN))
    Tile.objects.create(dashboard=board, text=Text.objects.create(project=exports.api.project, body="# Hello"))
    assert size_of(exports.file(PNG, dashboard=board.pk))[0] == 2880


def test_pdf(exports: Exports, insight: Insight) -> None:
    """A page of the size of the picture, with text that can be found."""
    board = Dashboard.objects.create(project=exports.api.project, name="Board")
    Tile.objects.create(dashboard=board, insight=insight)
    for fields in ({"insight": insight.pk}, {"dashboard": board.pk}):
        pdf = exports.file(PDF, **fields)
        assert pdf.startswith(b"%PDF-") and b"%%EOF" in pdf[-32:]
        assert pdf.count(b"/Type /Page\n") == 1 or b"/Count 1" in pdf


def test_the_filters_of_the_dashboard_count(exports: Exports, insight: Insight) -> None:
    """An insight exported with a dashboard is shown as it is there: here for a time in which nothing was."""
    board = Dashboard.objects.create(
        project=exports.api.project, name="Board", filters={"date_from": "2026-02-01", "date_to": "2026-02-02"}
    )
    Tile.objects.create(dashboard=board, insight=insight)
    assert exports.file(PNG, insight=insight.pk, dashboard=board.pk) != exports.file(PNG, insight=insight.pk)
    head, row = exports.table(insight=insight.pk, dashboard=board.pk)
    assert (head, [float(cell) for cell in row[1:]]) == (["series", "1-Feb-2026", "2-Feb-2026"], [0, 0])


def test_an_answer_that_is_told_is_what_is_drawn(exports: Exports, insight: Insight) -> None:
    """So that a picture can show exactly the numbers that are sent beside it."""
    project = exports.api.project
    told = insight_result(insight, project, refresh="force_blocking")
    user = User.objects.get()
    asset = ask_for_export(project, user, export_format=PNG, insight=insight, is_system=True)
    assert produce(asset, told=told)
    exports.api.store_events([{"event": "signed up", "timestamp": datetime(2026, 3, 2, 9, tzinfo=UTC)}] * 5)
    again = ask_for_export(project, user, export_format=PNG, insight=insight, is_system=True)
    assert produce(again, told=told)
    fresh = ask_for_export(project, user, export_format=PNG, insight=insight, is_system=True)
    assert produce(fresh)
    assert asset.size == again.size != fresh.size
    assert exports.api.send("GET", "exports/").json()["count"] == 0
    assert exports.get(asset.pk)["has_content"]


def test_a_picture_shows_what_who_asked_for_it_may_see(exports: Exports, insight: Insight) -> None:
    """Once they have left, it is drawn as it was."""
    project = exports.api.project
    board = Dashboard.objects.create(project=project, name="Board")
    for each in (insight, insight_of(exports, TRENDS, "Salaries")):
        Tile.objects.create(dashboard=board, insight=each)
    eve = add_member(project.organization)
    asset = ExportedAsset(project=project, created_by=eve, dashboard=board, export_format=PNG)
    whole = pictures.dashboard(asset, {})
    hidden = {"resource": "insight", "resource_id": str(insight.pk), "access_level": "none"}
    AccessControl.objects.create(project=project, **hidden)
    asset.created_by = User.objects.get(pk=eve.pk)
    assert size_of(pictures.dashboard(asset, {})) < size_of(whole)
    remove_member(eve.memberships.get())
    asset.created_by = User.objects.get(pk=eve.pk)
    assert pictures.dashboard(asset, {}) == whole
