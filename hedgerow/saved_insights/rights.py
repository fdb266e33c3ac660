"""Who may edit a saved insight.

It takes the level `editor` by the project's access rules (see `hedgerow.access.rules`), and the right to edit any of
the dashboards it stands on, if it is on some.
"""

from typing import Any

from hedgerow.access.rules import access_of, includes, require_level
from hedgerow.api.errors import PermissionDenied
from hedgerow.dashboards import rights as dashboard_rights
from hedgerow.dashboards.models import Dashboard, RestrictionLevel, Tile
from hedgerow.saved_insights.models import Insight

_KIND = "insight"


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


def can_see(insight: Insight, user: Any) -> bool:
    """Whether somebody may look at it."""
    return _level(insight, user) != "none"


def can_edit(insight: Insight, user: Any) -> bool:
    """Whether somebody may edit it."""
    level = _level(insight, user)
    if not includes(_KIND, level, "editor"):
        return False
    dashboards = dashboards_of(insight)
    return not dashboards or any(dashboard_rights.can_edit(dashboard, user) for dashboard in dashboards)


def require_edit(insight: Insight, user: Any) -> None:
    """Raise PermissionDenied for those who may only look at it."""
    require_level(user, insight.project, "editor", _KIND, insight)
    if not can_edit(insight, user):
        raise PermissionDenied("You don't have edit permissions for this insight.")


def privilege(insight: Insight, user: Any) -> RestrictionLevel:
    """What somebody may: edit it (37), or only look at it (21)."""
    return RestrictionLevel.COLLABORATORS if can_edit(insight, user) else RestrictionLevel.EVERYONE


def access_level(insight: Insight, user: Any) -> str:
    """What somebody may do with it, in one word: `manager`, `editor`, `viewer` or `none`."""
    level = _level(insight, user)
    return "viewer" if level != "none" and not can_edit(insight, user) else level


def seen_tiles(insight: Insight, user: Any) -> list[Tile]:
    """The tiles that show the insight now, on dashboards that somebody may look at."""
    return [tile for tile in live_tiles(insight) if dashboard_rights.can_see(tile.dashboard, user)]


def _level(insight: Insight, user: Any) -> str:
    return access_of(user, insight.project).level_on(_KIND, insight)
