"""The HogQL of retention.

Rows are the intervals of the range. **Recurring**: an actor is in each row in whose interval it has a target event.
**First time**: only in the row of its first target event of all time, in none if that lies before the range. **First
ever**: only in the row of its first event of the target's name (or action) of all time, and only if that event fits the
filters; of several at the same moment one has to.

Column 0 is everyone in the row. An actor is in column k if k intervals later, still in the range, it has as many
returning events as asked for. A column of a bracket covers several intervals, any of which will do.

Where returns are counted in windows of fixed length (a day is 24 hours), column k is the k-th window from the moment at
which the actor came into the row: from its first target event in the interval (and of the value) on.

With a breakdown a row belongs to a value: recurring, to those of the target events in its interval; else to the value
of the first one (the smallest of several at the same moment).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate

from hedgerow.hogql import ast
from hedgerow.insights.actors import Actors, event_columns, is_among
from hedgerow.insights.breakdowns import NONE, OTHER
from hedgerow.insights.buckets import bucket_number
from hedgerow.insights.dates import ResolvedRange
from hedgerow.insights.operators import TRUE, conjunction, disjunction
from hedgerow.insights.ranges import is_within
from hedgerow.insights.retention.request import RetentionType

_TIMESTAMP = ast.Field(["timestamp"])
_START, _STARTS, _RETURNS = ast.Field(["start"]), ast.Field(["starts"]), ast.Field(["returns"])
_FIRST, _FIRST_OF_NAME, _VALUE = ast.Field(["first"]), ast.Field(["first_of_name"]), ast.Field(["value"])
_ROW, _COLUMN, _EACH = ast.Field(["row"]), ast.Field(["column"]), ast.Field(["each"])
_TARGETS, _AMOUNTS = ast.Field(["targets"]), ast.Field(["amounts"])
_DISTANCES, _ACTORS = ast.Field(["distances"]), ast.Field(["actors"])
_NOT_COUNTED = -1
_BITS = 64


@dataclass(frozen=True)
class Table:
    """Everything the queries of a retention table depend on."""

    kind: RetentionType
    period: ResolvedRange
    actor: ast.Expr
    kept: ast.Expr
    """The conditions on events of every kind."""
    named: ast.Expr
    """The event or action of the target alone, its filters left aside."""
    target: ast.Expr
    returning: ast.Expr
    occurrences: int
    columns: int
    brackets: Sequence[int]
    is_cumulative: bool
    amount: ast.Expr | None = None
    """The number summed up or averaged over events, if any."""
    value: ast.Expr | None = None
    """The breakdown's value of an event, if there is a breakdown."""
    window: int | None = None
    """The length in microseconds of the windows in which returns are counted; None for intervals of the calendar."""


def cells_query(table: Table, shown: Sequence[str] | None = None) -> ast.SelectQuery:
    """The number of actors in each cell: rows `(row, column, actors)`, the breakdown's value first if any.

    Where the table is cumulative, an actor stands in its last column only. With `shown`, the values of the breakdown
    that are not among them are one, OTHER.
    """
    columns = _columns(table)
    by_row = ast.SelectQuery(
        select=[*_row(table), ast.Alias(columns, "columns"), _ACTORS],
        select_from=ast.JoinExpr(_alike(table, shown)),
        array_join_op="ARRAY JOIN",
        array_join_list=[ast.Alias(_STARTS, "start")],
    )
    keys = [*_value(table), _ROW, _COLUMN]
    return ast.SelectQuery(
        select=[*keys, ast.Call("sum", [_ACTORS])],
        select_from=ast.JoinExpr(by_row),
        array_join_op="ARRAY JOIN",
        array_join_list=[ast.Alias(ast.Field(["columns"]), "column")],
        group_by=keys,
    )


