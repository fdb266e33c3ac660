"""Pages of exports: what can be asked for where, how far it is, who may have the file, and the list."""

import html
import json
import re
from typing import Any

import pytest

from hedgerow.activity.models import ActivityLog
from hedgerow.dashboards.models import Dashboard, Tile
from hedgerow.exports.errors import InvalidExportError
from hedgerow.exports.making import fail, produce
from hedgerow.exports.models import ExportedAsset
from hedgerow.saved_insights.models import Insight
from tests.web.visiting import Visitor

TRENDS = {"kind": "TrendsQuery", "series": [{"kind": "EventsNode", "event": "paid"}]}
ONE_ROW = {"kind": "HogQLQuery", "query": "select 1 as a, 'x' as b"}


@pytest.fixture
def insight(visitor: Visitor) -> Insight:
    return Insight.objects.create(project=visitor.project, name="Payments", query=TRENDS, created_by=visitor.user)


@pytest.fixture
def rows(visitor: Visitor) -> Insight:
    query = {"kind": "DataVisualizationNode", "source": ONE_ROW}
    return Insight.objects.create(project=visitor.project, name="One row", query=query, created_by=visitor.user)


def dialog(visitor: Visitor, **asked: Any) -> str:
    return visitor.text("exports/new", **asked)


def formats(page: str) -> list[str]:
    """The formats that a dialog offers."""
    return re.findall(r'name="format" value="(\w+)"', page)


def wanted(page: str) -> Any:
    """What a dialog will ask for."""
    found = re.search(r'name="wanted" value="([^"]*)"', page)
    assert found, page
    return json.loads(html.unescape(found[1]))


def ask(visitor: Visitor, word: str, page: str) -> str:
    """The dialog after a format was chosen."""
    sent = {"wanted": json.dumps(wanted(page)), "format": word, "title": "x"}
    response = visitor.client.post(f"/project/{visitor.project.pk}/exports/new", sent, headers={"HX-Request": "true"})
    assert response.status_code == 200, response.status_code
    return str(response.content.decode())


def test_a_saved_insight_can_be_had_in_every_format(visitor: Visitor, insight: Insight) -> None:
    page = dialog(visitor, **{"of-insight": insight.short_id})
    assert "Export Payments" in page
    assert formats(page) == ["png", "pdf", "csv", "xlsx", "json"]
    assert wanted(page) == {"insight": insight.pk}


def test_an_insight_with_another_question_in_the_editor_is_exported_with_that(
    visitor: Visitor, insight: Insight
) -> None:
    base = {**TRENDS, "interval": "hour"}
    page = dialog(visitor, **{"of-insight": insight.short_id, "base": json.dumps(base)})
    assert wanted(page)["insight"] == insight.pk
    assert wanted(page)["export_context"]["source"]["source"]["interval"] == "hour"


def test_a_question_that_is_not_saved_names_its_file(visitor: Visitor) -> None:
    page = dialog(visitor, base=json.dumps(TRENDS))
    assert wanted(page)["export_context"]["source"]["source"]["kind"] == "TrendsQuery"
    assert "paid" in wanted(page)["export_context"]["filename"]


def test_a_query_of_the_sql_page_becomes_a_table(visitor: Visitor) -> None:
    page = ask(visitor, "csv", dialog(visitor, **{"as": "sql", "q": ONE_ROW["query"]}))
    assert "The file is being made" in page
    export = ExportedAsset.objects.get()
    assert export.created_by == visitor.user
    assert produce(export)
    page = visitor.text(f"exports/{export.pk}/progress")
    assert "The file is ready." in page
    assert 'role="status"' not in page, "the status region stays while its content is exchanged"
    response = visitor.get(f"exports/{export.pk}/file")
    assert b"".join(response.streaming_content) == b"a,b\r\n1,x\r\n"
    assert re.fullmatch(r'attachment; filename="query-[\d-]+\.csv"', response["Content-Disposition"])


def columns(visitor: Visitor, page: str) -> str:
    """The part of the dialog with the columns there are."""
    response = visitor.client.post(
        f"/project/{visitor.project.pk}/exports/columns", {"wanted": json.dumps(wanted(page))}
    )
    assert response.status_code == 200, response.status_code
    return str(response.content.decode())


def test_the_columns_of_a_table_can_be_chosen(visitor: Visitor) -> None:
    """They are those of the first rows; a column for a whole object stands for those inside."""
    properties = "map('$browser', 'Firefox', 'amount', '3') as properties"
    page = dialog(visitor, **{"as": "sql", "q": f"select 'paid' as event, {properties}"})
    assert "exports/columns" in page
    offered = columns(visitor, page)
    assert re.findall(r'name="column" value="([^"]*)"', offered) == [
        *("event", "properties", "properties.$browser", "properties.amount")
    ]
    assert "Browser" in offered and "All of properties" in offered
    sent = {"column": ["properties", "properties.amount"], "readable": "on", "wanted": json.dumps(wanted(page))}
    visitor.client.post(f"/project/{visitor.project.pk}/exports/new", {**sent, "format": "csv"})
    export = ExportedAsset.objects.get()
    assert export.export_context["columns"] == ["properties"]
    assert produce(export)
    response = visitor.get(f"exports/{export.pk}/file")
    assert b"".join(response.streaming_content) == b"Browser,Amount\r\nFirefox,3\r\n"


def test_columns_of_a_saved_insight_are_those_of_its_table(visitor: Visitor, insight: Insight) -> None:
    offered = columns(visitor, dialog(visitor, **{"of-insight": insight.short_id}))
    assert 'value="series"' in offered
    assert not ExportedAsset.objects.exists()


