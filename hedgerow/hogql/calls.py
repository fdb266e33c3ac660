"""Calls of functions: those with rules of their own here, all others by the tables of `functions`."""

from collections.abc import Callable
from typing import TYPE_CHECKING

from hedgerow.hogql import ast
from hedgerow.hogql.arguments import call_sql, check_count, checked_arguments, result_type
from hedgerow.hogql.casts import converted, to_decimal
from hedgerow.hogql.comparisons import compared, joined_by, negation
from hedgerow.hogql.conversions import alike, as_boolean, as_text, as_time
from hedgerow.hogql.errors import ResolutionError, UnsupportedError
from hedgerow.hogql.functions import SCALAR, WINDOW, canonical_name, find_aggregate
from hedgerow.hogql.types import DATE, DATETIME, FLOAT, INTEGER, STRING, UNKNOWN, Type, array_of
from hedgerow.hogql.values import Value

if TYPE_CHECKING:
    from hedgerow.hogql.expressions import Expressions

_ABSENT = {
    "matchesAction": "this server has no actions yet",
    "convertCurrency": "this server has no exchange rates",
    "uniqueSurveySubmissionsFilter": "this server has no surveys yet",
    "getSurveyResponse": "this server has no surveys yet",
}


def call_value(expressions: "Expressions", node: ast.Call) -> Value:
    """A function called outside a window. Raises ResolutionError for a name that is not listed."""
    name = canonical_name(node.name)
    special = _SPECIAL.get(name)
    if special is not None and not (node.distinct or node.params or node.filter_expr):
        least, most, compile_call = special
        check_count(node, node.name, len(node.args), least, most)
        return compile_call(expressions, node)
    if name in _ABSENT:
        raise UnsupportedError(f"'{name}' is not available: {_ABSENT[name]}.", node.start, node.end)
    if find_aggregate(node.name) is not None:
        return _aggregate(expressions, node)
    function = SCALAR.get(name)
    if function is None:
        hint = " without OVER" if name in WINDOW else ""
        raise ResolutionError(f"Unsupported function call '{node.name}(...)'{hint}", node.start, node.end)
    if node.distinct or node.filter_expr or node.order_by:
        raise ResolutionError(f"Function '{node.name}' does not aggregate", node.start, node.end)
    arguments = checked_arguments(expressions, node, function, "", node.args)
    if function.result.endswith("s!") or function.result == "Array!":
        arguments = [_present_text(argument) for argument in arguments]
    if name in _CHOICES:
        first = _CHOICES[name]
        arguments = arguments[:first] + alike(expressions.compilation, arguments[first:])
    sql = call_sql(expressions, node, function.clickhouse, arguments, node.params)
    value = Value(sql, result_type(function, arguments))
    if name in _CHOICES and function.result in ("second", "same?"):
        chosen = arguments[_CHOICES[name] :]
        type = next((each.type for each in chosen if each.type.kind != "Null"), UNKNOWN)
        value.type = type.not_null().or_null(_choice_nullable(name, chosen))
    value.untyped = _stays_text(function.result, arguments)
    return value


_CHOICES = {"if": 1, "ifNull": 0, "coalesce": 0, "nullIf": 0, "greatest": 0, "least": 0}


def _present_text(value: Value) -> Value:
    # An array cannot be NULL in the engine; of text that is missing it is empty.
    if value.nullable and value.type.kind in ("String", "JSON"):
        return Value(f"ifNull({value.sql}, '')", value.type.not_null())
    return value


def _choice_nullable(name: str, chosen: list[Value]) -> bool:
    if name in ("ifNull", "coalesce"):
        return chosen[-1].nullable
    return name == "nullIf" or any(value.nullable for value in chosen)


def _stays_text(result: str, arguments: list[Value]) -> bool:
    # `any(properties.x)` is as much the text of a property as `properties.x`.
    if result.rstrip("?!") == "same":
        return bool(arguments) and arguments[0].untyped
    if result == "second":
        return (
            len(arguments) > 1
            and any(value.untyped for value in arguments)
            and all(value.untyped or value.type.kind in ("String", "Null", "Boolean") for value in arguments)
        )
    return False


