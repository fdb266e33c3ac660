"""What a run sends: which insights, their answers and their pictures, kept with the run.

Each step leaves what it found in the records, so that a run that was interrupted goes on where it was, and a message
that is sent again says what it said before.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

import orjson
from django.conf import settings
from django.db import transaction
from django.utils import timezone
from pydantic import ValidationError as PydanticError
from rest_framework.exceptions import APIException, Throttled

from hedgerow.access.rules import reader_for
from hedgerow.dashboards.models import Dashboard, Tile
from hedgerow.dashboards.overrides import tile_filters, tile_variables
from hedgerow.dashboards.presenting import ordered_tiles
from hedgerow.dashboards.rights import can_see as can_see_dashboard
from hedgerow.eventstore.errors import EventStoreUnavailable
from hedgerow.exports.making import TRANSIENT, fail, produce
from hedgerow.exports.models import ExportedAsset
from hedgerow.exports.naming import kept_until
from hedgerow.insights.errors import InsightError
from hedgerow.queries.errors import QueryError, QueryFailure, query_errors
from hedgerow.queries.request import Refresh, parse_request
from hedgerow.queries.runner import answer
from hedgerow.saved_insights.models import Insight
from hedgerow.saved_insights.results import effective_query, insight_result
from hedgerow.saved_insights.rights import can_see
from hedgerow.subscriptions.models import Delivery, Subscription

_PICTURE = ExportedAsset.Format.PNG
_RESULT_FIELDS = {
    **{name: name for name in ("result", "columns", "types", "resolved_date_range", "last_refresh", "is_cached")},
    **{"timezone": "timezone", "has_more": "hasMore", "query_status": "query_status"},
}
"""By the name in the snapshot, the name in an insight's answer."""


@dataclass(frozen=True, slots=True)
class _Chosen:
    insight: Insight
    tile: Tile | None


def plan(delivery: Delivery) -> bool:
    """Note which insights are sent, each with a picture to be made; False where there are none."""
    subscription = delivery.subscription
    chosen = _chosen(subscription)
    most = settings.HEDGEROW.subscription_max_insights
    if not chosen:
        return False
    dashboard, now = subscription.dashboard, timezone.now()
    with transaction.atomic():
        assets = [
            ExportedAsset.objects.create(
                project_id=subscription.project_id,
                created_by=subscription.created_by,
                is_system=True,
                insight=each.insight,
                dashboard=dashboard,
                export_format=_PICTURE,
                created_at=now,
                expires_after=kept_until(_PICTURE, now),
            )
            for each in chosen[:most]
        ]
        delivery.exported_asset_ids = [asset.pk for asset in assets]
        delivery.content_snapshot = {
            "dashboard": {"id": dashboard.pk, "name": dashboard.name} if dashboard else None,
            "total_insight_count": len(chosen),
            "insights": [_skeleton(each) for each in chosen[:most]],
        }
        delivery.save(update_fields=["exported_asset_ids", "content_snapshot", "last_updated_at"])
    return True


def fill(delivery: Delivery, tag: str, *, is_last: bool) -> None:
    """Answer the questions and draw the pictures that are not there yet.

    What will not be better another time is noted as it is. What may be, raises one of `TRANSIENT`, unless `is_last`.
    """
    subscription = delivery.subscription
    chosen = {each.insight.pk: each for each in _chosen(subscription)}
    assets = ExportedAsset.objects.select_related("project", "created_by", "insight", "dashboard").in_bulk(
        delivery.exported_asset_ids
    )
    entries = delivery.content_snapshot["insights"]
    for entry, asset_id in zip(entries, delivery.exported_asset_ids, strict=True):
        if "query_results" in entry:
            continue
        found = chosen.get(entry["id"])
        if found is None:
            entry.update(query_results=None, query_error={"type": "NotFound", "message": "The insight is gone."})
        else:
            _fill(entry, found, subscription, assets.get(asset_id), tag, is_last=is_last)
        delivery.save(update_fields=["content_snapshot", "last_updated_at"])


def insight_name(insight: Insight) -> str:
    """What an insight is called where it has no name of its own."""
    return insight.name or insight.derived_name or "Insight"


