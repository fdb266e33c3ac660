"""What rrweb events tell of a session: clicks, keys, addresses, messages of the console, how long somebody was active.

An rrweb event is an object with a `type`, a `timestamp` (milliseconds since 1970) and `data`. What is not as expected
counts as nothing; the events themselves are kept as they came.
"""

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import msgspec

from hedgerow.hogql.recording_fields import STILL_ACTIVE_MS

_MOST_URLS = 100
_LONGEST_URL = 2_048

_INCREMENTAL, _META, _CUSTOM, _PLUGIN = 3, 4, 5, 6
_MOUSE_MOVE, _MOUSE_INTERACTION, _TOUCH_MOVE, _INPUT = 1, 2, 6, 5
_ACTS = frozenset({1, 2, 3, 4, 5, 6, 7, 12})
"""Sources of what a person does: mouse, scrolling, resizing, input, touch, media, dragging."""
_MOUSE = frozenset({_MOUSE_MOVE, _MOUSE_INTERACTION, _TOUCH_MOVE})
_CLICKS = frozenset({2, 3, 4, 9})
"""Kinds of interaction that are a click: also by the other button, twice, or by touch."""
_CONSOLE = "rrweb/console@1"
_LEVELS = {"log": "log", "info": "log", "debug": "log", "warn": "warn", "error": "error"}


class Item(NamedTuple):
    """An rrweb event: when, and its text as it came."""

    timestamp: int
    text: bytes


class _Event(msgspec.Struct, gc=False):
    timestamp: int | float
    type: Any = None
    data: msgspec.Raw = msgspec.Raw(b"null")


class _Data(msgspec.Struct, gc=False):
    source: Any = None
    type: Any = None
    href: Any = None
    plugin: Any = None
    payload: msgspec.Raw = msgspec.Raw(b"null")


class _Payload(msgspec.Struct, gc=False):
    href: Any = None
    level: Any = None


@dataclass(slots=True)
class Facts:
    """Of some events of a session, which are in the order of their time. Times are milliseconds since 1970."""

    click_count: int = 0
    keypress_count: int = 0
    mouse_activity_count: int = 0
    active_milliseconds: int = 0
    first_active: int | None = None
    last_active: int | None = None
    console: dict[str, int] = field(default_factory=lambda: {"log": 0, "warn": 0, "error": 0})
    urls: list[str] = field(default_factory=list)
    """Each once, in the order in which they were seen."""


def read_item(text: bytes) -> Item | None:
    """An rrweb event; None if it is no object with a time."""
    try:
        return Item(int(_event_decoder.decode(text).timestamp), text)
    except (msgspec.DecodeError, OverflowError, ValueError):
        return None


def facts_of(items: Sequence[Item]) -> Facts:
    """What the events tell."""
    facts = Facts()
    for item in items:
        event = _event_decoder.decode(item.text)
        # What a client has compressed is a text, which tells nothing here.
        if event.type in (_INCREMENTAL, _META, _CUSTOM, _PLUGIN) and _is_object(event.data):
            with suppress(msgspec.DecodeError):  # a number that no computer has
                _note(facts, event.type, _data_decoder.decode(event.data), item.timestamp)
    return facts


def _note(facts: Facts, kind: int, data: _Data, timestamp: int) -> None:
    if kind == _INCREMENTAL:
        _note_act(facts, data, timestamp)
    elif kind == _META:
        _note_url(facts, data.href)
    elif kind == _CUSTOM:
        _note_url(facts, _payload(data).href)
    elif data.plugin == _CONSOLE:
        level = _payload(data).level
        if isinstance(level, str) and level in _LEVELS:
            facts.console[_LEVELS[level]] += 1


def _note_act(facts: Facts, data: _Data, timestamp: int) -> None:
    if not isinstance(data.source, int) or data.source not in _ACTS:
        return
    if facts.last_active is None:
        facts.first_active = timestamp
    elif timestamp - facts.last_active <= STILL_ACTIVE_MS:
        facts.active_milliseconds += timestamp - facts.last_active
    facts.last_active = timestamp
    facts.mouse_activity_count += data.source in _MOUSE
    facts.keypress_count += data.source == _INPUT
    facts.click_count += data.source == _MOUSE_INTERACTION and isinstance(data.type, int) and data.type in _CLICKS


def _note_url(facts: Facts, url: object) -> None:
    if isinstance(url, str) and url and len(facts.urls) < _MOST_URLS and url[:_LONGEST_URL] not in facts.urls:
        facts.urls.append(url[:_LONGEST_URL])


def _payload(data: _Data) -> _Payload:
    return _payload_decoder.decode(data.payload) if _is_object(data.payload) else _Payload()


def _is_object(text: msgspec.Raw) -> bool:
    return bytes(memoryview(text)[:1]) == b"{"


_event_decoder = msgspec.json.Decoder(_Event)
_data_decoder = msgspec.json.Decoder(_Data)
_payload_decoder = msgspec.json.Decoder(_Payload)
