"""What is done to a saved insight from its page and from the list, by the rules of the API."""

from collections.abc import Callable

from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_POST
from rest_framework.exceptions import APIException

from hedgerow.dashboards.making import create_dashboard
from hedgerow.organizations.models import User
from hedgerow.projects.models import Project
from hedgerow.saved_insights.models import Insight
from hedgerow.saved_insights.rights import live_tiles, require_edit
from hedgerow.web.dashboards.told import tell_undoable
from hedgerow.web.insights.choices import Choices
from hedgerow.web.insights.form import Form
from hedgerow.web.records import sentence_of
from hedgerow.web.rendering import not_found, project_page, render_page
from hedgerow.web.saved_insights.head import address_of, found_insight
from hedgerow.web.saved_insights.questions import saved_node, sent_node
from hedgerow.web.saved_insights.saving import chosen_dashboards, editable_dashboards, led_to, save_by_api, tags_of
from hedgerow.web.saved_insights.wording import derived_name

LONGEST_DASHBOARD_NAME = 400


@require_POST
@project_page
def change(request: HttpRequest, project: Project, short_id: str) -> HttpResponse:
    """Do something to an insight: `do` says what. Leads to `back`, or to its page."""
    what = request.POST.get("do", "")
    insight, action = found_insight(project, short_id, request.user, deleted=what == "restore"), ACTIONS.get(what)
    if insight is None or action is None:
        return not_found(request)
    try:
        with transaction.atomic():
            require_edit(insight, request.user)
            where = action(request, insight)
    except APIException as error:
        if what == "dashboards":
            return _dashboards_dialog(request, insight, sentence_of(error))
        messages.error(request, sentence_of(error))
        where = ""
    if what in ("save", "dashboards"):
        return led_to(request, where or address_of(insight))
    return redirect(where or _back(request) or address_of(insight))


@project_page
def dashboards(request: HttpRequest, project: Project, short_id: str) -> HttpResponse:
    """The dialog that says on which dashboards an insight stands."""
    insight = found_insight(project, short_id, request.user)
    return _dashboards_dialog(request, insight) if insight else not_found(request)


def _back(request: HttpRequest) -> str:
    """The page of this server that the request asks to be led back to, if it does."""
    back = request.POST.get("back", "")
    return back if back.startswith("/") and url_has_allowed_host_and_scheme(back, allowed_hosts=None) else ""


def _details(request: HttpRequest, insight: Insight) -> str:
    form = Form(request.POST)
    given = {
        "name": form.text("name") or None,
        "description": form.text("description"),
        "tags": tags_of(form.text("tags")),
    }
    save_by_api(request, insight.project, insight, given)
    return ""


def _save(request: HttpRequest, insight: Insight) -> str:
    choices = Choices(insight.project, request.user)
    node = sent_node(request.POST, choices, saved_node(insight))
    given = {"query": node, "derived_name": derived_name(node, choices)}
    save_by_api(request, insight.project, insight, given)
    messages.success(request, f"{insight} is saved.")
    return ""


def _favourite(request: HttpRequest, insight: Insight) -> str:
    save_by_api(request, insight.project, insight, {"favorited": request.POST.get("favorited") == "on"})
    return ""


def _place(request: HttpRequest, insight: Insight) -> str:
    """Put it on the dashboards that are ticked, and on a new one, and take it off the others that may be edited."""
    assert isinstance(request.user, User)
    wanted = set(chosen_dashboards(request.POST))
    if name := Form(request.POST).text("new-dashboard")[:LONGEST_DASHBOARD_NAME]:
        wanted.add(create_dashboard(insight.project, request.user, name=name).pk)
    listed = {each.pk for each in editable_dashboards(insight.project, request.user)}
    kept = {tile.dashboard_id for tile in live_tiles(insight) if tile.dashboard_id not in listed}
    save_by_api(request, insight.project, insight, {"dashboards": sorted(wanted | kept)})
    return ""


def _delete(request: HttpRequest, insight: Insight) -> str:
    save_by_api(request, insight.project, insight, {"deleted": True})
    undo = reverse("change_insight", args=[insight.project_id, insight.short_id])
    tell_undoable(request, f"{insight} is deleted.", undo, do="restore")
    return _back(request) or reverse("saved_insights", args=[insight.project_id])


def _restore(request: HttpRequest, insight: Insight) -> str:
    save_by_api(request, insight.project, insight, {"deleted": False})
    messages.success(request, f"{insight} is back. It stands on no dashboard.")
    return ""


ACTIONS: dict[str, Callable[[HttpRequest, Insight], str]] = {
    "details": _details,
    "save": _save,
    "favourite": _favourite,
    "dashboards": _place,
    "delete": _delete,
    "restore": _restore,
}
"""By the word for it; each returns where to go on, or nothing."""


def _dashboards_dialog(request: HttpRequest, insight: Insight, problem: str = "") -> HttpResponse:
    there = {tile.dashboard_id for tile in live_tiles(insight)}
    wanted = set(chosen_dashboards(request.POST)) if problem else there
    context = {
        "project": insight.project,
        "saved": insight,
        "dashboards": [(each, each.pk in wanted) for each in editable_dashboards(insight.project, request.user)],
        "new_dashboard": request.POST.get("new-dashboard", ""),
        "change": reverse("change_insight", args=[insight.project_id, insight.short_id]),
        "problem": problem,
    }
    return render_page(request, "web/saved/dashboards.html", context)
