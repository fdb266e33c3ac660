"""What of the activity log somebody sees: nothing of objects that are hidden from them, nor the names of such."""

from collections.abc import Callable, Iterable
from functools import cache
from typing import Any

from django.db.models import CharField, QuerySet
from django.db.models.functions import Cast

from hedgerow.access.objects import of_seen_objects
from hedgerow.access.rules import access_of, hidden
from hedgerow.activity.models import ActivityLog
from hedgerow.dashboards.models import Dashboard, Tile
from hedgerow.files.kinds import kinds
from hedgerow.projects.models import Project
from hedgerow.recordings.rights import can_see as can_see_recordings
from hedgerow.saved_insights.models import Insight
from hedgerow.subscriptions.models import Subscription


def seen_by(user: Any, project: Project, entries: QuerySet[ActivityLog]) -> QuerySet[ActivityLog]:
    """Those entries of a project that are not about objects the person may not see."""
    if access_of(user, project).project_level == "admin":
        return entries
    for kind in kinds():
        entries = entries.exclude(scope=kind.type.capitalize(), item_id__in=_ids(kind.hidden_from(user, project)))
    if not can_see_recordings(project, user):
        entries = entries.exclude(scope="Replay")
    subscriptions = Subscription.objects.filter(project=project)
    unseen = subscriptions.exclude(pk__in=of_seen_objects(subscriptions, user, project).values("pk"))
    return entries.exclude(scope="Subscription", item_id__in=_ids(unseen))


def as_seen_by(user: Any, project: Project, entries: Iterable[ActivityLog]) -> list[ActivityLog]:
    """The entries, where their changes name other objects without those that the person may not see."""
    found = list(entries)
    if access_of(user, project).project_level == "admin":
        return found

    @cache
    def unseen(scope: str, field: str) -> frozenset[int]:
        return frozenset(_NAMED[scope, field](user, project).values_list("pk", flat=True))

    for entry in found:
        for change in (entry.detail or {}).get("changes") or ():
            if isinstance(change, dict) and (entry.scope, change.get("field")) in _NAMED:
                ids = unseen(entry.scope, change["field"])
                for side in ("before", "after"):
                    change[side] = [each for each in change.get(side) or () if each.get("id") not in ids]
    return found


def _hidden_dashboards(user: Any, project: Project) -> QuerySet[Any]:
    return hidden(Dashboard.objects.filter(project=project), user, project)


def _tiles_of_hidden_insights(user: Any, project: Project) -> QuerySet[Any]:
    insights = hidden(Insight.objects.filter(project=project), user, project)
    return Tile.objects.filter(dashboard__project=project, insight__in=insights)


_NAMED: dict[tuple[str, str], Callable[[Any, Project], QuerySet[Any]]] = {
    ("Insight", "dashboards"): _hidden_dashboards,
    ("Dashboard", "tiles"): _tiles_of_hidden_insights,
}
"""By kind of objects and field whose changes are lists of objects with their ids, which of these are hidden."""


def _ids(objects: QuerySet[Any]) -> QuerySet[Any, str]:
    return objects.values_list(Cast("pk", CharField()), flat=True)
