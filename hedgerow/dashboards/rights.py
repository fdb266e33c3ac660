"""Who may edit a dashboard, and who may say so.

Everybody in the project sees every dashboard. One that is not restricted can be edited by all of them; one that is, by
its maker, by admins of the organization and by its collaborators. The maker and admins may restrict it.
"""

from typing import Any

from hedgerow.api.access import membership_level
from hedgerow.api.errors import PermissionDenied
from hedgerow.api.levels import Level
from hedgerow.dashboards.models import Dashboard, RestrictionLevel

CANNOT_EDIT = "You don't have edit permissions for this dashboard."
CANNOT_RESTRICT = (
    "Only the dashboard owner and project admins have the restriction rights required to change the dashboard's "
    "restriction level."
)
_LEVELS = "_levels_in_organizations"


def restriction(dashboard: Dashboard) -> RestrictionLevel:
    """Who may edit it."""
    return RestrictionLevel(dashboard.restriction_level)


def privilege(dashboard: Dashboard, user: Any) -> RestrictionLevel:
    """What somebody may: edit it (37), or only look at it (21)."""
    return RestrictionLevel.COLLABORATORS if can_edit(dashboard, user) else RestrictionLevel.EVERYONE


def can_edit(dashboard: Dashboard, user: Any) -> bool:
    """Whether somebody, who is a member of the project's organization, may edit it."""
    if restriction(dashboard) is RestrictionLevel.EVERYONE:
        return True
    return can_restrict(dashboard, user) or any(each.user_id == user.pk for each in dashboard.collaborators.all())


def can_restrict(dashboard: Dashboard, user: Any) -> bool:
    """Whether somebody may say who edits it."""
    return dashboard.created_by_id == user.pk or is_admin(user, dashboard.project.organization_id)


def require_edit(dashboard: Dashboard, user: Any) -> None:
    """Raise PermissionDenied for those who may only look at it."""
    if not can_edit(dashboard, user):
        raise PermissionDenied(CANNOT_EDIT)


def require_restrict(dashboard: Dashboard, user: Any) -> None:
    """Raise PermissionDenied for those who may not say who edits it."""
    if not can_restrict(dashboard, user):
        raise PermissionDenied(CANNOT_RESTRICT)


def access_level(dashboard: Dashboard, user: Any) -> str:
    """What somebody may do with it, in one word: `manager`, `editor` or `viewer`."""
    if can_restrict(dashboard, user):
        return "manager"
    return "editor" if can_edit(dashboard, user) else "viewer"


def is_admin(user: Any, organization_id: Any) -> bool:
    """Whether somebody is an admin of an organization."""
    # Many dashboards are looked at in one request, and the person stays the same object throughout it.
    levels = user.__dict__.setdefault(_LEVELS, {})
    if organization_id not in levels:
        levels[organization_id] = membership_level(user, organization_id)
    level = levels[organization_id]
    return level is not None and level >= Level.ADMIN
