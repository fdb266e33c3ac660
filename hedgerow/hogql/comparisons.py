"""Comparisons, which are true or false and never NULL.

`=` is true when both sides are NULL and false when one is; `!=` is its opposite; an order, LIKE, IN and a regular
expression are false when a side is NULL, and their negations true.
"""

from collections.abc import Sequence

from hedgerow.hogql import ast
from hedgerow.hogql.conversions import as_text, to_compare
from hedgerow.hogql.errors import ResolutionError
from hedgerow.hogql.types import BOOLEAN, STRING
from hedgerow.hogql.values import Compilation, Value

_ORDERS = {"<": "<", "<=": "<=", ">": ">", ">=": ">="}
_TEXT = {
    "like": ("{0} LIKE {1}", False),
    "not like": ("{0} NOT LIKE {1}", True),
    "ilike": ("{0} ILIKE {1}", False),
    "not ilike": ("{0} NOT ILIKE {1}", True),
    "=~": ("match({0}, {1})", False),
    "!~": ("NOT match({0}, {1})", True),
    "=~*": ("match({0}, concat('(?i)', {1}))", False),
    "!~*": ("NOT match({0}, concat('(?i)', {1}))", True),
}


def compared(compilation: Compilation, op: str, left: Value, right: Value) -> Value:
    """`left op right` for every operator but IN."""
    if op in _TEXT:
        pattern, when_null = _TEXT[op]
        left, right = as_text(left), as_text(right)
        return _never_null(f"({pattern.format(left.sql, right.sql)})", [left, right], when_null)
    left, right = _comparable(compilation, left, right)
    if op in _ORDERS:
        return _never_null(
            f"({_instant(compilation, left, right)} {op} {_instant(compilation, right, left)})", [left, right], False
        )
    if op not in ("==", "!="):
        raise ResolutionError(f"Unknown operator: {op}")
    return _equality(compilation, op == "!=", left, right)


def equal_for_join(compilation: Compilation, left: Value, right: Value) -> str:
    """The condition of a join, which is plain `=`: rows whose key is NULL have no partner."""
    left, right = _comparable(compilation, left, right)
    return f"({_instant(compilation, left, right)} = {_instant(compilation, right, left)})"


def distinct(compilation: Compilation, left: Value, right: Value, negated: bool) -> Value:
    """`left IS [NOT] DISTINCT FROM right`."""
    return _equality(compilation, not negated, left, right)


def contained(compilation: Compilation, node: ast.Node, negated: bool, left: Value, items: Sequence[Value]) -> Value:
    """`left [NOT] IN (items)`; NULL among the items matches nothing."""
    items = [item for item in items if item.type.kind != "Null"]
    if not items:
        return Value("true" if negated else "false", BOOLEAN)
    if left.untyped and not any(item.type.kind in ("Integer", "Float", "Boolean") for item in items):
        converted = list(items)
    elif left.untyped:
        # Compared as text, so that numbers, booleans and strings may stand in one list.
        converted = [_as_property_text(compilation, item) for item in items]
    else:
        converted = [to_compare(compilation, item, left.type) for item in items]
    texts = [item.constant.value for item in converted if item.constant is not None]
    if len(texts) > 2 and len(texts) == len(items) and all(isinstance(text, str) for text in texts):
        group = compilation.bind(texts, "Array(String)")
    else:
        group = f"({', '.join(item.sql for item in converted)})"
    return _never_null(f"({left.sql} {'NOT ' if negated else ''}IN {group})", [left], negated)


def contained_in(negated: bool, left: Value, group: str) -> Value:
    """`left [NOT] IN group`, a subquery."""
    return _never_null(f"({left.sql} {'NOT ' if negated else ''}IN {group})", [left], negated)


def negation(value: Value) -> Value:
    """`NOT value`, where NULL counts as false."""
    return Value(f"(NOT {value.sql})" if not value.nullable else f"(NOT ifNull({value.sql}, false))", BOOLEAN)


def joined_by(word: str, values: Sequence[Value]) -> Value:
    """The values joined by AND or OR."""
    return Value(
        "(" + f" {word} ".join(value.sql for value in values) + ")",
        BOOLEAN.or_null(any(value.nullable for value in values)),
    )


def is_null(value: Value, negated: bool) -> Value:
    """`value IS [NOT] NULL`."""
    return Value(f"{'isNotNull' if negated else 'isNull'}({value.sql})", BOOLEAN)


def _comparable(compilation: Compilation, left: Value, right: Value) -> tuple[Value, Value]:
    if left.untyped and right.untyped:
        return left, right
    # A constant becomes what the other side is, so that a column stays a column.
    if right.constant is not None and not left.untyped and not left.constant:
        return left, to_compare(compilation, right, left.type)
    if left.constant is not None and not right.untyped and not right.constant:
        return to_compare(compilation, left, right.type), right
    return to_compare(compilation, left, right.type), to_compare(compilation, right, left.type)


def _instant(compilation: Compilation, value: Value, other: Value) -> str:
    # Two points in time compare alike in any zone, and a plain column can use the order of the table.
    return value.bare if value.bare and compilation.in_where and other.type.kind == "DateTime" else value.sql


def _equality(compilation: Compilation, negated: bool, left: Value, right: Value) -> Value:
    for value, other in ((left, right), (right, left)):
        if value.type.kind == "Null":
            return is_null(other, negated)
    sides = f"{_instant(compilation, left, right)} {'!=' if negated else '='} {_instant(compilation, right, left)}"
    if left.nullable and right.nullable:
        both = (
            f"isNotNull({left.sql}) OR isNotNull({right.sql})"
            if negated
            else f"isNull({left.sql}) AND isNull({right.sql})"
        )
        return Value(f"ifNull({sides}, {both})", BOOLEAN)
    return _never_null(f"({sides})", [left, right], negated)


def _never_null(sql: str, sides: Sequence[Value], when_null: bool) -> Value:
    if not any(value.nullable for value in sides):
        return Value(sql, BOOLEAN)
    return Value(f"ifNull({sql}, {'true' if when_null else 'false'})", BOOLEAN)


def _as_property_text(compilation: Compilation, item: Value) -> Value:
    if item.constant is None:
        return as_text(item)
    constant = item.constant.value
    if isinstance(constant, bool):
        text = "true" if constant else "false"
    elif isinstance(constant, float) and constant.is_integer():
        text = str(int(constant))
    else:
        text = str(constant)
    return Value(compilation.bind(text, "String"), STRING, constant=ast.Constant(text))
