"""The answer to a query of any kind: from the cache, computed now, or on its way in the background.

This is what the API's endpoint and the pages call. A query is checked, taken out of its wrappers, given the overrides,
and handed to its kind; the fields every answer has are added here.
"""

from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from time import perf_counter
from typing import Any
from uuid import uuid4

import orjson
import structlog
from django.conf import settings
from pydantic import BaseModel, field_validator

from hedgerow.dashboards.variables import with_defaults
from hedgerow.insights.dates import iso
from hedgerow.organizations.models import User
from hedgerow.projects.models import Project
from hedgerow.queries import background
from hedgerow.queries.cache import cache_key, store_answer, stored_answer
from hedgerow.queries.context import chosen_types
from hedgerow.queries.errors import QueryError, query_errors
from hedgerow.queries.execution import configured_limits
from hedgerow.queries.freshness import Freshness
from hedgerow.queries.kinds import KINDS
from hedgerow.queries.log import QueryRecord, query_log
from hedgerow.queries.models import QueryJob
from hedgerow.queries.overrides import with_filters, with_variables
from hedgerow.queries.request import QueryRequest, Refresh, parse_model, parse_request, unwrap
from hedgerow.queries.run import Kind, Run
from hedgerow.queries.turns import Flights, Turns
from hedgerow.settings import Settings

log = structlog.get_logger(__name__)

_COMPUTES = frozenset({Refresh.FORCE_BLOCKING})
_STARTS_JOB_WHEN_STALE = frozenset({Refresh.ASYNC, Refresh.LAZY_ASYNC, Refresh.ASYNC_EXCEPT_ON_CACHE_MISS})
_STARTS_JOB_WHEN_MISSING = frozenset({Refresh.ASYNC, Refresh.LAZY_ASYNC})


def run_query(
    project: Project,
    query: dict[str, Any],
    *,
    user: User | None = None,
    refresh: str = "blocking",
    **asked: Any,
) -> dict[str, Any]:
    """The whole response to a query, as JSON values.

    `asked` are the other fields of a request: `client_query_id`, `filters_override`, `variables_override`,
    `limit_context`, `name`. Raises `ParseError` for a request that is not well-formed, `QueryError` for a query
    that cannot be answered, `QueryFailure` when the event store fails, `Throttled` when too many queries of the project
    wait already.
    """
    return answer(project, parse_request({"query": query, "refresh": refresh, **asked}), user)


def answer(project: Project, request: QueryRequest, user: User | None = None) -> dict[str, Any]:
    """The whole response to a checked request; raises as `run_query` does."""
    asked = _Asked.of(project, request, user)
    refresh = request.wanted_refresh
    if not asked.kind.is_cached:
        return asked.compute_bare()
    if refresh is Refresh.FORCE_ASYNC:
        return {"query_status": background.status(asked.start_job(force=True))}
    stored = None if refresh in _COMPUTES else stored_answer(asked.key)
    if stored is None:
        if refresh not in _STARTS_JOB_WHEN_MISSING:
            return asked.compute_in_turn(alone=refresh in _COMPUTES)
        return {"cache_key": asked.key, "query_status": background.status(asked.start_job())}
    now = datetime.now(UTC)
    if not asked.freshness().is_fresh(stored, now, lazily=refresh is Refresh.LAZY_ASYNC):
        if refresh not in _STARTS_JOB_WHEN_STALE:
            return asked.compute_in_turn()
        running: QueryJob | None = asked.start_job()
    else:
        running = background.running_job(project, asked.key)
    return {
        **stored,
        "is_cached": True,
        "query_status": background.status(running) if running is not None else None,
    }


def reading_run(project: Project) -> Run:
    """A run that `kept_answer` takes for several questions, so that the project's records are read once for all."""
    return Run(project=project, now=datetime.now(UTC), limits=configured_limits(), tag="")


def kept_answer(project: Project, request: QueryRequest, reading: Run | None = None) -> dict[str, Any]:
    """The stored answer to a checked request, whatever its age; nothing is ever computed.

    Where none is stored, there is only the `cache_key` it would be stored by. Raises `ParseError` and `QueryError` for
    a request that cannot be answered.
    """
    asked = _Asked.of(project, request, None, reading)
    stored = stored_answer(asked.key) if asked.kind.is_cached else None
    return {"cache_key": asked.key} if stored is None else {**stored, "is_cached": True}


@dataclass(frozen=True, slots=True)
class Prepared:
    """A question in the form its kind takes it, out of its wrappers and with its overrides, and a run for it."""

    name: str
    kind: Kind[Any]
    query: Any
    body: dict[str, Any]
    run: Run


def prepared(project: Project, request: QueryRequest, tag: str) -> Prepared:
    """A checked request for those who read all rows themselves; its statements are marked with `tag`, and may take as
    long as in the background. Raises `ParseError` and `QueryError`."""
    asked = _Asked.of(project, request, None)
    asked.run.limits = configured_limits(background=True)
    asked.run.tag = tag
    return Prepared(asked.body["kind"], asked.kind, asked.query, asked.body, asked.run)


_flights = Flights()


@cache
def _turns() -> Turns:
    configured: Settings = settings.HEDGEROW
    return Turns(configured.query_concurrency, configured.query_line, configured.query_line_seconds)


def _project_modifiers(project: Project) -> dict[str, Any]:
    return project.modifiers if isinstance(project.modifiers, dict) else {}