def row_query(table: Table, row: int, value: str | None = None, shown: Sequence[str] | None = None) -> Actors:
    """The actors of a row, of one value of the breakdown if there is one.

    Their own columns are `appearances`, the columns of the table they stand in, ascending, and for each column of the
    table whether they stand in it. Their events are the target events that brought them into the row.
    """
    in_row = [_in_period(table), table.kept, table.target]
    in_row.append(_equal(bucket_number(_TIMESTAMP, table.period), ast.Constant(row)))
    is_wanted: list[ast.Expr] = [_equal(_ROW, ast.Constant(row))]
    if table.value is not None and value is not None:
        in_row.append(_equal(_shown_value(table.value, shown), ast.Constant(value)))
        is_wanted.append(_equal(_VALUE, ast.Constant(value)))
    of_events = event_columns(conjunction(in_row))
    by_row = ast.SelectQuery(
        select=[ast.Field(["actor"]), *_row(table), ast.Alias(_columns(table), "columns"), *_named(of_events)],
        select_from=ast.JoinExpr(_actors(table, shown, of_events=of_events)),
        array_join_op="ARRAY JOIN",
        array_join_list=[ast.Alias(_STARTS, "start")],
    )
    stands_in = ast.Field(["columns"])
    if table.is_cumulative:
        up_to = ast.ArithmeticOperation(ast.ArrayAccess(stands_in, ast.Constant(1)), ast.Constant(1), "+")
        appearances: ast.Expr = ast.Call("range", [up_to])
    else:
        appearances = ast.Call("arraySort", [stands_in])
    names = [f"day_{column}" for column in range(table.columns)]
    present = [
        ast.Alias(ast.Call("has", [ast.Field(["appearances"]), ast.Constant(column)]), name)
        for column, name in enumerate(names)
    ]
    query = ast.SelectQuery(
        select=[
            ast.Alias(ast.Field(["actor"]), "actor_id"),
            *_named(of_events),
            ast.Alias(appearances, "appearances"),
            *present,
        ],
        select_from=ast.JoinExpr(by_row),
        where=conjunction(is_wanted),
    )
    events = conjunction([*in_row, is_among(table.actor, query)])
    return Actors(query, columns=("appearances", *names), events=events)


def amounts_query(table: Table, shown: Sequence[str] | None = None) -> ast.SelectQuery:
    """The sum and the number of the amounts of each cell: rows `(row, column, sum, number)`, the value first as above.

    Column 0 is of the target events, the others are of the returning events that brought their actors there.
    """
    distance = _distance(table, _part(1))
    column = ast.Call(
        "if", [ast.Call("has", [_DISTANCES, distance]), _column(table, distance), _constant(_NOT_COUNTED)]
    )
    returned = ast.Call("arrayMap", [ast.Lambda(["each"], ast.Tuple([column, _part(2)])), _AMOUNTS])
    in_table = ast.Lambda(["each"], _greater(_part(1), _constant(0)))
    own = ast.Call("arrayFilter", [ast.Lambda(["each"], _equal(_part(1), _place(table, _START))), _TARGETS])
    started = ast.Call("arrayMap", [ast.Lambda(["each"], ast.Tuple([_constant(0), _part(2)])), own])
    found = ast.Call("arrayConcat", [started, ast.Call("arrayFilter", [in_table, returned])])
    by_start = ast.SelectQuery(
        select=[_START, _TARGETS, _AMOUNTS, ast.Alias(_distances(table), "distances")],
        select_from=ast.JoinExpr(_actors(table, shown, with_amounts=True)),
        array_join_op="ARRAY JOIN",
        array_join_list=[ast.Alias(_STARTS, "start")],
    )
    by_row = ast.SelectQuery(select=[*_row(table), ast.Alias(found, "found")], select_from=ast.JoinExpr(by_start))
    keys = [*_value(table), _ROW]
    return ast.SelectQuery(
        select=[*keys, ast.Alias(_part(1), "column"), ast.Call("sum", [_part(2)]), ast.Call("count")],
        select_from=ast.JoinExpr(by_row),
        array_join_op="ARRAY JOIN",
        array_join_list=[ast.Alias(ast.Field(["found"]), "each")],
        group_by=[*keys, _COLUMN],
    )


def largest_values_query(table: Table, limit: int) -> ast.SelectQuery:
    """The values of the breakdown with the most actors in their rows, the largest first.

    Rows `(value, actors, cells)`, of which the last is a list of `(row, column, actors)` as in `cells_query`.
    """
    cell = ast.Tuple([_ROW, _COLUMN, ast.Field(["actors"])])
    in_rows = _ACTORS if table.is_cumulative else ast.Call("if", [_equal(_COLUMN, _constant(0)), _ACTORS, _constant(0)])
    cells = cells_query(table)
    cells.select[-1] = ast.Alias(cells.select[-1], "actors")
    return ast.SelectQuery(
        select=[_VALUE, ast.Alias(ast.Call("sum", [in_rows]), "size"), ast.Call("groupArray", [cell])],
        select_from=ast.JoinExpr(cells),
        group_by=[_VALUE],
        order_by=[ast.OrderExpr(ast.Field(["size"]), "DESC"), ast.OrderExpr(_VALUE)],
        limit=_constant(limit),
    )


def edges_query(table: Table, edges: ast.Expr) -> ast.SelectQuery:
    """The quantiles that make the borders of a histogram, over the target events in the range, one row."""
    return ast.SelectQuery(
        select=[edges],
        select_from=ast.JoinExpr(ast.Field(["events"])),
        where=conjunction([_in_period(table), table.kept, table.target]),
    )


