"""Funnels: how many go all the way through a row of steps."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from django.http import QueryDict

from hedgerow.charts.answers import specification_of
from hedgerow.charts.funnels import (
    bin_rows,
    conversion_results,
    funnel_groups,
    step_name,
    step_point,
    step_shares,
    time_answers,
)
from hedgerow.charts.specification import duration, point, share
from hedgerow.charts.totals import period_of
from hedgerow.insights.funnels import FunnelsQuery
from hedgerow.web.insights.actors import actors_of, breakdown_of
from hedgerow.web.insights.choices import Choices
from hedgerow.web.insights.form import Form
from hedgerow.web.insights.kind import Insight, Query, SeriesPart, Shown
from hedgerow.web.insights.series import node_title
from hedgerow.web.insights.table import Cell, Line, Table, number, percent, words

VIEWS = {"steps": "Steps", "time_to_convert": "Time to convert", "trends": "Conversion over time"}
ORDERS = {"ordered": "In this order", "strict": "In this order, nothing between", "unordered": "In any order"}
UNITS = {"second": "seconds", "minute": "minutes", "hour": "hours", "day": "days", "week": "weeks", "month": "months"}
ATTRIBUTIONS = {
    "first_touch": "First value",
    "last_touch": "Last value",
    "all_events": "Same value in all steps",
    "step": "Value at a step",
}
REFERENCES = {"total": "the first step", "previous": "the step before"}
STEP_MATHS = {
    "total": "Every time",
    "first_time_for_user": "First time ever",
    "first_time_for_user_with_filters": "First time that matches",
}
MAX_STEPS = 20
FIELDS = {
    "view": ("funnelVizType", VIEWS, "steps"),
    "order": ("funnelOrderType", ORDERS, "ordered"),
    "unit": ("funnelWindowIntervalUnit", UNITS, "day"),
    "attribution": ("breakdownAttributionType", ATTRIBUTIONS, "first_touch"),
    "reference": ("funnelStepReference", REFERENCES, "total"),
}
"""Choices of the form: the key in the query, what there is to choose, and what it is by default."""


def usual(choices: Choices) -> Query:
    """Page view, then anything, within two weeks."""
    event = choices.usual_event or None
    first = {"kind": "EventsNode", "event": event}
    others = [name for name in choices.events if not name.startswith("$")]
    second = {"kind": "EventsNode", "event": others[0] if others else event}
    return {
        "kind": "FunnelsQuery",
        "series": [first, second],
        "dateRange": {"date_from": "-28d", "date_to": None},
        "funnelsFilter": {"funnelVizType": "steps", "funnelWindowInterval": 14, "funnelWindowIntervalUnit": "day"},
    }


def write(form: Form, query: Query, choices: Choices) -> Query:
    """The query with the view, the window, the measured steps, the attribution and the exclusions sent."""
    asked = dict(query.get("funnelsFilter") or {})
    for name, (key, known, default) in FIELDS.items():
        if name in form.asked:
            asked[key] = form.one_of(name, known, asked.get(key) or default)
    last = len(query["series"]) - 1
    for name, key in (("from-step", "funnelFromStep"), ("to-step", "funnelToStep"), ("bins-count", "binCount")):
        if name in form.asked:
            value = form.whole(name)
            asked.pop(key, None)
            if value is not None and (key == "binCount" or value <= last):
                asked[key] = value
    if (window := form.whole("window")) is not None:
        asked["funnelWindowInterval"] = max(1, window)
    if (step := form.whole("attributed-step")) is not None:
        asked["breakdownAttributionValue"] = min(step, last)
    if "aggregate" in form.asked:
        _write_unit(form, asked, query)
    asked["exclusions"] = _written_exclusions(form, asked.get("exclusions") or [], choices, last)
    written = {**query, "funnelsFilter": {key: value for key, value in asked.items() if value not in (None, [])}}
    group = form.text("aggregate").partition("group:")[2]
    if "aggregate" in form.asked:
        written.pop("aggregation_group_type_index", None)
        if group.isdigit():
            written["aggregation_group_type_index"] = int(group)
    return written


def options(query: Query, choices: Choices) -> Mapping[str, Any]:
    """What the template of the options shows."""
    parsed = FunnelsQuery.model_validate(query)
    asked = query.get("funnelsFilter") or {}
    steps = [(str(at), f"{at + 1}. {node_title(node, choices.actions)}") for at, node in enumerate(query["series"])]
    chosen = {name: (asked.get(key) or default, known.items()) for name, (key, known, default) in FIELDS.items()}
    group = query.get("aggregation_group_type_index")
    return {
        **chosen,
        "viewed": parsed.view,
        "window": parsed.options.funnelWindowInterval or 14,
        "steps": steps,
        "from_step": str(parsed.from_step),
        "to_step": str(parsed.to_step),
        "bin_count": asked.get("binCount") or "",
        "attributed_step": str(asked.get("breakdownAttributionValue") or 0),
        "aggregate": "hogql" if asked.get("funnelAggregateByHogQL") else f"group:{group}" if group is not None else "",
        "aggregates": [
            ("", "People"),
            *((f"group:{index}", name.capitalize()) for index, name in choices.group_types.items()),
            ("hogql", "HogQL expression…"),
        ],
        "aggregate_expression": asked.get("funnelAggregateByHogQL") or "",
        "exclusion_events": choices.event_options([_exclusion_event(node) for node in asked.get("exclusions") or []]),
        "exclusions": [
            {
                "at": at,
                "event": _exclusion_event(node),
                "from": str(node["funnelFromStep"]),
                "to": str(node["funnelToStep"]),
            }
            for at, node in enumerate(asked.get("exclusions") or [])
        ],
    }


def actors(query: Query, asked: QueryDict) -> Query:
    """The question for those who did a step, dropped off before it, or converted in a period."""
    which: Query = {"kind": "FunnelsActorsQuery", "source": query}
    if asked.get("compare"):
        which["compare"] = asked["compare"]
    if (breakdown := breakdown_of(asked)) is not None:
        which["funnelStepBreakdown"] = breakdown
    if asked.get("day"):
        return actors_of({**which, "funnelTrendsEntrancePeriodStart": asked["day"], "funnelTrendsDropOff": False})
    step = asked.get("step", "")
    return actors_of({**which, "funnelStep": int(step) if step.lstrip("-").isdigit() else 1})


def missing(query: Query) -> str:
    """What the funnel still lacks."""
    return "A funnel needs at least two steps." if len(query["series"]) < 2 else ""


def show(query: Query, response: dict[str, Any], choices: Choices, now: datetime) -> Shown:
    """The chosen view of the funnel."""
    parsed = FunnelsQuery.model_validate(query)
    if parsed.view == "time_to_convert":
        return _times(query, response, now)
    if parsed.view == "trends":
        return _over_time(query, response, now)
    titles = [node_title(node, choices.actions) for node in query["series"]]
    if parsed.order != "unordered":
        response = {**response, "results": _named(response["results"], titles)}
    reference = (query.get("funnelsFilter") or {}).get("funnelStepReference") or "total"
    groups = funnel_groups(response["results"])
    median = response.get("total_median_conversion_time")
    facts = []
    if len(groups) == 1 and not groups[0][0]:
        steps = groups[0][1]
        facts.append(("Converted", f"{share(steps[-1]['count'], steps[0]['count']):g} %"))
    if median is not None:
        facts.append(("Median time to convert", duration(median)))
    return Shown(
        specification=specification_of(query, response, now=now),
        tables=[_steps_table(groups, reference)],
        facts=facts,
        is_empty=not groups,
    )


def _named(results: Sequence[Any], titles: Sequence[str]) -> list[Any]:
    if results and isinstance(results[0], list):
        return [_named(each, titles) for each in results]
    return [{**step, "custom_name": title} for step, title in zip(results, titles, strict=False)]


def _steps_table(groups: Sequence[tuple[str, Sequence[Mapping[str, Any]]]], reference: str) -> Table:
    is_broken_down = len(groups) > 1 or bool(groups and groups[0][0])
    heads = ["Conversion", "Number", "Dropped off", "Average time", "Median time"]
    lines = []
    for name, steps in groups:
        for at, (step, value) in enumerate(zip(steps, step_shares(steps, reference), strict=True)):
            lost = steps[at - 1]["count"] - step["count"] if at else None
            cells = [
                percent(value),
                number(step["count"], step_point(step), is_strong=True),
                Cell("") if lost is None else number(max(0, lost), step_point(step, dropped=True)),
                Cell(duration(step["average_conversion_time"]) if at else ""),
                Cell(duration(step["median_conversion_time"]) if at else ""),
            ]
            lines.append(Line(step_name(step), [words(name), *cells] if is_broken_down else cells))
    heads = ["Of", *heads] if is_broken_down else heads
    return Table("Numbers", "Step", heads, lines, worded=int(is_broken_down))


def _times(query: Query, response: dict[str, Any], now: datetime) -> Shown:
    rows = bin_rows(response)
    current, *earlier = time_answers(response)
    facts = [("Average", current["average_conversion_time"]), ("Median", current["median_conversion_time"])]
    if earlier:
        facts.append(("Median in the time before", earlier[0]["median_conversion_time"]))
    return Shown(
        specification=specification_of(query, response, now=now),
        tables=[
            _times_table("In the time before" if at else "Numbers", bin_rows({"results": found}))
            for at, found in enumerate([current, *earlier])
        ],
        facts=[(title, duration(value)) for title, value in facts if value is not None],
        is_empty=not rows,
    )


def _times_table(title: str, rows: list[dict[str, Any]]) -> Table:
    lines = [Line(row["span"], [number(row["value"], is_strong=True), percent(row["share"])]) for row in rows]
    return Table(title, "Took", ["Converted", "Share"], lines)


def _over_time(query: Query, response: dict[str, Any], now: datetime) -> Shown:
    results = conversion_results(response)
    labels = results[0]["labels"] if results else []
    compared = any(result.get("compare") for result in results)
    lines = []
    for result in results:
        period = [words(period_of(result))] if compared else []
        lines.append(Line(result["label"], [*period, *_period_cells(result)]))
    heads = ["Period", *labels] if compared else labels
    return Shown(
        specification=specification_of(query, response, now=now),
        tables=[Table("Share that converted, by the time of entrance", "Of", heads, lines, worded=int(compared))],
        note="A dashed line is a time that is not over yet.",
        is_empty=not any(any(result["data"]) for result in results),
    )


def _period_cells(result: Mapping[str, Any]) -> list[Cell]:
    days = zip(result["data"], result["days"], strict=True)
    which = {"breakdown": result.get("breakdown_value"), "compare": result.get("compare_label")}
    return [percent(value, point(day=day, **which) if value else "") for value, day in days]


def _write_unit(form: Form, asked: dict[str, Any], query: Query) -> None:
    asked.pop("funnelAggregateByHogQL", None)
    if form.text("aggregate") == "hogql":
        asked["funnelAggregateByHogQL"] = form.text("aggregate-expression", "properties.$session_id")


def _written_exclusions(form: Form, before: list[dict[str, Any]], choices: Choices, last: int) -> list[dict[str, Any]]:
    if "exclusion" not in form.asked and form.added != "exclusion":
        return before
    written = []
    for at, event in enumerate(form.all("exclusion")):
        old = before[at] if at < len(before) else {}
        head, _, number_ = event.partition(":")
        is_action = head == "action" and number_.isdigit() and int(number_) in choices.actions
        node: dict[str, Any] = (
            {"kind": "ActionsNode", "id": int(number_)} if is_action else {"kind": "EventsNode", "event": event or None}
        )
        start, end = form.at("exclusion-from", at), form.at("exclusion-to", at)
        node["funnelFromStep"] = min(int(start), max(0, last - 1)) if start.isdigit() else 0
        node["funnelToStep"] = min(int(end), last) if end.isdigit() else last
        kept = {key: value for key, value in old.items() if key in ("properties", "custom_name")}
        written.append({**kept, **node})
    written = form.without_dropped("exclusion", written)
    if form.added == "exclusion":
        unused = next((name for name in choices.events if name not in form.all("event")), None)
        written.append({"kind": "EventsNode", "event": unused, "funnelFromStep": 0, "funnelToStep": last})
    return written


def _exclusion_event(node: Mapping[str, Any]) -> str:
    return f"action:{node['id']}" if node["kind"] == "ActionsNode" else node.get("event") or ""


FUNNELS = Insight(
    slug="funnels",
    title="Funnels",
    about="How many go all the way through a row of steps.",
    kind="FunnelsQuery",
    model=FunnelsQuery,
    usual=usual,
    write=write,
    options=options,
    show=show,
    series=SeriesPart(
        "Steps", MAX_STEPS, least=2, maths=lambda choices: STEP_MATHS, adding="Add a step", has_optional=True
    ),
    has_breakdown=True,
    has_comparison=True,
    missing=missing,
    actors=actors,
)
