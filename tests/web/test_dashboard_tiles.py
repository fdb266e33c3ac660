"""What a tile shows of a saved insight's answer, from plain values."""

from datetime import UTC, datetime
from typing import Any

import pytest
from django.template.loader import render_to_string

from hedgerow.projects.models import Project
from hedgerow.queries.runner import run_query
from hedgerow.web.dashboards.tiles import EMPTY, FAILED, SHOWN, WAITING, Answered, answered, insight_tile
from hedgerow.web.insights.choices import Choices
from tests.web.visiting import Visitor

NOW = datetime.now(UTC)
DAYS = {"date_from": "-7d"}
PAID = {"kind": "EventsNode", "event": "paid"}
VIEWED = {"kind": "EventsNode", "event": "$pageview"}
KINDS: dict[str, dict[str, Any]] = {
    "trends": {"kind": "TrendsQuery", "series": [PAID], "dateRange": DAYS},
    "funnel": {"kind": "FunnelsQuery", "series": [VIEWED, PAID], "dateRange": DAYS},
    "retention": {
        "kind": "RetentionQuery",
        "retentionFilter": {"targetEntity": {"id": "paid", "type": "events"}, "returningEntity": {"id": "paid"}},
    },
    "paths": {"kind": "PathsQuery", "pathsFilter": {"includeEventTypes": ["custom_event"]}, "dateRange": DAYS},
    "stickiness": {"kind": "StickinessQuery", "series": [PAID], "dateRange": DAYS},
    "lifecycle": {"kind": "LifecycleQuery", "series": [PAID], "dateRange": DAYS},
}


@pytest.fixture
def happened(visitor: Visitor) -> Project:
    """A project in which Ada looked around, paid twice and left."""
    visitor.send("$pageview", amount=1)
    visitor.send("paid", amount=20)
    visitor.send("paid", amount=30)
    visitor.send("left")
    return visitor.project


def asked(project: Project, query: dict[str, Any]) -> Answered:
    """What a tile shows of the query's answer, computed now."""
    return answered(query, run_query(project, query), Choices(project), NOW)


@pytest.mark.parametrize("name", KINDS)
def test_each_kind_of_insight_is_drawn(name: str, happened: Project) -> None:
    shown = asked(happened, {"kind": "InsightVizNode", "source": KINDS[name]})
    assert shown.state == SHOWN, shown
    assert shown.specification or shown.tables


def test_retention_is_the_table_unless_the_insight_asks_for_the_curve(happened: Project) -> None:
    query = KINDS["retention"]
    assert asked(happened, query).specification is None
    curve = {**query, "retentionFilter": {**query["retentionFilter"], "dashboardDisplay": "graph_only"}}
    assert asked(happened, curve).specification
    assert not asked(happened, curve).tables


def test_a_bare_number_is_a_figure(happened: Project) -> None:
    shown = asked(happened, {**KINDS["trends"], "trendsFilter": {"display": "BoldNumber"}})
    assert [figure.text for figure in shown.figures] == ["2"]
    assert shown.specification is None


def test_a_table_of_totals_is_a_table(happened: Project) -> None:
    shown = asked(happened, {**KINDS["trends"], "trendsFilter": {"display": "ActionsTable"}})
    assert shown.tables
    assert shown.specification is None


SQL = {
    "kind": "HogQLQuery",
    "query": "SELECT event, count() AS n FROM events WHERE event != 'left' GROUP BY event ORDER BY n DESC",
}


def test_rows_of_sql_are_a_table(happened: Project) -> None:
    shown = asked(happened, {"kind": "DataVisualizationNode", "source": SQL})
    assert shown.values is not None
    assert [name for name, _, _ in shown.values.columns] == ["event", "n"]
    assert [[cell.text for cell in row] for row in shown.values.rows] == [["paid", "2"], ["$pageview", "1"]]


def test_rows_of_sql_are_drawn_by_the_columns_chosen(happened: Project) -> None:
    source = {
        **SQL,
        "query": "SELECT 'x' AS note, event, count() AS n FROM events WHERE event != 'left' GROUP BY event",
    }
    node = {"kind": "DataVisualizationNode", "source": source, "display": "ActionsBar"}
    chosen = {"xAxis": {"column": "event"}, "yAxis": [{"column": "n"}]}
    shown = asked(happened, {**node, "chartSettings": chosen})
    assert shown.specification
    assert {row["position"] for row in shown.specification["data"]["values"]} == {"paid", "$pageview"}


