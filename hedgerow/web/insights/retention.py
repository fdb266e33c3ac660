"""Retention: how many of those who did something come back later."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from django.http import QueryDict

from hedgerow.charts.answers import retention_parts, row_date, specification_of
from hedgerow.charts.retention import Block, Column
from hedgerow.charts.specification import point
from hedgerow.insights.retention import RetentionQuery
from hedgerow.web.insights.actors import insight_actors
from hedgerow.web.insights.choices import Choices
from hedgerow.web.insights.form import Form
from hedgerow.web.insights.kind import Insight, Query, SeriesPart, Shown
from hedgerow.web.insights.series import Node
from hedgerow.web.insights.table import Cell, Line, Table, number, percent

PERIODS = {"Hour": "Hours", "Day": "Days", "Week": "Weeks", "Month": "Months"}
TYPES = {
    "retention_recurring": "Every time they did it",
    "retention_first_time": "The first time they did it",
    "retention_first_ever_occurrence": "The first time ever, if it matches",
}
REFERENCES = {"total": "of all who began", "previous": "of the interval before"}
MEANS = {"simple": "Each row counts the same", "weighted": "Larger rows count more"}
MAX_INTERVALS = 100


def usual(choices: Choices) -> Query:
    """Who views a page and comes back, by day."""
    entity = {"id": choices.usual_event or None, "type": "events"}
    return {
        "kind": "RetentionQuery",
        "retentionFilter": {
            "targetEntity": entity,
            "returningEntity": dict(entity),
            "retentionType": "retention_first_time",
            "period": "Day",
            "totalIntervals": 8,
        },
    }


def nodes(query: Query) -> list[Node]:
    """What began and what is returned to, as the nodes of series."""
    parsed = RetentionQuery.model_validate(query)
    asked = query.get("retentionFilter") or {}
    found = []
    for key, node in (("targetEntity", parsed.target), ("returningEntity", parsed.returning)):
        entity = asked.get(key) or {}
        names = {name: entity[name] for name in ("name", "custom_name", "properties") if entity.get(name)}
        of_what = {"id": node.id} if node.kind == "ActionsNode" else {"event": node.event}
        found.append({"kind": node.kind, **of_what, **names})
    return found


def with_nodes(query: Query, series: list[Node]) -> Query:
    """The query with the nodes as what began and what is returned to; of a single one both are of it."""
    entities = [_entity(node) for node in series[:2] if node["kind"] != "GroupNode"]
    asked = dict(query.get("retentionFilter") or {})
    if entities:
        asked |= {"targetEntity": entities[0], "returningEntity": entities[-1]}
    return {**query, "retentionFilter": asked}


def write(form: Form, query: Query, choices: Choices) -> Query:
    """The query with the period, the number of intervals and what counts as beginning and returning."""
    asked = dict(query.get("retentionFilter") or {})
    asked["period"] = form.one_of("period", PERIODS, asked.get("period") or "Day")
    asked["retentionType"] = form.one_of("type", TYPES, asked.get("retentionType") or "retention_recurring")
    asked["retentionReference"] = form.one_of("reference", REFERENCES, asked.get("retentionReference") or "total")
    asked["meanRetentionCalculation"] = form.one_of("mean", MEANS, asked.get("meanRetentionCalculation") or "simple")
    if (count := form.whole("intervals")) is not None:
        asked["totalIntervals"] = max(2, min(count, MAX_INTERVALS))
    if (least := form.whole("least")) is not None:
        asked["minimumOccurrences"] = max(1, least)
    if "brackets" in form.asked:
        asked["retentionCustomBrackets"] = _brackets(form.text("brackets")) or None
    if "period" in form.asked:
        asked["cumulative"] = form.is_on("cumulative")
    written = {**query, "retentionFilter": {key: value for key, value in asked.items() if value is not None}}
    if form.text("range") == "":
        written.pop("dateRange", None)
    return written


def options(query: Query, choices: Choices) -> Mapping[str, Any]:
    """What the template of the options shows."""
    parsed = RetentionQuery.model_validate(query)
    asked = query.get("retentionFilter") or {}
    return {
        "period": (parsed.period, PERIODS.items()),
        "type": (asked.get("retentionType") or "retention_recurring", TYPES.items()),
        "reference": (asked.get("retentionReference") or "total", REFERENCES.items()),
        "mean": (asked.get("meanRetentionCalculation") or "simple", MEANS.items()),
        "intervals": parsed.intervals,
        "least": asked.get("minimumOccurrences") or 1,
        "cumulative": bool(asked.get("cumulative")),
        "brackets": ", ".join(map(str, parsed.brackets)),
    }


def actors(query: Query, asked: QueryDict) -> Query:
    """The question for those who began in a row; with a column for those of them who came back in it."""
    found = insight_actors(query, asked)
    if (column := asked.get("column", "")).isdigit():
        found["properties"] = [{"type": "hogql", "key": f"day_{int(column)}"}]
    return found


def show(query: Query, response: dict[str, Any], choices: Choices, now: datetime) -> Shown:
    """A shaded table and the curve of its means."""
    parsed = RetentionQuery.model_validate(query)
    columns, blocks, _ = retention_parts(query, response)
    is_empty = not any(row["values"][0]["count"] for block in blocks for row in block.rows)
    return Shown(
        specification=specification_of(query, response, now=now),
        tables=[_table(block, columns, parsed) for block in blocks],
        note="A cell is empty where the time has not come yet; the last one of each row is not over.",
        is_empty=is_empty,
    )


def _table(block: Block, columns: Sequence[Column], parsed: RetentionQuery) -> Table:
    has_amounts = parsed.retentionFilter.aggregationType in ("sum", "avg")
    mean_cells = [Cell(""), *(percent(value, shade=True) for value in block.means)]
    lines = [Line("Mean", mean_cells, is_mean=True)]
    for at, (row, shares) in enumerate(zip(block.rows, block.shares, strict=True)):
        counts = [value["count"] for value in row["values"]]
        breakdown = row.get("breakdown_value")
        cells = [number(counts[0], point(interval=at, breakdown=breakdown), is_strong=True)]
        for column, (value, of_all) in enumerate(zip(row["values"], shares, strict=True)):
            actors_there = point(interval=at, column=column, breakdown=breakdown) if value["count"] else ""
            hint = "" if of_all is None else f"{value['count']:,} of {counts[0]:,}"
            if has_amounts:
                amount = value["aggregation_value"] if of_all is not None else None
                cells.append(number(amount, actors_there, hint=hint) if amount is not None else Cell(""))
            elif not counts[0] and of_all is not None:
                cells.append(Cell("–"))
            else:
                cells.append(percent(of_all, actors_there, shade=True, hint=hint))
        lines.append(Line(row_date(row["date"], parsed.period), cells))
    title = f"Who came back: {block.name}" if block.name else "Who came back"
    return Table(title, "Began", ["People", *(column.label for column in columns)], lines, is_shaded=True)


def _entity(node: Node) -> dict[str, Any]:
    of_what = (
        {"id": node["id"], "type": "actions"}
        if node["kind"] == "ActionsNode"
        else {"id": node.get("event"), "type": "events"}
    )
    return {**of_what, **{key: node[key] for key in ("name", "custom_name", "properties") if node.get(key)}}


def _brackets(text: str) -> list[int]:
    return [int(each) for part in text.split(",") if (each := part.strip()).isdigit() and 0 < int(each) <= 10_000]


RETENTION = Insight(
    slug="retention",
    title="Retention",
    about="How many of those who did something come back later.",
    kind="RetentionQuery",
    model=RetentionQuery,
    usual=usual,
    write=write,
    options=options,
    show=show,
    series=SeriesPart("Who did this, and came back to do that", 2, least=2, titles=("First", "Then")),
    has_breakdown=True,
    has_interval=False,
    actors=actors,
    open_range="As long as the table",
    nodes=nodes,
    with_nodes=with_nodes,
)
