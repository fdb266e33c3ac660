"""What is done to a dashboard and its tiles from its page, by the rules of the API."""

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect
from django.urls import reverse
from django.views.decorators.http import require_POST
from rest_framework.exceptions import APIException

from hedgerow.access.rules import visible
from hedgerow.api.asked import is_whole
from hedgerow.api.errors import ValidationError
from hedgerow.dashboards.asked import ChangedDashboardSerializer
from hedgerow.dashboards.changing import change_dashboard
from hedgerow.dashboards.layout import COLUMNS, free_slot, place_in
from hedgerow.dashboards.making import create_dashboard
from hedgerow.dashboards.models import Dashboard, RestrictionLevel, Tile
from hedgerow.dashboards.moving import copy_tile, move_tile, remove_tile
from hedgerow.dashboards.placing import place_insight, standing_layouts
from hedgerow.dashboards.recording import tiles_recorded
from hedgerow.dashboards.rights import require_edit
from hedgerow.organizations.models import User
from hedgerow.projects.models import Project
from hedgerow.saved_insights.models import Insight
from hedgerow.saved_insights.saving import update_insight
from hedgerow.web.dashboards.board import board_address
from hedgerow.web.dashboards.dialogs import TILE_COLOURS, dialog_response
from hedgerow.web.dashboards.look import Look
from hedgerow.web.dashboards.told import tell_undoable
from hedgerow.web.insights.form import Form
from hedgerow.web.records import sentence_of
from hedgerow.web.rendering import not_found, project_page

FLAT_WIDTH, FLAT_HEIGHT = 6, 2
"""Columns and rows of a new text or button."""

LONGEST_NAME = 400

Done = str | None
"""Where to go on; None for back to the dashboard."""


@require_POST
@project_page
def change(request: HttpRequest, project: Project, dashboard_id: int) -> HttpResponse:
    """Do something to a dashboard: `do` says what. Leads back to it, in the look it had.

    What cannot be done is told in the dialog it was asked for in, or on the dashboard.
    """
    seen = visible(Dashboard.objects.filter(project=project), request.user, project)
    found = seen.filter(pk=dashboard_id).select_related("project", "created_by").first()
    what = request.POST.get("do", "")
    action = ACTIONS.get(what)
    if found is None or action is None or (found.deleted and what != "restore"):
        return not_found(request)
    assert isinstance(request.user, User)
    where: Done = None
    try:
        if what not in FOR_VIEWERS:
            require_edit(found, request.user)
        where = action(found, request.user, request.POST, request)
    except APIException as error:
        if "HX-Request" in request.headers and request.POST.get("dialog"):
            return dialog_response(request, found, request.POST["dialog"], problem=sentence_of(error))
        messages.error(request, sentence_of(error))
    return redirect(where or board_address(found, request.POST.get("look", "")))


def tile_of(dashboard: Dashboard, asked: QueryDict) -> Tile:
    """The tile that is meant. Raises ValidationError."""
    text = asked.get("tile", "")
    tiles = Tile.objects.filter(dashboard=dashboard).select_related(
        "dashboard__project", "insight__project", "text", "button"
    )
    tile = tiles.filter(pk=int(text)).first() if is_whole(text) else None
    if tile is None:
        raise ValidationError("This tile is not there any more.")
    return tile


def _write(dashboard: Dashboard, user: User, **given: Any) -> None:
    """Change the dashboard as the API does. Raises ValidationError and PermissionDenied."""
    body = ChangedDashboardSerializer(data=given)
    body.is_valid(raise_exception=True)
    change_dashboard(dashboard, user, **body.validated_data)


# The dashboard


def _details(dashboard: Dashboard, user: User, asked: QueryDict, request: HttpRequest) -> Done:
    form = Form(asked)
    given: dict[str, Any] = {
        "name": form.text("name") or None,
        "description": form.text("description"),
        "tags": [each for each in form.text("tags").split(",") if each.strip()],
    }
    if "restricting" in asked:
        given["restriction_level"] = (
            RestrictionLevel.COLLABORATORS if form.is_on("restricted") else RestrictionLevel.EVERYONE
        )
    _write(dashboard, user, **given)
    return None


def _pin(dashboard: Dashboard, user: User, asked: QueryDict, request: HttpRequest) -> Done:
    _write(dashboard, user, pinned=asked.get("pinned") == "on")
    return reverse("dashboards", args=[dashboard.project_id]) if asked.get("back") == "list" else None


def _duplicate(dashboard: Dashboard, user: User, asked: QueryDict, request: HttpRequest) -> Done:
    form = Form(asked)
    copy = create_dashboard(
        dashboard.project,
        user,
        use_dashboard=dashboard.pk,
        duplicate_tiles=form.is_on("insights"),
        name=form.text("name") or None,
        description=dashboard.description,
        tags=dashboard.tags,
    )
    messages.success(request, f"This is the copy of {dashboard}.")
    return board_address(copy)


def _delete(dashboard: Dashboard, user: User, asked: QueryDict, request: HttpRequest) -> Done:
    _write(dashboard, user, deleted=True, delete_insights=Form(asked).is_on("insights"))
    undo = reverse("change_dashboard", args=[dashboard.project_id, dashboard.pk])
    tell_undoable(request, f"{dashboard} is deleted.", undo, do="restore")
    return reverse("dashboards", args=[dashboard.project_id])


def _restore(dashboard: Dashboard, user: User, asked: QueryDict, request: HttpRequest) -> Done:
    _write(dashboard, user, deleted=False)
    messages.success(request, f"{dashboard} is back.")
    return None


