"""SELECT to SQL: the scope is made from FROM, every expression is compiled in it, then the text is put together."""

from collections.abc import Sequence
from dataclasses import dataclass

from hedgerow.hogql import ast
from hedgerow.hogql.errors import ResolutionError, UnsupportedError
from hedgerow.hogql.expressions import Expressions
from hedgerow.hogql.from_clause import add_sources
from hedgerow.hogql.scope import Scope
from hedgerow.hogql.session_range import narrow_sessions
from hedgerow.hogql.sources import OutputColumn
from hedgerow.hogql.text import column_name
from hedgerow.hogql.types import UNKNOWN
from hedgerow.hogql.values import Compilation, Value
from hedgerow.hogql.windows import order_sql, window_sql

SET_OPERATORS = frozenset(
    {
        *("UNION ALL", "UNION DISTINCT", "UNION"),
        *("INTERSECT", "INTERSECT ALL", "INTERSECT DISTINCT", "EXCEPT", "EXCEPT ALL", "EXCEPT DISTINCT"),
    }
)


@dataclass(slots=True)
class CompiledSelect:
    """The text of a query and the columns it gives."""

    sql: str
    outputs: list[OutputColumn]


def compile_select(compilation: Compilation, query: ast.Query, parent: Scope | None) -> CompiledSelect:
    """A query, or several joined by UNION and the like, seen from the scope around it."""
    compilation.name("s")
    in_where, compilation.in_where = compilation.in_where, False
    if isinstance(query, ast.SelectSetQuery):
        compiled = _compile_set(compilation, query, parent)
    else:
        compiled = _Select(compilation, query, parent).compile()
    compilation.in_where = in_where
    return compiled


def _compile_set(compilation: Compilation, query: ast.SelectSetQuery, parent: Scope | None) -> CompiledSelect:
    # The names WITH gives in the first query hold in the others too.
    first_query = query.initial_select_query
    first = compile_select(compilation, first_query, parent)
    if isinstance(first_query, ast.SelectQuery) and first_query.ctes:
        parent = with_ctes(first_query.ctes, parent)
    text = f"({first.sql})"
    outputs = [OutputColumn(each.name, each.alias, each.value) for each in first.outputs]
    for node in query.subsequent_select_queries:
        if node.set_operator not in SET_OPERATORS:
            raise UnsupportedError(f"{node.set_operator} is not supported.", node.start, node.end)
        other = compile_select(compilation, node.select_query, parent)
        if len(other.outputs) != len(outputs):
            raise ResolutionError(
                f"The queries joined by {node.set_operator} give {len(outputs)} and {len(other.outputs)} columns.",
                node.select_query.start,
                node.select_query.end,
            )
        for output, second in zip(outputs, other.outputs, strict=True):
            output.value = _either(output.value, second.value)
        operator = "UNION DISTINCT" if node.set_operator == "UNION" else node.set_operator
        text += f" {operator} ({other.sql})"
    if query.limit or query.offset:
        text = f"SELECT * FROM ({text}){limits(compilation, query)}"  # noqa: S608 - made of compiled parts
    return CompiledSelect(text, outputs)


def _either(first: Value, second: Value) -> Value:
    if first.type.kind == "Null":
        first, second = second, first
    type = first.type.or_null(second.nullable)
    if second.type.kind not in (first.type.kind, "Null"):
        type = UNKNOWN
    return Value(first.sql, type, untyped=first.untyped or second.untyped, members=first.members)


def with_ctes(ctes: Sequence[ast.CTE], scope: Scope | None) -> Scope:
    """A scope in which the names of WITH are known; each query may use the names before its own."""
    known = Scope(parent=scope)
    for cte in ctes:
        if cte.recursive:
            raise UnsupportedError("WITH RECURSIVE is not supported.", cte.start, cte.end)
        if cte.cte_type == "column":
            known.expressions[cte.name] = cte.expr
        elif isinstance(cte.expr, (ast.SelectQuery, ast.SelectSetQuery)):
            known = Scope(parent=known, ctes={cte.name: (cte, known)})
        else:
            raise UnsupportedError("WITH must name an expression or a SELECT.", cte.start, cte.end)
    return known


