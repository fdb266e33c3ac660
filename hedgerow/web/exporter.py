"""Exported files for everybody who has their link, and a page that shows what an export is of."""

import json
from math import isfinite
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render

from hedgerow.dashboards.presenting import full_dashboard
from hedgerow.exports.links import linked_export, signed_token
from hedgerow.exports.models import ExportedAsset
from hedgerow.exports.naming import VIDEOS, extension, filename
from hedgerow.exports.sending import file_response
from hedgerow.saved_insights.serializers import InsightSerializer
from hedgerow.web.rendering import CONTENT_SECURITY_POLICY

_METHODS = ("GET", "HEAD")
_FRESH_ENOUGH, _KEPT = "blocking", "force_cache"
_REPLAY = "replay_export"


def file(request: HttpRequest, name: str) -> HttpResponseBase:
    """The bytes of an export; `name` ends as its file does."""
    if request.method not in _METHODS:
        return HttpResponse(status=405, headers={"Allow": ", ".join(_METHODS)})
    asset = linked_export(request.GET.get("token", ""))
    if asset is None or not name.endswith(f".{extension(asset)}"):
        return _missing(request)
    is_download = request.GET.get("download", "").lower() in ("1", "true")
    response = file_response(asset, request.headers.get("Range", ""), is_download=is_download)
    return _missing(request) if response is None else response


def page(request: HttpRequest) -> HttpResponse:
    """What an export is of, and its picture or film where there is one."""
    if request.method not in _METHODS:
        return HttpResponse(status=405, headers={"Allow": ", ".join(_METHODS)})
    asset = linked_export(request.GET.get("token", ""))
    if asset is None:
        return _missing(request)
    context = {
        "title": _title(asset),
        "exported_data": _data(request, asset),
        "picture": filename(asset) if asset.content_key and asset.export_format == ExportedAsset.Format.PNG else "",
        "film": filename(asset) if asset.content_key and asset.export_format in VIDEOS else "",
        "is_moving_picture": asset.export_format == ExportedAsset.Format.GIF,
        "token": signed_token(asset),
    }
    response = render(request, "web/exporter.html", context)
    response["Content-Security-Policy"] = f"{CONTENT_SECURITY_POLICY}; media-src 'self'"
    response["Cache-Control"] = "no-store"
    return response


def _data(request: HttpRequest, asset: ExportedAsset) -> dict[str, Any]:
    """What the page tells programs that read it.

    With `cache_keys`, an object of cache keys by the ids of insights, the answers are those that are kept under these
    keys, as long as they are; `t` is the second of a recording that is looked at.
    """
    switches = {name: request.GET.get(name) == "true" for name in ("legend", "fullscreen")}
    data: dict[str, Any] = {"type": _kind(asset), "themes": [], **switches}
    if data["type"] == _REPLAY:
        data["t"] = _second(request.GET.get("t", ""))
    context = {"request": request, "project": asset.project, "shared": True}
    keys = _cache_keys(request)
    if keys:
        kept = _shown(asset, {**context, "refresh": _KEPT})
        if _is_under(kept, keys):
            return {**data, **kept}
    return {**data, **_shown(asset, {**context, "refresh": _FRESH_ENOUGH})}


def _shown(asset: ExportedAsset, context: dict[str, Any]) -> dict[str, Any]:
    if asset.insight is not None:
        return {"insight": dict(InsightSerializer(asset.insight, context=context).data)}
    if asset.dashboard is not None:
        return {"dashboard": full_dashboard(asset.dashboard, context)}
    return {}


def _cache_keys(request: HttpRequest) -> dict[str, Any]:
    try:
        given = json.loads(request.GET.get("cache_keys", ""))
    except (ValueError, RecursionError):
        return {}
    return given if isinstance(given, dict) else {}


def _is_under(shown: dict[str, Any], keys: dict[str, Any]) -> bool:
    """Whether all insights that are shown have the answers which are kept under these keys."""
    tiles = (shown.get("dashboard") or {}).get("tiles") or []
    insights = [each for each in (shown.get("insight"), *(tile.get("insight") for tile in tiles)) if each]
    return all(each["result"] is not None and keys.get(str(each["id"])) == each["filters_hash"] for each in insights)


def _second(text: str) -> float:
    """A number of seconds, 0 for what is none."""
    try:
        second = float(text)
    except ValueError:
        return 0
    return second if isfinite(second) and second > 0 else 0


def _kind(asset: ExportedAsset) -> str:
    context = asset.export_context or {}
    if context.get("session_recording_id"):
        return _REPLAY
    return "heatmap" if context.get("heatmap_url") else "image"


def _title(asset: ExportedAsset) -> str:
    of = asset.dashboard if asset.insight is None else asset.insight
    return (of and (of.name or getattr(of, "derived_name", None))) or "Export"


def _missing(request: HttpRequest) -> HttpResponse:
    return render(request, "web/shared/missing.html", status=404)
