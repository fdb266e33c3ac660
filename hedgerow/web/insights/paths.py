"""Paths: what people do one after the other."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.http import QueryDict

from hedgerow.charts.answers import specification_of
from hedgerow.charts.paths import edge_point, item_of, readable_item
from hedgerow.charts.specification import duration
from hedgerow.insights.paths import PathsQuery
from hedgerow.web.insights.actors import insight_actors
from hedgerow.web.insights.choices import Choices
from hedgerow.web.insights.form import Form
from hedgerow.web.insights.kind import Insight, Query, Shown
from hedgerow.web.insights.table import Cell, Line, Table, number, words

TYPES = {"$pageview": "Page views", "$screen": "Screens", "custom_event": "Own events", "hogql": "HogQL expression"}
MAX_STEPS = 20
MAX_EDGES = 500
USUAL_EDGES = 30


def usual(choices: Choices) -> Query:
    """From page to page."""
    types = ["$pageview"] if "$pageview" in choices.events else []
    return {
        "kind": "PathsQuery",
        "dateRange": {"date_from": "-28d", "date_to": None},
        "pathsFilter": {"includeEventTypes": types, "stepLimit": 5, "edgeLimit": USUAL_EDGES},
    }


def write(form: Form, query: Query, choices: Choices) -> Query:
    """The query with what paths are made of, where they begin and end, and how many edges are shown."""
    asked = dict(query.get("pathsFilter") or {})
    if "steps" not in form.asked:
        return query
    asked["includeEventTypes"] = [each for each in TYPES if each in form.all("types")]
    texts = {"start": "startPoint", "end": "endPoint", "paths-expression": "pathsHogQLExpression"}
    for name, key in texts.items():
        asked[key] = form.text(name) or None
    for name, key in {"exclude": "excludeEvents", "groupings": "pathGroupings"}.items():
        asked[key] = [each.strip() for each in form.text(name).splitlines() if each.strip()] or None
    numbers = {"steps": ("stepLimit", MAX_STEPS), "edges": ("edgeLimit", MAX_EDGES)}
    for name, (key, most) in numbers.items():
        value = form.whole(name)
        asked[key] = max(2 if name == "steps" else 1, min(value, most)) if value else None
    asked["minEdgeWeight"] = form.whole("least-weight")
    asked["maxEdgeWeight"] = form.whole("most-weight")
    asked["pathReplacements"] = form.is_on("cleaning") or None
    asked["showFullUrls"] = form.is_on("full-urls") or None
    return {**query, "pathsFilter": {key: value for key, value in asked.items() if value is not None}}


def options(query: Query, choices: Choices) -> Mapping[str, Any]:
    """What the template of the options shows."""
    asked = query.get("pathsFilter") or {}
    types = asked.get("includeEventTypes") or []
    return {
        "types": [(key, title, key in types) for key, title in TYPES.items()],
        "asked": asked,
        "has_expression": "hogql" in types,
        "exclude": "\n".join(asked.get("excludeEvents") or []),
        "groupings": "\n".join(asked.get("pathGroupings") or []),
        "step_limit": asked.get("stepLimit") or 5,
        "edge_limit": asked.get("edgeLimit") or 50,
        "is_rare": bool(asked.get("excludeEvents") or asked.get("pathGroupings") or asked.get("minEdgeWeight")),
    }


def actors(query: Query, asked: QueryDict) -> Query:
    """The question for those who took an edge."""
    edge = {"pathStartKey": asked.get("start"), "pathEndKey": asked.get("end")}
    source = {**query, "pathsFilter": {**(query.get("pathsFilter") or {}), **edge}}
    return insight_actors(source, asked)


def missing(query: Query) -> str:
    """What the paths still lack."""
    asked = query.get("pathsFilter") or {}
    if "hogql" in (asked.get("includeEventTypes") or []) and not asked.get("pathsHogQLExpression"):
        return "Write the expression that names the steps."
    return ""


def show(query: Query, response: dict[str, Any], choices: Choices, now: datetime) -> Shown:
    """The flows, and the edges as a table."""
    full = bool((query.get("pathsFilter") or {}).get("showFullUrls"))
    edges = response["results"]
    lines = []
    for edge in edges:
        cells: list[Cell] = [
            words(readable_item(item_of(edge["target"]), full=full)),
            number(int(edge["source"].partition("_")[0])),
            number(edge["value"], edge_point(edge), is_strong=True),
            Cell(duration(edge["average_conversion_time"] / 1000)),
        ]
        lines.append(Line(readable_item(item_of(edge["source"]), full=full), cells))
    return Shown(
        specification=specification_of(query, response, now=now),
        tables=[Table("Every edge", "From", ["To", "Step", "Times", "Average time"], lines, worded=1)],
        is_empty=not edges,
        height="wide",
    )


PATHS = Insight(
    slug="paths",
    title="Paths",
    about="What people do one after the other.",
    kind="PathsQuery",
    model=PathsQuery,
    usual=usual,
    write=write,
    options=options,
    show=show,
    has_interval=False,
    missing=missing,
    actors=actors,
)
