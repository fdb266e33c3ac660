"""What only admins of a project do with it: its tokens, where it belongs, and its end. All is in the activity log."""

from typing import TYPE_CHECKING, Any

from django.db import transaction

from hedgerow.access.rules import is_project_admin
from hedgerow.activity.recording import snapshot
from hedgerow.api.access import membership_level
from hedgerow.api.errors import PermissionDenied
from hedgerow.api.levels import Level
from hedgerow.projects.history import note_changed, note_deleted, note_moved
from hedgerow.projects.models import Project
from hedgerow.projects.tokens import make_project_token, make_secret_token

if TYPE_CHECKING:
    from hedgerow.organizations.models import Organization

NOT_ADMIN = "You don't have sufficient permissions in the project."


def require_project_admin(user: Any, project: Project) -> None:
    """Raises PermissionDenied unless the person administers the project."""
    if not is_project_admin(user, project):
        raise PermissionDenied(NOT_ADMIN)


def require_project_creator(user: Any, organization: "Organization") -> None:
    """Raises PermissionDenied unless the user may make projects in the organization."""
    level = membership_level(user, organization.id)
    needed = Level.MEMBER if organization.members_can_create_projects else Level.ADMIN
    if level is None or level < needed:
        raise PermissionDenied("You need to be an organization admin or above to create new projects.")


def reset_token(project: Project, by: Any) -> None:
    """Replace the public token; events with the old one are refused from now on. Raises PermissionDenied."""
    _set(project, by, api_token=make_project_token())


def rotate_secret_token(project: Project, by: Any) -> None:
    """Make a new secret token; the one before goes on working until it is dropped. Raises PermissionDenied."""
    _set(project, by, secret_api_token_backup=project.secret_api_token, secret_api_token=make_secret_token())


def drop_backup_token(project: Project, by: Any) -> None:
    """Drop the secret token that was replaced by the last rotation. Raises PermissionDenied."""
    _set(project, by, secret_api_token_backup=None)


@transaction.atomic
def move_project(project: Project, organization: "Organization", by: Any) -> None:
    """Move it to another organization, by an admin of both; rules for members and roles of the former one end.

    Raises PermissionDenied.
    """
    require_project_admin(by, project)
    former = project.organization
    for each in (former, organization):
        level = membership_level(by, each.pk)
        if level is None or level < Level.ADMIN:
            raise PermissionDenied("Your organization access level is insufficient.")
    project.organization = organization
    project.save(update_fields=["organization", "updated_at"])
    if former != organization:
        project.access_controls.exclude(membership=None, role=None).delete()
        note_moved(project, former, by)


@transaction.atomic
def delete_project(project: Project, by: Any) -> None:
    """Delete it with all its data. Raises PermissionDenied."""
    require_project_admin(by, project)
    note_deleted(project, by)
    project.delete()


@transaction.atomic
def _set(project: Project, by: Any, **values: Any) -> None:
    require_project_admin(by, project)
    before = snapshot(project)
    for name, value in values.items():
        setattr(project, name, value)
    project.save(update_fields=[*values, "updated_at"])
    note_changed(project, before, by)
