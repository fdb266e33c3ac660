"""Making what a template describes."""

from collections.abc import Callable, Mapping
from typing import Any

import structlog
from django.db import transaction

from hedgerow.api.errors import ValidationError
from hedgerow.dashboard_templates.built_in import built_in_template
from hedgerow.dashboard_templates.models import DashboardTemplate
from hedgerow.dashboard_templates.schema import check_parts
from hedgerow.dashboard_templates.variables import with_defaults
from hedgerow.dashboards.models import Button, Dashboard, Text
from hedgerow.dashboards.placing import place
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
    make = _CONTENT.get(str(recipe.get("type")).upper())
    if make is None:
        log.warning("template_tile_left_out", type=recipe.get("type"), dashboard=dashboard.pk)
        return
    display = {name: recipe.get(name) for name in ("show_description", "transparent_background")}
    place(dashboard, recipe.get("layouts"), recipe.get("color"), **make(recipe, dashboard, user), **display)


def _insight(recipe: Recipe, dashboard: Dashboard, user: User | None) -> dict[str, Any]:
    question: dict[str, Any] = {"query": recipe.get("query")}
    if not recipe.get("query"):
        question = {"filters": {"filter_test_accounts": True, **(recipe.get("filters") or {})}}
    name, description = recipe.get("name"), recipe.get("description")
    insight = create_insight(dashboard.project, user, name=name, description=description, is_sample=True, **question)
    return {"insight": insight}


def _text(recipe: Recipe, dashboard: Dashboard, user: User | None) -> dict[str, Any]:
    return {"text": Text.objects.create(body=recipe.get("body") or "", **_authored(dashboard, user))}


def _button(recipe: Recipe, dashboard: Dashboard, user: User | None) -> dict[str, Any]:
    url, text = recipe.get("url") or "", recipe.get("text") or ""
    return {"button": Button.objects.create(url=url, text=text, **_authored(dashboard, user))}


def _authored(dashboard: Dashboard, user: User | None) -> dict[str, Any]:
    return {"project": dashboard.project, "created_by": user, "last_modified_by": user}


_CONTENT: dict[str, Callable[[Recipe, Dashboard, User | None], dict[str, Any]]] = {
    "INSIGHT": _insight,
    "TEXT": _text,
    "BUTTON": _button,
}
