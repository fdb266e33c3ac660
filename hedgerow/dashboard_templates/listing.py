"""Which templates a project is offered, and in which order.

They are few (a project's own, those of staff, those that come with the product), so they are picked in memory.
"""

from collections.abc import Callable, Mapping
from typing import Any
from uuid import UUID

from django.db.models import Q

from hedgerow.api.errors import ValidationError
from hedgerow.dashboard_templates.built_in import built_in_templates
from hedgerow.dashboard_templates.models import DashboardTemplate
from hedgerow.projects.models import Project

_Scope = DashboardTemplate.Scope
_ORDERS: dict[str, Callable[[DashboardTemplate], Any]] = {
    "template_name": lambda template: (template.template_name or "").casefold(),
    "created_at": lambda template: template.created_at,
}
_TRUE, _FALSE = ("1", "true", "True"), ("0", "false", "False")


def find(project: Project, id: UUID) -> DashboardTemplate | None:
    """The template of this id, a deleted one too, if the project may see it."""
    stored = DashboardTemplate.objects.filter(pk=id).first()
    if stored is None:
        return next((each for each in built_in_templates(project) if each.pk == id), None)
    return stored if stored.project_id == project.pk or stored.scope != _Scope.TEAM else None


def listed_templates(project: Project, asked: Mapping[str, str]) -> list[DashboardTemplate]:
    """The live templates that fit the parameters of a request: `scope`, `search`, `ordering`, `is_featured`.

    By default featured ones come first, then all by name; of a search those it fits best. Raises ValidationError.
    """
    templates = [*_stored(project, asked.get("scope", "")), *_built_in(project, asked.get("scope", ""))]
    featured = asked.get("is_featured")
    if featured in _TRUE:
        templates = [each for each in templates if each.is_featured and each.scope != _Scope.FEATURE_FLAG]
    elif featured in _FALSE:
        templates = [each for each in templates if not each.is_featured]
    templates.sort(key=lambda each: (not each.is_featured, _ORDERS["template_name"](each), each.pk))
    search = asked.get("search", "").strip().casefold()
    if search:
        ranks = {each.pk: rank for each in templates if (rank := _rank(each, search)) is not None}
        templates = sorted((each for each in templates if each.pk in ranks), key=lambda each: ranks[each.pk])
    ordering = asked.get("ordering", "")
    if (key := _ORDERS.get(ordering.removeprefix("-"))) is not None:
        templates.sort(key=key, reverse=ordering.startswith("-"))
    return templates


def _stored(project: Project, scope: str) -> list[DashboardTemplate]:
    own = Q(project=project)
    wanted = {
        "": own | Q(scope=_Scope.GLOBAL),
        _Scope.TEAM.value: own & Q(scope=_Scope.TEAM),
        _Scope.GLOBAL.value: Q(scope=_Scope.GLOBAL),
        _Scope.FEATURE_FLAG.value: Q(scope=_Scope.FEATURE_FLAG),
    }
    if scope not in wanted:
        raise ValidationError(f'"{scope[:100]}" is not a valid choice.', code="invalid_choice", attr="scope")
    return list(DashboardTemplate.objects.filter(wanted[scope]).exclude(deleted=True))


def _built_in(project: Project, scope: str) -> list[DashboardTemplate]:
    if scope not in ("", _Scope.GLOBAL):
        return []
    built_in = built_in_templates(project)
    stored = DashboardTemplate.objects.filter(pk__in=[each.pk for each in built_in])
    replaced = set(stored.values_list("pk", flat=True))
    return [each for each in built_in if each.pk not in replaced]


def _rank(template: DashboardTemplate, search: str) -> int | None:
    """How well a template fits, 0 best; None where it does not."""
    name = (template.template_name or "").casefold()
    tags = [str(tag).casefold() for tag in template.tags or []]
    places = (
        name == search,
        name.startswith(search),
        search in name,
        search in tags,
        any(search in tag for tag in tags),
        search in (template.dashboard_description or "").casefold(),
    )
    return next((rank for rank, is_there in enumerate(places) if is_there), None)
