"""Trends: how often things happen, over time or in all."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from hedgerow.charts.answers import specification_of, trends_results
from hedgerow.charts.totals import period_of, point_of, series_name
from hedgerow.insights.trends import TrendsQuery
from hedgerow.web.insights.choices import Choices
from hedgerow.web.insights.form import Form
from hedgerow.web.insights.kind import Insight, Query, SeriesPart, Shown
from hedgerow.web.insights.series import (
    ADDITIVE,
    ALL_EVENTS,
    COUNTS,
    EXPRESSION,
    PROPERTY_MATHS,
    distinct_titles,
    node_title,
)
from hedgerow.web.insights.table import Cell, Line, Table, number, words

DISPLAYS = {
    "ActionsLineGraph": "Line",
    "ActionsLineGraphCumulative": "Line, added up",
    "ActionsAreaGraph": "Area",
    "ActionsBar": "Bars, stacked",
    "ActionsUnstackedBar": "Bars, side by side",
    "ActionsBarValue": "Totals",
    "ActionsPie": "Pie",
    "BoldNumber": "Number",
    "ActionsTable": "Table",
    "WorldMap": "World map",
}
TOTAL_DISPLAYS = frozenset({"ActionsBarValue", "ActionsPie", "BoldNumber", "ActionsTable", "WorldMap", "Progress"})
MAX_SERIES = 10
SMOOTHINGS = {1: "Not", 3: "Over 3", 7: "Over 7", 14: "Over 14", 28: "Over 28"}
COUNTRY = "$geoip_country_code"

OVERLAPPING = "The same person may be counted in several of the columns, so they do not add up."


def maths(choices: Choices) -> dict[str, str]:
    """The ways to count that a project knows."""
    groups = {f"unique_group:{index}": f"Unique {name}" for index, name in choices.group_types.items()}
    of_property = {key: f"{title}…" for key, title in PROPERTY_MATHS.items()}
    return COUNTS | groups | of_property | {EXPRESSION: "HogQL expression…"}


def usual(choices: Choices) -> Query:
    """Page views of the last four weeks."""
    return {
        "kind": "TrendsQuery",
        "series": [{"kind": "EventsNode", "event": choices.usual_event or None, "math": "total"}],
        "dateRange": {"date_from": "-28d", "date_to": None},
        "interval": "day",
        "trendsFilter": {"display": "ActionsLineGraph"},
    }


def write(form: Form, query: Query, choices: Choices) -> Query:
    """The query with the display, smoothing and formulas sent."""
    asked = {key: value for key, value in (query.get("trendsFilter") or {}).items() if not key.startswith("formula")}
    before = asked.get("display") or "ActionsLineGraph"
    asked["display"] = form.one_of("display", [*DISPLAYS, before], before)
    smoothing = form.whole("smoothing")
    if smoothing is not None:
        asked["smoothingIntervals"] = max(1, min(smoothing, 1000))
    formulas = [
        {"formula": formula.strip(), "custom_name": form.at("formula-name", at).strip() or None}
        for at, formula in enumerate(form.all("formula"))
        if formula.strip() and form.dropped != f"formula:{at}"
    ]
    if form.added == "formula":
        formulas.append({"formula": "A", "custom_name": None})
    if formulas:
        asked["formulaNodes"] = formulas
    written = {**query, "trendsFilter": asked}
    if asked["display"] == "WorldMap" and before != "WorldMap":
        written["breakdownFilter"] = {"breakdowns": [{"property": COUNTRY, "type": "event"}], "breakdown_limit": 300}
    return written


def options(query: Query, choices: Choices) -> Mapping[str, Any]:
    """What the template of the options shows."""
    parsed = TrendsQuery.model_validate(query)
    display, smoothing = parsed.display, (query.get("trendsFilter") or {}).get("smoothingIntervals") or 1
    return {
        "display": display,
        "displays": (DISPLAYS if display in DISPLAYS else {display: display, **DISPLAYS}).items(),
        "is_total": parsed.is_total,
        "smoothing": smoothing,
        "smoothings": {**SMOOTHINGS, smoothing: SMOOTHINGS.get(smoothing, f"Over {smoothing}")}.items(),
        "formulas": parsed.formulas,
    }


def show(query: Query, response: dict[str, Any], choices: Choices, now: datetime) -> Shown:
    """The chart with a table of every number in it."""
    parsed = TrendsQuery.model_validate(query)
    titles = distinct_titles(parsed_nodes(query), maths(choices), choices.actions)
    results = [{**result, "label": readable_label(result, query, titles, choices)} for result in response["results"]]
    results = [result for result in results if result.get("label") is not None]
    is_empty = not any(result.get("aggregated_value") or any(result.get("data") or []) for result in results)
    note = "" if parsed.is_total else "A dashed line or faint bar is a time that is not over yet."
    return Shown(
        specification=specification_of(query, {**response, "results": results}, now=now),
        tables=[_table(trends_results(query, results), query, parsed.is_total, parsed.is_cumulative)],
        note=note,
        is_empty=is_empty,
        height="own" if parsed.display in ("ActionsBarValue", "BoldNumber", "ActionsPie") else "fixed",
    )


def parsed_nodes(query: Query) -> list[dict[str, Any]]:
    """The series of a query."""
    return list(query["series"])


def readable_label(result: Mapping[str, Any], query: Query, titles: Sequence[str], choices: Choices) -> str:
    """The label with words for the series, and with what tells it from other series of the same event."""
    label, action = str(result["label"]), result.get("action")
    if not action:
        value = result.get("breakdown_value")
        told = " · ".join(str(each) for each in (value if isinstance(value, list) else [value])) if value else ""
        return f"{label} - {told}" if told else label
    order, name = action.get("order") or 0, action.get("name") or ALL_EVENTS
    if not label.startswith(name) or ("breakdown_value" in result and label == _value_text(result)):
        return label
    title = titles[order] if order < len(titles) else node_title(query["series"][order], choices.actions)
    return f"{title}{label.removeprefix(name)}"


def _value_text(result: Mapping[str, Any]) -> str:
    value = result["breakdown_value"]
    return "::".join(value) if isinstance(value, list) else str(value)


def _table(results: Sequence[Mapping[str, Any]], query: Query, is_total: bool, is_cumulative: bool) -> Table:
    compared = any(result.get("compare") for result in results)
    labels: list[str] = next((result["labels"] for result in results if result.get("labels")), [])
    heads = [*(["Period"] if compared else []), "Total"]
    if not is_total:
        heads += ["Average", *labels]
    lines = []
    for result in results:
        cells = [words(period_of(result))] if compared else []
        if is_total:
            cells.append(number(result.get("aggregated_value"), point_of(result), is_strong=True))
        else:
            cells += _series_cells(result, query, is_cumulative)
        lines.append(Line(series_name(result), cells))
    return Table("Numbers", "Series", heads, lines, worded=int(compared))


def _series_cells(result: Mapping[str, Any], query: Query, is_cumulative: bool) -> list[Cell]:
    values: list[float] = result.get("data") or []
    nodes = query["series"]
    order = (result.get("action") or {}).get("order")
    math = nodes[order].get("math") or "total" if order is not None and order < len(nodes) else None
    total = sum(values) if math in ADDITIVE else None
    if is_cumulative:
        total = values[-1] if values else None
    average = sum(values) / len(values) if values and not is_cumulative else None
    days = [number(value, point_of(result, day)) for value, day in zip(values, result["days"], strict=True)]
    return [number(total, is_strong=True, hint="" if total is not None else OVERLAPPING), number(average), *days]


TRENDS = Insight(
    slug="trends",
    title="Trends",
    about="How often things happen, over time or in all.",
    kind="TrendsQuery",
    model=TrendsQuery,
    usual=usual,
    write=write,
    options=options,
    show=show,
    series=SeriesPart("What to count", MAX_SERIES, maths=maths),
    has_breakdown=True,
    has_comparison=True,
)