def _aggregate(expressions: "Expressions", node: ast.Call) -> Value:
    found = find_aggregate(node.name)
    assert found is not None
    function, suffix = found
    nodes = list(node.args)
    if function.name == "count" and len(nodes) == 1 and isinstance(nodes[0], ast.Field) and nodes[0].chain == ["*"]:
        nodes = []
    if node.order_by:
        raise UnsupportedError("ORDER BY in an aggregate is not supported.", node.start, node.end)
    clickhouse = function.clickhouse
    if node.distinct:
        if clickhouse == "count":
            clickhouse, function = "uniqExact", find_aggregate("uniqExact")[0]  # type: ignore[index]
        elif "Distinct" not in suffix:
            suffix = "Distinct" + suffix
    if node.filter_expr is not None:
        if suffix.endswith("If"):
            nodes[-1] = ast.And([nodes[-1], node.filter_expr])
        else:
            nodes.append(node.filter_expr)
            suffix += "If"
    arguments = checked_arguments(expressions, node, function, suffix, nodes)
    sql = call_sql(expressions, node, clickhouse + suffix, arguments, node.params)
    type = result_type(function, arguments)
    if "OrNull" in suffix:
        type = type.or_null()
    if "ForEach" in suffix or "Array" in suffix:
        type = UNKNOWN
    return Value(sql, type, untyped=_stays_text(function.result, arguments))


# Conversions


def _to(kind: str) -> Callable[["Expressions", ast.Call], Value]:
    def convert(expressions: "Expressions", node: ast.Call) -> Value:
        return converted(expressions.compilation, expressions.value(node.args[0]), kind)

    return convert


def _to_string(expressions: "Expressions", node: ast.Call) -> Value:
    value = expressions.value(node.args[0])
    if value.type.kind == "String":
        return Value(value.sql, value.type)  # text of a property as well: to convert it once more takes time
    return Value(f"toString({value.sql})", STRING.or_null(value.nullable))


def _to_datetime(expressions: "Expressions", node: ast.Call) -> Value:
    value = converted(expressions.compilation, expressions.value(node.args[0]), "DateTime")
    if len(node.args) == 1:
        return value
    zone = expressions.value(node.args[1])
    original = expressions.value(node.args[0])
    if original.type.kind == "String":
        return Value(f"parseDateTime64BestEffortOrNull({original.sql}, 6, {zone.sql})", DATETIME.or_null())
    return Value(f"toTimeZone({value.sql}, {zone.sql})", value.type)


def _to_datetime64(expressions: "Expressions", node: ast.Call) -> Value:
    # The number of digits after the second says how it is shown elsewhere; here it is always six.
    arguments = [node.args[0], *node.args[2:]]
    return _to_datetime(expressions, ast.Call(node.name, arguments, start=node.start, end=node.end))


def _to_decimal(expressions: "Expressions", node: ast.Call) -> Value:
    scale = node.args[1]
    if not isinstance(scale, ast.Constant) or not isinstance(scale.value, int) or not 0 <= scale.value <= 18:
        raise ResolutionError("The scale of a decimal must be a number from 0 to 18.", scale.start, scale.end)
    return to_decimal(expressions.compilation, expressions.value(node.args[0]), scale.value)


def _from_unix_timestamp(expressions: "Expressions", node: ast.Call) -> Value:
    return converted(
        expressions.compilation,
        converted(expressions.compilation, expressions.value(node.args[0]), "Float"),
        "DateTime",
    )


# Time


def _now(expressions: "Expressions", node: ast.Call) -> Value:
    return Value(f"now64(6, {expressions.compilation.timezone})", DATETIME)


def _today(expressions: "Expressions", node: ast.Call) -> Value:
    return Value(f"toDate(now64(6, {expressions.compilation.timezone}))", DATE)


def _yesterday(expressions: "Expressions", node: ast.Call) -> Value:
    return Value(f"(toDate(now64(6, {expressions.compilation.timezone})) - 1)", DATE)


def _start_of_week(expressions: "Expressions", node: ast.Call) -> Value:
    value = as_time(expressions.compilation, expressions.value(node.args[0]))
    if len(node.args) == 2:
        mode = expressions.value(node.args[1]).sql
    else:
        mode = "1" if expressions.compilation.context.week_start_day == 1 else "0"
    return Value(f"toStartOfWeek({value.sql}, {mode})", DATE.or_null(value.nullable))


_UNITS = ("second", "minute", "hour", "day", "week", "month", "quarter", "year")