class _Modified(BaseModel):
    """What a query of any kind may carry."""

    modifiers: dict[str, Any] = {}

    @field_validator("modifiers", mode="before")
    @classmethod
    def _none_for_null(cls, given: object) -> object:
        return {} if given is None else given


@dataclass(slots=True)
class _Asked:
    """A request in the form it is answered in."""

    project: Project
    user: User | None
    name: str | None
    kind: Kind[Any]
    query: BaseModel
    body: dict[str, Any]
    modifiers: dict[str, Any]
    client_query_id: str | None
    run: Run
    key: str

    @classmethod
    def of(cls, project: Project, request: QueryRequest, user: User | None, reading: Run | None = None) -> "_Asked":
        """Check and prepare a request; its key by the records as `reading` sees them, if given, else as they are.

        Raises `ParseError`, or `QueryError` for a kind that cannot be run.
        """
        body = unwrap(request.query)
        kind = KINDS.get(body["kind"])
        if kind is None:
            raise QueryError(f"Unsupported query kind: {body['kind']}")
        body = with_variables(with_filters(body, request.filters_override), request.variables_override)
        body = with_defaults(project, body)
        query = parse_model(kind.model, body, "query")
        modifiers = {**_project_modifiers(project), **parse_model(_Modified, body, "query").modifiers}
        run = Run(
            project=project,
            now=datetime.now(UTC),
            limits=configured_limits(),
            tag=background.tag(project.pk, request.client_query_id or uuid4().hex),
            limit_context=request.limit_context,
            debug=bool(modifiers.get("debug") or body.get("explain")),
            user=user,
        )
        plain, limits = query.model_dump(mode="json"), request.limit_context or ""
        types = chosen_types(project.pk)
        seen = reading or run
        key = cache_key(
            project, body["kind"], plain, modifiers, limits, seen.actions, lambda: seen.context.cohorts, types
        )
        return cls(project, user, request.name, kind, query, body, modifiers, request.client_query_id, run, key)

    def freshness(self) -> Freshness:
        """By what the age of an answer is judged."""
        with query_errors():
            return self.kind.freshness(self.query, self.run)

    def compute_bare(self) -> dict[str, Any]:
        """The kind's own fields, for kinds whose answers have no others."""
        with query_errors():
            return self.kind.answer(self.query, self.run)

    def compute(self) -> dict[str, Any]:
        """The answer computed now, and stored for later."""
        started = perf_counter()
        self.run.now = datetime.now(UTC)
        error = ""
        failure: str | None = "The query could not be computed."
        rows = 0
        try:
            with query_errors():
                fields = self.kind.answer(self.query, self.run)
            rows = len(fields.get("results") or ())
            failure = fields.get("error")
        except QueryError as fault:
            error, failure = fault.code, fault.detail
            raise
        finally:
            log.info(
                "query",
                kind=self.body["kind"],
                project=self.project.pk,
                user=self.user.pk if self.user else None,
                tag=self.run.tag,
                name=self.name,
                seconds=round(perf_counter() - started, 4),
                rows=rows,
                error=error,
            )
            self._remember(perf_counter() - started, rows, failure)
        response = self._envelope(fields)
        if fields.get("error") is None:
            store_answer(self.key, response)
        return response

    def _remember(self, seconds: float, rows: int, failure: str | None) -> None:
        query_log().add(
            QueryRecord(
                team_id=self.project.pk,
                query_start_time=self.run.now,
                query_id=self.client_query_id or self.key,
                kind=self.body["kind"],
                query=orjson.dumps(self.body).decode(),
                query_duration_ms=round(seconds * 1000),
                name=self.name or "",
                created_by=self.user.pk if self.user else None,
                result_rows=rows,
                status="finished" if failure is None else "failed",
                exception=failure or "",
            )
        )

    def compute_in_turn(self, *, alone: bool = False) -> dict[str, Any]:
        """The answer computed when the project has its turn, once for all who ask the same now, unless `alone`.

        Raises `Throttled` when too many of the project wait already.
        """

        def compute() -> dict[str, Any]:
            with _turns().turn(self.project.pk):
                return self.compute()

        return compute() if alone else _flights.answer(self.key, compute)

    def start_job(self, *, force: bool = False) -> QueryJob:
        """Have it computed in the background."""
        query_id = self.client_query_id or self.key
        self.run.limits = configured_limits(background=True)
        self.run.tag = background.tag(self.project.pk, query_id)
        return background.start(
            self.project,
            query_id,
            self.key,
            self.compute,
            user=self.user,
            force=force,
            replace_complete=self.client_query_id is None,
        )

    def _envelope(self, fields: dict[str, Any]) -> dict[str, Any]:
        refreshed = self.run.now
        freshness = self.freshness()
        return {
            "error": None,
            "hogql": None,
            "resolved_date_range": None,
            "resolved_compare_date_range": None,
            "warnings": None,
            **fields,
            "timings": self.run.timings if self.modifiers.get("timings") else None,
            "modifiers": self.modifiers,
            "query_status": None,
            "is_cached": False,
            "cache_key": self.key,
            "last_refresh": iso(refreshed),
            "next_allowed_client_refresh": iso(freshness.next_allowed_client_refresh(refreshed)),
            "cache_target_age": iso(freshness.cache_target_age(refreshed)),
            "timezone": self.project.timezone,
            "calculation_trigger": None,
            "query_metadata": None,
        }