def breakdown_text(values: Sequence[ast.Expr]) -> ast.Expr:
    """The values of one or more breakdowns as one text; NONE for each that an event does not have."""
    parts: list[ast.Expr] = []
    for value in values:
        is_missing = ast.CompareOperation(value, ast.Constant(""), "==")
        parts.extend([ast.Constant("::"), ast.Call("if", [is_missing, ast.Constant(NONE), value])])
    return parts[1] if len(values) == 1 else ast.Call("concat", parts[1:])


def _alike(table: Table, shown: Sequence[str] | None) -> ast.SelectQuery:
    """How many `actors` have the same `starts` and `returns`, or each of them where that is hardly ever so."""
    if not _fits_masks(table):
        return ast.SelectQuery(
            select=[_STARTS, _RETURNS, ast.Alias(_constant(1), "actors")],
            select_from=ast.JoinExpr(_actors(table, shown)),
        )
    by_mask = ast.SelectQuery(
        select=[_STARTS, _RETURNS, ast.Alias(ast.Call("count"), "actors")],
        select_from=ast.JoinExpr(_actors(table, shown, as_masks=True)),
        group_by=[_STARTS, _RETURNS],
    )
    starts = ast.Alias(_members(_STARTS), "starts") if _has_bare_starts(table) else _STARTS
    return ast.SelectQuery(
        select=[starts, ast.Alias(_members(_RETURNS), "returns"), _ACTORS], select_from=ast.JoinExpr(by_mask)
    )


def _fits_masks(table: Table) -> bool:
    """Whether a set of intervals can be one whole number, which is far quicker than an array for each actor."""
    return table.occurrences <= 1 and table.window is None and len(table.period.buckets) <= _BITS


def _has_bare_starts(table: Table) -> bool:
    """Whether `starts` are rows and nothing else."""
    return table.value is None and table.window is None


def _actors(
    table: Table,
    shown: Sequence[str] | None,
    *,
    as_masks: bool = False,
    with_amounts: bool = False,
    of_events: Sequence[ast.Alias] = (),
) -> ast.SelectQuery:
    """Each actor with `starts` (rows, or rows with values), `returns` (intervals) and, if asked for, its amounts.

    With `as_masks`, numbers with a bit for each interval stand for `returns`, and for `starts` if these are bare rows.
    `of_events` are further columns, aggregates over its events.
    """
    is_recurring = table.kind == "retention_recurring"
    number, time = bucket_number(_TIMESTAMP, table.period), ast.Call("toUnixTimestamp64Micro", [_TIMESTAMP])
    returned = number if table.window is None else time
    value = None if table.value is None else _shown_value(table.value, shown)
    place = number if value is None else ast.Tuple([number, value])
    # Recurring, this stands in WHERE; else events are read of other times and without the filters as well.
    counted = TRUE if is_recurring else conjunction([_in_period(table), table.kept])
    target, returning = conjunction([counted, table.target]), conjunction([counted, table.returning])
    # Then no others are read, nor, of those who count, any before the range.
    is_same = table.kind != "retention_first_ever_occurrence" and table.target == table.returning
    lists_all = table.occurrences > 1 or table.window is not None
    if as_masks:
        returns = _mask(number, TRUE if is_same else returning)
    else:
        gather = "groupArray" if lists_all else "groupUniqArray"
        returns = _aggregate(gather, [returned], TRUE if is_same else returning)
    columns: list[ast.Alias] = [
        ast.Alias(table.actor, "actor"),
        ast.Alias(returns if table.window is not None else _often(table, returns), "returns"),
        *of_events,
    ]
    if with_amounts:
        assert table.amount is not None
        is_number = ast.CompareOperation(table.amount, ast.Constant(None), "!=", is_null_comparison_style=True)
        amount = ast.Call("ifNull", [table.amount, ast.Constant(0.0)])
        columns += [
            _collected("targets", [place, amount], ast.And([target, is_number])),
            _collected("amounts", [returned, amount], ast.And([returning, is_number])),
        ]
    if is_recurring:
        started = place if table.window is None else _start(number, value, time)
        if as_masks and _has_bare_starts(table):
            starts = _mask(number, TRUE if is_same else target)
        else:
            starts = _aggregate("groupUniqArray", [started], TRUE if is_same else target)
        where = conjunction([_in_period(table), table.kept, disjunction([table.target, table.returning])])
        if is_same:
            where = conjunction([_in_period(table), table.kept, table.target])
        return _by_actor([*columns, ast.Alias(_earliest(table, starts), "starts")], where)
    actors, start = _first_timers(table, shown, columns, returning)
    starts = _bit(start) if as_masks and _has_bare_starts(table) else ast.Array([start])
    return ast.SelectQuery(select=[*_named(columns), ast.Alias(starts, "starts")], select_from=ast.JoinExpr(actors))


