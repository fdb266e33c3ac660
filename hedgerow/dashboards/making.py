"""Making dashboards: empty ones, by a template, and as copies of others."""

from collections.abc import Mapping, Sequence
from typing import Any

from django.db import transaction

from hedgerow.access.rules import hidden, visible
from hedgerow.api.errors import ValidationError
from hedgerow.dashboards.copying import copy_tile_content
from hedgerow.dashboards.models import Dashboard, Tile
from hedgerow.dashboards.recording import record
from hedgerow.files.filing import creating_in
from hedgerow.projects.models import Project
from hedgerow.saved_insights.models import Insight

USED_TOGETHER = "`use_dashboard` and `use_template` cannot be used together"
_COPIED = ("variables", "breakdown_colors", "data_color_theme_id", "quick_filter_ids")
_OF_A_TILE = ("layouts", "color", "filters_overrides", "show_description", "transparent_background")


@transaction.atomic
def create_dashboard(
    project: Project,
    user: Any,
    *,
    use_template: str | None = None,
    template: Mapping[str, Any] | None = None,
    use_dashboard: int | None = None,
    duplicate_tiles: bool = False,
    tiles: Sequence[Any] = (),
    folder: str | None = None,
    creation_mode: Dashboard.CreationMode | None = None,
    **fields: Any,
) -> Dashboard:
    """A new dashboard with these fields of its own; either all of it is made or nothing.

    At most one of: `use_template`, the name of a template; `template`, a recipe; `use_dashboard`, the id of a dashboard
    of the project to be copied, whose insights, texts and buttons the new one shares unless `duplicate_tiles`. `tiles`
    are texts and buttons as clients send them. `folder` is where it goes in the tree. How it came to be follows from
    these, unless `creation_mode` says so. Raises ValidationError.
    """
    from hedgerow.dashboard_templates.applying import apply_template, find_template
    from hedgerow.dashboards.tiles import put_tiles

    if use_template and use_dashboard is not None:
        raise ValidationError(USED_TOGETHER)
    recipe = find_template(project, use_template) if use_template else template
    source = _source(project, use_dashboard, user) if use_dashboard is not None else None
    if source is not None:
        fields = {**{name: getattr(source, name) for name in _COPIED}, "filters": source.filters, **_given(fields)}
    mode = creation_mode or _mode(recipe, source)
    dashboard = Dashboard(project=project, created_by=user, creation_mode=mode, **fields)
    with creating_in(folder):
        dashboard.save(force_insert=True)
    if recipe is not None:
        apply_template(recipe, dashboard, user)
    if source is not None:
        _copy_tiles(source, dashboard, user, duplicate=duplicate_tiles)
    put_tiles(dashboard, tiles, user)
    record("created", dashboard, user)
    return dashboard


def _mode(recipe: Mapping[str, Any] | None, source: Dashboard | None) -> Dashboard.CreationMode:
    if recipe is not None:
        return Dashboard.CreationMode.TEMPLATE
    return Dashboard.CreationMode.DEFAULT if source is None else Dashboard.CreationMode.DUPLICATE


def _source(project: Project, dashboard_id: int, user: Any) -> Dashboard:
    live = Dashboard.objects.filter(project=project, deleted=False)
    source = visible(live, user, project).filter(pk=dashboard_id).first()
    if source is None:
        raise ValidationError("Invalid value provided", attr="use_dashboard")
    return source


def _given(fields: Mapping[str, Any]) -> dict[str, Any]:
    """What a request asks for that a copy would otherwise take from its source."""
    inherited = {*_COPIED, "filters"}
    return {name: value for name, value in fields.items() if name not in inherited or value}


def _copy_tiles(source: Dashboard, dashboard: Dashboard, user: Any, *, duplicate: bool) -> None:
    live = Tile.objects.filter(dashboard=source, deleted=False).exclude(insight__deleted=True)
    live = live.exclude(insight__in=hidden(Insight.objects.filter(project=source.project_id), user, source.project))
    for tile in live.select_related("insight", "text", "button").order_by("pk"):
        content = {"insight": tile.insight, "text": tile.text, "button": tile.button}
        if duplicate:
            content = copy_tile_content(tile, user)
        Tile.objects.create(dashboard=dashboard, **content, **{name: getattr(tile, name) for name in _OF_A_TILE})
