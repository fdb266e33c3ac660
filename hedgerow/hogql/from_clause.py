"""FROM to sources: tables, subqueries, joins and table functions."""

from collections.abc import Callable
from typing import TYPE_CHECKING

from hedgerow.hogql import ast
from hedgerow.hogql.comparisons import equal_for_join
from hedgerow.hogql.database import find_table
from hedgerow.hogql.errors import ResolutionError, UnsupportedError
from hedgerow.hogql.scope import RESERVED_ALIASES
from hedgerow.hogql.sources import NarrowedTable, NumbersTable, OutputColumn, Source, StoredTable, Subquery
from hedgerow.hogql.values import Compilation, Value

if TYPE_CHECKING:
    from hedgerow.hogql.expressions import Expressions

JOINS = {
    "JOIN": "INNER JOIN",
    "INNER JOIN": "INNER JOIN",
    "LEFT JOIN": "LEFT JOIN",
    "LEFT OUTER JOIN": "LEFT JOIN",
    "RIGHT JOIN": "RIGHT JOIN",
    "RIGHT OUTER JOIN": "RIGHT JOIN",
    "FULL JOIN": "FULL JOIN",
    "FULL OUTER JOIN": "FULL JOIN",
    "CROSS JOIN": "CROSS JOIN",
    "ANY JOIN": "INNER ANY JOIN",
    "INNER ANY JOIN": "INNER ANY JOIN",
    "LEFT ANY JOIN": "LEFT ANY JOIN",
    "LEFT OUTER ANY JOIN": "LEFT ANY JOIN",
    "ALL INNER JOIN": "INNER JOIN",
    "LEFT SEMI JOIN": "LEFT SEMI JOIN",
    "LEFT ANTI JOIN": "LEFT ANTI JOIN",
}
_KEEPS_LEFT = ("LEFT JOIN", "FULL JOIN", "LEFT ANY JOIN", "LEFT ANTI JOIN")
_KEEPS_RIGHT = ("RIGHT JOIN", "FULL JOIN")
_NUMBERS = {
    "numbers": ("numbers", "number", 1, 2),
    "generate_series": ("generate_series", "generate_series", 2, 3),
    "generateSeries": ("generate_series", "generate_series", 2, 3),
}
SAMPLE_PARTS = 1_000_000


def add_sources(expressions: "Expressions", first: ast.JoinExpr) -> Callable[[], str]:
    """Put the tables of FROM into the scope; what is returned writes FROM once everything has been compiled."""
    joins = list(_chain(first))
    kinds = [_kind(join) for join in joins[1:]]
    entries: list[tuple[str, Source, str]] = []
    left_can_miss = any(kind in _KEEPS_RIGHT for kind in kinds)
    for position, join in enumerate(joins):
        kind = kinds[position - 1] if position else ""
        can_miss = left_can_miss if position == 0 else kind in _KEEPS_LEFT or left_can_miss
        source = _source(expressions, join, direct=position == 0 and not left_can_miss, can_miss=can_miss)
        name = join.alias or (join.table.chain[-1] if isinstance(join.table, ast.Field) else None)
        if name is not None and name.lower() in RESERVED_ALIASES:
            raise ResolutionError(f'"{name}" cannot be used as an alias: it is reserved.', join.start, join.end)
        if name is not None and expressions.scope.source(name):
            raise ResolutionError(f"Two tables have the name {name}: give one an alias.", join.start, join.end)
        expressions.scope.sources.append((name, source))
        entries.append((kind, source, _constraint(expressions, join, kind, source) if position else ""))
    if any(kind in _KEEPS_LEFT or kind in _KEEPS_RIGHT for kind in kinds):
        expressions.compilation.outer_joins = True

    def write() -> str:
        text = ""
        for kind, source, constraint in entries:
            text += f" {kind} {source.sql()}{constraint}" if kind else source.sql()
        return text

    return write


def _chain(join: ast.JoinExpr | None) -> list[ast.JoinExpr]:
    joins = []
    while join is not None:
        joins.append(join)
        join = join.next_join
    return joins


def _kind(join: ast.JoinExpr) -> str:
    kind = JOINS.get((join.join_type or "JOIN").upper())
    if kind is None:
        raise UnsupportedError(f"{join.join_type} is not supported.", join.start, join.end)
    return kind


def _source(expressions: "Expressions", join: ast.JoinExpr, *, direct: bool, can_miss: bool) -> Source:
    compilation, table = expressions.compilation, join.table
    if isinstance(table, ast.ValuesQuery):
        source: Source = _values(expressions, table, join.column_aliases)
    elif isinstance(table, ast.Placeholder):
        expressions.value(table)
        raise AssertionError("a placeholder has no value")
    elif join.table_args is not None:
        source = _table_function(expressions, join)
    elif (subquery := expressions.subquery(table)) is not None:
        found = expressions.scope.cte(table.chain[0]) if isinstance(table, ast.Field) else None
        names = join.column_aliases or (found[0].columns if found else None)
        outputs = _renamed(subquery.outputs, names, join)
        if can_miss:
            for output in outputs:
                output.value.type = output.value.type.or_null(output.value.type.kind not in ("Array", "Tuple", "Map"))
        source = Subquery(compilation, subquery.sql, outputs)
    else:
        assert isinstance(table, ast.Field)
        source = _stored(compilation, table, direct=direct, can_miss=can_miss)
    if join.sample is not None:
        _sample(compilation, join, source)
    return source


