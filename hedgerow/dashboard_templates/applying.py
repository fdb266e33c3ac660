"""Making what a template describes."""

from collections.abc import Mapping
from typing import Any

import structlog
from django.db import transaction

from hedgerow.api.errors import ValidationError
from hedgerow.dashboard_templates.built_in import built_in_template
from hedgerow.dashboard_templates.models import DashboardTemplate
from hedgerow.dashboard_templates.schema import check_parts
from hedgerow.dashboard_templates.variables import with_defaults
from hedgerow.dashboards.models import Button, Dashboard, Text, Tile
from hedgerow.dashboards.placing import place_insight
from hedgerow.organizations.models import User
from hedgerow.projects.models import Project
from hedgerow.saved_insights.saving import create_insight

log = structlog.get_logger(__name__)

Recipe = Mapping[str, Any]

RECIPE_FIELDS = (
    *("template_name", "dashboard_description", "dashboard_filters"),
    *("tags", "tiles", "variables"),
)


def recipe_of(template: DashboardTemplate) -> dict[str, Any]:
    """What a template says of the dashboards it makes."""
    return {name: getattr(template, name) for name in RECIPE_FIELDS}


def find_template(project: Project, name: str) -> Recipe:
    """The recipe of exactly this name: the project's own, else one offered to everybody, else one that is built in.

    Raises ValidationError where there is none.
    """
    live = DashboardTemplate.objects.filter(template_name=name).exclude(deleted=True).order_by("-created_at")
    of_all = live.filter(scope=DashboardTemplate.Scope.GLOBAL)
    template = live.filter(project=project, scope=DashboardTemplate.Scope.TEAM).first() or of_all.first()
    template = template or built_in_template(project, name)
    if template is None:
        raise ValidationError(f"Invalid template provided: {name}", attr="use_template")
    return recipe_of(template)


def apply_template(recipe: Recipe, dashboard: Dashboard, user: User | None) -> None:
    """Put the recipe's tiles on a stored dashboard, which gets its filters, description and tags, and its name where
    it has none. Either all of it is done or nothing.

    Placeholders that are left stand for the defaults of their variables. A tile of an unknown type is left out.
    Raises ValidationError for a recipe of which no dashboard can be made.
    """
    check_parts(recipe)
    tiles = with_defaults(recipe.get("tiles") or [], recipe.get("variables"))
    with transaction.atomic():
        dashboard.name = dashboard.name or recipe.get("template_name")
        dashboard.description = recipe.get("dashboard_description") or dashboard.description
        dashboard.filters = recipe.get("dashboard_filters") or {}
        dashboard.tags = list(dict.fromkeys([*dashboard.tags, *(tag.lower() for tag in recipe.get("tags") or [])]))
        dashboard.save()
        for tile in tiles:
            _put(tile, dashboard, user)


def _put(recipe: Recipe, dashboard: Dashboard, user: User | None) -> None:
    kind = str(recipe.get("type")).upper()
    if kind == "INSIGHT":
        tile = _insight(recipe, dashboard, user)
    elif kind == "TEXT":
        text = Text.objects.create(body=recipe.get("body") or "", **_authored(dashboard, user))
        tile = Tile(dashboard=dashboard, text=text)
    elif kind == "BUTTON":
        button = Button(url=recipe.get("url") or "", text=recipe.get("text") or "", **_authored(dashboard, user))
        button.save()
        tile = Tile(dashboard=dashboard, button=button)
    else:
        log.warning("template_tile_left_out", type=kind, dashboard=dashboard.pk)
        return
    tile.layouts = recipe.get("layouts") or tile.layouts
    tile.color = recipe.get("color")
    tile.show_description = recipe.get("show_description")
    tile.transparent_background = recipe.get("transparent_background")
    tile.save()


def _insight(recipe: Recipe, dashboard: Dashboard, user: User | None) -> Tile:
    question: dict[str, Any] = {"query": recipe.get("query")}
    if not recipe.get("query"):
        question = {"filters": {"filter_test_accounts": True, **(recipe.get("filters") or {})}}
    insight = create_insight(
        dashboard.project,
        user,
        name=recipe.get("name"),
        description=recipe.get("description"),
        is_sample=True,
        **question,
    )
    return place_insight(dashboard, insight, layouts=recipe.get("layouts"), color=recipe.get("color"))


def _authored(dashboard: Dashboard, user: User | None) -> dict[str, Any]:
    return {"project": dashboard.project, "created_by": user, "last_modified_by": user}
