"""What stands above the question of a saved insight: its name, who made it, where it is shown, and what can be done."""

from typing import Any

from django.http import HttpRequest
from django.urls import reverse

from hedgerow.access.rules import visible
from hedgerow.files.views_log import note_view
from hedgerow.organizations.models import User
from hedgerow.projects.models import Project
from hedgerow.saved_insights.filed import INSIGHTS as FILED
from hedgerow.saved_insights.listing import presentable
from hedgerow.saved_insights.models import Insight
from hedgerow.saved_insights.rights import can_edit, seen_tiles
from hedgerow.saved_insights.viewing import note_views
from hedgerow.sharing.configuring import current
from hedgerow.sharing.objects import INSIGHT, Shareable
from hedgerow.web.dashboards.told import told


def found_insight(project: Project, short_id: str, user: Any, *, deleted: bool = False) -> Insight | None:
    """An insight of the project that somebody may see, with all that is told of it; a deleted one only if asked for."""
    insights = presentable(Insight.objects.filter(project=project, short_id=short_id))
    return visible(insights, user, project).filter(**({} if deleted else {"deleted": False})).first()


def head_context(request: HttpRequest, insight: Insight) -> dict[str, Any]:
    """What the head of a saved insight's page shows."""
    share = current(Shareable(INSIGHT, insight.project, insight))
    return {
        "saved": insight,
        "told": told(request),
        "may_edit": can_edit(insight, request.user),
        "is_shared": share is not None and share.enabled,
        "on_dashboards": [tile.dashboard for tile in seen_tiles(insight, request.user) if not tile.dashboard.deleted],
        "change": reverse("change_insight", args=[insight.project_id, insight.short_id]),
        "address": address_of(insight),
    }


def address_of(insight: Insight) -> str:
    """The page of a saved insight."""
    return reverse("saved_insight", args=[insight.project_id, insight.short_id])


def note_opened(insight: Insight, user: User) -> None:
    """Note that somebody opened an insight."""
    note_views([insight.pk], user)
    note_view(insight.project, user, FILED.type, insight.short_id)
