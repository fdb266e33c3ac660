"""Who may do what with templates, and how many there may be.

Everybody in a project makes and changes templates of the project. Staff alone offer templates to all projects, give
them pictures and say where they are shown.
"""

from collections.abc import Mapping
from typing import Any

from hedgerow.api.errors import PermissionDenied, ValidationError
from hedgerow.dashboard_templates.models import DashboardTemplate
from hedgerow.organizations.models import Organization, User
from hedgerow.projects.models import Project

MOST_TEMPLATES = 100
"""Live templates of projects in an organization."""

_TEAM = DashboardTemplate.Scope.TEAM
_OF_STAFF = ("image_url", "availability_contexts")
_OF_EVERYBODY = {"template_name", "dashboard_description", "tags", "deleted"}


def check_new(fields: Mapping[str, Any], user: User) -> None:
    """Raise ValidationError where a new template has what its maker may not give it."""
    if user.is_staff:
        return
    for name in _OF_STAFF:
        if fields.get(name):
            raise ValidationError("You cannot set this field when creating a project template.", attr=name)
    if fields.get("scope", _TEAM) != _TEAM:
        raise ValidationError("Project templates must use team scope.", attr="scope")
    if fields.get("is_featured"):
        raise ValidationError("Only staff can mark templates as featured.", attr="is_featured")


def check_change(template: DashboardTemplate, fields: Mapping[str, Any], user: User) -> None:
    """Raise PermissionDenied or ValidationError where the caller may not change a template in this way."""
    if user.is_staff:
        return
    check_may_edit(template, user)
    changed = {name for name, value in fields.items() if value != getattr(template, name)}
    if changed - _OF_EVERYBODY:
        raise ValidationError("Only name, description, tags, and delete can be changed for project templates.")


def check_may_edit(template: DashboardTemplate, user: User) -> None:
    """Raise PermissionDenied where the caller may change nothing of the template."""
    if not user.is_staff and template.scope != _TEAM:
        raise PermissionDenied("You don't have edit permissions for this dashboard template.")


def check_room_and_name(template: DashboardTemplate) -> None:
    """Raise ValidationError where a template, about to be stored, has a name that is taken or is one too many.

    To be called in the transaction that stores it.
    """
    project = template.project
    if template.deleted or project is None:
        return
    name = template.template_name
    if name is not None and _live(template).filter(project=project, template_name=name).exists():
        raise ValidationError(
            "A dashboard template with this name already exists for this project.",
            code="unique_template_name_per_team",
        )
    if template.scope == _TEAM and not _is_counted(template):
        _check_room(template, project)


def _check_room(template: DashboardTemplate, project: Project) -> None:
    # One at a time: two that are made at once could both be the last one there is room for.
    Organization.objects.select_for_update().get(pk=project.organization_id)
    others = _live(template).filter(project__organization=project.organization_id, scope=_TEAM)
    if others.count() >= MOST_TEMPLATES:
        raise ValidationError(
            f"Your organization has reached the limit of {MOST_TEMPLATES} dashboard templates. "
            "Delete a template before creating or restoring another."
        )


def _live(template: DashboardTemplate) -> Any:
    """All others that are not deleted."""
    return DashboardTemplate.objects.exclude(pk=template.pk).exclude(deleted=True)


def _is_counted(template: DashboardTemplate) -> bool:
    """Whether it is one of the live templates already."""
    return DashboardTemplate.objects.filter(pk=template.pk, scope=_TEAM).exclude(deleted=True).exists()
