"""What a behavioural leaf asks of the events of one person, as HogQL."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from hedgerow.cohorts.criteria.grammar import BehavioralLeaf, EventType, Unit
from hedgerow.cohorts.criteria.windows import SECONDS, Window, ago, period_start, window
from hedgerow.hogql import ast
from hedgerow.hogql.context import ProjectContext
from hedgerow.insights.operators import TRUE, conjunction, disjunction
from hedgerow.insights.properties import PropertyCondition, PropertyFilter, property_filters
from hedgerow.insights.series import ActionsNode, EventsNode, event_condition
from hedgerow.insights.tree import call, column, compared, member, minus, number, over, plus

_TIMESTAMP = column("timestamp")
_MICROSECONDS = call("toUnixTimestamp64Micro", _TIMESTAMP)
_LONGEST_STEP = 200 * SECONDS["year"]
_OPERATORS = {"gte": ">=", "lte": "<=", "gt": ">", "lt": "<", "eq": "==", "exact": "==", None: "=="}


@dataclass(frozen=True, slots=True)
class Behaviour:
    """A leaf over the events of a person: which of them it looks at, and the aggregate that is true for members.

    No event before `since` is looked at; None: all of history is.
    """

    events: ast.Expr
    since: datetime | None
    is_met: ast.Expr


@dataclass(frozen=True, slots=True)
class Asking:
    """A leaf with all that its meaning depends on."""

    leaf: BehavioralLeaf
    context: ProjectContext
    now: datetime
    is_alone: bool
    """Whether no other leaf looks at events, so that only those it looks at are read."""

    @property
    def zone(self) -> ZoneInfo:
        """The project's time zone."""
        return ZoneInfo(self.context.timezone)

    @property
    def what(self) -> ast.Expr:
        """That an event is the leaf's event or one of its action, whatever its properties."""
        return self.named(self.leaf.key, self.leaf.event_type)

    @property
    def filters(self) -> ast.Expr:
        """That an event fits the leaf's event filters."""
        found: list[PropertyCondition] = [
            PropertyFilter(key=each.key, value=each.value, operator=each.operator or "exact", type=each.type)
            for each in self.leaf.event_filters or []
        ]
        return property_filters(found, self.context, self.now)

    @property
    def window(self) -> Window:
        """The span the leaf looks at."""
        return window(self.leaf, self.now, self.zone, self.context.week_start_day)

    def named(self, key: str | int, event_type: EventType) -> ast.Expr:
        """That an event has a name, or is one of an action."""
        node = (
            ActionsNode(kind="ActionsNode", id=int(key))
            if event_type == "actions"
            else EventsNode(kind="EventsNode", event=str(key))
        )
        return event_condition(node, self.context, self.now)

    def within(self, span: Window) -> ast.Expr:
        """That an event is the leaf's, fits its filters and lies in the span."""
        return conjunction([self.what, in_span(span), self.filters])


def behaviour(leaf: BehavioralLeaf, context: ProjectContext, now: datetime, *, is_alone: bool = False) -> Behaviour:
    """What the leaf asks of a person's events up to `now`; its negation is left to the caller.

    With `is_alone` the aggregate is for events of which all fit `events`. Raises InsightError and HogQLError for
    filters, dates and actions that cannot be.
    """
    return _KINDS[leaf.value](Asking(leaf, context, now, is_alone))


def in_span(span: Window) -> ast.Expr:
    """That an event lies in a span."""
    return _lies_in(_TIMESTAMP, span)


def _lies_in(time: ast.Expr, span: Window) -> ast.Expr:
    return ast.And([compared(time, ">=", ast.Constant(span.start)), compared(time, "<=", ast.Constant(span.end))])


def _performed(asking: Asking) -> Behaviour:
    events = asking.within(asking.window)
    return Behaviour(events, asking.window.start, compared(_count(asking, events), ">", number(0)))


def _multiple(asking: Asking) -> Behaviour:
    events = asking.within(asking.window)
    return Behaviour(events, asking.window.start, _counted(_count(asking, events), asking.leaf))


def _first_time(asking: Asking) -> Behaviour:
    """The filters are looked at in the very first event, or in any of those at the very same time."""
    span = asking.window
    ever = conjunction([asking.what, compared(_TIMESTAMP, "<=", ast.Constant(asking.now))])
    if asking.is_alone and asking.filters is TRUE:
        return Behaviour(ever, None, _lies_in(call("min", _TIMESTAMP), span))
    first, first_that_fits = (
        call("minIf", _TIMESTAMP, events) for events in (ever, conjunction([ever, asking.filters]))
    )
    is_met = ast.And(
        [
            _happened(conjunction([ever, asking.filters])),
            _lies_in(first, span),
            compared(first, "==", first_that_fits),
        ]
    )
    return Behaviour(ever, None, is_met)