class _Select:
    def __init__(self, compilation: Compilation, query: ast.SelectQuery, parent: Scope | None) -> None:
        self.compilation = compilation
        self.query = query
        self.scope = Scope(parent=with_ctes(query.ctes, parent) if query.ctes else parent)
        self.expressions = Expressions(compilation, self.scope, compile_select)
        self.outputs: list[OutputColumn] = []

    def compile(self) -> CompiledSelect:
        query = self.query
        write_from = add_sources(self.expressions, query.select_from) if query.select_from else None
        array_join = self._array_join()
        self._name_windows()
        columns = [column for node in query.select for column in self._columns(node)]
        where = self._where()
        narrow_sessions(self.expressions, query)
        tail = [
            self._group_by(),
            self._condition("HAVING", query.having),
            self._windows(),
            self._condition("QUALIFY", query.qualify),
            self._order_by(),
            self._limit_by(),
        ]
        parts = [f"SELECT {'DISTINCT ' if query.distinct else ''}{', '.join(columns)}"]
        if write_from:
            # Written last: only now it is known which columns are read and which tables are joined.
            parts.append(f"FROM {write_from()}")
        parts.append(array_join)
        conditions = [condition for _, source in self.scope.sources if (condition := source.condition())] + where
        if conditions:
            parts.append("WHERE " + " AND ".join(f"({condition})" for condition in conditions))
        sql = " ".join(part for part in [*parts, *tail] if part)
        return CompiledSelect(sql + limits(self.compilation, query), self.outputs)

    def _columns(self, node: ast.Expr) -> list[str]:
        if isinstance(node, ast.Field) and node.chain[-1] == "*":
            return [self._output(name, value) for name, value in self._asterisk(node, node.chain[:-1])]
        if isinstance(node, ast.ColumnsExpr):
            return self._columns_expr(node)
        expr = node.expr if isinstance(node, ast.Alias) else node
        value = self.expressions.value(expr)
        sql = self._output(column_name(node), value)
        if isinstance(node, ast.Alias):
            self.scope.alias(node, node.alias, self.outputs[-1].value)
        return [sql]

    def _output(self, name: str, value: Value) -> str:
        alias = self.compilation.name("a")
        self.outputs.append(OutputColumn(name, alias, value.named(alias)))
        return f"{value.sql} AS {alias}"

    def _asterisk(self, node: ast.Node, chain: Sequence[str]) -> list[tuple[str, Value]]:
        if not self.scope.sources:
            raise ResolutionError("* needs a table to select from.", node.start, node.end)
        if not chain:
            return [column for _, source in self.scope.sources for column in source.columns()]
        source = self.scope.source(chain[0]) if len(chain) == 1 else None
        if source is None:
            raise ResolutionError(f"Unknown table {'.'.join(chain)}", node.start, node.end)
        return source.columns()

    def _columns_expr(self, node: ast.ColumnsExpr) -> list[str]:
        if node.columns is not None:
            return [column for each in node.columns for column in self._columns(each)]
        if not node.all_columns:
            raise UnsupportedError("COLUMNS with a regular expression is not supported.", node.start, node.end)
        left_out = set(node.exclude or [])
        return [self._output(name, value) for name, value in self._asterisk(node, []) if name not in left_out]

    def _array_join(self) -> str:
        query = self.query
        if not query.array_join_list:
            return ""
        if query.array_join_op not in (None, "ARRAY JOIN", "LEFT ARRAY JOIN", "INNER ARRAY JOIN"):
            raise UnsupportedError(f"{query.array_join_op} is not supported.", query.start, query.end)
        items = []
        for node in query.array_join_list:
            if not isinstance(node, ast.Alias):
                raise ResolutionError("ARRAY JOIN arrays must have an alias", node.start, node.end)
            value = self.expressions.value(node.expr)
            name = self.compilation.name("a")
            self.scope.alias(node, node.alias, Value(name, value.type.item or UNKNOWN))
            items.append(f"{value.sql} AS {name}")
        word = "LEFT ARRAY JOIN" if query.array_join_op == "LEFT ARRAY JOIN" else "ARRAY JOIN"
        return f"{word} {', '.join(items)}"

    def _where(self) -> list[str]:
        self.compilation.in_where = True
        conditions = [self.expressions.condition(each).sql for each in (self.query.prewhere, self.query.where) if each]
        self.compilation.in_where = False
        return conditions

    def _condition(self, word: str, node: ast.Expr | None) -> str:
        return f"{word} {self.expressions.condition(node).sql}" if node else ""

    def _group_by(self) -> str:
        query = self.query
        if query.group_by_mode == "all":
            return "GROUP BY ALL"
        if not query.group_by:
            return ""
        keys = ", ".join(self._by_position(each).sql for each in query.group_by)
        if query.group_by_mode in ("rollup", "cube"):
            return f"GROUP BY {query.group_by_mode.upper()}({keys})"
        if query.group_by_mode:
            raise UnsupportedError("GROUPING SETS are not supported.", query.start, query.end)
        return f"GROUP BY {keys}"

    def _by_position(self, node: ast.Expr) -> Value:
        if not isinstance(node, ast.Constant) or isinstance(node.value, bool) or not isinstance(node.value, int):
            return self.expressions.value(node)
        if not 1 <= node.value <= len(self.outputs):
            raise ResolutionError(
                f"There is no column {node.value}: the query gives {len(self.outputs)}.", node.start, node.end
            )
        return Value(self.outputs[node.value - 1].alias, UNKNOWN)

    def _order_by(self) -> str:
        if not self.query.order_by:
            return ""
        items = []
        for each in self.query.order_by:
            by_position = isinstance(each.expr, ast.Constant) and isinstance(each.expr.value, int)
            if by_position and each.with_fill is None:
                items.append(f"{self._by_position(each.expr).sql} {'DESC' if each.order == 'DESC' else 'ASC'}")
            else:
                items.append(order_sql(self.expressions, each))
        return "ORDER BY " + ", ".join(items)

    def _limit_by(self) -> str:
        node = self.query.limit_by
        if node is None:
            return ""
        offset = f" OFFSET {whole_number(self.compilation, node.offset_value)}" if node.offset_value else ""
        keys = ", ".join(self._by_position(each).sql for each in node.exprs)
        return f"LIMIT {whole_number(self.compilation, node.n)}{offset} BY {keys}"

    def _name_windows(self) -> None:
        for name in self.query.window_exprs or {}:
            self.scope.windows[name] = self.compilation.name("w")

    def _windows(self) -> str:
        if not self.query.window_exprs:
            return ""
        windows = (
            f"{self.scope.windows[name]} AS ({window_sql(self.expressions, each)})"
            for name, each in self.query.window_exprs.items()
        )
        return "WINDOW " + ", ".join(windows)


def limits(compilation: Compilation, query: ast.Query) -> str:
    """LIMIT and OFFSET, with a blank before."""
    text = f" LIMIT {whole_number(compilation, query.limit)}" if query.limit else ""
    if query.offset:
        text += f" OFFSET {whole_number(compilation, query.offset)}"
    if isinstance(query, ast.SelectQuery) and query.limit_with_ties:
        if query.offset:
            raise UnsupportedError("LIMIT WITH TIES cannot have an OFFSET.", query.start, query.end)
        text += " WITH TIES"
    return text


def whole_number(compilation: Compilation, node: ast.Expr) -> str:
    """The constant that LIMIT or OFFSET is. Raises ResolutionError if it is anything else."""
    value = node.value if isinstance(node, ast.Constant) else None
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value < 1 << 63:
        raise ResolutionError("LIMIT and OFFSET must be whole numbers.", node.start, node.end)
    return compilation.bind(value, "UInt64")
