"""Exports of a list of the API, given by its path: read by calling its view, as the person who asked.

No request leaves the process, and only paths of the export's own project are read.
"""

import re
from collections.abc import Iterator, Mapping
from io import BytesIO
from typing import Any
from urllib.parse import parse_qsl, unquote, urlencode, urlsplit

import orjson
from django.conf import settings
from django.core.handlers.wsgi import WSGIRequest
from django.urls import Resolver404, ResolverMatch, resolve
from rest_framework.views import APIView

from hedgerow.api.scopes import scopes_needed
from hedgerow.exports.errors import InvalidExportError
from hedgerow.exports.models import ExportedAsset

REFUSED = "Only GET requests to this project's API can be exported."
_PATH = re.compile(r"/api/(?:projects|environments)/(\d+)/(.+)")
_OURSELVES = "exports"

Row = Mapping[str, Any]


def find_path(given: Any, method: Any, project_id: int) -> ResolverMatch:
    """The view that a path leads to. Raises InvalidExportError for all but GET requests to the project's own API."""
    if not isinstance(given, str) or (method or "GET") != "GET":
        raise InvalidExportError(REFUSED)
    try:
        parts = urlsplit(given)
        found = _PATH.fullmatch(parts.path)
        is_own = found is not None and found[1] == str(project_id) and not (parts.scheme or parts.netloc)
        if not is_own or ".." in unquote(parts.path) or "\\" in given or "\0" in unquote(given):
            raise InvalidExportError(REFUSED)
        assert found is not None
        if found[2].split("/")[0] == _OURSELVES:
            raise InvalidExportError(REFUSED)
        return resolve(parts.path)
    except (ValueError, Resolver404):
        raise InvalidExportError(REFUSED) from None


def scopes_of(match: ResolverMatch) -> list[str]:
    """What a key needs to read a path itself. Raises InvalidExportError for what is not open to keys, or no list."""
    maker: Any = match.func
    view_class: type[APIView] | None = getattr(maker, "cls", None)
    actions: Mapping[str, str] = getattr(maker, "actions", None) or {"get": ""}
    if view_class is None or "get" not in actions:
        raise InvalidExportError(REFUSED)
    view: Any = view_class(**getattr(maker, "initkwargs", {}))
    if actions["get"]:
        view.action = actions["get"]
    scopes = scopes_needed(view, "GET")
    if scopes is None:
        raise InvalidExportError(REFUSED)
    return scopes


def path_rows(asset: ExportedAsset) -> Iterator[Row]:
    """The rows of the list, page by page; a page that is not found any more ends it.

    Raises InvalidExportError with what the view answers if it refuses.
    """
    context = asset.export_context or {}
    find_path(context["path"], context.get("method"), asset.project_id)
    most = settings.HEDGEROW.export_max_rows
    if isinstance(context.get("max_limit"), int) and context["max_limit"] > 0:
        most = min(most, context["max_limit"])
    following: str | None = context["path"]
    read, seen = 0, set[str]()
    while following and read < most and following not in seen:
        seen.add(following)
        body = _page(asset, following, is_first=read == 0)
        if body is None:
            return
        rows = _rows(body)
        yield from rows[: most - read]
        read += len(rows)
        following = _relative(body.get("next")) if isinstance(body, dict) and rows else None


def _page(asset: ExportedAsset, path: str, *, is_first: bool) -> Any:
    match = find_path(path, "GET", asset.project_id)
    request = _request(path, asset.created_by)
    response = match.func(request, *match.args, **match.kwargs)
    if not hasattr(response, "render"):
        raise InvalidExportError("This is no list that could be exported.")
    response.render()
    if response.status_code == 404 and not is_first:
        return None
    body = orjson.loads(response.content or b"null")
    if response.status_code >= 400:
        detail = body.get("detail") if isinstance(body, dict) else None
        raise InvalidExportError(str(detail or f"The API answered with status {response.status_code}."))
    return body


def _request(path: str, user: Any) -> WSGIRequest:
    parts = urlsplit(path)
    query = [pair for pair in parse_qsl(parts.query, keep_blank_values=True) if pair[0] not in ("format", "token")]
    site = urlsplit(settings.HEDGEROW.base_url)
    request = WSGIRequest(
        {
            "REQUEST_METHOD": "GET",
            "PATH_INFO": unquote(parts.path),
            "QUERY_STRING": urlencode(query),
            "SERVER_NAME": site.hostname or "localhost",
            "SERVER_PORT": str(site.port or 80),
            "wsgi.url_scheme": site.scheme or "http",
            "wsgi.input": BytesIO(),
        }
    )
    request.user = user
    request._force_auth_user = user  # type: ignore[attr-defined] # who calls, for REST framework
    return request


def _rows(body: Any) -> list[Row]:
    """The rows of an answer of the API, whatever form its list has."""
    if isinstance(body, dict):
        for name in ("results", "result", "people"):
            if isinstance(body.get(name), list):
                columns = body.get("columns")
                return [_row(each, columns) for each in body[name]]
        return [body]
    return [_row(each, None) for each in body] if isinstance(body, list) else []


def _row(each: Any, columns: Any) -> Row:
    if isinstance(each, dict):
        return each
    cells = each if isinstance(each, list) else [each]
    names = columns if isinstance(columns, list) else [f"column_{at}" for at in range(len(cells))]
    return dict(zip(map(str, names), cells, strict=False))


def _relative(following: Any) -> str | None:
    """The address of the next page without where the server is."""
    if not isinstance(following, str):
        return None
    parts = urlsplit(following)
    return f"{parts.path}?{parts.query}" if parts.query else parts.path
