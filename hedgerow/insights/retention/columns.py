"""From the moments at which an actor came back to the columns it stands in, in the row of its `start`."""

from __future__ import annotations

from itertools import accumulate

from hedgerow.hogql import ast
from hedgerow.insights.retention.table import EACH, RETURNS, START, Table, constant, equal, greater, minus, row_of

NOT_COUNTED = -1
"""The column of what stands in none."""


def columns_of(table: Table) -> ast.Expr:
    """The columns an actor stands in, in the row of `start`; where cumulative, the last of them only."""
    reached = ast.Call("arrayMap", [ast.Lambda(["each"], column_of(table, EACH)), distances_of(table)])
    own = ast.Array([constant(0)])
    if table.is_cumulative:
        return ast.Array([ast.Call("arrayMax", [ast.Call("arrayConcat", [own, reached])])])
    in_table = ast.Call("arrayFilter", [ast.Lambda(["each"], greater(EACH, constant(0))), reached])
    if table.brackets:
        in_table = ast.Call("arrayDistinct", [in_table])
    return ast.Call("arrayConcat", [own, in_table])


def distances_of(table: Table) -> ast.Expr:
    """How many intervals, or windows, after `start` the actor came back, each once."""
    all_distances = ast.Call("arrayMap", [ast.Lambda(["each"], distance_of(table, EACH)), RETURNS])
    later = ast.Call("arrayFilter", [ast.Lambda(["each"], greater(EACH, constant(0))), all_distances])
    if table.window is None:
        return later
    return often_enough(table, later) if table.occurrences > 1 else ast.Call("arrayDistinct", [later])


def distance_of(table: Table, returned: ast.Expr) -> ast.Expr:
    """How many intervals, or windows, after `start` a return is."""
    if table.window is None:
        return minus(returned, row_of(table))
    since = minus(returned, ast.TupleAccess(START, 2 if table.value is None else 3))
    return ast.Call("intDiv", [since, constant(table.window)])


def column_of(table: Table, distance: ast.Expr) -> ast.Expr:
    """The column of a return so many intervals later; where cumulative, what is beyond the last counts as the last."""
    last = table.columns - 1
    beyond = ast.Constant(last if table.is_cumulative else NOT_COUNTED)
    if not table.brackets:
        return ast.Call("if", [greater(distance, ast.Constant(last)), beyond, distance])
    choices: list[ast.Expr] = []
    for column, end in enumerate(accumulate(table.brackets), 1):
        choices += [ast.CompareOperation(distance, ast.Constant(end), "<="), ast.Constant(column)]
    return ast.Call("multiIf", [*choices, beyond])


def often_enough(table: Table, returned: ast.Expr) -> ast.Expr:
    """The intervals among `returned` that stand there as often as is asked for, each once."""
    if table.occurrences <= 1:
        return returned
    has_enough = ast.Lambda(["each", "nth"], equal(ast.Field(["nth"]), ast.Constant(table.occurrences)))
    return ast.Call("arrayFilter", [has_enough, returned, ast.Call("arrayEnumerateUniq", [returned])])