def _mask(number: ast.Expr, condition: ast.Expr) -> ast.Expr:
    """A set of intervals as a whole number, the lowest bit for the first interval."""
    # Events outside of the range may be read, too: their numbers must not fail, and do not count.
    return _aggregate("groupBitOr", [_bit(ast.Call("bitAnd", [number, _constant(_BITS - 1)]))], condition)


def _bit(number: ast.Expr) -> ast.Expr:
    # Without the conversion the engine shifts in as few bits as the 1 needs.
    return ast.Call("bitShiftLeft", [ast.Call("toInt", [_constant(1)]), number])


def _members(mask: ast.Expr) -> ast.Expr:
    return ast.Call("bitPositionsToArray", [mask])


def _earliest(table: Table, starts: ast.Expr) -> ast.Expr:
    """Of starts with their times the earliest one in each row."""
    if table.window is None:
        return starts
    in_order = ast.Call("arraySort", [starts])
    places = ast.Call("arrayMap", [ast.Lambda(["each"], _place(table, _EACH)), in_order])
    is_first = ast.Lambda(["each", "nth"], _equal(ast.Field(["nth"]), _constant(1)))
    return ast.Call("arrayFilter", [is_first, in_order, ast.Call("arrayEnumerateUniq", [places])])


def _first_timers(
    table: Table, shown: Sequence[str] | None, columns: Sequence[ast.Alias], returning: ast.Expr
) -> tuple[ast.SelectQuery, ast.Expr]:
    """Actors whose first target event lies in the range, with `columns` and others; and their only start."""
    until = ast.CompareOperation(_TIMESTAMP, ast.Constant(table.period.date_to), "<=")
    is_first_ever = table.kind == "retention_first_ever_occurrence"
    target = conjunction([table.target, table.kept])
    read = disjunction([table.named if is_first_ever else target, returning])
    if not is_first_ever and table.target == table.returning:
        read = target
    of_target = TRUE if read is target else target
    columns = [*columns, ast.Alias(_aggregate("min", [_TIMESTAMP], of_target), "first")]
    conditions: list[ast.Expr] = [ast.CompareOperation(_FIRST, ast.Constant(table.period.filter_from), ">=")]
    if of_target is not TRUE:
        conditions.append(_greater(ast.Call("countIf", [target]), _constant(0)))
    if is_first_ever:
        columns.append(ast.Alias(ast.Call("minIf", [_TIMESTAMP, table.named]), "first_of_name"))
        conditions.append(ast.CompareOperation(_FIRST_OF_NAME, _FIRST, "=="))
    if table.value is not None:
        of_first = [_shown_value(table.value, shown), ast.Tuple([_TIMESTAMP, table.value])]
        columns.append(ast.Alias(_aggregate("argMin", of_first, of_target), "of_first"))
    actors = _by_actor(columns, ast.And([until, read]), conjunction(conditions))
    row = bucket_number(_FIRST, table.period)
    value = None if table.value is None else ast.Field(["of_first"])
    time = None if table.window is None else ast.Call("toUnixTimestamp64Micro", [_FIRST])
    return actors, _start(row, value, time)


def _by_actor(columns: Sequence[ast.Alias], where: ast.Expr, having: ast.Expr | None = None) -> ast.SelectQuery:
    return ast.SelectQuery(
        select=list(columns),
        select_from=ast.JoinExpr(ast.Field(["events"])),
        where=where,
        group_by=[ast.Field(["actor"])],
        having=having,
    )


def _often(table: Table, returned: ast.Expr) -> ast.Expr:
    """The intervals among `returned` that stand there as often as is asked for, each once."""
    if table.occurrences <= 1:
        return returned
    has_enough = ast.Lambda(["each", "nth"], _equal(ast.Field(["nth"]), ast.Constant(table.occurrences)))
    return ast.Call("arrayFilter", [has_enough, returned, ast.Call("arrayEnumerateUniq", [returned])])


def _collected(name: str, parts: list[ast.Expr], condition: ast.Expr) -> ast.Alias:
    return ast.Alias(ast.Call("groupArrayIf", [ast.Tuple(parts), condition]), name)


