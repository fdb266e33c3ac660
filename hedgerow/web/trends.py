"""The trends page: a chart with everything about it to be chosen, kept in the address."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect

from hedgerow.charts.trends import series_name, trends_chart
from hedgerow.groups.models import GroupTypeMapping
from hedgerow.organizations.models import User
from hedgerow.projects.models import Project
from hedgerow.taxonomy.models import EventDefinition, PropertyDefinition
from hedgerow.web import trends_form
from hedgerow.web.names import event_name, in_order, property_name
from hedgerow.web.questions import Answer, ask
from hedgerow.web.rendering import project_context, project_page, render_page
from hedgerow.web.trends_form import ADDITIVE, COUNTS, PROPERTY_MATHS, TrendsForm

MAX_CHOICES = 500
ALL_EVENTS = "All events"


@dataclass(frozen=True)
class Line:
    """A row of the table under the chart; `total` is None where buckets do not add up."""

    name: str
    period: str
    values: list[float]
    total: float | None
    average: float | None


@project_page
def page(request: HttpRequest, project: Project) -> HttpResponse:
    """The question in the address and its answer."""
    names = _event_names(project)
    maths = COUNTS | _group_maths(project) | PROPERTY_MATHS
    form = TrendsForm.read(request.GET, maths, usual_event=_usual_event(names))
    if "add" in request.GET or "drop" in request.GET:
        return redirect(f"{request.path}?{form.address()}")
    answer = Answer({}, "")
    if not form.missing:
        assert isinstance(request.user, User)
        answer = ask(project, form.query(), request.user)
    shown = [result for result in answer.rows if result.get("label") is not None]
    distinctions = form.distinctions(maths)
    for result in shown:
        result["label"] = _readable_label(result, distinctions)
    now = datetime.now(UTC)
    context = {
        **project_context(request, project, "trends"),
        "form": form,
        "names": in_order(names, event_name, (line.event for line in form.series)),
        "counts": COUNTS | _group_maths(project),
        "property_maths": PROPERTY_MATHS,
        "numbers": in_order(
            _properties(project, "event", is_numerical=True),
            property_name,
            (line.math_property for line in form.series),
        ),
        "event_properties": in_order(_properties(project, "event"), property_name, form.breakdown_of("event")),
        "person_properties": in_order(_properties(project, "person"), property_name, form.breakdown_of("person")),
        "ranges": trends_form.RANGES,
        "intervals": trends_form.INTERVALS,
        "displays": trends_form.DISPLAYS,
        "may_add": len(form.series) < trends_form.MAX_SERIES,
        "shows_totals": form.display in trends_form.TOTAL_DISPLAYS,
        "problem": answer.problem,
        "has_events": bool(names),
        "is_empty": not answer.problem and not any(_has_data(result) for result in shown),
        "specification": trends_chart(
            {**answer.response, "results": shown}, display=form.display, interval=form.interval, now=now
        )
        if shown
        else None,
        "labels": next((result.get("labels") for result in shown if result.get("labels")), []),
        "lines": [_line(result, form) for result in shown],
        "resolved": answer.response.get("resolved_date_range"),
    }
    return render_page(request, "web/trends.html", context)


def _line(result: dict[str, Any], form: TrendsForm) -> Line:
    period = {"current": "Current", "previous": "Previous"}.get(result.get("compare_label") or "", "")
    if form.display in trends_form.TOTAL_DISPLAYS:
        return Line(series_name(result), period, [], result.get("aggregated_value"), None)
    values: list[float] = result.get("data") or []
    order = (result.get("action") or {}).get("order") or 0
    math = form.series[order].math if order < len(form.series) else "total"
    average = sum(values) / len(values) if values else None
    return Line(series_name(result), period, values, sum(values) if math in ADDITIVE else None, average)


def _readable_label(result: dict[str, Any], distinctions: list[str]) -> str:
    """The label with words for the event's name, and with what tells it from other series of the same event."""
    label, action = str(result["label"]), result.get("action") or {}
    name, order = action.get("name") or ALL_EVENTS, action.get("order") or 0
    if not label.startswith(name):
        return label
    return f"{event_name(name)}{distinctions[order] if order < len(distinctions) else ''}{label.removeprefix(name)}"


def _has_data(result: dict[str, Any]) -> bool:
    return bool(result.get("aggregated_value")) or any(result.get("data") or [])


def _event_names(project: Project) -> list[str]:
    return list(EventDefinition.objects.filter(project=project).values_list("name", flat=True)[:MAX_CHOICES])


def _usual_event(names: list[str]) -> str:
    return "$pageview" if "$pageview" in names else ""


def _properties(project: Project, kind: str, **more: bool) -> list[str]:
    found = PropertyDefinition.objects.filter(project=project, type=kind, **more).values_list("name", flat=True)
    return list(found[:MAX_CHOICES])


def _group_maths(project: Project) -> dict[str, str]:
    groups = GroupTypeMapping.objects.filter(project=project).order_by("group_type_index")
    return {f"unique_group:{group.group_type_index}": f"Unique groups: {group.group_type}" for group in groups}
