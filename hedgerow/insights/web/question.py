"""What questions of web analytics have in common: the periods, the events that count and the goal."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal

from pydantic import BaseModel, Field

from hedgerow.hogql import ast
from hedgerow.hogql.context import ProjectContext
from hedgerow.hogql.parse import parse_expr
from hedgerow.hogql.session_range import MARGIN_DAYS
from hedgerow.insights.answering import Answering
from hedgerow.insights.dates import CompareFilter, Interval, ResolvedRange, previous, resolve
from hedgerow.insights.errors import InsightError
from hedgerow.insights.operators import conjunction, disjunction
from hedgerow.insights.question import Question
from hedgerow.insights.ranges import first_event, shown_range
from hedgerow.insights.selection import kept_events, series_events
from hedgerow.insights.series import ActionsNode, EventsNode

VIEWS = ("$pageview", "$screen")
"""The events that are views of a page or a screen."""

SAMPLING_RATE = {"numerator": 1, "denominator": 1}
"""Every answer is made of all events."""


class ConversionGoal(BaseModel):
    """What visitors should do: events of an action, or of a name."""

    actionId: int | None = None  # noqa: N815
    customEventName: str | None = None  # noqa: N815

    @property
    def node(self) -> ActionsNode | EventsNode | None:
        """The goal as a series; None if nothing is set."""
        if self.actionId is not None:
            return ActionsNode(kind="ActionsNode", id=self.actionId)
        return EventsNode(kind="EventsNode", event=self.customEventName) if self.customEventName else None


class WebQuestion(Question):
    """A question of web analytics. By default it is for the last seven days and today."""

    compareFilter: CompareFilter | None = None  # noqa: N815
    conversionGoal: ConversionGoal | None = None  # noqa: N815
    doPathCleaning: bool | None = False  # noqa: N815
    interval: Interval | None = None
    """Accepted and without meaning: periods are of days unless their bounds say otherwise."""
    orderBy: tuple[str, Literal["ASC", "DESC"]] | None = Field(None)  # noqa: N815


@dataclass(frozen=True)
class Visits:
    """The events a question is about, as conditions."""

    kept: ast.Expr
    """Fits the question's filters and has a session."""
    is_goal: ast.Expr | None
    """Is of the conversion goal; None without a goal."""

    @property
    def is_view(self) -> ast.Expr:
        """Is a view of a page or screen."""
        return is_named(*VIEWS)

    def within(self, period: ResolvedRange, events: ast.Expr | None = None) -> ast.Expr:
        """The condition on the events of the period's sessions; by default on those of views and goals."""
        if events is None:
            events = disjunction([self.is_view, *([self.is_goal] if self.is_goal is not None else [])])
        return conjunction([starts_within(period), events, self.kept])


def visits(
    question: WebQuestion, context: ProjectContext, now: datetime, test_account_filters: Sequence[dict[str, Any]]
) -> Visits:
    """The events the question is about. Raises InsightError and HogQLError for mistakes in it."""
    kept = kept_events(question.properties, question.filterTestAccounts, test_account_filters, context, now)
    goal = question.conversionGoal.node if question.conversionGoal else None
    if isinstance(goal, ActionsNode) and goal.id not in context.actions:
        raise InsightError(f"Action {goal.id} does not exist")
    return Visits(
        kept=conjunction([parse_expr("$session_id != ''"), kept]),
        is_goal=series_events(goal, context, now) if goal is not None else None,
    )


def periods(question: WebQuestion, context: ProjectContext, now: datetime) -> Answering:
    """Asks for what it needs and returns `{"periods": …}`: the period and, to compare with it, the one before."""
    dates, compare = question.dates, question.compareFilter or CompareFilter()
    earliest = yield from first_event(question.dateRange)
    current = resolve(dates, "day", context.timezone, now, week_start_day=context.week_start_day, earliest=earliest)
    if not compare.compare or dates.date_from == "all":
        return {"periods": [current]}
    return {"periods": [current, previous(current, compare.compare_to)]}


def shown_periods(asked: Sequence[ResolvedRange]) -> dict[str, Any]:
    """The ends of the periods as the response gives them."""
    return {
        "resolved_date_range": shown_range(asked[0]),
        "resolved_compare_date_range": shown_range(asked[1]) if len(asked) > 1 else None,
    }


def starts_within(period: ResolvedRange) -> ast.Expr:
    """The condition that an event's session starts in the period.

    The bounds of the event's own time follow from it as no session is longer than the margin, and spare reading more.
    """
    return parse_expr(
        "session.$start_timestamp >= {start} AND session.$start_timestamp <= {end}"
        " AND timestamp >= {start} AND timestamp <= {last}",
        {
            "start": ast.Constant(period.date_from),
            "end": ast.Constant(period.date_to),
            "last": ast.Constant(period.date_to + timedelta(days=MARGIN_DAYS)),
        },
    )


def is_named(*names: str) -> ast.Expr:
    """The condition that an event has one of the names."""
    return ast.CompareOperation(ast.Field(["event"]), ast.Tuple([ast.Constant(name) for name in names]), "in")
