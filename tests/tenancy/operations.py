"""Every operation that the server has, from its routes: what the OpenAPI document leaves out is among them, too."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from itertools import product
from typing import TYPE_CHECKING, Any

from django.test import Client
from django.urls import get_resolver
from django.urls.resolvers import URLPattern, URLResolver

if TYPE_CHECKING:
    from tests.tenancy.filled import Filled

EXAMPLES = {
    r"(?:Bulk|Me|(?:(?:Users|Groups)/)?\.search)": "Bulk",
    ".*": "elsewhere",
    "ResourceTypes/(?P<id>[^/]+)": "ResourceTypes/User",
    "Schemas/(?P<id>[^/]+)": "Schemas/urn:ietf:params:scim:schemas:core:2.0:User",
}
"""Parts of patterns that are not ids of anybody's things, and something that they match."""
METHODS = ("get", "post", "put", "patch", "delete")
SCIM = "/scim/v2/"
NOT_AN_API = ("/_ready", "/metrics", "/api/schema/", "/api/schema/swagger-ui/", "/api/schema/redoc/")


@dataclass(frozen=True)
class Operation:
    """A method of a path; `name` is the view and its action."""

    method: str
    path: str
    name: str

    @property
    def is_scim(self) -> bool:
        """Whether it is for identity providers."""
        return self.path.startswith(SCIM)

    @property
    def is_repeated(self) -> bool:
        """Whether it is another one at the second path that each project has."""
        return self.path.startswith("/api/environments/")

    @property
    def parameters(self) -> list[str]:
        """The segments of the path that stand before ids, in order."""
        return [segment for segment, _ in _places(self.path)]

    def addresses(self, owners: "tuple[Filled, ...]") -> Iterator[str]:
        """The path with the ids of these owners in their places, in each form that the ids have."""
        places = _places(self.path)
        forms = [ids_of(owner, segment, self.path) for (segment, _), owner in zip(places, owners, strict=True)]
        for ids in product(*forms):
            address = self.path
            for (_, placeholder), value in zip(places, ids, strict=True):
                address = address.replace(placeholder, value, 1)
            yield address

    def __str__(self) -> str:
        return f"{self.method.upper()} {self.path}"


def ids_of(owner: "Filled", segment: str, path: str) -> list[str]:
    """The ids behind a segment; each share has a password of its own. Raises KeyError for what nobody has yet."""
    if segment == "passwords":
        kinds = ("/dashboards/", "/insights/", "/session_recordings/")
        return [owner.ids[segment][next(at for at, kind in enumerate(kinds) if kind in path)]]
    return owner.ids[segment]


@cache
def operations() -> list[Operation]:
    """All of the API and of SCIM."""
    found: dict[Operation, None] = {}
    for pattern, view in _patterns(get_resolver().url_patterns, ""):
        path = _template(pattern)
        cls: Any = getattr(view, "cls", None) or getattr(view, "view_class", None)
        if path in NOT_AN_API or not path.startswith(("/api/", SCIM, "/_preflight")):
            continue
        assert cls is not None, f"{path} has a view that cannot be looked into."
        actions = getattr(view, "actions", None) or {each: each for each in METHODS if hasattr(cls, each)}
        actions = actions or {"get": "initial"}  # a view that says the same to everything
        for method, action in actions.items():
            if method in METHODS and method in cls.http_method_names:
                found[Operation(method, path, f"{cls.__name__}.{action}")] = None
    return list(found)


@cache
def pages() -> list[str]:
    """The paths of all pages."""
    paths = (_template(pattern) for pattern, _ in _patterns(get_resolver().url_patterns, ""))
    return sorted({path for path in paths if not path.startswith(("/api/", SCIM, *NOT_AN_API)) and "(?!" not in path})


def described(operation: Operation) -> dict[str, Any] | None:
    """What the OpenAPI document says of it."""
    paths = {re.sub(r"{\w+}", "{}", path): methods for path, methods in document()["paths"].items()}
    found: dict[str, Any] | None = paths.get(re.sub(r"{\w+}", "{}", operation.path), {}).get(operation.method)
    return found


@cache
def document() -> dict[str, Any]:
    """The OpenAPI document."""
    found: dict[str, Any] = Client().get("/api/schema/?format=json").json()
    return found


def _patterns(patterns: list[Any], before: str) -> Iterator[tuple[str, Any]]:
    for each in patterns:
        if isinstance(each, URLResolver):
            yield from _patterns(each.url_patterns, before + str(each.pattern))
        elif isinstance(each, URLPattern):
            yield before + str(each.pattern), each.callback


def _template(pattern: str) -> str:
    """`^projects/(?P<pk>[^/]+)/?$` and `project/<int:pk>` as a path with `{pk}`."""
    for part, example in EXAMPLES.items():
        pattern = pattern.replace(part, example)
    text = re.sub(r"\(\?P<(\w+)>(?:\[[^]]*\]|[^()\[\]])*\)", r"{\1}", pattern)
    text = re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", text).replace("^", "").replace(r"\.", ".").replace(r"\Z", "")
    text = text.removesuffix("$").removesuffix("?").rstrip("/")
    return f"/{text}/"


def _places(path: str) -> list[tuple[str, str]]:
    segments = path.strip("/").split("/")
    return [(before, here) for before, here in zip(["", *segments], segments, strict=False) if here.startswith("{")]
