"""Definitions in `groups`, the form before `filters`: a list of groups of which any must fit."""

from __future__ import annotations

from typing import Any, Final

from hedgerow.cohorts.criteria.errors import CriteriaError

KEYS: Final = (
    *("properties", "action_id", "event_id", "days", "count"),
    *("count_operator", "start_date", "end_date", "label"),
)
NO_SOURCE: Final = "Cohort group needs properties or action_id or event_id"
DEFAULT_DAYS: Final = 365


def completed_groups(groups: list[Any]) -> list[dict[str, Any]]:
    """The groups with all keys. Raises CriteriaError for what is no group."""
    found = []
    for place, group in enumerate(groups):
        if not isinstance(group, dict):
            raise CriteriaError(f"groups[{place}]: expected an object.", "groups")
        if not any(group.get(key) for key in ("properties", "action_id", "event_id")):
            raise CriteriaError(NO_SOURCE, "groups")
        if not isinstance(group.get("properties"), dict | list | None):
            raise CriteriaError(f"groups[{place}]: properties must be a list of filters.", "groups")
        if group.get("count_operator") not in (None, "", "eq", "lte", "gte"):
            raise CriteriaError(f"groups[{place}]: count_operator is eq, lte or gte.", "groups")
        for name in ("days", "count"):
            if _whole(group.get(name)) is None and group.get(name) not in (None, ""):
                raise CriteriaError(f"groups[{place}]: {name} must be a whole number.", "groups")
        found.append({key: group.get(key) for key in KEYS})
    return found


def filters_of_groups(groups: list[dict[str, Any]]) -> dict[str, Any]:
    """The `filters` that mean the same; those of a cohort without criteria if there are no groups."""
    values = [_group(group) for group in groups]
    return {"properties": {"type": "OR", "values": values} if values else {}}


def _group(group: dict[str, Any]) -> dict[str, Any]:
    if group.get("action_id") or group.get("event_id"):
        return {"type": "AND", "values": [_behavioral(group)]}
    properties = group["properties"]
    if isinstance(properties, dict):
        if "values" in properties and properties.get("type") in ("AND", "OR"):
            return properties
        return {"type": "AND", "values": [_equals(key, value) for key, value in properties.items()]}
    return {"type": "AND", "values": [_leaf(each) for each in properties]}


def _behavioral(group: dict[str, Any]) -> dict[str, Any]:
    is_action = bool(group.get("action_id"))
    count = _whole(group.get("count")) or 0
    leaf: dict[str, Any] = {
        "type": "behavioral",
        "key": group["action_id"] if is_action else group["event_id"],
        "event_type": "actions" if is_action else "events",
        "value": "performed_event_multiple" if count > 0 else "performed_event",
        "time_value": _whole(group.get("days")) or DEFAULT_DAYS,
        "time_interval": "day",
        "negation": False,
    }
    if count > 0:
        leaf |= {"operator": group.get("count_operator") or "eq", "operator_value": count}
    return leaf


def _equals(key: str, value: Any) -> dict[str, Any]:
    return {"type": "person", "key": key, "operator": "exact", "value": value, "negation": False}


def _leaf(given: Any) -> Any:
    if not isinstance(given, dict):
        return given
    leaf = {**given, "operator": given.get("operator") or "exact", "negation": bool(given.get("negation"))}
    if leaf.get("type") in (None, "event"):
        leaf["type"] = "person"
    if leaf["type"] == "cohort":
        del leaf["operator"]
    return leaf


def _whole(given: Any) -> int | None:
    if isinstance(given, bool) or not isinstance(given, int | float | str):
        return None
    try:
        number = float(given)
    except ValueError:
        return None
    return int(number) if number.is_integer() and 0 <= number <= 1_000_000 else None