def _store_look(dashboard: Dashboard, user: User, asked: QueryDict, request: HttpRequest) -> Done:
    look = Look.of(QueryDict(asked.get("look", "").removeprefix("?")), dashboard)
    _write(dashboard, user, filters=look.kept, variables=look.variables)
    return board_address(dashboard)


# Its tiles


def _add_insight(dashboard: Dashboard, user: User, asked: QueryDict, request: HttpRequest) -> Done:
    live = visible(Insight.objects.filter(project=dashboard.project, deleted=False), user, dashboard.project)
    insight = live.filter(short_id=asked.get("insight", "")).first()
    if insight is None:
        raise ValidationError("This insight is not there any more.")
    with tiles_recorded(dashboard, user):
        place_insight(dashboard, insight)
    return None


def _text(dashboard: Dashboard, user: User, asked: QueryDict, request: HttpRequest) -> Done:
    return _content(dashboard, user, asked, "text", {"body": asked.get("body", "").strip()})


def _button(dashboard: Dashboard, user: User, asked: QueryDict, request: HttpRequest) -> Done:
    names = ("url", "text", "placement", "style")
    return _content(dashboard, user, asked, "button_tile", {name: asked.get(name, "").strip() for name in names})


def _content(dashboard: Dashboard, user: User, asked: QueryDict, kind: str, content: dict[str, Any]) -> Done:
    """A new text or button, or what was changed of one."""
    if "tile" in asked:
        tile = tile_of(dashboard, asked)
        known = tile.text_id if kind == "text" else str(tile.button_id)
        _write(dashboard, user, tiles=[{"id": tile.pk, kind: {"id": known, **content}}])
    else:
        _write(dashboard, user, tiles=[{kind: content, "layouts": _flat_place(dashboard)}])
    return None


def _flat_place(dashboard: Dashboard) -> dict[str, Any]:
    standing = standing_layouts(dashboard)
    taken = {grid: [place for each in standing if (place := place_in(each, grid))] for grid in COLUMNS}
    return {grid: free_slot(places, COLUMNS[grid], FLAT_WIDTH, FLAT_HEIGHT).as_json() for grid, places in taken.items()}


def _tile(dashboard: Dashboard, user: User, asked: QueryDict, request: HttpRequest) -> Done:
    """How a tile is shown, and what its insight is called."""
    tile, form = tile_of(dashboard, asked), Form(asked)
    shown: dict[str, Any] = {
        "id": tile.pk,
        "color": form.one_of("colour", TILE_COLOURS, "") or None,
        "transparent_background": form.is_on("plain"),
    }
    if tile.insight is not None:
        shown["show_description"] = form.is_on("description-shown")
        shown["filters_overrides"] = {"ignoreDashboardFilters": True} if form.is_on("own-filters") else {}
        name = form.text("name") or None
        if name != tile.insight.name:
            if len(name or "") > LONGEST_NAME:
                raise ValidationError(f"A name has at most {LONGEST_NAME} characters.")
            update_insight(tile.insight, user, name=name)
    _write(dashboard, user, tiles=[shown])
    return None


def _duplicate_tile(dashboard: Dashboard, user: User, asked: QueryDict, request: HttpRequest) -> Done:
    _write(dashboard, user, duplicate_tiles=[{"id": tile_of(dashboard, asked).pk}])
    return None


def _remove_tile(dashboard: Dashboard, user: User, asked: QueryDict, request: HttpRequest) -> Done:
    tile = tile_of(dashboard, asked)
    remove_tile(tile, user)
    undo = reverse("change_dashboard", args=[dashboard.project_id, dashboard.pk])
    tell_undoable(request, "The tile is removed.", undo, do="put-back", tile=tile.pk)
    return None


def _put_back_tile(dashboard: Dashboard, user: User, asked: QueryDict, request: HttpRequest) -> Done:
    _write(dashboard, user, tiles=[{"id": tile_of(dashboard, asked).pk, "deleted": False}])
    return None


def _send_tile(dashboard: Dashboard, user: User, asked: QueryDict, request: HttpRequest) -> Done:
    """Move or copy a tile to another dashboard."""
    text = asked.get("to", "")
    others = Dashboard.objects.filter(project=dashboard.project, deleted=False).select_related("project")
    target = visible(others, user, dashboard.project).filter(pk=int(text)).first() if is_whole(text) else None
    if target is None:
        raise ValidationError("Choose a dashboard.")
    require_edit(target, user)
    tile = tile_of(dashboard, asked)
    if asked.get("way") == "move":
        require_edit(dashboard, user)
        move_tile(tile, target, user)
        messages.success(request, f"The tile is on {target} now.")
    else:
        copy_tile(tile, target, user)
        messages.success(request, f"{target} has a copy of the tile now.")
    return None


ACTIONS: dict[str, Callable[[Dashboard, User, QueryDict, HttpRequest], Done]] = {
    "details": _details,
    "pin": _pin,
    "duplicate": _duplicate,
    "delete": _delete,
    "restore": _restore,
    "store-look": _store_look,
    "add-insight": _add_insight,
    "text": _text,
    "button": _button,
    "tile": _tile,
    "duplicate-tile": _duplicate_tile,
    "remove-tile": _remove_tile,
    "put-back": _put_back_tile,
    "send-tile": _send_tile,
}
FOR_VIEWERS = frozenset({"duplicate", "send-tile"})
"""What also those may do who may not edit the dashboard."""
