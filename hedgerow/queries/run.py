"""One run of a query: what a kind has at hand while it makes its answer."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from time import perf_counter
from typing import Any, Generic, TypeVar

from pydantic import BaseModel

from hedgerow.actions.reading import ProjectActions
from hedgerow.eventstore.client import Rows
from hedgerow.hogql import ast
from hedgerow.hogql.compile import CompiledQuery, compile_query
from hedgerow.hogql.context import ProjectContext
from hedgerow.organizations.models import User
from hedgerow.projects.models import Project
from hedgerow.queries.context import project_context
from hedgerow.queries.errors import query_errors
from hedgerow.queries.execution import Limits, execute, execute_all
from hedgerow.queries.freshness import Freshness
from hedgerow.queries.request import LimitContext
from hedgerow.queries.values import plain_rows

Query = TypeVar("Query", bound=BaseModel)

DEFAULT_ROWS = 100
DEFAULT_ROWS_FOR_AI = 500
MAX_ROWS = 50_000


@dataclass
class Run:
    """A run: for which project, at which time, within which limits; it compiles and executes queries.

    `user` is who asks, where that is known; only answers that are never kept may depend on them. `tag` marks the run's
    statements in the event store. `timings` collects how long each step took, in seconds.
    """

    project: Project
    now: datetime
    limits: Limits
    tag: str
    limit_context: LimitContext | None = None
    debug: bool = False
    user: User | None = None
    timings: list[dict[str, Any]] = field(default_factory=list)

    @cached_property
    def actions(self) -> ProjectActions:
        """The project's actions, the same for the whole run."""
        return ProjectActions(self.project.pk)

    @cached_property
    def context(self) -> ProjectContext:
        """The project as the query language sees it, read when first needed."""
        return project_context(self.project, self.actions)

    @property
    def default_rows(self) -> int:
        """How many rows a query gives that does not say."""
        return DEFAULT_ROWS_FOR_AI if self.limit_context is LimitContext.POSTHOG_AI else DEFAULT_ROWS

    @contextmanager
    def step(self, name: str) -> Iterator[None]:
        """Measure a step, and turn what may go wrong in it into the errors of queries."""
        started = perf_counter()
        try:
            with query_errors():
                yield
        finally:
            self.timings.append({"k": f"./{name}", "t": perf_counter() - started})

    def compile(
        self, query: str | ast.Query, default_limit: int | None = None, max_limit: int | None = None
    ) -> CompiledQuery:
        """Compile for the run's project."""
        with self.step("compile"):
            return compile_query(query, self.context, default_limit=default_limit, max_limit=max_limit)

    def execute(self, query: CompiledQuery) -> Rows:
        """The rows of a query."""
        with self.step("execute"):
            return execute(query, self.limits, self.tag)

    def execute_all(self, queries: Sequence[CompiledQuery]) -> list[Rows]:
        """The rows of several queries, which run at the same time."""
        with self.step("execute"):
            return execute_all(queries, self.limits, self.tag)

    def plain(self, rows: Rows) -> list[list[Any]]:
        """The rows as JSON values, in the project's time zone."""
        with self.step("encode"):
            return plain_rows(rows.rows, rows.types, self.project.timezone)


def _no_interval(query: BaseModel, run: Run) -> Freshness:
    return Freshness()


@dataclass(frozen=True, slots=True)
class Kind(Generic[Query]):
    """A kind of query: how it is asked (`model`) and answered (`answer`, giving the kind's fields of the response).

    An answer of a kind with `is_cached` may be given again to whoever asks the same while it is fresh.
    """

    model: type[Query]
    answer: Callable[[Query, Run], dict[str, Any]]
    freshness: Callable[[Query, Run], Freshness] = _no_interval
    is_cached: bool = True
