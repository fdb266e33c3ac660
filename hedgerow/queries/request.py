"""The body of a query request: checked, and the query inside it taken out of its wrappers."""

from enum import StrEnum
from typing import Any, TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator
from rest_framework.exceptions import ParseError

from hedgerow.insights.dates import Interval
from hedgerow.queries.known_kinds import KNOWN_KINDS, WRAPPER_KINDS

MAX_WRAPPERS = 10
MAX_DEPTH = 100
MAX_QUERY_ID = 128

Model = TypeVar("Model", bound=BaseModel)


class Refresh(StrEnum):
    """How fresh an answer must be, and whether the caller waits for it."""

    BLOCKING = "blocking"
    ASYNC = "async"
    LAZY_ASYNC = "lazy_async"
    ASYNC_EXCEPT_ON_CACHE_MISS = "async_except_on_cache_miss"
    FORCE_BLOCKING = "force_blocking"
    FORCE_ASYNC = "force_async"
    FORCE_CACHE = "force_cache"


class LimitContext(StrEnum):
    """On whose behalf rows are limited."""

    POSTHOG_AI = "posthog_ai"


class FiltersOverride(BaseModel):
    """Filters of the place a query is shown in, which win over the query's own."""

    date_from: str | None = None
    date_to: str | None = None
    explicitDate: bool | None = None  # noqa: N815
    properties: list[dict[str, Any]] | dict[str, Any] | None = None
    breakdown_filter: dict[str, Any] | None = None
    interval: Interval | None = None
    filterTestAccounts: bool | None = None  # noqa: N815


class QueryRequest(BaseModel):
    """A checked request. Keys it does not know are ignored, so that newer clients keep working."""

    model_config = ConfigDict(populate_by_name=True)

    query: dict[str, Any]
    client_query_id: str | None = None
    refresh: Refresh = Refresh.BLOCKING
    run_async: bool = Field(False, alias="async", description="Deprecated: the same as `refresh: async`.")
    filters_override: FiltersOverride | None = None
    variables_override: dict[str, dict[str, Any]] | None = None
    name: str | None = Field(None, max_length=128)
    limit_context: LimitContext | None = None

    @field_validator("refresh", mode="before")
    @classmethod
    def _accept_booleans(cls, value: object) -> object:
        if isinstance(value, bool):
            return Refresh.FORCE_BLOCKING if value else Refresh.BLOCKING
        return Refresh.BLOCKING if value is None else value

    @field_validator("run_async", mode="before")
    @classmethod
    def _accept_null(cls, value: object) -> object:
        return False if value is None else value

    @field_validator("client_query_id")
    @classmethod
    def _id_can_be_asked_for(cls, value: str | None) -> str | None:
        if value is not None and not is_query_id(value):
            raise ValueError(f"an id has 1 to {MAX_QUERY_ID} printable characters")
        return value

    @field_validator("query")
    @classmethod
    def _kind_is_known(cls, query: dict[str, Any]) -> dict[str, Any]:
        check_kind(query)
        return query

    @property
    def wanted_refresh(self) -> Refresh:
        """`refresh`, or `async` when the deprecated flag asks for it."""
        return Refresh.ASYNC if self.run_async else self.refresh


def parse_request(body: object) -> QueryRequest:
    """Check a decoded request body; raises `ParseError` saying what is wrong with it."""
    if _is_deeper(body, MAX_DEPTH):
        raise ParseError(f"JSON parse error - the body is nested more than {MAX_DEPTH} levels deep")
    return parse_model(QueryRequest, body)


def is_query_id(text: str) -> bool:
    """Whether a query can have this id."""
    return 0 < len(text) <= MAX_QUERY_ID and text.isprintable()


def parse_model(model: type[Model], value: object, place: str = "") -> Model:
    """`value`, which stands at `place`, as a `model`; raises `ParseError` with place and reason of the first fault."""
    try:
        return model.model_validate(value)
    except ValidationError as error:
        fault = error.errors(include_url=False, include_context=False, include_input=False)[0]
        place = ".".join(str(part) for part in (*([place] if place else []), *fault["loc"]))
        raise ParseError(f"JSON parse error - {place + ': ' if place else ''}{fault['msg']}") from None


def check_kind(query: dict[str, Any]) -> None:
    """Raise `ValueError` unless `query` names a kind that exists."""
    kind = query.get("kind")
    if not isinstance(kind, str):
        raise ValueError("a query needs a `kind`")
    if kind not in KNOWN_KINDS:
        raise ValueError(f"there is no query kind {kind[:100]!r}")


def unwrap(query: dict[str, Any]) -> dict[str, Any]:
    """The query inside `InsightVizNode`, `DataTableNode` or `DataVisualizationNode`; `ParseError` without one."""
    for _ in range(MAX_WRAPPERS):
        if query["kind"] not in WRAPPER_KINDS:
            return query
        source = query.get("source")
        if not isinstance(source, dict):
            raise ParseError(f"JSON parse error - query.source: {query['kind']} needs a query as its `source`")
        try:
            check_kind(source)
        except ValueError as error:
            raise ParseError(f"JSON parse error - query.source: {error}") from None
        query = source
    raise ParseError("JSON parse error - query.source: the query is wrapped too deeply")


def _is_deeper(value: object, depth: int) -> bool:
    level = [value]
    for _ in range(depth):
        below: list[object] = []
        for item in level:
            if isinstance(item, dict):
                below.extend(item.values())
            elif isinstance(item, list):
                below.extend(item)
        if not below:
            return False
        level = below
    return True
