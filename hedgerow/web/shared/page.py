"""What is shared, for everybody who has its address: a page, the same as JSON, and a picture.

Nobody is known here: no login counts. The pages may stand inside other sites' pages. What does not exist, is not shared
any more or never was looks the same.
"""

import json
from math import ceil
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.clickjacking import xframe_options_exempt
from django.views.decorators.csrf import csrf_exempt
from rest_framework.exceptions import Throttled

from hedgerow.api.errors import AUTHENTICATION_ERROR, THROTTLED_ERROR, error_body
from hedgerow.api.rendering import JSONRenderer
from hedgerow.charts.pictures import PictureError
from hedgerow.sharing.opening import PASS_COOKIE, Locked, Opened, Share, open_share
from hedgerow.sharing.passes import VALID_FOR
from hedgerow.sharing.payload import note_visit, public_payload
from hedgerow.sharing.pictures import picture_of
from hedgerow.sharing.unlocking import WrongPasswordError, unlock
from hedgerow.web.recordings.player import PLAYER_POLICY
from hedgerow.web.rendering import CONTENT_SECURITY_POLICY
from hedgerow.web.shared.showing import shown

SCENE, EMBED = "scene", "embed"
METHODS = ["GET", "HEAD", "POST"]
_EXTENSIONS = ("json", "png")
_WRONG = "Incorrect password"


@csrf_exempt
@xframe_options_exempt
def page(request: HttpRequest, address: str) -> HttpResponse:
    """What is shared at an address: the token, with `.json` or `.png` behind it for these."""
    return _finished(_answer(request, address, EMBED if "embedded" in request.GET else SCENE))


@csrf_exempt
@xframe_options_exempt
def embedded(request: HttpRequest, address: str) -> HttpResponse:
    """The same, to stand inside another page."""
    return _finished(_answer(request, address, EMBED))


def _answer(request: HttpRequest, address: str, page_type: str) -> HttpResponse:
    token, extension = _parts(address)
    found = open_share(token, request)
    if found is None:
        return render(request, "web/shared/missing.html", status=404)
    if request.method not in METHODS:
        return HttpResponse(status=405, headers={"Allow": ", ".join(METHODS)})
    if request.method == "POST":
        return _try_password(request, found.share, page_type)
    if isinstance(found, Locked):
        return _locked(request, found.share, extension)
    if extension == "png":
        return _picture(found.share)
    if request.method == "GET":
        note_visit(found.share.shared)
    if extension == "json" or _wants_json(request):
        payload = public_payload(found.share, page_type, request.GET.get("refresh", ""))
        return _json({**payload, **({"shareToken": found.given_pass} if found.given_pass else {})})
    return _page(request, found, page_type)


def _page(request: HttpRequest, opened: Opened, page_type: str) -> HttpResponse:
    payload = public_payload(opened.share, page_type, request.GET.get("refresh", ""))
    with timezone.override(opened.share.shared.project.timezone):
        context = shown(opened.share, payload)
        context |= {"address": request.build_absolute_uri(_path(request)), "pass": opened.given_pass}
        response = render(request, "web/shared/page.html", context)
    if context.get("snapshots"):
        response["Content-Security-Policy"] = _from_any_site(PLAYER_POLICY)
    return response


def _picture(share: Share) -> HttpResponse:
    try:
        picture = picture_of(share)
    except PictureError:
        return HttpResponse(status=503, headers={"Retry-After": "10"})
    if picture is None:
        return HttpResponse(status=404)
    return HttpResponse(picture, content_type="image/png")


# Passwords


def _locked(request: HttpRequest, share: Share, extension: str) -> HttpResponse:
    if extension or _wants_json(request):
        detail = "This share needs a password."
        return _json(error_body(AUTHENTICATION_ERROR, "password_required", detail), status=401)
    return _unlock_page(request, share)


def _try_password(request: HttpRequest, share: Share, page_type: str) -> HttpResponse:
    """A form is answered by a page, everything else by JSON."""
    if not share.configuration.password_required:
        return HttpResponse(status=405, headers={"Allow": "GET, HEAD"})
    is_form = request.content_type in ("application/x-www-form-urlencoded", "multipart/form-data")
    with_page = is_form and request.accepts("text/html") and not _wants_json(request)
    try:
        given_pass = unlock(share, _given_password(request), request.META.get("REMOTE_ADDR", ""))
    except WrongPasswordError:
        return _unlock_page(request, share, _WRONG, 401) if with_page else _json({"error": _WRONG}, status=401)
    except Throttled as error:
        wait: float = getattr(error, "wait", 0)
        return _throttled(request, share, ceil(wait), with_page=with_page)
    if not with_page:
        response = _json({"shareToken": given_pass})
    elif page_type == EMBED:
        # Inside another site's page the cookie may not come back, so the answer is the page itself.
        response = _page(request, Opened(share, given_pass), page_type)
    else:
        response = HttpResponse(status=303, headers={"Location": request.get_full_path()})
    age = int(VALID_FOR.total_seconds())
    response.set_cookie(PASS_COOKIE, given_pass, max_age=age, path=_path(request), httponly=True, samesite="Lax")
    return response


def _throttled(request: HttpRequest, share: Share, wait: int, *, with_page: bool) -> HttpResponse:
    if with_page:
        minutes = -(-wait // 60)
        told = f"Too many wrong passwords. Try again in {minutes} minute{'' if minutes == 1 else 's'}."
        response = _unlock_page(request, share, told, 429)
    else:
        told = f"Request was throttled. Expected available in {wait} second{'' if wait == 1 else 's'}."
        response = _json(error_body(THROTTLED_ERROR, "throttled", told), status=429)
    response["Retry-After"] = str(wait)
    return response


def _given_password(request: HttpRequest) -> Any:
    if request.content_type != "application/json":
        return request.POST.get("password")
    try:
        body = json.loads(request.body)
    except (ValueError, RecursionError):
        return None
    return body.get("password") if isinstance(body, dict) else None


def _unlock_page(request: HttpRequest, share: Share, problem: str = "", status: int = 200) -> HttpResponse:
    """Tells nothing of what is behind the password, only how the page itself is to look."""
    settings = share.settings
    context = {"theme": settings.theme, "whitelabel": settings.whitelabel, "problem": problem}
    return render(request, "web/shared/unlock.html", context, status=status)


# Requests and answers


def _parts(address: str) -> tuple[str, str]:
    """The token, and the extension behind it."""
    token, _, extension = address.rpartition(".")
    return (token, extension) if extension in _EXTENSIONS else (address, "")


def _path(request: HttpRequest) -> str:
    """The address without an extension or a slash at its end."""
    head, _, address = request.path.rstrip("/").rpartition("/")
    return f"{head}/{_parts(address)[0]}"


def _wants_json(request: HttpRequest) -> bool:
    accepted = request.headers.get("Accept", "")
    return "application/json" in accepted and "text/html" not in accepted


def _json(body: dict[str, Any], status: int = 200) -> HttpResponse:
    return HttpResponse(JSONRenderer().render(body), content_type="application/json", status=status)


def _from_any_site(policy: str) -> str:
    """A policy that lets pages stand inside those of others."""
    return policy.replace("frame-ancestors 'none'", "frame-ancestors *")


def _finished(response: HttpResponse) -> HttpResponse:
    """With the headers that all of these answers have."""
    response.headers.setdefault("Content-Security-Policy", _from_any_site(CONTENT_SECURITY_POLICY))
    response["Cache-Control"] = "no-store"
    response["X-Robots-Tag"] = "noindex"
    return response
