"""Each actor of a retention table with the rows it starts in and the intervals it returns in."""

from __future__ import annotations

from collections.abc import Sequence

from hedgerow.hogql import ast
from hedgerow.insights.buckets import bucket_number
from hedgerow.insights.operators import TRUE, conjunction, disjunction
from hedgerow.insights.retention.columns import often_enough
from hedgerow.insights.retention.table import (
    EACH,
    RETURNS,
    STARTS,
    TIMESTAMP,
    Table,
    constant,
    equal,
    fields_of,
    greater,
    has_bare_starts,
    in_period,
    place_of,
    shown_value,
)

_FIRST, _FIRST_OF_NAME = ast.Field(["first"]), ast.Field(["first_of_name"])
_BITS = 64


def alike_actors(table: Table, shown: Sequence[str] | None) -> ast.SelectQuery:
    """How many `actors` have the same `starts` and `returns`, or each of them where that is hardly ever so."""
    if not _fits_masks(table):
        return ast.SelectQuery(
            select=[STARTS, RETURNS, ast.Alias(constant(1), "actors")],
            select_from=ast.JoinExpr(actors_of(table, shown)),
        )
    by_mask = ast.SelectQuery(
        select=[STARTS, RETURNS, ast.Alias(ast.Call("count"), "actors")],
        select_from=ast.JoinExpr(actors_of(table, shown, as_masks=True)),
        group_by=[STARTS, RETURNS],
    )
    starts = ast.Alias(_members(STARTS), "starts") if has_bare_starts(table) else STARTS
    return ast.SelectQuery(
        select=[starts, ast.Alias(_members(RETURNS), "returns"), ast.Field(["actors"])],
        select_from=ast.JoinExpr(by_mask),
    )


def actors_of(
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
    number, time = bucket_number(TIMESTAMP, table.period), ast.Call("toUnixTimestamp64Micro", [TIMESTAMP])
    returned = number if table.window is None else time
    value = None if table.value is None else shown_value(table.value, shown)
    place = number if value is None else ast.Tuple([number, value])
    # Recurring, this stands in WHERE; else events are read of other times and without the filters as well.
    counted = TRUE if is_recurring else conjunction([in_period(table), table.kept])
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
        ast.Alias(returns if table.window is not None else often_enough(table, returns), "returns"),
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
        if as_masks and has_bare_starts(table):
            starts = _mask(number, TRUE if is_same else target)
        else:
            starts = _aggregate("groupUniqArray", [started], TRUE if is_same else target)
        where = conjunction([in_period(table), table.kept, disjunction([table.target, table.returning])])
        if is_same:
            where = conjunction([in_period(table), table.kept, table.target])
        return _by_actor([*columns, ast.Alias(_earliest(table, starts), "starts")], where)
    actors, start = _first_timers(table, shown, columns, returning)
    starts = _bit(start) if as_masks and has_bare_starts(table) else ast.Array([start])
    return ast.SelectQuery(select=[*fields_of(columns), ast.Alias(starts, "starts")], select_from=ast.JoinExpr(actors))


def _fits_masks(table: Table) -> bool:
    """Whether a set of intervals can be one whole number, which is far quicker than an array for each actor."""
    return table.occurrences <= 1 and table.window is None and len(table.period.buckets) <= _BITS


def _first_timers(
    table: Table, shown: Sequence[str] | None, columns: Sequence[ast.Alias], returning: ast.Expr
) -> tuple[ast.SelectQuery, ast.Expr]:
    """Actors whose first target event lies in the range, with `columns` and others; and their only start."""
    until = ast.CompareOperation(TIMESTAMP, ast.Constant(table.period.date_to), "<=")
    is_first_ever = table.kind == "retention_first_ever_occurrence"
    target = conjunction([table.target, table.kept])
    read = disjunction([table.named if is_first_ever else target, returning])
    if not is_first_ever and table.target == table.returning:
        read = target
    of_target = TRUE if read is target else target
    columns = [*columns, ast.Alias(_aggregate("min", [TIMESTAMP], of_target), "first")]
    conditions: list[ast.Expr] = [ast.CompareOperation(_FIRST, ast.Constant(table.period.filter_from), ">=")]
    if of_target is not TRUE:
        conditions.append(greater(ast.Call("countIf", [target]), constant(0)))
    if is_first_ever:
        columns.append(ast.Alias(ast.Call("minIf", [TIMESTAMP, table.named]), "first_of_name"))
        conditions.append(ast.CompareOperation(_FIRST_OF_NAME, _FIRST, "=="))
    if table.value is not None:
        of_first = [shown_value(table.value, shown), ast.Tuple([TIMESTAMP, table.value])]
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


def _start(row: ast.Expr, value: ast.Expr | None, time: ast.Expr | None) -> ast.Expr:
    """One of `starts`: a row, with the value and the moment where they count."""
    parts = [row, *([] if value is None else [value]), *([] if time is None else [time])]
    return row if len(parts) == 1 else ast.Tuple(parts)


def _earliest(table: Table, starts: ast.Expr) -> ast.Expr:
    """Of starts with their times the earliest one in each row."""
    if table.window is None:
        return starts
    in_order = ast.Call("arraySort", [starts])
    places = ast.Call("arrayMap", [ast.Lambda(["each"], place_of(table, EACH)), in_order])
    is_first = ast.Lambda(["each", "nth"], equal(ast.Field(["nth"]), constant(1)))
    return ast.Call("arrayFilter", [is_first, in_order, ast.Call("arrayEnumerateUniq", [places])])


def _mask(number: ast.Expr, condition: ast.Expr) -> ast.Expr:
    """A set of intervals as a whole number, the lowest bit for the first interval."""
    # Events outside of the range may be read, too: their numbers must not fail, and do not count.
    return _aggregate("groupBitOr", [_bit(ast.Call("bitAnd", [number, constant(_BITS - 1)]))], condition)


def _bit(number: ast.Expr) -> ast.Expr:
    # Without the conversion the engine shifts in as few bits as the 1 needs.
    return ast.Call("bitShiftLeft", [ast.Call("toInt", [constant(1)]), number])


def _members(mask: ast.Expr) -> ast.Expr:
    return ast.Call("bitPositionsToArray", [mask])


def _collected(name: str, parts: list[ast.Expr], condition: ast.Expr) -> ast.Alias:
    return ast.Alias(ast.Call("groupArrayIf", [ast.Tuple(parts), condition]), name)


def _aggregate(name: str, arguments: list[ast.Expr], condition: ast.Expr) -> ast.Call:
    """An aggregate over the events for which a condition holds."""
    return ast.Call(name, arguments) if condition is TRUE else ast.Call(f"{name}If", [*arguments, condition])
