"""Who may edit a saved insight: those who may edit any of the dashboards it stands on, or all if it is on none."""

from typing import Any

from hedgerow.api.errors import PermissionDenied
from hedgerow.dashboards import rights as dashboard_rights
from hedgerow.dashboards.models import Dashboard, RestrictionLevel, Tile
from hedgerow.saved_insights.models import Insight


def live_tiles(insight: Insight) -> list[Tile]:
    """The tiles that show the insight now."""
    return [tile for tile in insight.dashboard_tiles.all() if not tile.deleted]


def dashboards_of(insight: Insight) -> list[Dashboard]:
    """The dashboards it stands on."""
    return [tile.dashboard for tile in live_tiles(insight)]


def restriction(insight: Insight) -> RestrictionLevel:
    """The strictest restriction of its dashboards."""
    levels = [dashboard_rights.restriction(dashboard) for dashboard in dashboards_of(insight)]
    return max(levels, default=RestrictionLevel.EVERYONE)


def can_edit(insight: Insight, user: Any) -> bool:
    """Whether somebody, who is a member of the project's organization, may edit it."""
    dashboards = dashboards_of(insight)
    return not dashboards or any(dashboard_rights.can_edit(dashboard, user) for dashboard in dashboards)


def require_edit(insight: Insight, user: Any) -> None:
    """Raise PermissionDenied for those who may only look at it."""
    if not can_edit(insight, user):
        raise PermissionDenied("You don't have edit permissions for this insight.")


def privilege(insight: Insight, user: Any) -> RestrictionLevel:
    """What somebody may: edit it (37), or only look at it (21)."""
    return RestrictionLevel.COLLABORATORS if can_edit(insight, user) else RestrictionLevel.EVERYONE


def access_level(insight: Insight, user: Any, organization_id: Any) -> str:
    """What somebody may do with it, in one word: `manager` (its maker and admins), `editor` or `viewer`."""
    if not can_edit(insight, user):
        return "viewer"
    is_manager = insight.created_by_id == user.pk or dashboard_rights.is_admin(user, organization_id)
    return "manager" if is_manager else "editor"
