"""Deleting dashboards, and bringing back exactly what went with them."""

from typing import Any

from django.db import transaction
from django.db.models import Exists, OuterRef

from hedgerow.activity.recording import change
from hedgerow.dashboards.models import Dashboard, Tile
from hedgerow.dashboards.recording import SCOPE, record
from hedgerow.groups.models import GroupTypeMapping
from hedgerow.projects.models import Project
from hedgerow.saved_insights.models import Insight
from hedgerow.saved_insights.saving import delete_insight, restore_insight


@transaction.atomic
def delete_dashboard(dashboard: Dashboard, user: Any, *, delete_insights: bool = False) -> None:
    """Delete a dashboard with its tiles; with `delete_insights` also those insights that stand nowhere else.

    It is no longer the project's first dashboard, nor shown with groups. One that is deleted already stays so.
    """
    if dashboard.deleted:
        return
    tiles = Tile.objects.filter(dashboard=dashboard, deleted=False)
    elsewhere = Tile.objects.filter(insight=OuterRef("pk"), deleted=False).exclude(dashboard=dashboard)
    sole = Insight.objects.filter(dashboard_tiles__in=tiles, deleted=False).exclude(Exists(elsewhere)).distinct()
    insights = list(sole.select_related("project")) if delete_insights else []
    tiles.update(deleted=True, deleted_with_dashboard=True)
    for insight in insights:
        delete_insight(insight, user)
    dashboard.deleted_insights.set(insights)
    dashboard.deleted = True
    dashboard.save(update_fields=["deleted"])
    Project.objects.filter(pk=dashboard.project_id, primary_dashboard=dashboard.pk).update(primary_dashboard=None)
    GroupTypeMapping.objects.filter(detail_dashboard=dashboard).update(detail_dashboard=None)
    record("deleted", dashboard, user, [change(SCOPE, "deleted", False, True)])


@transaction.atomic
def restore_dashboard(dashboard: Dashboard, user: Any) -> None:
    """Bring a deleted dashboard back with the tiles and insights that went with it, and no others."""
    if not dashboard.deleted:
        return
    for insight in dashboard.deleted_insights.filter(deleted=True).select_related("project"):
        restore_insight(insight, user)
    dashboard.deleted_insights.clear()
    gone = Tile.objects.filter(dashboard=dashboard, deleted_with_dashboard=True)
    gone.exclude(insight__deleted=True).update(deleted=False, deleted_with_dashboard=False)
    gone.update(deleted_with_dashboard=False)
    dashboard.deleted = False
    dashboard.save(update_fields=["deleted"])
    record("restored", dashboard, user, [change(SCOPE, "deleted", True, False)])
