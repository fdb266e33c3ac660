"""Expressions to SQL, in the scope of a SELECT."""

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from hedgerow.hogql import ast
from hedgerow.hogql.calls import call_value
from hedgerow.hogql.casts import cast_value, cast_with_arguments
from hedgerow.hogql.cohorts import find_cohort, members_of
from hedgerow.hogql.comparisons import compared, contained, contained_in, distinct, joined_by, negation
from hedgerow.hogql.constants import constant_value
from hedgerow.hogql.conversions import alike, as_boolean, as_number, as_time, to_compare
from hedgerow.hogql.errors import HogQLError, ResolutionError, UnsupportedError
from hedgerow.hogql.properties import json_text_member
from hedgerow.hogql.scope import Scope
from hedgerow.hogql.sources import member
from hedgerow.hogql.text import hogql_text
from hedgerow.hogql.types import BOOLEAN, DATE, DATETIME, FLOAT, MAP, TUPLE, UNKNOWN, Type, array_of
from hedgerow.hogql.values import Compilation, Value
from hedgerow.hogql.windows import window_call

if TYPE_CHECKING:
    from hedgerow.hogql.select import CompiledSelect

CompileSelect = Callable[[Compilation, ast.Query, "Scope | None"], "CompiledSelect"]


class Expressions:
    """Compiles expressions of one SELECT. Every method raises HogQLError with the place of the fault."""

    def __init__(self, compilation: Compilation, scope: Scope, compile_select: CompileSelect) -> None:
        self.compilation = compilation
        self.scope = scope
        self.compile_select = compile_select
        self._expanding: set[str] = set()

    def value(self, node: ast.Expr) -> Value:
        """Any expression."""
        compile_node = _COMPILE.get(type(node))
        if compile_node is None:
            raise UnsupportedError(f"{type(node).__name__} cannot be used here.", node.start, node.end)
        try:
            return compile_node(self, node)
        except HogQLError as error:
            if error.start is None and error.end is None:
                error.start, error.end = node.start, node.end
            raise

    def values(self, nodes: Sequence[ast.Expr]) -> list[Value]:
        """Each of the expressions."""
        return [self.value(node) for node in nodes]

    def condition(self, node: ast.Expr) -> Value:
        """An expression that is true or not."""
        return as_boolean(self.value(node))

    def subquery(self, node: ast.Expr) -> "CompiledSelect | None":
        """The query that an expression is, directly or as the name of a common table expression."""
        if isinstance(node, (ast.SelectQuery, ast.SelectSetQuery)):
            return self.compile_select(self.compilation, node, self.scope)
        if isinstance(node, ast.Field) and len(node.chain) == 1 and (found := self.scope.cte(node.chain[0])):
            cte, scope = found
            assert isinstance(cte.expr, (ast.SelectQuery, ast.SelectSetQuery))
            return self.compile_select(self.compilation, cte.expr, scope)
        return None

    def _field(self, node: ast.Field) -> Value:
        name = node.chain[0]
        if name == "*" or node.chain[-1] == "*":
            raise ResolutionError("* can only be used in the list of SELECT and in count(*).", node.start, node.end)
        value = self.scope.resolve(node)
        if value is None and name not in self._expanding:
            expression = self.scope.expression(name)
            if expression is not None:
                self._expanding.add(name)
                value = member(self.value(expression), node.chain[1:])
                self._expanding.discard(name)
        if value is None:
            raise ResolutionError(f"Unable to resolve field: {'.'.join(node.chain)}", node.start, node.end)
        return value

    def _constant(self, node: ast.Constant) -> Value:
        return constant_value(self.compilation, node)

    def _placeholder(self, node: ast.Placeholder) -> Value:
        raise ResolutionError(f"Unresolved placeholder: {hogql_text(node)}", node.start, node.end)

    def _alias(self, node: ast.Alias) -> Value:
        value = self.value(node.expr)
        name = self.compilation.name("a")
        self.scope.alias(node, node.alias, value.named(name))
        return Value(f"({value.sql} AS {name})", value.type, value.bare, value.untyped, None, value.members)

    def _arithmetic(self, node: ast.ArithmeticOperation) -> Value:
        if node.op not in ("+", "-", "*", "/", "%"):
            raise ResolutionError(f"Unknown operator: {node.op}", node.start, node.end)
        left, right = self.value(node.left), self.value(node.right)
        nullable = left.nullable or right.nullable
        kinds = {left.type.kind, right.type.kind}
        if "Interval" in kinds:
            left = as_time(self.compilation, left)
            right = as_time(self.compilation, right)
            type: Type = DATETIME if "Interval" in (left.type.kind, right.type.kind) else UNKNOWN
            if "Date" in kinds:
                type = UNKNOWN
        elif kinds & {"DateTime", "Date"}:
            left = to_compare(self.compilation, left, right.type)
            right = to_compare(self.compilation, right, left.type)
            type = DATE if kinds == {"Date", "Integer"} else UNKNOWN
        else:
            left, right = as_number(left), as_number(right)
            whole = left.type.kind == right.type.kind == "Integer" and node.op != "/"
            type = left.type.not_null() if whole else FLOAT
            if "Unknown" in kinds:
                type = UNKNOWN
        return Value(f"({left.sql} {node.op} {right.sql})", type.or_null(nullable))

    def _compare(self, node: ast.CompareOperation) -> Value:
        if node.op in ("in", "not in"):
            return self._in(node)
        if node.op in ("in cohort", "not in cohort"):
            return self._in_cohort(node)
        return compared(self.compilation, node.op, self.value(node.left), self.value(node.right))

    def _in(self, node: ast.CompareOperation) -> Value:
        negated = node.op == "not in"
        left = self.value(node.left)
        subquery = self.subquery(node.right)
        if subquery is not None:
            if len(subquery.outputs) != 1 and left.type.kind not in ("Tuple", "Unknown"):
                raise ResolutionError("The query after IN must give one column.", node.right.start, node.right.end)
            return contained_in(negated, left, f"({subquery.sql})")
        if isinstance(node.right, (ast.Tuple, ast.Array)):
            return contained(self.compilation, node, negated, left, self.values(node.right.exprs))
        right = self.value(node.right)
        if right.constant is not None:
            return contained(self.compilation, node, negated, left, [right])
        inside = Value(f"has({right.sql}, {left.sql})", UNKNOWN)
        return negation(inside) if negated else Value(f"ifNull({inside.sql}, false)", BOOLEAN)

    def _in_cohort(self, node: ast.CompareOperation) -> Value:
        cohort = find_cohort(self.compilation.context, node.right)
        members = members_of(self.compilation, cohort)
        return contained_in(node.op == "not in cohort", self.value(node.left), members)

    def _between(self, node: ast.BetweenExpr) -> Value:
        value, low, high = self.value(node.expr), self.value(node.low), self.value(node.high)
        inside = joined_by(
            "AND", [compared(self.compilation, ">=", value, low), compared(self.compilation, "<=", value, high)]
        )
        return negation(inside) if node.negated else inside

    def _distinct(self, node: ast.IsDistinctFrom) -> Value:
        left, right = self.value(node.left), self.value(node.right)
        left, right = to_compare(self.compilation, left, right.type), to_compare(self.compilation, right, left.type)
        return distinct(self.compilation, left, right, node.negated)

    def _and(self, node: ast.And) -> Value:
        return joined_by("AND", [self.condition(each) for each in node.exprs]) if node.exprs else Value("true", BOOLEAN)

    def _or(self, node: ast.Or) -> Value:
        return joined_by("OR", [self.condition(each) for each in node.exprs]) if node.exprs else Value("false", BOOLEAN)

    def _not(self, node: ast.Not) -> Value:
        return negation(self.condition(node.expr))

    def _call(self, node: ast.Call) -> Value:
        return call_value(self, node)

    def _window(self, node: ast.WindowFunction) -> Value:
        return window_call(self, node)

    def _cast(self, node: ast.TypeCast | ast.TryCast) -> Value:
        return cast_value(self.compilation, node, self.value(node.expr))

    def _expr_call(self, node: ast.ExprCall) -> Value:
        if isinstance(node.expr, ast.TypeCast):
            return cast_with_arguments(self.compilation, node, node.expr, self.value(node.expr.expr))
        raise UnsupportedError("Only a function's name can be called.", node.start, node.end)

    def _tuple(self, node: ast.Tuple) -> Value:
        return Value(f"tuple({', '.join(value.sql for value in self.values(node.exprs))})", TUPLE)

    def _array(self, node: ast.Array) -> Value:
        values = alike(self.compilation, self.values(node.exprs))
        item = values[0].type.or_null(any(value.nullable for value in values)) if values else None
        return Value(f"[{', '.join(value.sql for value in values)}]", array_of(item))

    def _dict(self, node: ast.Dict) -> Value:
        parts = [self.value(each).sql for item in node.items for each in item]
        return Value(f"map({', '.join(parts)})", MAP)

    def _array_access(self, node: ast.ArrayAccess) -> Value:
        key = node.property.value if isinstance(node.property, ast.Constant) else None
        if isinstance(node.array, ast.Field) and isinstance(key, str):
            # `properties['a b']` is `properties.a b`, whatever the table makes of it.
            found = self.scope.resolve(ast.Field([*node.array.chain, key]))
            if found is not None:
                return found
        value = self.value(node.array)
        if value.members and isinstance(key, str):
            return value.members([key])
        if value.members and isinstance(key, int):
            return json_text_member(self.compilation, value.sql, [key])
        index = self.value(node.property)
        type = value.type.item.or_null(value.nullable) if value.type.item else UNKNOWN
        return Value(f"arrayElement({value.sql}, {index.sql})", type)

    def _tuple_access(self, node: ast.TupleAccess) -> Value:
        value = self.value(node.tuple)
        if value.members:
            return json_text_member(self.compilation, value.sql, [node.index])
        if node.index < 1:
            raise ResolutionError("Members of a tuple are counted from 1.", node.start, node.end)
        return Value(f"tupleElement({value.sql}, {int(node.index)})", UNKNOWN)

    def _slice(self, node: ast.ArraySlice) -> Value:
        value = self.value(node.array)
        start = self.value(node.start_expr).sql if node.start_expr else "1"
        if node.end_expr is None:
            return Value(f"arraySlice({value.sql}, {start})", value.type)
        end = self.value(node.end_expr).sql
        return Value(f"arraySlice({value.sql}, {start}, {end} - {start} + 1)", value.type)

    def _scalar_subquery(self, node: ast.SelectQuery | ast.SelectSetQuery) -> Value:
        subquery = self.compile_select(self.compilation, node, self.scope)
        type = subquery.outputs[0].value.type.or_null() if len(subquery.outputs) == 1 else TUPLE
        return Value(f"({subquery.sql})", type)


_COMPILE: dict[type[ast.Node], Callable[[Expressions, Any], Value]] = {
    ast.Field: Expressions._field,
    ast.Constant: Expressions._constant,
    ast.Placeholder: Expressions._placeholder,
    ast.Alias: Expressions._alias,
    ast.ArithmeticOperation: Expressions._arithmetic,
    ast.CompareOperation: Expressions._compare,
    ast.BetweenExpr: Expressions._between,
    ast.IsDistinctFrom: Expressions._distinct,
    ast.And: Expressions._and,
    ast.Or: Expressions._or,
    ast.Not: Expressions._not,
    ast.Call: Expressions._call,
    ast.WindowFunction: Expressions._window,
    ast.TypeCast: Expressions._cast,
    ast.TryCast: Expressions._cast,
    ast.ExprCall: Expressions._expr_call,
    ast.Tuple: Expressions._tuple,
    ast.Array: Expressions._array,
    ast.Dict: Expressions._dict,
    ast.ArrayAccess: Expressions._array_access,
    ast.TupleAccess: Expressions._tuple_access,
    ast.ArraySlice: Expressions._slice,
    ast.SelectQuery: Expressions._scalar_subquery,
    ast.SelectSetQuery: Expressions._scalar_subquery,
}
