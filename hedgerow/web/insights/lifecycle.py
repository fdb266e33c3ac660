"""Lifecycle: who is new, who returns, who is back after a while and who stays away."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from hedgerow.charts.answers import lifecycle_statuses, specification_of
from hedgerow.charts.lifecycle import STATUSES, lifecycle_point, lifecycle_results
from hedgerow.insights.lifecycle import LifecycleQuery
from hedgerow.web.insights.choices import Choices
from hedgerow.web.insights.form import Form
from hedgerow.web.insights.kind import Insight, Query, SeriesPart, Shown
from hedgerow.web.insights.table import Cell, Line, Table, number


def usual(choices: Choices) -> Query:
    """Of those who view pages, by day."""
    return {
        "kind": "LifecycleQuery",
        "series": [{"kind": "EventsNode", "event": choices.usual_event or None}],
        "dateRange": {"date_from": "-28d", "date_to": None},
        "interval": "day",
    }


def write(form: Form, query: Query, choices: Choices) -> Query:
    """The query with the statuses to show, how bars stand, and whose lifecycle it is."""
    written = dict(query)
    asked = dict(query.get("lifecycleFilter") or {})
    if "statuses" in form.asked:
        shown = [status for status in STATUSES if status in form.all("statuses")]
        asked["toggledLifecycles"] = shown or list(STATUSES)
        asked["stacked"] = form.text("stacked") != "no"
    if "actor" in form.asked:
        written.pop("aggregation_group_type_index", None)
        if form.text("actor").isdigit():
            written["aggregation_group_type_index"] = int(form.text("actor"))
    return {**written, "lifecycleFilter": asked}


def options(query: Query, choices: Choices) -> Mapping[str, Any]:
    """What the template of the options shows."""
    group = query.get("aggregation_group_type_index")
    shown = lifecycle_statuses(query)
    return {
        "statuses": [(status, title, status in shown) for status, title in STATUSES.items()],
        "stacked": ("yes" if _is_stacked(query) else "no", [("yes", "On top of each other"), ("no", "Side by side")]),
        "actor": (
            "" if group is None else str(group),
            [("", "People"), *((str(index), name.capitalize()) for index, name in choices.group_types.items())],
        ),
    }


def show(query: Query, response: dict[str, Any], choices: Choices, now: datetime) -> Shown:
    """Bars above and below the line, and the same numbers as a table."""
    shown = lifecycle_statuses(query)
    results = lifecycle_results(response, shown)
    lines = []
    for result in results:
        days = zip(result["data"], result["days"], strict=True)
        cells: list[Cell] = [number(value, lifecycle_point(result, day)) for value, day in days]
        lines.append(Line(result["label"], cells))
    return Shown(
        specification=specification_of(query, response, now=now) if results else None,
        tables=[Table("Numbers", "Status", results[0]["labels"] if results else [], lines)],
        note="Those who stayed away after being active are counted below zero.",
        is_empty=not any(any(result["data"]) for result in response["results"]),
    )


def _is_stacked(query: Query) -> bool:
    return (query.get("lifecycleFilter") or {}).get("stacked") is not False


LIFECYCLE = Insight(
    slug="lifecycle",
    title="Lifecycle",
    about="Who is new, who returns, who is back after a while, and who stays away.",
    kind="LifecycleQuery",
    model=LifecycleQuery,
    usual=usual,
    write=write,
    options=options,
    show=show,
    series=SeriesPart("Being active means", 1),
)
