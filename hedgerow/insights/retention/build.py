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

from hedgerow.hogql import ast
from hedgerow.insights.actors import Actors, event_columns, is_among
from hedgerow.insights.breakdowns import NONE
from hedgerow.insights.buckets import bucket_number
from hedgerow.insights.operators import conjunction
from hedgerow.insights.retention.actors import actors_of, alike_actors
from hedgerow.insights.retention.columns import NOT_COUNTED, column_of, columns_of, distance_of, distances_of
from hedgerow.insights.retention.table import (
    COLUMN,
    EACH,
    ROW,
    START,
    STARTS,
    TIMESTAMP,
    VALUE,
    Table,
    constant,
    equal,
    fields_of,
    greater,
    in_period,
    place_of,
    row_columns,
    shown_value,
    value_columns,
)

_TARGETS, _AMOUNTS = ast.Field(["targets"]), ast.Field(["amounts"])
_DISTANCES, _ACTORS = ast.Field(["distances"]), ast.Field(["actors"])


def cells_query(table: Table, shown: Sequence[str] | None = None) -> ast.SelectQuery:
    """The number of actors in each cell: rows `(row, column, actors)`, the breakdown's value first if any.

    Where the table is cumulative, an actor stands in its last column only. With `shown`, the values of the breakdown
    that are not among them are one, OTHER.
    """
    columns = columns_of(table)
    by_row = ast.SelectQuery(
        select=[*row_columns(table), ast.Alias(columns, "columns"), _ACTORS],
        select_from=ast.JoinExpr(alike_actors(table, shown)),
        array_join_op="ARRAY JOIN",
        array_join_list=[ast.Alias(STARTS, "start")],
    )
    keys = [*value_columns(table), ROW, COLUMN]
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
    in_row = [in_period(table), table.kept, table.target]
    in_row.append(equal(bucket_number(TIMESTAMP, table.period), ast.Constant(row)))
    is_wanted: list[ast.Expr] = [equal(ROW, ast.Constant(row))]
    if table.value is not None and value is not None:
        in_row.append(equal(shown_value(table.value, shown), ast.Constant(value)))
        is_wanted.append(equal(VALUE, ast.Constant(value)))
    of_events = event_columns(conjunction(in_row))
    by_row = ast.SelectQuery(
        select=[
            ast.Field(["actor"]),
            *row_columns(table),
            ast.Alias(columns_of(table), "columns"),
            *fields_of(of_events),
        ],
        select_from=ast.JoinExpr(actors_of(table, shown, of_events=of_events)),
        array_join_op="ARRAY JOIN",
        array_join_list=[ast.Alias(STARTS, "start")],
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
            *fields_of(of_events),
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
    distance = distance_of(table, _part(1))
    column = ast.Call(
        "if", [ast.Call("has", [_DISTANCES, distance]), column_of(table, distance), constant(NOT_COUNTED)]
    )
    returned = ast.Call("arrayMap", [ast.Lambda(["each"], ast.Tuple([column, _part(2)])), _AMOUNTS])
    in_table = ast.Lambda(["each"], greater(_part(1), constant(0)))
    own = ast.Call("arrayFilter", [ast.Lambda(["each"], equal(_part(1), place_of(table, START))), _TARGETS])
    started = ast.Call("arrayMap", [ast.Lambda(["each"], ast.Tuple([constant(0), _part(2)])), own])
    found = ast.Call("arrayConcat", [started, ast.Call("arrayFilter", [in_table, returned])])
    by_start = ast.SelectQuery(
        select=[START, _TARGETS, _AMOUNTS, ast.Alias(distances_of(table), "distances")],
        select_from=ast.JoinExpr(actors_of(table, shown, with_amounts=True)),
        array_join_op="ARRAY JOIN",
        array_join_list=[ast.Alias(STARTS, "start")],
    )
    by_row = ast.SelectQuery(
        select=[*row_columns(table), ast.Alias(found, "found")], select_from=ast.JoinExpr(by_start)
    )
    keys = [*value_columns(table), ROW]
    return ast.SelectQuery(
        select=[*keys, ast.Alias(_part(1), "column"), ast.Call("sum", [_part(2)]), ast.Call("count")],
        select_from=ast.JoinExpr(by_row),
        array_join_op="ARRAY JOIN",
        array_join_list=[ast.Alias(ast.Field(["found"]), "each")],
        group_by=[*keys, COLUMN],
    )


def largest_values_query(table: Table, limit: int) -> ast.SelectQuery:
    """The values of the breakdown with the most actors in their rows, the largest first.

    Rows `(value, actors, cells)`, of which the last is a list of `(row, column, actors)` as in `cells_query`.
    """
    cell = ast.Tuple([ROW, COLUMN, ast.Field(["actors"])])
    in_rows = _ACTORS if table.is_cumulative else ast.Call("if", [equal(COLUMN, constant(0)), _ACTORS, constant(0)])
    cells = cells_query(table)
    cells.select[-1] = ast.Alias(cells.select[-1], "actors")
    return ast.SelectQuery(
        select=[VALUE, ast.Alias(ast.Call("sum", [in_rows]), "size"), ast.Call("groupArray", [cell])],
        select_from=ast.JoinExpr(cells),
        group_by=[VALUE],
        order_by=[ast.OrderExpr(ast.Field(["size"]), "DESC"), ast.OrderExpr(VALUE)],
        limit=constant(limit),
    )


def edges_query(table: Table, edges: ast.Expr) -> ast.SelectQuery:
    """The quantiles that make the borders of a histogram, over the target events in the range, one row."""
    return ast.SelectQuery(
        select=[edges],
        select_from=ast.JoinExpr(ast.Field(["events"])),
        where=conjunction([in_period(table), table.kept, table.target]),
    )


def breakdown_text(values: Sequence[ast.Expr]) -> ast.Expr:
    """The values of one or more breakdowns as one text; NONE for each that an event does not have."""
    parts: list[ast.Expr] = []
    for value in values:
        is_missing = ast.CompareOperation(value, ast.Constant(""), "==")
        parts.extend([ast.Constant("::"), ast.Call("if", [is_missing, ast.Constant(NONE), value])])
    return parts[1] if len(values) == 1 else ast.Call("concat", parts[1:])


def _part(index: int) -> ast.Expr:
    return ast.TupleAccess(EACH, index)
