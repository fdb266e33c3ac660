"""Who may edit a dashboard, and who may say so.

It takes the level `editor` by the project's access rules (see `hedgerow.access.rules`). A dashboard that is restricted
can be edited only by its managers, who are its maker and admins if no rule says otherwise, and by its collaborators.
Managers may restrict it.
"""

from typing import Any

from hedgerow.access.rules import access_of, includes, require_level
from hedgerow.api.errors import PermissionDenied
from hedgerow.dashboards.models import Dashboard, RestrictionLevel

CANNOT_EDIT = "You don't have edit permissions for this dashboard."
CANNOT_RESTRICT = (
    "Only the dashboard owner and project admins have the restriction rights required to change the dashboard's "
    "restriction level."
)
_KIND = "dashboard"


def restriction(dashboard: Dashboard) -> RestrictionLevel:
    """Who may edit it."""
    return RestrictionLevel(dashboard.restriction_level)


def privilege(dashboard: Dashboard, user: Any) -> RestrictionLevel:
    """What somebody may: edit it (37), or only look at it (21)."""
    return RestrictionLevel.COLLABORATORS if can_edit(dashboard, user) else RestrictionLevel.EVERYONE


def can_see(dashboard: Dashboard, user: Any) -> bool:
    """Whether somebody may look at it."""
    return _level(dashboard, user) != "none"


def can_edit(dashboard: Dashboard, user: Any) -> bool:
    """Whether somebody may edit it."""
    if not includes(_KIND, _level(dashboard, user), "editor"):
        return False
    if restriction(dashboard) is RestrictionLevel.EVERYONE:
        return True
    return can_restrict(dashboard, user) or any(each.user_id == user.pk for each in dashboard.collaborators.all())


def can_restrict(dashboard: Dashboard, user: Any) -> bool:
    """Whether somebody may say who edits it."""
    return _level(dashboard, user) == "manager"


def require_edit(dashboard: Dashboard, user: Any) -> None:
    """Raise PermissionDenied for those who may only look at it."""
    require_level(user, dashboard.project, "editor", _KIND, dashboard)
    if not can_edit(dashboard, user):
        raise PermissionDenied(CANNOT_EDIT)


def require_restrict(dashboard: Dashboard, user: Any) -> None:
    """Raise PermissionDenied for those who may not say who edits it."""
    if not can_restrict(dashboard, user):
        raise PermissionDenied(CANNOT_RESTRICT)


def access_level(dashboard: Dashboard, user: Any) -> str:
    """What somebody may do with it, in one word: `manager`, `editor`, `viewer` or `none`."""
    level = _level(dashboard, user)
    return "viewer" if level == "editor" and not can_edit(dashboard, user) else level


def _level(dashboard: Dashboard, user: Any) -> str:
    return access_of(user, dashboard.project).level_on(_KIND, dashboard)
