"""What an insight's question is about: its type, and the feature flags it names."""

from collections.abc import Mapping
from typing import Any, Final

_TYPES: Final = {
    "TrendsQuery": "TRENDS",
    "FunnelsQuery": "FUNNELS",
    "RetentionQuery": "RETENTION",
    "PathsQuery": "PATHS",
    "StickinessQuery": "STICKINESS",
    "LifecycleQuery": "LIFECYCLE",
    "HogQLQuery": "SQL",
}
_OTHER: Final = "JSON"
QUESTION_TYPES: Final = frozenset({*_TYPES.values(), _OTHER})

_FLAG_PROPERTY: Final = "$feature/"
_FLAG_CALLED: Final = "$feature_flag_called"
_FLAG_NAMED: Final = ("$feature_flag", "$feature_flag_name")


def question_type(query: Any, filters: Any) -> str | None:
    """One of `QUESTION_TYPES`: an insight's, `SQL`, or `JSON` for any other query; None where nothing is asked."""
    if not query:
        return str(filters.get("insight") or "TRENDS").upper() if filters else None
    while isinstance(query, Mapping):
        if query.get("kind") in _TYPES:
            return _TYPES[query["kind"]]
        query = query.get("source")
    return _OTHER


def names_any_flag(value: Any) -> bool:
    """Whether a feature flag is named anywhere in a question (JSON)."""
    if isinstance(value, str):
        return value == _FLAG_CALLED or value.startswith(_FLAG_PROPERTY)
    if isinstance(value, list):
        return any(names_any_flag(each) for each in value)
    return isinstance(value, Mapping) and any(names_any_flag(each) for each in value.values())


def names_flag(value: Any, key: str) -> bool:
    """Whether the feature flag with this key is named anywhere in a question (JSON)."""
    if isinstance(value, str):
        return value == f"{_FLAG_PROPERTY}{key}"
    if isinstance(value, list):
        return any(names_flag(each, key) for each in value)
    if not isinstance(value, Mapping):
        return False
    if value.get("key") in _FLAG_NAMED:
        wanted = value.get("value")
        if key in (wanted if isinstance(wanted, list) else [wanted]):
            return True
    return any(names_flag(each, key) for each in value.values())
