"""Lines as capture would write them, for tests of what the loader makes of them."""

import uuid
from datetime import datetime, timedelta
from typing import Any

import msgspec

from hedgerow.spool.lines import PERSON, PERSON_CHANGE, PERSONLESS, Line

NOON = datetime(2026, 1, 31, 12)
CHANGING = {"$identify", "$create_alias", "$merge_dangerously", "$groupidentify", "$set"}


def event(
    name: str,
    distinct_id: str,
    properties: dict[str, Any] | None = None,
    *,
    team: int = 1,
    minutes: float = 0,
    personless: bool = False,
    groups: dict[str, str] | None = None,
) -> Line:
    """An event some minutes after noon of 31 January 2026."""
    properties = properties or {}
    time = f"{NOON + timedelta(minutes=minutes):%Y-%m-%d %H:%M:%S.%f}"
    changes = name in CHANGING or bool(properties.keys() & {"$set", "$set_once", "$unset", "$browser", "utm_source"})
    return Line(
        k=PERSONLESS if personless else PERSON_CHANGE if changes else PERSON,
        t=team,
        u=str(uuid.uuid4()),
        e=name,
        d=distinct_id,
        ts=time,
        now=time,
        g=groups,
        p=msgspec.Raw(msgspec.json.encode(properties)),
    )


def identify(distinct_id: str, anonymous_id: str | None = None, /, **more: Any) -> Line:
    """`$identify`: the visitor known as `anonymous_id` turns out to be `distinct_id`."""
    properties = {f"${key}": value for key, value in more.items() if key in ("set", "set_once", "unset")}
    rest = {key: value for key, value in more.items() if f"${key}" not in properties}
    if anonymous_id is not None:
        properties["$anon_distinct_id"] = anonymous_id
    return event("$identify", distinct_id, properties, **rest)


def alias(distinct_id: str, other_id: object, **more: Any) -> Line:
    """`$create_alias`: `other_id` is a further name of `distinct_id`."""
    return event("$create_alias", distinct_id, {"alias": other_id}, **more)


def merge(distinct_id: str, other_id: str, **more: Any) -> Line:
    """`$merge_dangerously`: everything of `other_id` goes to `distinct_id`."""
    return event("$merge_dangerously", distinct_id, {"alias": other_id}, **more)
