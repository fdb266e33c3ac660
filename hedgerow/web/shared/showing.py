"""How the public page shows what is shared: the same tiles as members see, leading nowhere."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import quote

from django.http import QueryDict
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from rest_framework.exceptions import ParseError

from hedgerow.charts.specification import Specification
from hedgerow.dashboards.models import Dashboard
from hedgerow.queries.request import parse_request, unwrap
from hedgerow.sharing.opening import Share
from hedgerow.sharing.reading import TOKEN_PARAMETER
from hedgerow.sharing.recordings import Recording
from hedgerow.sharing.settings import ShareSettings
from hedgerow.web.dashboards.board import BoardTile, board_tile
from hedgerow.web.dashboards.look import Look
from hedgerow.web.dashboards.tiles import SHOWN, InsightTile, insight_tile
from hedgerow.web.insights.choices import Choices
from hedgerow.web.insights.kinds import BY_KIND
from hedgerow.web.insights.table import Table
from hedgerow.web.recordings.player import happening

Payload = Mapping[str, Any]


def shown(share: Share, payload: Payload) -> dict[str, Any]:
    """What the template `web/shared/page.html` shows of a public payload."""
    settings, item, told = share.settings, share.shared.item, payload[share.shared.kind]
    common = {
        "kind": share.shared.kind,
        "is_embedded": payload["type"] == "embed",
        "settings": settings,
        "theme": settings.theme,
        "whitelabel": settings.whitelabel,
        "description": told.get("description") or "",
    }
    if isinstance(item, Recording):
        return {**common, **_recording(share, item, told.get("events", ()))}
    choices, now = Choices(share.shared.project), datetime.now(UTC)
    if isinstance(item, Dashboard):
        tiles = [_board_tile(tile, share, item, choices) for tile in told["tiles"]]
        title, answers = told["name"] or "Untitled", [tile.insight for tile in tiles if tile.insight]
        return {**common, "title": title, "tiles": tiles, "refreshed": _oldest(answers)}
    tile = _with_legend(insight_tile("insight", told, choices, now), settings)
    tables = _all_tables(told, choices, now) if settings.detailed and not tile.answered.tables else ()
    answered = replace(tile.answered, tables=(*tile.answered.tables, *tables))
    tile = replace(tile, description="", answered=answered)
    return {**common, "title": tile.title, "tile": tile, "refreshed": _oldest([tile])}


def _recording(share: Share, item: Recording, told: Iterable[Payload]) -> dict[str, Any]:
    """The player where there is something to play, else the figures and events alone."""
    shown: dict[str, Any] = {
        "title": f"Session of {timezone.localtime(item.start):%-d %B %Y, %H:%M}",
        "recording": item,
        "length": _length(item.duration),
        "events": [{**each, "timestamp": parse_datetime(each["timestamp"])} for each in told],
    }
    if not item.has_snapshots:
        return shown
    address = f"/api/projects/{share.shared.project.pk}/session_recordings/{quote(item.session_id)}/snapshots"
    happenings = [happening(item, each["timestamp"], each["event"], each["url"]) for each in shown["events"]]
    token = share.configuration.access_token
    return {**shown, "snapshots": f"{address}?{TOKEN_PARAMETER}={token}", "happenings": happenings}


def _board_tile(told: Payload, share: Share, dashboard: Dashboard, choices: Choices) -> BoardTile:
    tile = board_tile(told, share.shared.project, dashboard, Look.of(QueryDict(), dashboard), choices)
    if tile.insight is None:
        return tile
    return replace(tile, insight=_with_legend(replace(tile.insight, address="", people=""), share.settings))


def _with_legend(tile: InsightTile, settings: ShareSettings) -> InsightTile:
    """The tile, without the legend of its chart where that is switched off."""
    chart = tile.answered.specification
    if settings.with_legend or chart is None:
        return tile
    config = chart.get("config") or {}
    without: Specification = {**chart, "config": {**config, "legend": {**config.get("legend", {}), "disable": True}}}
    return replace(tile, answered=replace(tile.answered, specification=without))


def _all_tables(told: Payload, choices: Choices, now: datetime) -> Sequence[Table]:
    """The numbers of an insight in tables, also where a chart shows them."""
    try:
        query = unwrap(parse_request({"query": told["query"] or {}}).query)
        insight = BY_KIND.get(query["kind"])
        if insight is None or told.get("result") is None:
            return ()
        return insight.show(query, {**told, "results": told["result"]}, choices, now).tables
    except (ParseError, KeyError, TypeError, ValueError, IndexError):
        return ()  # the tile says what is wrong


def _oldest(tiles: Sequence[InsightTile]) -> datetime | None:
    moments = [tile.answered.refreshed for tile in tiles if tile.answered.state == SHOWN and tile.answered.refreshed]
    return min(moments, default=None)


def _length(seconds: float) -> str:
    return str(timedelta(seconds=round(seconds)))