def test_columns_that_cannot_be_found_are_told_of(visitor: Visitor) -> None:
    """A query with a mistake in it, and one without rows; a picture of a dashboard has no columns at all."""
    broken = columns(visitor, dialog(visitor, **{"as": "sql", "q": "select nothing from nowhere"}))
    assert 'class="field-error"' in broken and "nowhere" in broken
    assert "not known" in columns(visitor, dialog(visitor, **{"as": "sql", "q": "select 1 where 0"}))
    board = Dashboard.objects.create(project=visitor.project, name="Shop")
    assert "exports/columns" not in dialog(visitor, **{"of-dashboard": board.pk})


def test_a_whole_dashboard_is_a_picture_or_a_document(visitor: Visitor) -> None:
    board = Dashboard.objects.create(project=visitor.project, name="Shop")
    page = dialog(visitor, **{"of-dashboard": board.pk})
    assert formats(page) == ["png", "pdf"]
    assert wanted(page) == {"dashboard": board.pk}


def test_a_tile_is_exported_as_it_is_on_the_dashboard(visitor: Visitor, insight: Insight) -> None:
    board = Dashboard.objects.create(project=visitor.project, name="Shop")
    tile = Tile.objects.create(dashboard=board, insight=insight)
    page = dialog(visitor, **{"of-dashboard": board.pk, "of-tile": tile.pk})
    assert wanted(page) == {"dashboard": board.pk, "insight": insight.pk}
    assert "csv" in formats(page)


def test_it_is_told_that_filters_of_the_address_do_not_count(visitor: Visitor) -> None:
    board = Dashboard.objects.create(project=visitor.project, name="Shop")
    note = "only in this page’s address"
    assert note not in dialog(visitor, **{"of-dashboard": board.pk})
    page = dialog(visitor, **{"of-dashboard": board.pk, "filters": json.dumps({"date_from": "-90d"})})
    assert note in page


def test_the_activity_log_has_it_once(
    visitor: Visitor, insight: Insight, django_capture_on_commit_callbacks: Any
) -> None:
    with django_capture_on_commit_callbacks(execute=True):
        ask(visitor, "png", dialog(visitor, **{"of-insight": insight.short_id}))
    assert ActivityLog.objects.filter(activity="exported", item_id=str(insight.pk)).count() == 1


def test_what_went_wrong_is_told_in_words(visitor: Visitor, rows: Insight) -> None:
    ask(visitor, "csv", dialog(visitor, **{"of-insight": rows.short_id}))
    export = ExportedAsset.objects.get()
    fail(export, InvalidExportError("There are too many columns."))
    page = visitor.text(f"exports/{export.pk}/progress")
    assert "There is no file." in page
    assert "There are too many columns." in page
    assert "hx-get" not in page, "nothing is waited for any more"
    assert visitor.get(f"exports/{export.pk}/file").status_code == 404
    assert "There are too many columns." in visitor.text("exports")


def test_rows_are_counted_while_they_come(visitor: Visitor, rows: Insight) -> None:
    ask(visitor, "csv", dialog(visitor, **{"of-insight": rows.short_id}))
    ExportedAsset.objects.update(rows_done=2500, rows_total=10_000)
    page = visitor.text(f"exports/{ExportedAsset.objects.get().pk}/progress")
    assert "2,500 rows so far" in page
    assert 'value="0.250"' in page
    assert "every 2s" in visitor.text("exports")


@pytest.mark.parametrize(
    "sent",
    [
        {"format": "csv"},
        {"format": "csv", "wanted": "[1]"},
        {"format": "jpeg", "wanted": "{}"},
        {"format": "csv", "wanted": "{}"},
        {"format": "csv", "wanted": '{"insight": 987654321}'},
    ],
)
def test_what_cannot_be_asked_for_is_refused_in_the_dialog(visitor: Visitor, sent: dict[str, str]) -> None:
    path = f"/project/{visitor.project.pk}/exports/new"
    page = visitor.client.post(path, sent, headers={"HX-Request": "true"}).content.decode()
    assert 'role="alert"' in page
    assert not ExportedAsset.objects.exists()


@pytest.mark.parametrize("asked", [{"of-insight": "nothing"}, {"of-dashboard": "999999"}, {"of-dashboard": "x"}])
def test_what_is_not_there_cannot_be_exported(visitor: Visitor, asked: dict[str, str]) -> None:
    assert visitor.get("exports/new", **asked).status_code == 404


def test_the_list_tells_of_each_file(visitor: Visitor, rows: Insight) -> None:
    assert "No files yet" in visitor.text("exports")
    ask(visitor, "csv", dialog(visitor, **{"of-insight": rows.short_id}))
    export = ExportedAsset.objects.get()
    assert produce(export)
    page = visitor.text("exports")
    assert f'href="/project/{visitor.project.pk}/insights/{rows.short_id}"' in page
    assert "Ready" in page
    assert "every 2s" not in page
    link = re.search(r'id="link-\d+" value="([^"]*)"', page)
    assert link
    assert f"/exporter/export-one-row-{export.created_at:%Y-%m-%d}" in link[1]


def test_others_neither_see_nor_get_the_file(visitor: Visitor, rows: Insight) -> None:
    ask(visitor, "csv", dialog(visitor, **{"of-insight": rows.short_id}))
    export = ExportedAsset.objects.get()
    assert produce(export)
    other = Visitor(visitor.project, visitor.events.store, "grace@example.com")
    assert "No files yet" in other.text("exports")
    assert other.get(f"exports/{export.pk}/file").status_code == 404
    assert other.get(f"exports/{export.pk}/progress").status_code == 404
