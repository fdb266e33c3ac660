"""The actors behind a number of an insight, as rows; what counts someone in is said by each kind of insight."""

from collections.abc import Mapping
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, Field

from hedgerow.hogql import ast
from hedgerow.insights import funnels, lifecycle, paths, retention, stickiness, trends
from hedgerow.insights.actors import Actors, Asking, Breakdown, Point
from hedgerow.queries.kinds.trends import asked
from hedgerow.queries.known_kinds import WRAPPER_KINDS
from hedgerow.queries.request import unwrap
from hedgerow.queries.run import DEFAULT_ROWS, MAX_ROWS, Kind, Run
from hedgerow.queries.values import plain_type

_Day = str | Annotated[int, Field(ge=0, le=1_000_000)]
_Compare = Literal["current", "previous"]


def unwrapped(source: object) -> object:
    """The insight itself, where the source says how it is shown."""
    kind = source.get("kind") if isinstance(source, Mapping) else None
    return unwrap(dict(source)) if isinstance(kind, str) and kind in WRAPPER_KINDS else source  # type: ignore[call-overload]


def _with_bare_insight(query: object) -> object:
    return {**query, "source": unwrapped(query.get("source"))} if isinstance(query, Mapping) else query


InsightWithPoints = Annotated[
    trends.TrendsQuery
    | retention.RetentionQuery
    | lifecycle.LifecycleQuery
    | stickiness.StickinessQuery
    | paths.PathsQuery,
    Field(discriminator="kind"),
]


class InsightActorsQuery(BaseModel):
    """A question for the actors behind one number of an insight; see `hedgerow.insights.actors.Point`."""

    kind: Literal["InsightActorsQuery"]
    source: Annotated[InsightWithPoints, BeforeValidator(unwrapped)]
    day: _Day | None = None
    interval: int | None = Field(None, ge=0, le=1_000_000)
    series: int | None = Field(0, ge=0, le=1_000)
    breakdown: Breakdown | None = None
    compare: _Compare | None = None
    status: lifecycle.Status | None = None
    includeRecordings: bool | None = False  # noqa: N815

    @property
    def point(self) -> Point:
        """The number that is looked into."""
        return Point(
            series=self.series or 0,
            day=self.day,
            interval=self.interval,
            breakdown=self.breakdown,
            compare=self.compare or "current",
            status=self.status,
        )


class StickinessActorsQuery(BaseModel):
    """A question for the actors that were active in a number of intervals, which is the `day`."""

    kind: Literal["StickinessActorsQuery"]
    source: Annotated[stickiness.StickinessQuery, BeforeValidator(unwrapped)]
    day: _Day | None = None
    operator: Literal["gte", "lte", "exact"] | None = None
    series: int | None = Field(0, ge=0, le=1_000)
    compare: _Compare | None = None
    includeRecordings: bool | None = False  # noqa: N815

    @property
    def point(self) -> Point:
        """The number that is looked into."""
        return Point(series=self.series or 0, day=self.day, compare=self.compare or "current", operator=self.operator)


InsightSource = Annotated[
    Annotated[InsightActorsQuery | StickinessActorsQuery | funnels.FunnelsActorsQuery, Field(discriminator="kind")],
    BeforeValidator(_with_bare_insight),
]
"""A number of an insight of any kind."""


def find_actors(query: InsightActorsQuery | StickinessActorsQuery | funnels.FunnelsActorsQuery, run: Run) -> Actors:
    """The query for the actors behind the number. Raises InsightError and HogQLError for mistakes in the question."""
    actors, _ = asked(_asking(query, run), run)
    return actors


def events_behind(query: InsightActorsQuery | StickinessActorsQuery | funnels.FunnelsActorsQuery, run: Run) -> ast.Expr:
    """The condition that an event is behind the number. Raises InsightError and HogQLError."""
    actors = find_actors(query, run)
    if actors.events is not None:
        return actors.events
    events = ast.SelectQuery(
        select=[ast.Alias(ast.Call("arrayJoin", [ast.Field(["matching_events"])]), "found")],
        select_from=ast.JoinExpr(actors.query),
    )
    uuids = ast.SelectQuery(select=[ast.TupleAccess(ast.Field(["found"]), 2)], select_from=ast.JoinExpr(events))
    return ast.CompareOperation(ast.Field(["uuid"]), uuids, "in")


def _asking(query: InsightActorsQuery | StickinessActorsQuery | funnels.FunnelsActorsQuery, run: Run) -> Asking:
    known = (run.context, run.now, run.project.test_account_filters)
    if isinstance(query, funnels.FunnelsActorsQuery):
        return funnels.actors(query, *known)
    source = query.source
    match source:
        case trends.TrendsQuery():
            return trends.actors(source, query.point, *known)
        case retention.RetentionQuery():
            return retention.actors(source, query.point, *known)
        case lifecycle.LifecycleQuery():
            return lifecycle.actors(source, query.point, *known)
        case stickiness.StickinessQuery():
            return stickiness.actors(source, query.point, *known)
        case paths.PathsQuery():
            return _path_actors(source, run)


def _path_actors(source: paths.PathsQuery, run: Run) -> Asking:
    yield from ()
    query = paths.actors(source, run.context, run.now, run.project.test_account_filters)
    return Actors(query, source.aggregation_group_type_index)


def answer(query: InsightActorsQuery | StickinessActorsQuery | funnels.FunnelsActorsQuery, run: Run) -> dict[str, Any]:
    """The first rows, by actor."""
    limit = max(run.default_rows, DEFAULT_ROWS)
    tree = find_actors(query, run).query
    listed = ast.SelectQuery(
        select=[ast.Field(["*"])],
        select_from=ast.JoinExpr(tree),
        order_by=[ast.OrderExpr(ast.Field(["actor_id"]))],
        limit=ast.Constant(limit + 1),
    )
    compiled = run.compile(listed, max_limit=MAX_ROWS)
    rows = run.execute(compiled)
    has_more = len(rows.rows) > limit
    del rows.rows[limit:]
    return {
        "results": run.plain(rows),
        "columns": compiled.columns,
        "types": [plain_type(kind) for kind in rows.types],
        "hogql": compiled.hogql,
        "hasMore": has_more,
        "limit": limit,
        "offset": 0,
    }


INSIGHT_ACTORS = Kind(InsightActorsQuery, answer)
STICKINESS_ACTORS = Kind(StickinessActorsQuery, answer)
FUNNELS_ACTORS = Kind(funnels.FunnelsActorsQuery, answer)
