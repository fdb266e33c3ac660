"""The scopes offered for a new key: those that something of this server's API asks for."""

from collections.abc import Iterator
from functools import cache
from typing import Any

from django.urls import URLPattern, URLResolver, get_resolver

from hedgerow.api.scopes import OBJECTS


@cache
def offered_objects() -> tuple[str, ...]:
    """What scopes may be about here, in alphabetical order."""
    asked = {scope.partition(":")[0] for view in _views(get_resolver().url_patterns) for scope in _scopes(view)}
    return tuple(sorted(asked & OBJECTS))


def _scopes(view: Any) -> Iterator[str]:
    cls = getattr(view, "cls", None) or getattr(view, "view_class", None)
    if cls is None:
        return
    yield getattr(cls, "scope_object", None) or ""
    for scopes in (getattr(cls, "required_scopes", None), getattr(view, "initkwargs", {}).get("required_scopes")):
        if isinstance(scopes, list):  # some views know theirs only when they are called
            yield from scopes


def _views(patterns: list[Any]) -> Iterator[Any]:
    for each in patterns:
        if isinstance(each, URLResolver):
            yield from _views(each.url_patterns)
        elif isinstance(each, URLPattern):
            yield each.callback
