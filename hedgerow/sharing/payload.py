"""What the public is told of something that is shared.

It is what members are told without people's addresses and settings, without alerts and without what else there is in
the project. How fresh its results are is not up to the public.
"""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

from django.db.models import QuerySet
from django.utils import timezone
from django.utils.dateparse import parse_datetime

from hedgerow.charts.theme import PALETTE
from hedgerow.dashboards.models import Dashboard, Tile
from hedgerow.dashboards.presenting import full_dashboard
from hedgerow.projects.models import Project
from hedgerow.queries.request import Refresh
from hedgerow.saved_insights.listing import presentable
from hedgerow.saved_insights.models import Insight
from hedgerow.saved_insights.serializers import BasicInsightSerializer, InsightSerializer
from hedgerow.saved_insights.viewing import note_anonymous_view
from hedgerow.sharing.objects import Shareable
from hedgerow.sharing.opening import Share
from hedgerow.sharing.recordings import Recording, happenings
from hedgerow.sharing.settings import ShareSettings

Told = dict[str, Any]

AUTO_REFRESH = timedelta(seconds=1800)
"""Results younger than this are not computed anew because a visitor says so."""

THEMES = [
    {
        "id": 1,
        "name": "Hedgerow",
        "is_global": True,
        "colors": {f"preset-{number}": color for number, color in enumerate(PALETTE, start=1)},
    }
]
"""The colours of charts."""

_NOT_PUBLIC = frozenset({"email", "distinct_id", "hedgehog_config"})
"""Of people of the organization."""
_EXTRA_DETAILS = frozenset({"created_by", "created_at", "last_modified_by", "last_modified_at"})
_KEPT_OR_COMPUTED = Refresh.ASYNC_EXCEPT_ON_CACHE_MISS.value
"""What is kept is told, computed anew in the background when it is old; what is not kept is computed now."""


def public_payload(share: Share, page_type: str, asked_refresh: str = "") -> Told:
    """All that the public page of a share is made of; `page_type` is `scene` or `embed`."""
    return {
        "type": page_type,
        "accessToken": share.configuration.access_token,
        share.shared.kind: told_object(share, asked_refresh),
        "themes": THEMES,
        **share.settings.in_effect,
    }


def told_object(share: Share, asked_refresh: str = "") -> Told:
    """The dashboard, insight or recording itself, with its results."""
    shared, item = share.shared, share.shared.item
    if isinstance(item, Recording):
        return _told_recording(share, item)
    if isinstance(item, Dashboard):
        told = _fresh(asked_refresh, lambda refresh: full_dashboard(item, _context(shared.project, refresh)))
    else:
        insight = presentable(Insight.objects.filter(pk=item.pk)).get()
        return told_insight(share, insight, None, asked_refresh)
    return public(told, share.settings)


def shown_insights(shared: Shareable, insights: "QuerySet[Insight]") -> list[tuple[Insight, Tile | None]]:
    """Those of the insights that a share shows: itself, or those on the tiles of the dashboard, with their tiles."""
    live = presentable(insights.filter(project=shared.project, deleted=False)).order_by("pk")
    if isinstance(shared.item, Insight):
        return [(insight, None) for insight in live.filter(pk=shared.item.pk)]
    if not isinstance(shared.item, Dashboard):
        return []
    tiles = Tile.objects.filter(dashboard=shared.item, deleted=False, insight__isnull=False)
    by_insight = {tile.insight_id: tile for tile in tiles if tile.insight_id is not None}
    found: list[tuple[Insight, Tile | None]] = []
    for insight in live.filter(pk__in=by_insight):
        tile = by_insight[insight.pk]
        tile.dashboard = shared.item
        found.append((insight, tile))
    return found


def told_insight(share: Share, insight: Insight, tile: Tile | None, asked_refresh: str = "") -> Told:
    """An insight as the share shows it: on a dashboard with what it puts over the question."""
    place = {} if tile is None else {"dashboard": tile.dashboard, "tile": tile}

    def tell(refresh: str) -> Told:
        return dict(InsightSerializer(insight, context={**_context(share.shared.project, refresh), **place}).data)

    return public(_fresh(asked_refresh, tell), share.settings)


def brief_insight(share: Share, insight: Insight, tile: Tile | None) -> Told:
    """The same without its answer."""
    context = {**_context(share.shared.project, ""), **({} if tile is None else {"tile": tile})}
    return public(dict(BasicInsightSerializer(insight, context=context).data), share.settings)


def brief_recording(item: Recording) -> Told:
    """As much of a recording as a player needs beside what was recorded."""
    return {
        "id": item.session_id,
        "recording_duration": int(item.duration),
        "start_time": item.start,
        "end_time": item.end,
    }


def note_visit(shared: Shareable) -> None:
    """Remember that somebody without an account looked at it."""
    if isinstance(shared.item, Dashboard):
        Dashboard.objects.filter(pk=shared.item.pk).update(last_accessed_at=timezone.now())
    elif isinstance(shared.item, Insight):
        note_anonymous_view(shared.item)


def public(told: Told, settings: ShareSettings) -> Told:
    """What was told, without what the public is not to know."""
    hidden = _EXTRA_DETAILS if settings.hideExtraDetails else frozenset()
    return {**_without(told, hidden)}


def _context(project: Project, refresh: str) -> Told:
    return {"project": project, "refresh": refresh, "shared": True}


def _fresh(asked: str, tell: Callable[[str], Told]) -> Told:
    """What is told with results as fresh as a visitor may ask for."""
    if asked == Refresh.BLOCKING:
        return tell(asked)
    if asked != Refresh.FORCE_BLOCKING:
        return tell(_KEPT_OR_COMPUTED)
    return tell(asked if _is_old(tell(Refresh.FORCE_CACHE.value)) else Refresh.BLOCKING.value)


def _is_old(told: Told) -> bool:
    """Whether all of the results are older than visitors have to put up with."""
    insights = [tile["insight"] for tile in told["tiles"] if tile["insight"]] if "tiles" in told else [told]
    times = [insight.get("last_refresh") for insight in insights]
    moments = [parse_datetime(time) if isinstance(time, str) else time for time in times]
    return bool(moments) and all(moment and datetime.now(UTC) - moment > AUTO_REFRESH for moment in moments)


def _told_recording(share: Share, item: Recording) -> Told:
    """The figures of a session and, where the share says so, its events."""
    told = {
        "id": item.session_id,
        "start_time": item.start.isoformat(),
        "end_time": item.end.isoformat(),
        "recording_duration": item.duration,
        "event_count": item.events,
        "pageview_count": item.pageviews,
        "click_count": item.clicks,
        "start_url": item.start_url,
        "has_snapshots": item.has_snapshots,
    }
    if not share.settings.showInspector:
        return told
    events = happenings(share.shared.project, item.session_id)
    return {
        **told,
        "events": [{"timestamp": each.at.isoformat(), "event": each.event, "url": each.address} for each in events],
    }


def _without(told: Any, hidden: frozenset[str]) -> Any:
    """Nested values of the records without hidden ones; results are left as they are."""
    if isinstance(told, list):
        return [_without(each, hidden) for each in told]
    if not isinstance(told, dict):
        return told
    names = hidden | _NOT_PUBLIC if "first_name" in told else hidden
    kept = {name: told[name] for name in told if name not in names and name != "alerts"}
    if "hogql" in kept:
        kept["hogql"] = None  # it has the project's filters of test accounts in it, with their addresses
    return {name: value if name in ("result", "query") else _without(value, hidden) for name, value in kept.items()}
