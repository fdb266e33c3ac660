"""The page of a dashboard: its tiles with the answers that are kept, and single answers that are asked for."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.http import urlencode

from hedgerow.access.rules import visible
from hedgerow.charts.answers import source_of
from hedgerow.dashboards.layout import WIDE, place_in
from hedgerow.dashboards.models import Dashboard, RestrictionLevel, Tile
from hedgerow.dashboards.overrides import tile_filters, tile_variables
from hedgerow.dashboards.presenting import FILE_TYPE, full_dashboard
from hedgerow.dashboards.rights import can_edit
from hedgerow.files.views_log import note_view
from hedgerow.organizations.models import User
from hedgerow.projects.models import Project
from hedgerow.queries.request import Refresh
from hedgerow.saved_insights.results import insight_result
from hedgerow.saved_insights.rights import can_see
from hedgerow.web.dashboards.look import SENT, Look, filter_bar, variables_of
from hedgerow.web.dashboards.texts import rendered
from hedgerow.web.dashboards.tiles import InsightTile, insight_tile
from hedgerow.web.dashboards.told import told
from hedgerow.web.insights.choices import Choices
from hedgerow.web.insights.kinds import BY_KIND
from hedgerow.web.insights.question import compact
from hedgerow.web.objects import object_address
from hedgerow.web.rendering import not_found, project_context, project_page, render_page

USUAL_WIDTH, USUAL_HEIGHT = 6, 5
LONGEST_TITLE = 60
"""Characters of a text that stand for it where it is named."""
_MARKS = " \t#*_>-`"

LIVE = {"60": "every minute", "300": "every 5 minutes", "900": "every 15 minutes", "3600": "every hour"}
"""How often a dashboard can refresh by itself, in seconds."""


@dataclass(frozen=True)
class BoardTile:
    """A tile where it stands: its content is an insight, a text as HTML or a button."""

    id: int
    layouts: str
    x: int | None
    y: int | None
    w: int
    h: int
    colour: str
    is_plain: bool
    """Whether it has no background of its own."""
    insight: InsightTile | None = None
    text: str = ""
    html: str = ""
    button: Mapping[str, Any] | None = None

    @property
    def title(self) -> str:
        """What the tile is called by those who do not see it."""
        if self.insight:
            return self.insight.title
        if self.button:
            return f"Button {self.button['text']}"
        first = next((line for line in self.text.splitlines() if line.strip(_MARKS)), "")
        return first.strip(_MARKS)[:LONGEST_TITLE] or "Text"

    @property
    def answer_id(self) -> str:
        """The id of the answer on the page: the same one only for the same answer."""
        assert self.insight is not None
        return f"answer-{self.id}-{self.insight.version}"


@project_page
def page(request: HttpRequest, project: Project, dashboard_id: int) -> HttpResponse:
    """The dashboard. What the filter bar sends becomes a look, which the address holds."""
    dashboard = dashboard_of(project, dashboard_id, request.user)
    if dashboard is None:
        return not_found(request)
    assert isinstance(request.user, User)
    look, choices = Look.of(request.GET, dashboard), Choices(project, request.user)
    shown = full_dashboard(dashboard, asking_context(request, project, look))
    queries = [tile["insight"].get("query") for tile in shown["tiles"] if tile["insight"]]
    variables = variables_of(project, queries, look)
    if SENT in request.GET:
        look = look.edited(request.GET, dashboard, variables)
        return redirect(board_address(dashboard, look.address))
    note_view(project, request.user, FILE_TYPE, str(dashboard.pk))
    Dashboard.objects.filter(pk=dashboard.pk).update(last_accessed_at=timezone.now())
    tiles = [board_tile(tile, project, dashboard, look, choices) for tile in shown["tiles"]]
    moments = [tile.insight.answered.refreshed for tile in tiles if tile.insight and tile.insight.answered.refreshed]
    context = {
        **project_context(request, project, "dashboards"),
        "told": told(request),
        "dashboard": dashboard,
        "is_restricted": dashboard.restriction_level == RestrictionLevel.COLLABORATORS,
        "may_edit": can_edit(dashboard, request.user),
        "is_shared": shown["is_shared"],
        "tiles": tiles,
        "refreshed": min(moments, default=None),
        "look": look,
        "variables": variables,
        "live": LIVE.items(),
        "editor": f"{reverse('insight', args=[project.pk, 'trends'])}?dashboard={dashboard.pk}",
        "api": f"/api/projects/{project.pk}/dashboards/{dashboard.pk}/",
        "change": reverse("change_dashboard", args=[project.pk, dashboard.pk]),
        **filter_bar(look, choices),
    }
    return render_page(request, "web/dashboards/dashboard.html", context)


@project_page
def answer(request: HttpRequest, project: Project, dashboard_id: int, tile_id: int) -> HttpResponse:
    """The answer of one tile; `refresh` says as in the API how fresh it must be."""
    dashboard = dashboard_of(project, dashboard_id, request.user)
    tiles = Tile.objects.filter(dashboard_id=dashboard_id, deleted=False, insight__deleted=False)
    tile = tiles.select_related("insight").filter(pk=tile_id).first() if dashboard else None
    if dashboard is None or tile is None or tile.insight is None or not can_see(tile.insight, request.user):
        return not_found(request)
    assert isinstance(request.user, User)
    asked = request.GET.get("refresh", "")
    look, insight = Look.of(request.GET, dashboard), tile.insight
    result = insight_result(
        insight,
        project,
        user=request.user,
        refresh=asked if asked in (Refresh.BLOCKING, Refresh.FORCE_BLOCKING) else Refresh.FORCE_CACHE.value,
        filters_override=tile_filters(dashboard, tile, look.effective),
        variables_override=tile_variables(dashboard, look.variables),
    )
    told = {"name": insight.name, "derived_name": insight.derived_name, "short_id": insight.short_id, **result}
    given = {"id": tile.pk, "insight": told, "layouts": tile.layouts, "color": tile.color}
    shown = board_tile(given, project, dashboard, look, Choices(project, request.user))
    return render_page(request, "web/dashboards/tile_answer.html", {"item": shown, "tile": shown.insight})


def dashboard_of(project: Project, dashboard_id: int, user: Any) -> Dashboard | None:
    """A dashboard of the project that is not deleted and that somebody may see."""
    live = visible(Dashboard.objects.filter(project=project, deleted=False), user, project)
    return live.select_related("project", "created_by").filter(pk=dashboard_id).first()


def board_address(dashboard: Dashboard, look: str = "") -> str:
    """The page of a dashboard, in a look: the query string that holds it, with its question mark."""
    return reverse("dashboard", args=[dashboard.project_id, dashboard.pk]) + (look if look.startswith("?") else "")


def asking_context(request: HttpRequest, project: Project, look: Look) -> dict[str, Any]:
    """The context in which a dashboard is presented: with what is kept, nothing is computed."""
    return {
        "request": request,
        "project": project,
        "refresh": Refresh.FORCE_CACHE.value,
        "filters_override": look.effective,
        "variables_override": look.variables,
    }


def board_tile(
    tile: Mapping[str, Any], project: Project, dashboard: Dashboard, look: Look, choices: Choices
) -> BoardTile:
    """A tile as the page shows it, from what the API gives of it."""
    layouts = tile.get("layouts") or {}
    place = place_in(layouts, WIDE)
    text, button = tile.get("text"), tile.get("button_tile")
    return BoardTile(
        id=tile["id"],
        layouts=json.dumps(layouts),
        x=int(place.x) if place else None,
        y=int(place.y) if place else None,
        w=int(place.w) if place else USUAL_WIDTH,
        h=int(place.h) if place else USUAL_HEIGHT,
        colour=tile.get("color") or "",
        is_plain=bool(tile.get("transparent_background")) or bool(button),
        insight=_insight(tile, project, choices) if tile.get("insight") else None,
        text=text["body"] if text else "",
        html=rendered(text["body"]) if text else "",
        button=button,
    )


def _insight(tile: Mapping[str, Any], project: Project, choices: Choices) -> InsightTile:
    given = dict(tile["insight"])
    if tile.get("error"):
        given["error"] = tile["error"]
    if not tile.get("show_description"):
        given["description"] = ""
    return insight_tile(
        str(tile["id"]),
        given,
        choices,
        datetime.now(UTC),
        address=object_address(project.pk, "insight", given["short_id"]),
        people=people_address(project, given.get("query")),
    )


def people_address(project: Project, query: Mapping[str, Any] | None) -> str:
    """Where the numbers of an insight lead, to which each adds its own part; "" for what is no insight."""
    source = source_of(query or {})
    kind = BY_KIND.get(source.get("kind", ""))
    if kind is None:
        return ""
    return f"{reverse('insight_people', args=[project.pk, kind.slug])}?{urlencode({'q': compact(dict(source))})}"
