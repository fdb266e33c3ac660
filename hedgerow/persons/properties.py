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
$app_build $app_name $app_namespace $app_version $browser $browser_version $device_type $os $os_version
$raw_user_agent
"""
_PAGE_NAMES = """
$current_url $pathname $referring_domain $referrer $screen_height $screen_width $viewport_height $viewport_width
"""
PAGE_PROPERTIES: Final = _PAGE_NAMES.split()
"""Those of the properties below that change from page to page."""
TAKEN_FROM_EVENTS: Final = {
    key: f"$initial_{key.removeprefix('$')}" for key in (_CAMPAIGN_NAMES + _CLIENT_NAMES + _PAGE_NAMES).split()
}
"""Event properties a person takes over: the latest value by the same name, the first one by the name given here."""

_PLAIN: Final = frozenset([str, int, float, bool])

CHANGES_NOTHING: Final = frozenset(["$exception", "$$heatmap"])
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
    if event in CHANGES_NOTHING:
        return None
    # SDKs send a null for each campaign parameter the page was opened without.
    latest = {key: value for key, value in properties.items() if key in TAKEN_FROM_EVENTS and value is not None}
    if "$os" not in latest and properties.get("$os_name") is not None:
        latest["$os"] = properties["$os_name"]
    initial = {TAKEN_FROM_EVENTS[key]: value for key, value in latest.items()}
    to_set, set_once, unset = properties.get("$set"), properties.get("$set_once"), properties.get("$unset")
    if isinstance(to_set, dict):
        latest |= to_set
    if isinstance(set_once, dict):
        initial |= set_once
    names = [name for name in unset if isinstance(name, str)] if isinstance(unset, list | dict) else []
    return PropertyChange(initial, latest, names) if initial or latest or names else None


def changed_properties(properties: Properties, change: PropertyChange) -> Properties:
    """The properties after the change: a new dictionary, or `properties` itself when nothing differs.

    `set_once` sets what is absent, or null while the new value is not; `set` sets what differs; `unset` removes.
    """
    differing = {
        key: value
        for key, value in change.set_once.items()
        if key not in properties or (properties[key] is None and value is not None)
    }
    for key, value in change.set.items():
        if key in properties:
            old = properties[key]
            # Nearly all values are plain ones that have not changed, so these are told first.
            if old == value and ((type(old) is type(value) and type(value) in _PLAIN) or same_value(old, value)):
                differing.pop(key, None)
                continue
        differing[key] = value
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
