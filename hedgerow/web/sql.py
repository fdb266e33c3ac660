"""The SQL page: a query in HogQL with its answer, kept in the address."""

import csv
from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseBadRequest
from django.urls import reverse
from django.utils.http import urlencode

from hedgerow.charts.answers import source_of
from hedgerow.charts.columns import MOST_POINTS, NUMERIC_TYPE, can_be_drawn, columns_chart
from hedgerow.hogql.functions.documentation import FAMILIES, gives, signature
from hedgerow.organizations.models import User
from hedgerow.projects.models import Project
from hedgerow.saved_insights.models import Insight
from hedgerow.web.cells import cell_of, text_of
from hedgerow.web.insights.page import kept_dashboard
from hedgerow.web.questions import Answer, ask
from hedgerow.web.rendering import project_context, project_page, render_page
from hedgerow.web.saved_insights.head import found_insight, head_context, note_opened
from hedgerow.web.saved_insights.questions import SQL, saved_node
from hedgerow.web.saved_insights.questions import shown_as as shown_as_in

MOST_ROWS_SHOWN = 500
LONGEST_LINK = 6_000
"""Characters of a query that still fits into an address everywhere; a longer one runs, but has no link."""
SHOWN_AS = {"table": "Table", "line": "Line", "bar": "Bars"}
FIRST_QUERY = """SELECT event, count() AS events, uniq(person_id) AS people
FROM events
WHERE timestamp > now() - INTERVAL 7 DAY
GROUP BY event
ORDER BY events DESC"""

_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")


@project_page
def page(request: HttpRequest, project: Project) -> HttpResponse:
    """The editor, and the answer to the query in the address or, of a longer one, in the form."""
    assert isinstance(request.user, User)
    given = request.POST if request.method == "POST" else request.GET
    saved = _saved(request, project, given.get("insight", ""))
    node = saved_node(saved) if saved else {}
    source = dict(source_of(node))
    if saved and "q" not in given:
        note_opened(saved, request.user)
    query = given.get("q", str(source.get("query", ""))).strip()
    shown_as = given.get("show", shown_as_in(node))
    shown_as = shown_as if shown_as in SHOWN_AS else "table"
    answer = ask(project, {**source, "kind": SQL, "query": query}, request.user) if query else Answer({})
    columns, types = answer.response.get("columns") or [], [kind for _, kind in answer.response.get("types") or []]
    rows = answer.rows
    drawable = bool(rows) and can_be_drawn(types)
    context = {
        **project_context(request, project, "sql"),
        "query": query or FIRST_QUERY,
        "asked": bool(query),
        "shown_as": shown_as,
        "ways": SHOWN_AS,
        "problem": answer.problem,
        "columns": [(name, kind, bool(NUMERIC_TYPE.match(kind))) for name, kind in zip(columns, types, strict=True)],
        "rows": [[cell_of(value) for value in row] for row in rows[:MOST_ROWS_SHOWN]],
        "count": len(rows),
        "is_cut": len(rows) > MOST_ROWS_SHOWN,
        "most_shown": MOST_ROWS_SHOWN,
        "has_more": answer.response.get("hasMore"),
        "limit": answer.response.get("limit"),
        "warnings": answer.response.get("warnings") or [],
        "drawable": drawable,
        "points_cut": drawable and len(rows) > MOST_POINTS,
        "specification": columns_chart(columns, types, rows, shown_as) if drawable and shown_as != "table" else None,
        "tables": _tables(project, request.user),
        "ask_at": f"/api/projects/{project.pk}/query/",
        "kept": {"insight": saved.short_id} if saved else kept_dashboard(given),
    }
    if saved:
        is_changed = (query, shown_as) != (str(source["query"]).strip(), shown_as_in(node))
        context |= {**head_context(request, saved), "saved_is_sql": True, "is_changed": is_changed}
    response = render_page(request, "web/sql.html", context)
    if request.headers.get("HX-Request"):
        fields = {**context["kept"], "q": query, "show": shown_as}
        link = f"{reverse('sql', args=[project.pk])}?{urlencode(fields)}"
        response["HX-Push-Url"] = link if len(query) <= LONGEST_LINK else "false"
    return response


@project_page
def table(request: HttpRequest, project: Project) -> HttpResponse:
    """The answer as a CSV file; text that a spreadsheet would take for a formula gets an apostrophe before it."""
    assert isinstance(request.user, User)
    query = (request.POST if request.method == "POST" else request.GET).get("q", "").strip()
    answer = ask(project, {"kind": SQL, "query": query}, request.user)
    if answer.problem:
        return HttpResponseBadRequest(answer.problem, content_type="text/plain; charset=utf-8")
    response = HttpResponse(content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = 'attachment; filename="query.csv"'
    response["Cache-Control"] = "no-store"
    writer = csv.writer(response)
    writer.writerow([_plain(name) for name in answer.response["columns"]])
    writer.writerows([_plain(value) for value in row] for row in answer.rows)
    return response


@project_page
def functions(request: HttpRequest, project: Project) -> HttpResponse:
    """The list of functions."""
    families = [
        (title, [(signature(each), gives(each)) for name, each in sorted(table.items()) if not name.startswith("_")])
        for title, (_, table) in FAMILIES.items()
    ]
    return render_page(
        request, "web/sql_functions.html", {**project_context(request, project, "sql"), "families": families}
    )


def _saved(request: HttpRequest, project: Project, short_id: str) -> Insight | None:
    """The saved insight that the page is asked for with, if it is one of SQL."""
    insight = found_insight(project, short_id, request.user) if short_id else None
    return insight if insight and source_of(saved_node(insight)).get("kind") == SQL else None


def _tables(project: Project, user: User) -> list[dict[str, Any]]:
    """The tables for the side bar, each with its fields."""
    schema = ask(project, {"kind": "DatabaseSchemaQuery"}, user).response.get("tables") or {}
    return [{"name": name, "fields": list(table["fields"].values())} for name, table in schema.items()]


def _plain(value: Any) -> Any:
    if value is None or isinstance(value, bool | int | float):
        return value
    text = text_of(value)
    return f"'{text}" if text.startswith(_FORMULA_STARTS) else text