def _sequence(asking: Asking) -> Behaviour:
    leaf, span = asking.leaf, asking.window
    assert leaf.seq_event is not None and leaf.seq_event_type is not None
    first = asking.within(span)
    second = conjunction([asking.named(leaf.seq_event, leaf.seq_event_type), in_span(span)])
    value, unit = _seq_time(leaf)
    longest = min(value * SECONDS[unit], _LONGEST_STEP) * 1_000_000
    # A step is twice its time in microseconds, one more for a first step. So second steps stand before first ones of
    # the same instant, since they have to be later. Each is compared with the last first step before it.
    twice = ast.ArithmeticOperation(_MICROSECONDS, number(2), "*")
    first_steps = call("groupArrayIf", plus(twice, number(1)), first)
    steps = call("arraySort", call("arrayConcat", first_steps, call("groupArrayIf", twice, second)))
    step, before = column("step"), column("before")
    follows = ast.And(
        [
            ast.Not(_is_first_step(step)),
            _is_first_step(before),
            compared(minus(step, before), "<", number(2 * longest)),
        ]
    )
    last_first_steps = over("arrayFill", ["step"], _is_first_step(step), steps)
    is_met = over("arrayExists", ["step", "before"], follows, steps, last_first_steps)
    return Behaviour(disjunction([first, second]), span.start, is_met)


def _regularly(asking: Asking) -> Behaviour:
    leaf = asking.leaf
    assert leaf.time_value and leaf.time_interval and leaf.total_periods and leaf.min_periods
    starts = [
        period_start(asking.now, asking.zone, periods, leaf.time_value, leaf.time_interval)
        for periods in range(leaf.total_periods + 1)
    ]
    events = conjunction(
        [
            asking.what,
            compared(_TIMESTAMP, ">=", ast.Constant(starts[-1])),
            compared(_TIMESTAMP, "<", ast.Constant(starts[0])),
            asking.filters,
        ]
    )
    borders = ast.Array([number(_microseconds(start)) for start in starts[1:]])
    period = over("arrayFirstIndex", ["start"], compared(_MICROSECONDS, ">=", column("start")), borders)
    counts = member(call("sumMapIf", ast.Array([period]), ast.Array([number(1)]), events), 2)
    satisfied = over("arrayCount", ["n"], _counted(column("n"), leaf), counts)
    return Behaviour(events, starts[-1], compared(satisfied, ">=", number(leaf.min_periods)))


def _stopped(asking: Asking) -> Behaviour:
    span, recent = asking.window, _recent_start(asking)
    events = asking.within(span)
    is_recent = compared(_TIMESTAMP, ">=", ast.Constant(recent))
    is_met = ast.And([_happened(events), ast.Not(_happened(ast.And([events, is_recent])))])
    return Behaviour(events, span.start, is_met)


def _restarted(asking: Asking) -> Behaviour:
    span, recent = asking.window, _recent_start(asking)
    events = conjunction([asking.what, compared(_TIMESTAMP, "<=", ast.Constant(asking.now)), asking.filters])
    before = compared(_TIMESTAMP, "<", ast.Constant(span.start))
    since = compared(_TIMESTAMP, ">=", ast.Constant(recent))
    between = ast.Not(ast.Or([before, since]))
    is_met = ast.And(
        [
            _happened(conjunction([events, since])),
            ast.Not(_happened(conjunction([events, between]))),
            _happened(conjunction([events, before])),
        ]
    )
    return Behaviour(events, None, is_met)


def _is_first_step(step: ast.Expr) -> ast.Expr:
    return compared(call("bitTest", step, number(0)), "==", number(1))


def _count(asking: Asking, events: ast.Expr) -> ast.Expr:
    """The number of the events the leaf looks at."""
    return call("count") if asking.is_alone else call("countIf", events)


def _happened(events: ast.Expr) -> ast.Expr:
    return compared(call("countIf", events), ">", number(0))


def _counted(count: ast.Expr, leaf: BehavioralLeaf) -> ast.Expr:
    """That a number of events is at least one, and what the leaf wants it to be."""
    assert leaf.operator_value is not None
    wanted = compared(count, _OPERATORS[leaf.operator], number(leaf.operator_value))
    return ast.And([compared(count, ">=", number(1)), wanted])


def _recent_start(asking: Asking) -> datetime:
    value, unit = _seq_time(asking.leaf)
    return ago(asking.now, asking.zone, value, unit)


def _seq_time(leaf: BehavioralLeaf) -> tuple[int, Unit]:
    assert leaf.seq_time_value is not None and leaf.seq_time_interval is not None
    return leaf.seq_time_value, leaf.seq_time_interval


def _microseconds(at: datetime) -> int:
    return round(at.astimezone(UTC).timestamp()) * 1_000_000


_KINDS: dict[str, Callable[[Asking], Behaviour]] = {
    "performed_event": _performed,
    "performed_event_multiple": _multiple,
    "performed_event_first_time": _first_time,
    "performed_event_sequence": _sequence,
    "performed_event_regularly": _regularly,
    "stopped_performing_event": _stopped,
    "restarted_performing_event": _restarted,
}