def test_rows_that_cannot_be_drawn_stay_a_table(happened: Project) -> None:
    source = {**SQL, "query": "SELECT event, 'x' AS note FROM events"}
    shown = asked(happened, {"kind": "DataVisualizationNode", "source": source, "display": "ActionsBar"})
    assert shown.values


def test_one_number_of_sql_is_a_figure(happened: Project) -> None:
    source = {**SQL, "query": "SELECT count() FROM events WHERE event = 'paid'"}
    shown = asked(happened, {"kind": "DataVisualizationNode", "source": source, "display": "BoldNumber"})
    assert [figure.text for figure in shown.figures] == ["2"]


def test_a_list_of_events_is_a_table(happened: Project) -> None:
    events = {"kind": "EventsQuery", "select": ["event", "properties.amount"], "after": "-1d"}
    shown = asked(happened, {"kind": "DataTableNode", "source": events})
    assert shown.values is not None
    assert len(shown.values.rows) == 4


def test_rows_of_objects_have_a_column_for_each_key(happened: Project) -> None:
    overview = {"kind": "WebOverviewQuery", "properties": [], "dateRange": DAYS}
    shown = asked(happened, {"kind": "DataTableNode", "source": overview})
    assert shown.values is not None
    assert "key" in [name for name, _, _ in shown.values.columns]


def test_nothing_that_happened_is_empty(happened: Project) -> None:
    nothing = {"kind": "EventsNode", "event": "never"}
    assert asked(happened, {**KINDS["trends"], "series": [nothing]}).state == EMPTY
    assert asked(happened, {**SQL, "query": "SELECT event FROM events WHERE event = 'never'"}).state == EMPTY


def test_what_is_not_computed_waits(project: Project) -> None:
    shown = answered(KINDS["trends"], {"result": None, "query_status": None}, Choices(project), NOW)
    assert shown.state == WAITING


def test_a_failure_says_why(project: Project) -> None:
    status = {"error": True, "error_message": "There is no field x."}
    shown = answered(SQL, {"result": None, "query_status": status}, Choices(project), NOW)
    assert (shown.state, shown.problem) == (FAILED, "There is no field x.")


@pytest.mark.parametrize("query", [None, {}, {"kind": "Nothing"}, {"kind": "TrendsQuery", "series": "x"}])
def test_a_query_that_cannot_be_read_fails_alone(query: dict[str, Any] | None, project: Project) -> None:
    shown = answered(query, {"result": []}, Choices(project), NOW)
    assert shown.state == FAILED
    assert shown.problem


@pytest.mark.parametrize("name", KINDS)
def test_an_answer_of_another_form_fails_alone(name: str, project: Project) -> None:
    shown = answered(KINDS[name], {"result": [{"odd": 1}]}, Choices(project), NOW)
    assert shown.state == FAILED


def test_an_old_answer_is_stale(happened: Project) -> None:
    response = {**run_query(happened, KINDS["trends"]), "cache_target_age": "2020-01-01T00:00:00Z"}
    assert answered(KINDS["trends"], response, Choices(happened), NOW).is_stale


def test_the_tile_of_a_saved_insight(happened: Project) -> None:
    response = run_query(happened, KINDS["trends"])
    insight = {"name": "Payments", "description": "<b>All</b>", "query": KINDS["trends"], "result": response["results"]}
    tile = insight_tile("7", insight, Choices(happened), NOW, address="/there", people="/people?q=1")
    html = render_to_string("web/dashboards/tile.html", {"tile": tile})
    assert '<a href="/there">Payments</a>' in html
    assert "&lt;b&gt;All&lt;/b&gt;" in html
    assert 'data-specification="specification-7"' in html
    assert 'id="specification-7"' in html


def test_a_tile_of_the_public_leads_nowhere(happened: Project) -> None:
    query = {**KINDS["trends"], "trendsFilter": {"display": "ActionsTable"}}
    insight = {"name": "Payments", "query": query, "result": run_query(happened, query)["results"]}
    html = render_to_string("web/dashboards/tile.html", {"tile": insight_tile("7", insight, Choices(happened), NOW)})
    assert "Payments" in html
    assert "href" not in html
