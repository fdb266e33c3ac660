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
from hedgerow.web.names import event_name, property_name
from hedgerow.web.questions import Answer, ask
from hedgerow.web.rendering import project_context, project_page, render_page
from hedgerow.web.trends_form import ADDITIVE, COUNTS, PROPERTY_MATHS, TrendsForm

MAX_CHOICES = 500


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
    for result in shown:
        result["label"] = _readable_label(result)
    now = datetime.now(UTC)
    context = {
        **project_context(request, project, "trends"),
        "form": form,
        "names": names,
        "counts": COUNTS | _group_maths(project),
        "property_maths": PROPERTY_MATHS,
        "numbers": _properties(project, "event", is_numerical=True),
        "event_properties": _properties(project, "event"),
        "person_properties": _properties(project, "person"),
        "ranges": trends_form.RANGES,
        "intervals": trends_form.INTERVALS,
        "displays": trends_form.DISPLAYS,
        "may_add": len(form.series) < trends_form.MAX_SERIES,
        "shows_totals": form.display in trends_form.TOTAL_DISPLAYS,
        "problem": answer.problem,
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


def _readable_label(result: dict[str, Any]) -> str:
    """The label with the event's name for people in place of the bare one."""
    label, name = str(result["label"]), (result.get("action") or {}).get("name")
    return event_name(name) + label.removeprefix(name) if name and label.startswith(name) else label


def _has_data(result: dict[str, Any]) -> bool:
    return bool(result.get("aggregated_value")) or any(result.get("data") or [])


def _event_names(project: Project) -> list[tuple[str, str]]:
    names = EventDefinition.objects.filter(project=project).values_list("name", flat=True)[:MAX_CHOICES]
    return sorted(((name, event_name(name)) for name in names), key=lambda pair: (pair[0][:1] == "$", pair[1].lower()))


def _usual_event(names: list[tuple[str, str]]) -> str:
    return "$pageview" if ("$pageview", event_name("$pageview")) in names else ""


def _properties(project: Project, kind: str, **more: bool) -> list[tuple[str, str]]:
    found = PropertyDefinition.objects.filter(project=project, type=kind, **more).values_list("name", flat=True)
    named = [(name, property_name(name)) for name in found[:MAX_CHOICES]]
    return sorted(named, key=lambda pair: (pair[0][:1] == "$", pair[1].lower()))


def _group_maths(project: Project) -> dict[str, str]:
    groups = GroupTypeMapping.objects.filter(project=project).order_by("group_type_index")
    return {f"unique_group:{group.group_type_index}": f"Unique groups: {group.group_type}" for group in groups}
