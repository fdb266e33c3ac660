"""Exported files for everybody who has their link, and a page that shows what an export is of."""

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
_FRESH_ENOUGH = "blocking"


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
    """What the page tells programs that read it."""
    switches = {name: request.GET.get(name) == "true" for name in ("legend", "fullscreen")}
    data: dict[str, Any] = {"type": _kind(asset), "themes": [], **switches}
    context = {"request": request, "project": asset.project, "shared": True, "refresh": _FRESH_ENOUGH}
    if asset.insight is not None:
        data["insight"] = dict(InsightSerializer(asset.insight, context=context).data)
    elif asset.dashboard is not None:
        data["dashboard"] = full_dashboard(asset.dashboard, context)
    return data


def _kind(asset: ExportedAsset) -> str:
    context = asset.export_context or {}
    if context.get("session_recording_id"):
        return "replay_export"
    return "heatmap" if context.get("heatmap_url") else "image"


def _title(asset: ExportedAsset) -> str:
    of = asset.dashboard if asset.insight is None else asset.insight
    return (of and (of.name or getattr(of, "derived_name", None))) or "Export"


def _missing(request: HttpRequest) -> HttpResponse:
    return render(request, "web/shared/missing.html", status=404)
