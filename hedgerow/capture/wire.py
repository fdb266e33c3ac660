"""The shapes of a body on the older endpoints: one event, an array of events, a batch."""

from collections.abc import Sequence
from typing import Any

import msgspec
import orjson

from hedgerow.capture import json_text
from hedgerow.capture.errors import BadEventError, RequestError, TokenError

MAX_NAME = 200
"""Characters of an event name and of a distinct id; what is longer is cut."""


class WireEvent(msgspec.Struct, gc=False, omit_defaults=True):
    """An event as sent; its properties are still text."""

    event: str | None = None
    distinct_id: Any = None
    dollar_distinct_id: Any = msgspec.field(default=None, name="$distinct_id")
    uuid: str | None = None
    timestamp: str | None = None
    offset: int | float | None = None
    properties: msgspec.Raw = msgspec.Raw(b"{}")
    set: dict[str, Any] | None = msgspec.field(default=None, name="$set")
    set_once: dict[str, Any] | None = msgspec.field(default=None, name="$set_once")
    api_key: str | None = None
    token: str | None = None
    dollar_token: str | None = msgspec.field(default=None, name="$token")

    def own_token(self) -> str | None:
        """The token the event itself carries, None if it carries none."""
        for token in (self.api_key, self.token, self.dollar_token):
            if token is not None:
                return token
        raw = bytes(self.properties)
        if b'"token"' not in raw:
            return None
        try:
            properties = orjson.loads(raw)
        except orjson.JSONDecodeError:
            return None
        token = properties.get("token") if isinstance(properties, dict) else None
        return token if isinstance(token, str) else None


class _WireObject(WireEvent, gc=False, omit_defaults=True):
    """A batch, or an event."""

    batch: list[WireEvent] | None = None
    historical_migration: bool | None = None
    sent_at: Any = None


class WireBody(msgspec.Struct, gc=False):
    """All a body said."""

    events: list[WireEvent]
    token: str | None
    sent_at: str | None = None
    historical: bool = False


def parse_body(text: bytes, *, engage: bool = False, keep_nul: bool = False) -> WireBody:
    """Read a body's JSON. Raises `RequestError`, `TokenError` when its events name different tokens.

    With `engage`, one object without an event name is an `$identify`. NUL in texts becomes U+FFFD unless it is kept.
    """
    document = _parse(text, keep_nul=keep_nul)
    if document == [] or (isinstance(document, _WireObject) and document.batch == []):
        raise RequestError("request holds no event")
    if isinstance(document, list):
        return WireBody(document, _token_of_events(document))
    if document.batch is not None and (document.api_key is not None or document.token is not None):
        return WireBody(
            document.batch,
            document.api_key if document.api_key is not None else document.token,
            document.sent_at if isinstance(document.sent_at, str) else None,
            bool(document.historical_migration),
        )
    if document.event is None:
        if not engage:
            raise RequestError("failed to hydrate events from request: non-engage request missing event name attribute")
        document.event = "$identify"
    return WireBody([document], document.own_token())


def distinct_id_of(sent: WireEvent, within: Any) -> str:
    """Whose event it is, `within` being what its properties say. Raises `BadEventError`."""
    value = sent.distinct_id
    if value is None:
        value = sent.dollar_distinct_id
    if value is None:
        value = within
    if value is None:
        raise BadEventError("event submitted without a distinct_id", "missing_distinct_id")
    text = value if isinstance(value, str) else msgspec.json.encode(value, order="sorted").decode()
    if not text or text.isspace():
        raise BadEventError("event submitted without a distinct_id", "missing_distinct_id")
    return json_text.clean_text(text[:MAX_NAME])


def _parse(text: bytes, *, keep_nul: bool) -> _WireObject | list[WireEvent]:
    decoder: msgspec.json.Decoder[Any] = _list_decoder if text.lstrip()[:1] == b"[" else _object_decoder
    try:
        # Escaped NUL passes the parser, so it is looked for; everything else that needs mending does not pass.
        if keep_nul or b"\\u0000" not in text:
            document: _WireObject | list[WireEvent] = decoder.decode(text)
            return document
    except (msgspec.DecodeError, RecursionError):
        pass
    try:
        mended = json_text.mend(text, keep_nul=keep_nul)
        decoder = _list_decoder if mended[:1] == b"[" else _object_decoder
        document = decoder.decode(mended)
        return document
    except (ValueError, RecursionError) as error:
        raise RequestError(f"failed to parse request: {error}") from None


def _token_of_events(events: Sequence[WireEvent]) -> str | None:
    tokens = {token for event in events if (token := event.own_token()) is not None}
    if len(tokens) > 1:
        raise TokenError("batch submitted with inconsistent api_key values")
    return tokens.pop() if tokens else None


_object_decoder = msgspec.json.Decoder(_WireObject)
_list_decoder = msgspec.json.Decoder(list[WireEvent])
