"""The picture of something that is shared, for previews of links. The same answers are drawn once."""

from hashlib import sha256
from typing import Any

import orjson
from django.core.cache import caches

from hedgerow.charts.pictures import PictureTile, board_png, insight_png
from hedgerow.dashboards.layout import WIDE, place_in
from hedgerow.dashboards.models import Dashboard
from hedgerow.queries.cache import KEPT_SECONDS
from hedgerow.saved_insights.models import Insight
from hedgerow.sharing.opening import Share
from hedgerow.sharing.payload import told_object
from hedgerow.taxonomy.core_events import CORE_EVENTS

_CACHE = "query_results"
_NAMES = {name: known.label for name, known in CORE_EVENTS.items()}


def picture_of(share: Share) -> bytes | None:
    """A PNG; None for what has no picture, as recordings. Raises PictureError."""
    item = share.shared.item
    if not isinstance(item, Dashboard | Insight):
        return None
    told = told_object(share)
    is_dark = share.settings.theme == "dark"
    key = "share_picture_" + sha256(orjson.dumps([_drawn(told), is_dark])).hexdigest()[:32]
    kept: bytes | None = caches[_CACHE].get(key)
    if kept is None:
        kept = _drawing(told, is_dark=is_dark)
        caches[_CACHE].set(key, kept, KEPT_SECONDS)
    return kept


def _drawing(told: dict[str, Any], *, is_dark: bool) -> bytes:
    looks: dict[str, Any] = {"description": told["description"] or "", "is_dark": is_dark, "names": _NAMES}
    if "tiles" not in told:
        return insight_png(_title(told), told["query"] or {}, told, **looks)
    tiles = [tile for each in told["tiles"] if (tile := _tile(each)) is not None]
    return board_png(told["name"] or "Untitled", tiles, **looks)


def _tile(told: dict[str, Any]) -> PictureTile | None:
    """A tile of the picture; buttons are not drawn."""
    insight, text = told["insight"], told["text"]
    place = place_in(told["layouts"] or {}, WIDE)
    cells = (int(place.x), int(place.y), int(place.w), int(place.h)) if place else None
    if insight is not None:
        return PictureTile(_title(insight), insight["query"], None if told.get("error") else insight, place=cells)
    return PictureTile(body=text["body"], place=cells) if text is not None else None


def _drawn(told: dict[str, Any]) -> Any:
    """What the picture depends on: an answer is told from others by its key and its time."""
    if "tiles" in told:
        return [
            *(told["name"], told["description"]),
            [
                (_drawn(tile["insight"]) if tile["insight"] else tile["text"] and tile["text"]["body"], tile["layouts"])
                for tile in told["tiles"]
            ],
        ]
    names = ("name", "derived_name", "description", "query", "filters_hash", "last_refresh", "query_status")
    return [told.get(name) for name in names]


def _title(insight: dict[str, Any]) -> str:
    return str(insight["name"] or insight["derived_name"] or "Insight")