def _unit(node: ast.Expr) -> str:
    unit = str(node.value).lower().removesuffix("s") if isinstance(node, ast.Constant) else ""
    if unit not in _UNITS:
        raise ResolutionError(f"The unit must be one of {', '.join(_UNITS)}.", node.start, node.end)
    return unit.capitalize()


def _date_trunc(expressions: "Expressions", node: ast.Call) -> Value:
    unit = _unit(node.args[0])
    if unit == "Week":
        return _start_of_week(expressions, ast.Call("toStartOfWeek", [node.args[1]]))
    value = as_time(expressions.compilation, expressions.value(node.args[1]))
    type = DATE if unit in ("Month", "Quarter", "Year") else DATETIME
    return Value(f"toStartOf{unit}({value.sql})", type.or_null(value.nullable))


def _date_add(sign: str) -> Callable[["Expressions", ast.Call], Value]:
    def add(expressions: "Expressions", node: ast.Call) -> Value:
        if len(node.args) == 2:
            moment, interval = node.args
            return expressions.value(ast.ArithmeticOperation(moment, interval, sign, start=node.start, end=node.end))
        unit, count, moment = node.args
        interval = ast.Call(f"toInterval{_unit(unit)}", [count])
        return expressions.value(ast.ArithmeticOperation(moment, interval, sign, start=node.start, end=node.end))

    return add


# Operators written as functions, and choices


def _comparison(op: str) -> Callable[["Expressions", ast.Call], Value]:
    def compare(expressions: "Expressions", node: ast.Call) -> Value:
        left, right = expressions.values(node.args)
        return compared(expressions.compilation, op, left, right)

    return compare


def _arithmetic(op: str) -> Callable[["Expressions", ast.Call], Value]:
    def compute(expressions: "Expressions", node: ast.Call) -> Value:
        left, right = node.args
        return expressions.value(ast.ArithmeticOperation(left, right, op, start=node.start, end=node.end))

    return compute


def _logical(word: str) -> Callable[["Expressions", ast.Call], Value]:
    def combine(expressions: "Expressions", node: ast.Call) -> Value:
        return joined_by(word, [expressions.condition(each) for each in node.args])

    return combine


def _not(expressions: "Expressions", node: ast.Call) -> Value:
    return negation(expressions.condition(node.args[0]))


def _multi_if(expressions: "Expressions", node: ast.Call) -> Value:
    if len(node.args) % 2 == 0:
        raise ResolutionError("multiIf needs a last value for when no condition holds.", node.start, node.end)
    values = expressions.values(node.args)
    conditions = [as_boolean(value) for value in values[:-1:2]]
    results = alike(expressions.compilation, [*values[1::2], values[-1]])
    parts = [sql for pair in zip(conditions, results, strict=False) for sql in (pair[0].sql, pair[1].sql)]
    type = next((each.type for each in results if each.type.kind != "Null"), UNKNOWN)
    nullable = any(value.nullable for value in results)
    return Value(
        f"multiIf({', '.join([*parts, results[-1].sql])})",
        type.not_null().or_null(nullable),
        untyped=_stays_text("second", results) if len(results) > 1 else False,
    )


def _case(expressions: "Expressions", node: ast.Call) -> Value:
    subject, *branches, otherwise = node.args
    arguments: list[ast.Expr] = []
    for when, then in zip(branches[::2], branches[1::2], strict=False):
        arguments += [ast.CompareOperation(subject, when, "==", start=when.start, end=when.end), then]
    return _multi_if(expressions, ast.Call("multiIf", [*arguments, otherwise], start=node.start, end=node.end))


def _array(expressions: "Expressions", node: ast.Call) -> Value:
    return expressions.value(ast.Array(node.args, start=node.start, end=node.end))


def _sortable_semver(expressions: "Expressions", node: ast.Call) -> Value:
    text = as_text(expressions.value(node.args[0])).sql
    argument = expressions.compilation.name("l")
    return Value(
        f"arrayMap({argument} -> toInt64OrZero({argument}),"
        f" splitByChar('.', ifNull(extract({text}, '(\\\\d+(\\\\.\\\\d+)+)'), '')))",
        array_of(INTEGER),
    )


def _json_extract(expressions: "Expressions", node: ast.Call) -> Value:
    arguments = checked_arguments(expressions, node, SCALAR["JSONExtract"], "", node.args)
    last = node.args[-1]
    wanted = last.value if isinstance(last, ast.Constant) else None
    type = UNKNOWN
    if isinstance(wanted, str) and wanted.startswith(("Array(", "Tuple(", "Map(")):
        arguments[0] = _present_text(arguments[0])
        type = _EXTRACTED.get(wanted, Type(wanted.partition("(")[0]))
    return Value(call_sql(expressions, node, "JSONExtract", arguments, node.params), type)


