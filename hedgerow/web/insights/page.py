"""The page of an insight: the question in the address, its editor and its answer."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.http import urlencode

from hedgerow.api.asked import is_whole
from hedgerow.organizations.models import User
from hedgerow.projects.models import Project
from hedgerow.web.insights.breakdowns import MAX_BREAKDOWNS, Breakdowns, breakdowns_of
from hedgerow.web.insights.choices import Choices
from hedgerow.web.insights.dates import COMPARISONS, INTERVALS, Dates, dates_of
from hedgerow.web.insights.filters import OPERATORS, WHOLE_QUESTION, filter_rows, filters_of, matches_any
from hedgerow.web.insights.kind import Insight, Shown
from hedgerow.web.insights.kinds import INSIGHTS
from hedgerow.web.insights.question import Question, carried_over, compact, edited_query, typed_question, usual_question
from hedgerow.web.insights.series import KEPT, PROPERTY_MATHS, SeriesRow, series_rows
from hedgerow.web.questions import Answer, ask
from hedgerow.web.rendering import project_context, project_page, render_page


@dataclass(frozen=True)
class Place:
    """Where an editor is: the path of each kind of question there, and what addresses hold beside the question."""

    path: Callable[[Insight], str]
    kept: dict[str, str] = field(default_factory=dict)

    def address(self, question: Question) -> str:
        """Where the question is asked."""
        kept = f"{urlencode(self.kept)}&" if self.kept else ""
        return f"{self.path(question.insight)}?{kept}{question.address}"


@project_page
def page(request: HttpRequest, project: Project, slug: str) -> HttpResponse:
    """The question in the address and its answer. It may be made for a dashboard, whose id the address holds."""
    insight, asked, choices = INSIGHTS[slug], request.GET, Choices(project, request.user)
    place = Place(lambda kind: reverse("insight", args=[project.pk, kind.slug]), kept_dashboard(asked))
    if asked and "q" not in asked and set(asked) != {"dashboard"}:
        return redirect(place.address(Question(insight, edited_query(insight, asked, choices), "")))
    question = typed_question(insight, asked["q"], choices) if "q" in asked else usual_question(insight, choices)
    if question.insight is not insight:
        return redirect(place.address(question))
    return render_page(request, "web/insights/page.html", question_context(request, project, question, choices, place))


@project_page
def trends(request: HttpRequest, project: Project) -> HttpResponse:
    """From where trends used to be to where they are, with the same question."""
    query = request.META.get("QUERY_STRING", "")
    return redirect(reverse("insight", args=[project.pk, "trends"]) + (f"?{query}" if query else ""))


def kept_dashboard(asked: QueryDict) -> dict[str, str]:
    """What addresses hold of the dashboard that a question is made for."""
    dashboard = asked.get("dashboard", "")
    return {"dashboard": dashboard} if is_whole(dashboard) else {}


def question_context(
    request: HttpRequest, project: Project, question: Question, choices: Choices, place: Place
) -> dict[str, Any]:
    """What the page with the editor of a question and its answer shows."""
    insight, query = question.insight, question.query
    dates = dates_of(query, insight.open_range)
    editor = _editor(question, choices, dates)
    rows: list[SeriesRow] = editor["series"]
    missing = next((row.missing for row in rows if row.missing), dates.missing or insight.missing(query))
    answer, shown = Answer({}, question.problem), Shown()
    if not missing and not question.problem:
        assert isinstance(request.user, User)
        answer = ask(project, query, request.user)
        if not answer.problem:
            shown = insight.show(query, answer.response, choices, datetime.now(UTC))
    return {
        **project_context(request, project, "insights"),
        **editor,
        "insight": insight,
        "question": question,
        "place": place,
        "action": place.path(insight),
        "base": compact(query),
        "people": f"{reverse('insight_people', args=[project.pk, insight.slug])}?{question.address}",
        "tabs": _tabs(question, choices, place),
        "missing": missing,
        "problem": answer.problem,
        "shown": shown,
        "has_events": bool(choices.events),
        "refreshed": answer.response.get("last_refresh"),
        "options": insight.options(query, choices),
        "options_template": insight.template,
    }


def _editor(question: Question, choices: Choices, dates: Dates) -> dict[str, Any]:
    """The parts of the editor that all kinds share."""
    insight, query = question.insight, question.query
    rows: list[SeriesRow] = []
    if insight.series is not None:
        rows = series_rows(insight.nodes(query), choices.actions, 0)
    of_series = [each for row in rows for each in row.filters]
    filters = filter_rows(query.get("properties"), WHOLE_QUESTION, len(of_series))
    breakdowns = breakdowns_of(query) if insight.has_breakdown else Breakdowns([], "", False)
    maths = insight.series.maths(choices) if insight.series else {}
    return {
        "dates": dates,
        "part": insight.series,
        "series": rows,
        "may_add": insight.series is not None and not insight.series.titles and len(rows) < insight.series.most,
        "may_drop": insight.series is not None and not insight.series.titles and len(rows) > insight.series.least,
        "kept": KEPT,
        "counts": [(key, title) for key, title in maths.items() if key not in PROPERTY_MATHS],
        "property_maths": [(key, title) for key, title in maths.items() if key in PROPERTY_MATHS],
        "events": choices.event_options([row.event for row in rows if row.event != KEPT]),
        "numbers": choices.number_options([row.of for row in rows]),
        "filters": filters,
        "has_nested_filters": filters_of(query.get("properties")) is None,
        "matches_any": matches_any(query.get("properties")),
        "filter_options": choices.filter_options([each.about for each in [*of_series, *filters]]),
        "operators": OPERATORS.items(),
        "leaves_out_test_accounts": bool(query.get("filterTestAccounts")),
        "breakdowns": breakdowns,
        "may_break_down": len(breakdowns.rows) < MAX_BREAKDOWNS,
        "breakdown_options": choices.breakdown_options([row.about for row in breakdowns.rows]),
        "intervals": INTERVALS.items(),
        "comparisons": COMPARISONS.items(),
    }


def _tabs(question: Question, choices: Choices, place: Place) -> list[tuple[Insight, str]]:
    """Every kind with its address; the common parts of the question go along."""
    tabs = []
    for other in INSIGHTS.values():
        same = other is question.insight
        query = question.query if same else carried_over(question.query, question.insight, other, choices)
        tabs.append((other, place.address(Question(other, query, ""))))
    return tabs
