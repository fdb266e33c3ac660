"""Stickiness: on how many days (or weeks …) people do something."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.http import QueryDict

from hedgerow.charts.answers import specification_of
from hedgerow.charts.specification import share
from hedgerow.charts.stickiness import stickiness_point
from hedgerow.charts.totals import period_of
from hedgerow.insights.stickiness import StickinessQuery
from hedgerow.web.insights.actors import insight_actors
from hedgerow.web.insights.choices import Choices
from hedgerow.web.insights.form import Form
from hedgerow.web.insights.kind import Insight, Query, SeriesPart, Shown
from hedgerow.web.insights.series import EXPRESSION, distinct_titles
from hedgerow.web.insights.table import Line, Table, number, words

OPERATORS = {"gte": "at least", "exact": "exactly", "lte": "at most"}
COMPUTED = {"non_cumulative": "On exactly so many", "cumulative": "On so many or more"}
DISPLAYS = {"ActionsBar": "Bars", "ActionsLineGraph": "Line"}


def maths(choices: Choices) -> dict[str, str]:
    """Whose intervals are counted."""
    groups = {f"unique_group:{index}": f"Unique {name}" for index, name in choices.group_types.items()}
    return {"": "People", **groups, EXPRESSION: "HogQL expression…"}


def usual(choices: Choices) -> Query:
    """On how many of the last days people viewed a page."""
    return {
        "kind": "StickinessQuery",
        "series": [{"kind": "EventsNode", "event": choices.usual_event or None}],
        "dateRange": {"date_from": "-14d", "date_to": None},
        "interval": "day",
    }


def write(form: Form, query: Query, choices: Choices) -> Query:
    """The query with what counts as active and how the numbers are given."""
    asked = dict(query.get("stickinessFilter") or {})
    asked["computedAs"] = form.one_of("computed", COMPUTED, asked.get("computedAs") or "non_cumulative")
    asked["display"] = form.one_of("display", DISPLAYS, asked.get("display") or "ActionsBar")
    if (least := form.whole("times")) is not None:
        operator = form.one_of("criteria", OPERATORS, "gte")
        asked.pop("stickinessCriteria", None)
        if (operator, least) != ("gte", 1):
            asked["stickinessCriteria"] = {"operator": operator, "value": least}
    return {**query, "stickinessFilter": asked}


def options(query: Query, choices: Choices) -> Mapping[str, Any]:
    """What the template of the options shows."""
    asked = query.get("stickinessFilter") or {}
    criteria = asked.get("stickinessCriteria") or {}
    return {
        "computed": (asked.get("computedAs") or "non_cumulative", COMPUTED.items()),
        "display": (asked.get("display") or "ActionsBar", DISPLAYS.items()),
        "criteria": (criteria.get("operator") or "gte", OPERATORS.items()),
        "times": criteria.get("value", 1),
    }


def actors(query: Query, asked: QueryDict) -> Query:
    """The question for those active on a number of intervals, or on more where the numbers are so given."""
    found = insight_actors(query, asked)
    source = found["source"]
    if source.get("day", "").isdigit():
        source["day"] = int(source["day"])
    if (query.get("stickinessFilter") or {}).get("computedAs") == "cumulative":
        source |= {"kind": "StickinessActorsQuery", "operator": "gte"}
    return found


def show(query: Query, response: dict[str, Any], choices: Choices, now: datetime) -> Shown:
    """Bars by the number of intervals, and the same as a table."""
    titles = distinct_titles(query["series"], maths(choices), choices.actions)
    results = [{**result, "label": titles[result["action"]["order"]]} for result in response["results"]]
    named = {**response, "results": results}
    compared = any(result.get("compare") for result in results)
    longest: list[str] = max((result["labels"] for result in results), key=len, default=[])
    lines = []
    for result in results:
        cells = [words(period_of(result))] if compared else []
        for day, value in zip(result["days"], result["data"], strict=True):
            hint = f"{share(value, result['count']):g} % of {result['count']:,}"
            cells.append(number(value, stickiness_point(result, day), hint=hint))
        lines.append(Line(result["label"], cells))
    heads = [*(["Period"] if compared else []), *longest]
    return Shown(
        specification=specification_of(query, named, now=now),
        tables=[Table("Active on", "Series", heads, lines, worded=int(compared))],
        is_empty=not any(any(result["data"]) for result in results),
    )


STICKINESS = Insight(
    slug="stickiness",
    title="Stickiness",
    about="On how many days, weeks or months people do something.",
    kind="StickinessQuery",
    model=StickinessQuery,
    usual=usual,
    write=write,
    options=options,
    show=show,
    series=SeriesPart("What they do", 10, maths=maths),
    has_comparison=True,
    actors=actors,
)