_EXTRACTED = {
    "Array(String)": array_of(STRING),
    "Array(Int64)": array_of(INTEGER),
    "Array(Float64)": array_of(FLOAT),
}


def _array_fold(expressions: "Expressions", node: ast.Call) -> Value:
    arguments = checked_arguments(expressions, node, SCALAR["arrayFold"], "", node.args)
    start = arguments[-1]
    if start.type.kind == "Integer":
        # The sum of the narrowest integers is a wider one, and the engine wants one type throughout.
        start = Value(f"toInt64({start.sql})", start.type)
    sql = call_sql(expressions, node, "arrayFold", [*arguments[:-1], start], None)
    return Value(sql, start.type if start.type.kind == "Array" else UNKNOWN)


# Whole numbers are of 64 bits whatever the name says, and what cannot be converted is NULL.
_INTEGERS = (
    *("toInt", "toInt8", "toInt16", "toInt32", "toInt64", "toUInt8", "toUInt16", "toUInt32", "toUInt64"),
    *("toInt32OrNull", "toInt64OrNull", "toUInt32OrNull", "toUInt64OrNull"),
)
_FLOATS = ("toFloat", "toFloat32", "toFloat64", "toFloat32OrNull")

_SPECIAL: dict[str, tuple[int, int | None, Callable[["Expressions", ast.Call], Value]]] = {
    "toString": (1, 1, _to_string),
    "now": (0, 0, _now),
    "now64": (0, 1, _now),
    "today": (0, 0, _today),
    "yesterday": (0, 0, _yesterday),
    **dict.fromkeys(_INTEGERS, (1, 1, _to("Integer"))),
    **dict.fromkeys(_FLOATS, (1, 1, _to("Float"))),
    "toBool": (1, 1, _to("Boolean")),
    "toUUID": (1, 1, _to("UUID")),
    **dict.fromkeys(("toDate", "_toDate", "toDateOrNull", "date"), (1, 1, _to("Date"))),
    **dict.fromkeys(("toDateTime", "toDateTimeOrNull"), (1, 2, _to_datetime)),
    "toDateTime64": (1, 3, _to_datetime64),
    "parseDateTimeBestEffort": (1, 2, _to_datetime),
    "parseDateTimeBestEffortOrNull": (1, 2, _to_datetime),
    "toDecimal": (2, 2, _to_decimal),
    "fromUnixTimestamp": (1, 1, _from_unix_timestamp),
    "toStartOfWeek": (1, 2, _start_of_week),
    "dateTrunc": (2, 2, _date_trunc),
    "date_trunc": (2, 2, _date_trunc),
    "dateAdd": (2, 3, _date_add("+")),
    "date_add": (2, 3, _date_add("+")),
    "dateSub": (2, 3, _date_add("-")),
    "date_sub": (2, 3, _date_add("-")),
    "equals": (2, 2, _comparison("==")),
    "notEquals": (2, 2, _comparison("!=")),
    "less": (2, 2, _comparison("<")),
    "lessOrEquals": (2, 2, _comparison("<=")),
    "greater": (2, 2, _comparison(">")),
    "greaterOrEquals": (2, 2, _comparison(">=")),
    "like": (2, 2, _comparison("like")),
    "notLike": (2, 2, _comparison("not like")),
    "ilike": (2, 2, _comparison("ilike")),
    "notILike": (2, 2, _comparison("not ilike")),
    "match": (2, 2, _comparison("=~")),
    "plus": (2, 2, _arithmetic("+")),
    "minus": (2, 2, _arithmetic("-")),
    "multiply": (2, 2, _arithmetic("*")),
    "divide": (2, 2, _arithmetic("/")),
    "modulo": (2, 2, _arithmetic("%")),
    "and": (2, None, _logical("AND")),
    "or": (2, None, _logical("OR")),
    "not": (1, 1, _not),
    "multiIf": (3, None, _multi_if),
    "_caseWithExpression": (4, None, _case),
    "array": (0, None, _array),
    "arrayFold": (3, None, _array_fold),
    "sortableSemver": (1, 1, _sortable_semver),
    "JSONExtract": (2, None, _json_extract),
}
