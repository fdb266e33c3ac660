"""Copies of a project's templates in other projects of its organization."""

from uuid import UUID

from django.db import transaction

from hedgerow.api.errors import NotFound, ValidationError
from hedgerow.api.scopes import Key
from hedgerow.dashboard_templates.built_in import built_in_templates
from hedgerow.dashboard_templates.models import DashboardTemplate
from hedgerow.dashboard_templates.rules import check_room_and_name
from hedgerow.dashboard_templates.saving import record_template
from hedgerow.dashboard_templates.schema import LONGEST_NAME
from hedgerow.organizations.models import User
from hedgerow.projects.models import Project

MOST_NAMES = 50
_SOURCE = "source_template_id"
_COPIED = ("dashboard_description", "dashboard_filters", "tiles", "variables", "tags")


def copy_template(id: UUID, project: Project, user: User, key: Key | None = None) -> DashboardTemplate:
    """A copy, in the project, of a template of another project of the same organization.

    Raises NotFound where the caller (with `key`, where one is used) cannot see the source, else ValidationError.
    """
    source = _source(id, project, key)
    with transaction.atomic():
        copy = DashboardTemplate(project=project, created_by=user)
        for name in _COPIED:
            setattr(copy, name, getattr(source, name))
        copy.template_name = _free_name(source.template_name, project)
        check_room_and_name(copy)
        copy.save()
        record_template("created", copy, project, user)
    return copy


def _source(id: UUID, project: Project, key: Key | None) -> DashboardTemplate:
    found = DashboardTemplate.objects.select_related("project").filter(pk=id).exclude(deleted=True).first()
    source = found or next((each for each in built_in_templates(project) if each.pk == id), None)
    if source is None:
        raise NotFound()
    if source.scope == DashboardTemplate.Scope.GLOBAL:
        raise ValidationError("Only project-scoped templates can be copied to another project.", attr=_SOURCE)
    own = source.project
    if own is None or own.organization_id != project.organization_id or _is_out_of_reach(own, key):
        raise NotFound()
    if source.scope == DashboardTemplate.Scope.FEATURE_FLAG:
        raise ValidationError("Feature-flag templates cannot be copied with this endpoint.", attr=_SOURCE)
    if own.pk == project.pk:
        raise ValidationError("Source and destination must be different projects.", attr=_SOURCE)
    return source


def _is_out_of_reach(project: Project, key: Key | None) -> bool:
    return key is not None and bool(key.scoped_teams) and project.pk not in key.scoped_teams


def _free_name(name: str | None, project: Project) -> str | None:
    """The name, or the first of ` (copy)`, ` (copy 2)` … after it that no live template of the project has."""
    taken = set(
        DashboardTemplate.objects.filter(project=project).exclude(deleted=True).values_list("template_name", flat=True)
    )
    if name is None or name not in taken:
        return name
    for number in range(1, MOST_NAMES + 1):
        ending = " (copy)" if number == 1 else f" (copy {number})"
        if (longer := name[: LONGEST_NAME - len(ending)] + ending) not in taken:
            return longer
    raise ValidationError(
        f"All of the {MOST_NAMES} names a copy could have are taken.", code="template_name_exhausted", attr=_SOURCE
    )