def _chosen(subscription: Subscription) -> list[_Chosen]:
    """The insights that there are to send, in reading order, however many, which who asked for them may see."""
    reader = reader_for(subscription.created_by, subscription.project)
    if subscription.dashboard_id is None:
        insight = subscription.insight
        if insight is None or insight.deleted or insight.project_id != subscription.project_id:
            return []
        if reader is not None and not can_see(insight, reader):
            return []
        return [_Chosen(insight, None)]
    dashboard: Dashboard | None = subscription.dashboard
    if dashboard is None or dashboard.deleted or dashboard.project_id != subscription.project_id:
        return []
    if reader is not None and not can_see_dashboard(dashboard, reader):
        return []
    wanted = set(subscription.dashboard_export_insights)
    return [
        _Chosen(tile.insight, tile)
        for tile in ordered_tiles(dashboard, reader)
        if tile.insight is not None and (not wanted or tile.insight.pk in wanted)
    ]


def _skeleton(chosen: _Chosen) -> dict[str, Any]:
    insight = chosen.insight
    return {
        "id": insight.pk,
        "short_id": insight.short_id,
        "name": insight_name(insight),
        "description": insight.description or "",
        "dashboard_tile_id": chosen.tile.pk if chosen.tile else None,
        "query_hash": None,
        "cache_key": None,
        "comparison_enabled": False,
    }


def _fill(
    entry: dict[str, Any],
    chosen: _Chosen,
    subscription: Subscription,
    asset: ExportedAsset | None,
    tag: str,
    *,
    is_last: bool,
) -> None:
    told = _told(chosen, subscription, is_last=is_last)
    answered = _answered(told)
    if asset is not None and asset.finished_at is None:
        _draw(asset, told, answered.get("query_error"), tag, is_last=is_last)
    entry.update(answered)


def _draw(
    asset: ExportedAsset, told: dict[str, Any], failure: dict[str, str] | None, tag: str, *, is_last: bool
) -> None:
    if failure is not None:
        fail(asset, QueryError(failure["message"]))
        return
    try:
        produce(asset, told=told, tag=tag)
    except TRANSIENT as error:
        if not is_last:
            raise
        fail(asset, error)


def _told(chosen: _Chosen, subscription: Subscription, *, is_last: bool) -> dict[str, Any]:
    """The insight's answer, computed where the one that is kept is old: equal questions are computed once."""
    project, user = subscription.project, subscription.created_by
    filters = variables = None
    if chosen.tile is not None and subscription.dashboard is not None:
        filters = tile_filters(subscription.dashboard, chosen.tile)
        variables = tile_variables(subscription.dashboard)
    if not is_last:
        # `insight_result` does not tell a full line from a wrong question, so it is asked here first.
        try:
            with query_errors():
                query = effective_query(chosen.insight, filters, variables)
                if query is not None:
                    answer(project, parse_request({"query": query, "refresh": Refresh.BLOCKING.value}), user)
        except (Throttled, QueryFailure, EventStoreUnavailable):
            raise
        except (QueryError, InsightError, APIException, PydanticError):
            pass  # what is wrong with the question is told with the result
    return insight_result(
        chosen.insight,
        project,
        user=user,
        refresh=Refresh.BLOCKING.value,
        filters_override=filters,
        variables_override=variables,
    )


def _answered(told: Mapping[str, Any]) -> dict[str, Any]:
    query = told.get("query")
    status = told.get("query_status") or {}
    fields: dict[str, Any] = {
        "query_hash": sha256(orjson.dumps(query, option=orjson.OPT_SORT_KEYS)).hexdigest() if query else None,
        "cache_key": told.get("filters_hash"),
        "comparison_enabled": _compares(query),
    }
    if status.get("error"):
        message = str(status.get("error_message") or "The query failed.")
        return {**fields, "query_results": None, "query_error": {"type": "QueryError", "message": message}}
    results = {name: told.get(theirs) for name, theirs in _RESULT_FIELDS.items()}
    # Numbers that JSON does not have become null on the way.
    return {**fields, "query_results": orjson.loads(orjson.dumps(results, default=str))}


def _compares(query: Any) -> bool:
    while isinstance(query, Mapping) and isinstance(query.get("source"), Mapping):
        query = query["source"]
    compare = query.get("compareFilter") if isinstance(query, Mapping) else None
    return bool(isinstance(compare, Mapping) and compare.get("compare"))
