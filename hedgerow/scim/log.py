"""The log of what identity providers asked and were answered, without what is personal in it.

Names and the local parts of addresses are told by their first and last letter (`a***b`), the token not at all. Entries
are kept for 30 days.
"""

import re
from datetime import timedelta
from typing import Any
from urllib.parse import unquote_plus

import structlog
from django.db import transaction
from django.utils import timezone
from rest_framework.request import Request

from hedgerow.domains.models import Domain
from hedgerow.scim.models import ScimRequest

KEPT_FOR = timedelta(days=30)
LONGEST_LIST = 200
LONGEST_TEXT = 1_000
LONGEST_BODY = 256 * 1024
"""How many bytes of a request are kept; of one with more only that it came."""
DEEPEST = 12
HIDDEN = "***"

_PROVIDERS = (
    ("okta", "okta"),
    ("entra", "entra_id"),
    ("microsoft", "entra_id"),
    ("azure", "entra_id"),
    ("google", "google"),
    ("onelogin", "onelogin"),
)
_NOT_PERSONAL = frozenset(
    {
        *("schemas", "id", "$ref", "location", "resourcetype", "op", "type", "status", "scimtype", "detail"),
        *("version", "name", "description", "endpoint", "schema", "totalresults", "startindex", "itemsperpage"),
    }
)
"""Keys whose texts are shown, in lower case; of all others only first and last letter. An address is never shown."""
_KINDS_OF_NAMES = ("displayname", "display")
_HEADERS_SHOWN = ("authorization", "content-type", "accept", "user-agent", "content-length")
_ID = re.compile(r"\d+|[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
_ADDRESS = re.compile(r"([^\s@\"'<>,;:()\[\]]+)@([^\s@\"'<>,;:()\[\]]+)")
_QUOTED = re.compile(r'"((?:[^"\\]|\\.)*)"')
_SWITCH = frozenset({"true", "false"})

log = structlog.get_logger(__name__)


def identity_provider(request: Request) -> str:
    """Who calls, by what it calls itself: okta, entra_id, google, onelogin, other."""
    agent = request.headers.get("User-Agent", "").lower()
    return next((name for word, name in _PROVIDERS if word in agent), "other")


def note_request(domain: Domain, request: Request, status: int, answer: Any, milliseconds: int) -> None:
    """Keep a request and its answer. Failing to does not fail the request."""
    shows_names = "/Groups" in request.path or "/Schemas" in request.path or "/ResourceTypes" in request.path
    try:
        with transaction.atomic():
            ScimRequest.objects.create(
                domain=domain,
                request_method=request.method or "",
                request_path=_masked_path(request.get_full_path())[:LONGEST_TEXT],
                request_headers=_headers(request),
                request_body=_body(request, shows_names),
                response_status=status,
                response_body=masked(answer, shows_names),
                identity_provider=identity_provider(request),
                duration_ms=milliseconds,
            )
    except Exception:
        log.exception("scim_request_not_written", path=request.path)


def forget_old_requests() -> int:
    """Remove the entries that are too old; how many those were."""
    removed, _ = ScimRequest.objects.filter(created_at__lt=timezone.now() - KEPT_FOR).delete()
    return removed


def mask(word: str) -> str:
    """A name or an address by the first and last letter of its (local) part, a very short one not at all."""
    local, at, rest = word.rpartition("@")
    if at:
        return f"{mask(local)}@{rest}" if local else word
    return "*" if len(word) <= 2 else f"{word[0]}{HIDDEN}{word[-1]}"


def masked(value: Any, shows_names: bool = False, key: str = "", depth: int = 0) -> Any:
    """A body in which names and addresses are masked; `shows_names`: what is displayed are names of groups."""
    if depth > DEEPEST:
        return HIDDEN
    if isinstance(value, dict):
        path = value.get("path")
        leaf = _leaf(path) if isinstance(path, str) else ""
        return {
            _masked_addresses(_clean(str(name))): masked(each, shows_names, _key_of(str(name), leaf, key), depth + 1)
            for name, each in value.items()
        }
    if isinstance(value, list):
        return [masked(each, shows_names, key, depth + 1) for each in value[:LONGEST_LIST]]
    return _masked_text(value, shows_names, key) if isinstance(value, str) else value


def _key_of(name: str, leaf: str, above: str) -> str:
    """What a text under this name is about. The value of an operation is about the attribute of its path."""
    name = name.lower()
    if name == "value" and leaf:
        return leaf
    return above if name == "value" and above in ("emails", "members", "groups") else _leaf(name)


def _leaf(path: str) -> str:
    """What a path is about: `givenname` of `name.givenName`, `emails` of `emails[type eq "work"].value`."""
    attribute = path.lower().rpartition(":")[2] if path.lower().startswith("urn:") else path.lower()
    if attribute.startswith(("emails", "members")):
        return attribute.partition("[")[0].partition(".")[0]
    return attribute.rpartition(".")[2]


def _masked_text(text: str, shows_names: bool, key: str) -> str:
    text = _clean(text)
    if key == "path":
        return _masked_path(text)
    is_shown = key in _NOT_PERSONAL or (shows_names and key in _KINDS_OF_NAMES)
    if is_shown or _ID.fullmatch(text) or text.lower() in _SWITCH:
        return _masked_addresses(text)
    return mask(text)


def _clean(text: str) -> str:
    """The text as records can keep it."""
    return text[:LONGEST_TEXT].replace("\0", "")


def _masked_addresses(text: str) -> str:
    return _ADDRESS.sub(lambda found: mask(found.group()), text)


def _masked_path(path: str) -> str:
    """A path in which quoted values are masked; those of a query are made readable before."""
    readable = _clean(unquote_plus(path[: 3 * LONGEST_TEXT]))
    return _masked_addresses(_QUOTED.sub(lambda found: f'"{_masked_quoted(found.group(1))}"', readable))


def _masked_quoted(text: str) -> str:
    return text if _ID.fullmatch(text) or text.lower() in (*_SWITCH, "work") else mask(text)


def _headers(request: Request) -> dict[str, str]:
    shown = {name: value for name, value in request.headers.items() if name.lower() in _HEADERS_SHOWN}
    return {name: HIDDEN if name.lower() == "authorization" else value[:LONGEST_TEXT] for name, value in shown.items()}


def _body(request: Request, shows_names: bool) -> Any:
    """The body as far as it could be read."""
    if int(request.META.get("CONTENT_LENGTH") or 0) > LONGEST_BODY:
        return None
    try:
        body = request.data
    except Exception:
        return None
    return masked(body, shows_names) if isinstance(body, (dict, list)) and body else None
