"""The page of a saved insight: its question in the editor, with what can be done with it."""

import json
from datetime import UTC, datetime
from functools import partial

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.http import urlencode

from hedgerow.activity.reading import as_seen_by
from hedgerow.activity.views import entries_of
from hedgerow.charts.answers import source_of
from hedgerow.organizations.models import User
from hedgerow.projects.models import Project
from hedgerow.queries.request import Refresh
from hedgerow.saved_insights.models import Insight as SavedInsight
from hedgerow.saved_insights.results import insight_result
from hedgerow.web.activity import told
from hedgerow.web.dashboards.tiles import insight_tile
from hedgerow.web.insights.choices import Choices
from hedgerow.web.insights.kind import Insight
from hedgerow.web.insights.kinds import BY_KIND
from hedgerow.web.insights.page import Place, question_context
from hedgerow.web.insights.question import Question, compact, typed_question
from hedgerow.web.records import ROWS
from hedgerow.web.rendering import not_found, project_context, project_page, render_page
from hedgerow.web.saved_insights.head import address_of, found_insight, head_context, note_opened
from hedgerow.web.saved_insights.questions import SQL, saved_node, sent_query
from hedgerow.web.saved_insights.sameness import is_same


@project_page
def page(request: HttpRequest, project: Project, short_id: str) -> HttpResponse:
    """The insight with the question it was saved with, or with the one in the address; SQL has a page of its own."""
    insight = found_insight(project, short_id, request.user)
    if insight is None:
        return not_found(request)
    assert isinstance(request.user, User)
    node = saved_node(insight)
    source = dict(source_of(node))
    if source.get("kind") == SQL:
        return redirect(f"{reverse('sql', args=[project.pk])}?{urlencode({'insight': short_id})}")
    kind, asked, choices = BY_KIND.get(source.get("kind", "")), request.GET, Choices(project, request.user)
    if kind is None:
        note_opened(insight, request.user)
        return _answer_alone(request, insight, choices)
    place = Place(partial(_path, insight))
    if "base" in asked:
        edited_kind, query = sent_query(asked, choices)
        return redirect(place.address(Question(edited_kind, query, "")))
    saved = typed_question(kind, json.dumps(source), choices)
    question = typed_question(kind, asked["q"], choices) if "q" in asked else saved
    if "q" not in asked:
        note_opened(insight, request.user)
    context = {
        **question_context(request, project, question, choices, place),
        **head_context(request, insight),
        "is_changed": not question.problem and not is_same(saved.query, question.query),
    }
    return render_page(request, "web/saved/insight.html", context)


@project_page
def history(request: HttpRequest, project: Project, short_id: str) -> HttpResponse:
    """What was done to the insight, as a part of its page."""
    insight = found_insight(project, short_id, request.user, deleted=True)
    if insight is None:
        return not_found(request)
    entries = as_seen_by(request.user, project, entries_of(project.pk, "Insight", insight.pk)[:ROWS])
    return render_page(request, "web/parts/history.html", {"entries": [told(each) for each in entries]})


def _path(insight: SavedInsight, kind: Insight) -> str:
    """Every kind of question of a saved insight is at its own address."""
    return address_of(insight)


def _answer_alone(request: HttpRequest, insight: SavedInsight, choices: Choices) -> HttpResponse:
    """An insight whose question has no editor."""
    assert isinstance(request.user, User)
    result = insight_result(insight, insight.project, user=request.user, refresh=Refresh.BLOCKING.value)
    names = {"name": insight.name, "derived_name": insight.derived_name, "description": ""}
    context = {
        **project_context(request, insight.project, "insights"),
        **head_context(request, insight),
        "tile": insight_tile(insight.short_id, {**names, **result}, choices, datetime.now(UTC)),
        "query": json.dumps(insight.query, ensure_ascii=False, indent=2) if insight.query else compact(insight.filters),
    }
    return render_page(request, "web/saved/answer.html", context)
