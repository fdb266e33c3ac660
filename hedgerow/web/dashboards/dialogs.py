"""The dialogs of a dashboard: forms that are fetched when they are asked for."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.urls import reverse

from hedgerow.access.rules import visible
from hedgerow.api.asked import is_whole
from hedgerow.charts.answers import source_of
from hedgerow.dashboards.models import Button, Dashboard, Tile
from hedgerow.dashboards.rights import can_restrict
from hedgerow.dashboards.tiles import LONGEST_BUTTON, LONGEST_TEXT, LONGEST_URL
from hedgerow.projects.models import Project
from hedgerow.saved_insights.models import Insight
from hedgerow.web.insights.kinds import BY_KIND
from hedgerow.web.rendering import not_found, project_page, render_page

DIALOGS = frozenset({"details", "insights", "text", "button", "tile", "send-tile", "duplicate", "delete"})
TILE_COLOURS = {
    "": "None",
    "green": "Green",
    "blue": "Blue",
    "purple": "Purple",
    "orange": "Orange",
    "yellow": "Yellow",
    "black": "Black",
}
MOST_CHOSEN_FROM = 200
LONGEST_SEARCH = 200


@project_page
def dialog(request: HttpRequest, project: Project, dashboard_id: int, name: str) -> HttpResponse:
    """A dialog of a dashboard, of the tile in `tile` where it is about one."""
    live = Dashboard.objects.filter(project=project, deleted=False)
    dashboard = (
        visible(live, request.user, project).select_related("project", "created_by").filter(pk=dashboard_id).first()
    )
    if dashboard is None or name not in DIALOGS:
        return not_found(request)
    return dialog_response(request, dashboard, name)


def dialog_response(request: HttpRequest, dashboard: Dashboard, name: str, problem: str = "") -> HttpResponse:
    """The dialog; with a `problem` as it comes back from what it sent, filled in as it was sent."""
    asked = request.POST if request.method == "POST" else request.GET
    text = asked.get("tile", "")
    tiles = Tile.objects.filter(dashboard=dashboard).select_related("insight", "text", "button")
    tile = tiles.filter(pk=int(text)).first() if is_whole(text) else None
    if name not in DIALOGS or (name in ("tile", "send-tile") and tile is None):
        return not_found(request)
    context = {
        "project": dashboard.project,
        "dashboard": dashboard,
        "change": reverse("change_dashboard", args=[dashboard.project_id, dashboard.pk]),
        "dialog": name,
        "problem": problem,
        "sent": request.POST if problem else None,
        "look": asked.get("look", ""),
        "tile": tile,
        **_more(request, dashboard, name, tile),
    }
    response = render_page(request, f"web/dashboards/dialogs/{name}.html", context)
    if problem:
        # What was sent was to replace the dashboard.
        response["HX-Retarget"], response["HX-Reswap"], response["HX-Reselect"] = "#dialog-body", "innerHTML", "form"
        response["HX-Push-Url"] = "false"
    return response


def _more(request: HttpRequest, dashboard: Dashboard, name: str, tile: Tile | None) -> dict[str, Any]:
    """What single dialogs show beside the dashboard and the tile."""
    others = visible(
        Dashboard.objects.filter(project=dashboard.project, deleted=False), request.user, dashboard.project
    )
    others = others.exclude(pk=dashboard.pk)
    if name == "details":
        return {"may_restrict": can_restrict(dashboard, request.user)}
    if name == "insights":
        return _insights(request, dashboard)
    if name == "text":
        return {"longest": LONGEST_TEXT}
    if name == "button":
        return {
            "longest_text": LONGEST_BUTTON,
            "longest_url": LONGEST_URL,
            "placements": Button.Placement.choices,
            "styles": Button.Style.choices,
        }
    if name == "tile":
        assert tile is not None
        return {
            "colours": TILE_COLOURS.items(),
            "ignores_filters": bool(tile.filters_overrides.get("ignoreDashboardFilters")),
        }
    if name == "send-tile":
        return {"others": others.order_by("-pinned", "name", "pk")[:MOST_CHOSEN_FROM]}
    if name == "delete":
        here = Tile.objects.filter(dashboard=dashboard, deleted=False, insight__deleted=False).values("insight")
        elsewhere = Tile.objects.filter(deleted=False).exclude(dashboard=dashboard).values("insight")
        sole = Insight.objects.filter(pk__in=here).exclude(pk__in=elsewhere.filter(insight__isnull=False))
        return {"sole": sole.count()}
    return {}


def _insights(request: HttpRequest, dashboard: Dashboard) -> dict[str, Any]:
    """The insights that can be added, the last changed first, with the word for what each asks."""
    search = request.GET.get("search", "").strip()[:LONGEST_SEARCH]
    here = Tile.objects.filter(dashboard=dashboard, deleted=False, insight__isnull=False).values("insight")
    found = Insight.objects.filter(project=dashboard.project, deleted=False, saved=True).exclude(pk__in=here)
    found = visible(found, request.user, dashboard.project)
    wanted = search.casefold()
    rows = [
        (each, kind_of(each.query))
        for each in found.order_by("-last_modified_at", "-pk")
        if wanted in f"{each} {each.description or ''}".casefold()
    ]
    return {"search": search, "insights": rows[:MOST_CHOSEN_FROM]}


def kind_of(query: dict[str, Any] | None) -> str:
    """The word for what a saved query asks."""
    kind = source_of(query or {}).get("kind", "")
    if kind in BY_KIND:
        return BY_KIND[kind].title
    return "SQL" if kind == "HogQLQuery" else "Table"