def _columns(table: Table) -> ast.Expr:
    """The columns an actor stands in, in the row of `start`; where cumulative, the last of them only."""
    reached = ast.Call("arrayMap", [ast.Lambda(["each"], _column(table, _EACH)), _distances(table)])
    own = ast.Array([_constant(0)])
    if table.is_cumulative:
        return ast.Array([ast.Call("arrayMax", [ast.Call("arrayConcat", [own, reached])])])
    in_table = ast.Call("arrayFilter", [ast.Lambda(["each"], _greater(_EACH, _constant(0))), reached])
    if table.brackets:
        in_table = ast.Call("arrayDistinct", [in_table])
    return ast.Call("arrayConcat", [own, in_table])


def _distances(table: Table) -> ast.Expr:
    """How many intervals, or windows, after `start` the actor came back, each once."""
    all_distances = ast.Call("arrayMap", [ast.Lambda(["each"], _distance(table, _EACH)), _RETURNS])
    later = ast.Call("arrayFilter", [ast.Lambda(["each"], _greater(_EACH, _constant(0))), all_distances])
    if table.window is None:
        return later
    return _often(table, later) if table.occurrences > 1 else ast.Call("arrayDistinct", [later])


def _distance(table: Table, returned: ast.Expr) -> ast.Expr:
    if table.window is None:
        return _minus(returned, _start_of(table))
    since = _minus(returned, ast.TupleAccess(_START, 2 if table.value is None else 3))
    return ast.Call("intDiv", [since, _constant(table.window)])


def _column(table: Table, distance: ast.Expr) -> ast.Expr:
    """The column of a return so many intervals later; where cumulative, what is beyond the last counts as the last."""
    last = table.columns - 1
    beyond = ast.Constant(last if table.is_cumulative else _NOT_COUNTED)
    if not table.brackets:
        return ast.Call("if", [_greater(distance, ast.Constant(last)), beyond, distance])
    choices: list[ast.Expr] = []
    for column, end in enumerate(accumulate(table.brackets), 1):
        choices += [ast.CompareOperation(distance, ast.Constant(end), "<="), ast.Constant(column)]
    return ast.Call("multiIf", [*choices, beyond])


def _row(table: Table) -> list[ast.Expr]:
    """The value, if there is a breakdown, and the row of `start`."""
    row = ast.Alias(_start_of(table), "row")
    return [row] if table.value is None else [ast.Alias(ast.TupleAccess(_START, 2), "value"), row]


def _named(columns: Sequence[ast.Alias]) -> list[ast.Expr]:
    return [ast.Field([each.alias]) for each in columns]


def _value(table: Table) -> list[ast.Expr]:
    return [] if table.value is None else [_VALUE]


def _start(row: ast.Expr, value: ast.Expr | None, time: ast.Expr | None) -> ast.Expr:
    """One of `starts`: a row, with the value and the moment where they count."""
    parts = [row, *([] if value is None else [value]), *([] if time is None else [time])]
    return row if len(parts) == 1 else ast.Tuple(parts)


def _start_of(table: Table) -> ast.Expr:
    """The row of `start`."""
    return _START if table.value is None and table.window is None else ast.TupleAccess(_START, 1)


def _place(table: Table, start: ast.Expr) -> ast.Expr:
    """A start without its moment."""
    if table.window is None:
        return start
    row = ast.TupleAccess(start, 1)
    return row if table.value is None else ast.Tuple([row, ast.TupleAccess(start, 2)])


def _aggregate(name: str, arguments: list[ast.Expr], condition: ast.Expr) -> ast.Call:
    """An aggregate over the events for which a condition holds."""
    return ast.Call(name, arguments) if condition is TRUE else ast.Call(f"{name}If", [*arguments, condition])


def _shown_value(value: ast.Expr, shown: Sequence[str] | None) -> ast.Expr:
    if shown is None:
        return value
    is_shown = ast.CompareOperation(value, ast.Tuple([ast.Constant(each) for each in shown]), "in")
    return ast.Call("if", [is_shown, value, ast.Constant(OTHER)])


def _in_period(table: Table) -> ast.Expr:
    return is_within(_TIMESTAMP, table.period.filter_from, table.period.date_to)


def _constant(value: int) -> ast.Constant:
    return ast.Constant(value)


def _part(index: int) -> ast.Expr:
    return ast.TupleAccess(_EACH, index)


def _minus(left: ast.Expr, right: ast.Expr) -> ast.Expr:
    return ast.ArithmeticOperation(left, right, "-")


def _greater(left: ast.Expr, right: ast.Expr) -> ast.Expr:
    return ast.CompareOperation(left, right, ">")


def _equal(left: ast.Expr, right: ast.Expr) -> ast.Expr:
    return ast.CompareOperation(left, right, "==")
