"""Saving a question as a new insight: the dialog that asks for its name and for dashboards to put it on."""

import json
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect
from django.urls import reverse
from rest_framework.exceptions import APIException

from hedgerow.access.rules import visible
from hedgerow.api.asked import is_whole
from hedgerow.dashboards.models import Dashboard
from hedgerow.dashboards.rights import can_edit
from hedgerow.organizations.models import User
from hedgerow.projects.models import Project
from hedgerow.saved_insights.models import Insight
from hedgerow.saved_insights.serializers import InsightSerializer
from hedgerow.web.insights.choices import Choices
from hedgerow.web.insights.form import Form
from hedgerow.web.records import sentence_of
from hedgerow.web.rendering import project_page, render_page
from hedgerow.web.saved_insights.head import address_of, found_insight
from hedgerow.web.saved_insights.questions import saved_node, sent_node
from hedgerow.web.saved_insights.wording import derived_name

MOST_DASHBOARDS = 500


@project_page
def save(request: HttpRequest, project: Project) -> HttpResponse:
    """The dialog for the question of the page it is asked for on, and what it sends.

    `copy` is the short id of an insight that the new one begins as a copy of; `dashboard` the id of the dashboard that
    the question was asked for, to which saving leads back.
    """
    asked, choices = request.POST if request.method == "POST" else request.GET, Choices(project, request.user)
    copied = found_insight(project, asked.get("copy", ""), request.user)
    node = sent_node(asked, choices, saved_node(copied) if copied else None)
    problem = ""
    if request.method == "POST":
        try:
            insight = save_by_api(request, project, None, _given(asked, node, choices))
        except APIException as error:
            problem = sentence_of(error)
        else:
            messages.success(request, f"{insight} is saved.")
            return led_to(request, _onwards(asked, insight))
    wanted = set(asked.getlist("dashboards")) | {asked.get("dashboard", "")}
    context = {
        "project": project,
        "node": json.dumps(node, ensure_ascii=False, separators=(",", ":")),
        "suggested": derived_name(node, choices),
        "name": asked.get("save-name", _name_of_copy(copied)),
        "description": asked.get("save-description", copied.description or "" if copied else ""),
        "tags": asked.get("save-tags", ", ".join(copied.tags) if copied else ""),
        "dashboards": [(each, str(each.pk) in wanted) for each in editable_dashboards(project, request.user)],
        "dashboard": asked.get("dashboard", ""),
        "problem": problem,
    }
    return render_page(request, "web/saved/save.html", context)


def save_by_api(request: HttpRequest, project: Project, insight: Insight | None, given: dict[str, Any]) -> Insight:
    """Make or change an insight by the rules of the API. Raises APIException."""
    context = {"request": request, "project": project}
    serializer = InsightSerializer(insight, data=given, partial=insight is not None, context=context)
    serializer.is_valid(raise_exception=True)
    saved: Insight = serializer.save()
    return saved


def editable_dashboards(project: Project, user: Any) -> list[Dashboard]:
    """The dashboards that somebody may put insights on, by name."""
    live = Dashboard.objects.filter(project=project, deleted=False).exclude(
        creation_mode=Dashboard.CreationMode.UNLISTED
    )
    found = (
        visible(live, user, project)
        .select_related("project")
        .prefetch_related("collaborators")
        .order_by("-pinned", "name", "pk")
    )
    return [each for each in found[:MOST_DASHBOARDS] if can_edit(each, user)]


def chosen_dashboards(asked: QueryDict) -> list[int]:
    """The ids of the dashboards that are ticked."""
    return [int(each) for each in asked.getlist("dashboards") if is_whole(each)]


def tags_of(text: str) -> list[str]:
    """Tags as they were written, with commas between."""
    return [each.strip() for each in text.split(",") if each.strip()]


def led_to(request: HttpRequest, address: str) -> HttpResponse:
    """Lead the whole page to an address, also from a part of it."""
    if "HX-Request" not in request.headers:
        return redirect(address)
    response = HttpResponse()
    response["HX-Redirect"] = address
    return response


def _given(asked: QueryDict, node: dict[str, Any], choices: Choices) -> dict[str, Any]:
    form = Form(asked)
    return {
        "name": form.text("save-name") or None,
        "derived_name": derived_name(node, choices),
        "description": form.text("save-description"),
        "tags": tags_of(form.text("save-tags")),
        "query": node,
        "dashboards": chosen_dashboards(asked),
    }


def _name_of_copy(copied: Insight | None) -> str:
    return f"{copied.name} (copy)" if copied and copied.name else ""


def _onwards(asked: QueryDict, insight: Insight) -> str:
    """Back to the dashboard that the question was asked for if the insight is on it, else to the insight."""
    dashboard = asked.get("dashboard", "")
    if dashboard in asked.getlist("dashboards"):
        return reverse("dashboard", args=[insight.project_id, int(dashboard)])
    assert isinstance(insight.created_by, User)
    return address_of(insight)
