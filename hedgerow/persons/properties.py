"""How events change the properties of a person: which changes an event asks for, and what becomes of the properties.

Pure functions over decoded JSON.
"""

from collections.abc import Iterable, Mapping
from typing import Any, Final, NamedTuple

import msgspec

LARGEST_PROPERTIES: Final = 512 * 1024
"""Most bytes a person's properties may have, as compact JSON; a change beyond is refused."""

Properties = dict[str, Any]

_CAMPAIGN_NAMES = """
utm_source utm_medium utm_campaign utm_content utm_name utm_term gclid gad_source gclsrc dclid gbraid wbraid fbclid
msclkid twclid li_fat_id mc_cid igshid ttclid rdt_cid irclid _kx epik qclid sccid
"""
_CLIENT_NAMES = """
$app_build $app_name $app_namespace $app_version $browser $browser_version $device_type $current_url $pathname $os
$os_version $referring_domain $referrer $screen_height $screen_width $viewport_height $viewport_width $raw_user_agent
"""
_CAMPAIGN: Final = frozenset(_CAMPAIGN_NAMES.split())
TAKEN_FROM_EVENTS: Final = {
    key: f"$initial_{key.removeprefix('$')}" for key in sorted(_CAMPAIGN.union(_CLIENT_NAMES.split()))
}
"""Event properties a person takes over: the latest value by the same name, the first one by the name given here."""

_CHANGES_NOTHING: Final = frozenset(["$exception", "$$heatmap"])
"""Events that never change the properties of a person, whatever they carry."""


class PropertyChange(NamedTuple):
    """What an event asks to do with the properties of its person, in this order."""

    set_once: Mapping[str, Any]
    set: Mapping[str, Any]
    unset: Iterable[str]


def property_change(event: str, properties: Mapping[str, Any]) -> PropertyChange | None:
    """The change an event asks for, None if there is none.

    `$set`, `$set_once` (objects) and `$unset` (a list, or the keys of an object) count; anything else in their place
    is ignored. What the person takes from the event's own properties does not replace what is set explicitly.
    """
    if event in _CHANGES_NOTHING:
        return None
    to_set = _object(properties.get("$set"))
    set_once = _object(properties.get("$set_once"))
    latest: Properties = {}
    initial: Properties = {}
    for key, value in properties.items():
        # SDKs send a null for each campaign parameter the page was opened without.
        if key in TAKEN_FROM_EVENTS and (value is not None or key not in _CAMPAIGN):
            latest[key] = value
            initial[TAKEN_FROM_EVENTS[key]] = value
    if "$os_name" in properties and "$os" not in latest:
        latest["$os"] = initial["$initial_os"] = properties["$os_name"]
    unset = properties.get("$unset")
    names = [name for name in unset if isinstance(name, str)] if isinstance(unset, list | dict) else []
    if not (latest or to_set or set_once or names):
        return None
    return PropertyChange({**initial, **set_once}, {**latest, **to_set}, names)


def changed_properties(properties: Properties, change: PropertyChange) -> Properties:
    """The properties after the change: a new dictionary, or `properties` itself when nothing differs.

    `set_once` sets what is absent, or null while the new value is not; `set` sets what differs; `unset` removes.
    """
    differing: Properties = {}
    for key, value in change.set_once.items():
        if key not in properties or (properties[key] is None and value is not None):
            differing[key] = value
    for key, value in change.set.items():
        if key not in properties or not same_value(properties[key], value):
            differing[key] = value
        elif key in differing:
            del differing[key]
    removed = {name for name in change.unset if name in properties}
    for name in change.unset:
        differing.pop(name, None)
    if removed:
        return {key: value for key, value in properties.items() if key not in removed} | differing
    return {**properties, **differing} if differing else properties


def same_value(one: object, other: object) -> bool:
    """Whether two JSON values are the same; 1 and 1.0 are, 1 and true are not."""
    if not isinstance(one, dict | list):
        return one == other and (one is other or isinstance(one, bool) == isinstance(other, bool))
    if isinstance(one, dict):
        return (
            isinstance(other, dict)
            and one.keys() == other.keys()
            and all(same_value(value, other[key]) for key, value in one.items())
        )
    return (
        isinstance(other, list)
        and len(one) == len(other)
        and all(same_value(mine, yours) for mine, yours in zip(one, other, strict=True))
    )


def stored_size(properties: Properties) -> int:
    """Bytes of the properties as compact JSON."""
    return len(msgspec.json.encode(properties))


def _object(value: object) -> Properties:
    return value if isinstance(value, dict) else {}