def _stored(compilation: Compilation, table: ast.Field, *, direct: bool, can_miss: bool) -> Source:
    found = find_table(table.chain[0]) if len(table.chain) == 1 else None
    if found is None:
        raise ResolutionError(f"Unknown table {'.'.join(table.chain)}", table.start, table.end)
    name, definition = found
    if name not in compilation.tables:
        compilation.tables.append(name)
    if direct and not definition.final and not definition.group_by:
        return StoredTable(compilation, definition)
    return NarrowedTable(compilation, definition, missing_is_null=can_miss)


def _renamed(outputs: list[OutputColumn], names: list[str] | None, join: ast.JoinExpr) -> list[OutputColumn]:
    if names is not None and len(names) != len(outputs):
        raise ResolutionError(
            f"The query gives {len(outputs)} columns, but {len(names)} are named.", join.start, join.end
        )
    return [
        OutputColumn(names[index] if names else output.name, output.alias, output.value)
        for index, output in enumerate(outputs)
    ]


def _values(expressions: "Expressions", table: ast.ValuesQuery, names: list[str] | None) -> Subquery:
    compilation = expressions.compilation
    rows = [expressions.values(row) for row in table.rows]
    if len({len(row) for row in rows}) != 1:
        raise ResolutionError("The rows of VALUES must have equally many values.", table.start, table.end)
    names = names or [f"col{index + 1}" for index in range(len(rows[0]))]
    if len(names) != len(rows[0]):
        raise ResolutionError("VALUES needs a name for each column.", table.start, table.end)
    aliases = [compilation.name("a") for _ in names]
    selects = [
        "SELECT " + ", ".join(f"{value.sql} AS {alias}" for value, alias in zip(row, aliases, strict=True))
        for row in rows
    ]
    outputs = [
        OutputColumn(name, alias, Value(alias, rows[0][index].type.or_null(any(row[index].nullable for row in rows))))
        for index, (name, alias) in enumerate(zip(names, aliases, strict=True))
    ]
    return Subquery(compilation, " UNION ALL ".join(selects), outputs)


def _table_function(expressions: "Expressions", join: ast.JoinExpr) -> NumbersTable:
    name = join.table.chain[0] if isinstance(join.table, ast.Field) and len(join.table.chain) == 1 else ""
    if name not in _NUMBERS:
        raise ResolutionError(f"Unknown table function {name or 'here'}", join.start, join.end)
    function, column, least, most = _NUMBERS[name]
    arguments = join.table_args or []
    if not least <= len(arguments) <= most:
        raise ResolutionError(f"{name} takes {least} to {most} numbers.", join.start, join.end)
    for each in arguments:
        if not isinstance(each, ast.Constant) or isinstance(each.value, bool) or not isinstance(each.value, int):
            raise ResolutionError(f"{name} takes whole numbers.", each.start, each.end)
    return NumbersTable(
        expressions.compilation, function, column, [value.sql for value in expressions.values(arguments)]
    )


def _sample(compilation: Compilation, join: ast.JoinExpr, source: Source) -> None:
    assert join.sample is not None
    ratio = join.sample.sample_value
    left = ratio.left.value if isinstance(ratio.left, ast.Constant) else None
    right = ratio.right.value if isinstance(ratio.right, ast.Constant) else 1
    if join.sample.offset_value or not isinstance(left, (int, float)) or not isinstance(right, (int, float)):
        raise UnsupportedError("SAMPLE takes a fraction, such as 0.1 or 1/10.", join.start, join.end)
    if not right or not 0 < left / right <= 1:
        raise ResolutionError("The fraction of SAMPLE must be between 0 and 1.", join.start, join.end)
    if not isinstance(source, (StoredTable, NarrowedTable)) or "distinct_id" not in source.table.fields:
        raise ResolutionError("Only tables with a distinct_id can be sampled.", join.start, join.end)
    stored = source if isinstance(source, StoredTable) else source.inner
    # Whole people: every event of a distinct id is in the sample or none is.
    parts = compilation.bind(round(left / right * SAMPLE_PARTS), "UInt64")
    stored.conditions.append(f"cityHash64({stored.alias}.distinct_id) % {SAMPLE_PARTS} < {parts}")


def _constraint(expressions: "Expressions", join: ast.JoinExpr, kind: str, source: Source) -> str:
    constraint = join.constraint
    if kind == "CROSS JOIN":
        return ""
    if constraint is None:
        raise ResolutionError("A join needs ON or USING.", join.start, join.end)
    if constraint.constraint_type == "USING":
        return " ON " + " AND ".join(_using(expressions, constraint, source))
    return f" ON {_join_condition(expressions, constraint.expr)}"


def _join_condition(expressions: "Expressions", node: ast.Expr) -> str:
    if isinstance(node, ast.And):
        return "(" + " AND ".join(_join_condition(expressions, each) for each in node.exprs) + ")"
    if isinstance(node, ast.CompareOperation) and node.op == "==" and not node.is_null_comparison_style:
        left, right = expressions.value(node.left), expressions.value(node.right)
        return equal_for_join(expressions.compilation, left, right)
    return expressions.condition(node).sql


def _using(expressions: "Expressions", constraint: ast.JoinConstraint, source: Source) -> list[str]:
    fields = constraint.expr.exprs if isinstance(constraint.expr, ast.Tuple) else [constraint.expr]
    conditions = []
    for node in fields:
        if not isinstance(node, ast.Field) or len(node.chain) != 1:
            raise ResolutionError("USING takes names of columns.", node.start, node.end)
        right = source.resolve(node.chain)
        others = (each.resolve(node.chain) for _, each in expressions.scope.sources if each is not source)
        left = next((value for value in others if value is not None), None)
        if left is None or right is None:
            raise ResolutionError(f"Unable to resolve field: {node.chain[0]}", node.start, node.end)
        conditions.append(equal_for_join(expressions.compilation, left, right))
    return conditions
