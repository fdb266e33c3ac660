"""Functions with rules of their own: conversions, time in the project's zone, operators written as calls.

Each takes the call and gives its value; how many arguments it may have stands in `functions.ruled`.
"""

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING

from hedgerow.hogql import ast
from hedgerow.hogql.actions import matches_action
from hedgerow.hogql.arguments import call_sql, checked_arguments, present_text, stays_text
from hedgerow.hogql.casts import converted, to_decimal
from hedgerow.hogql.comparisons import compared, joined_by, negation
from hedgerow.hogql.conversions import alike, as_boolean, as_text, as_time
from hedgerow.hogql.errors import ResolutionError
from hedgerow.hogql.functions import RULED
from hedgerow.hogql.types import DATE, DATETIME, FLOAT, INTEGER, STRING, TUPLE, UNKNOWN, Type, array_of
from hedgerow.hogql.values import Value

if TYPE_CHECKING:
    from hedgerow.hogql.expressions import Expressions


# Conversions


def _first(expressions: "Expressions", node: ast.Call) -> Value:
    value = expressions.value(node.args[0])
    # A constant that is no date is an error of the query, unless the function is there for just such text.
    is_any_text = node.name.endswith("OrNull") or node.name.startswith("parse")
    return replace(value, constant=None) if is_any_text else value


def _to(kind: str) -> Callable[["Expressions", ast.Call], Value]:
    def convert(expressions: "Expressions", node: ast.Call) -> Value:
        return converted(expressions.compilation, _first(expressions, node), kind)

    return convert


def _to_string(expressions: "Expressions", node: ast.Call) -> Value:
    value = expressions.value(node.args[0])
    if value.type.kind == "String":
        return Value(value.sql, value.type)  # text of a property as well: to convert it once more takes time
    return Value(f"toString({value.sql})", STRING.or_null(value.nullable))


def _to_datetime(expressions: "Expressions", node: ast.Call) -> Value:
    value = converted(expressions.compilation, _first(expressions, node), "DateTime")
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
        untyped=stays_text("second", results) if len(results) > 1 else False,
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


def _sparkline(expressions: "Expressions", node: ast.Call) -> Value:
    # A tag, which pages that know it draw: its kind and its attributes by name.
    value = expressions.value(node.args[0])
    if value.type.kind not in ("Array", "Unknown"):
        raise ResolutionError("sparkline takes an array of numbers.", node.start, node.end)
    return Value(f"tuple('__hx_tag', 'Sparkline', 'data', {value.sql})", TUPLE)


def _survey_response(expressions: "Expressions", node: ast.Call) -> Value:
    """The answer to a question of a survey, by the question's id where it was sent with it, else by its position.

    The question with the index 0 is `$survey_response`, the others `$survey_response_<index>`. With `true` as third
    argument the answer is a list of choices.
    """
    given = [each.value if isinstance(each, ast.Constant) else None for each in node.args]
    index = given[0]
    if isinstance(index, str) and index.isdecimal():
        index = int(index)
    if isinstance(index, bool) or not isinstance(index, int) or index < 0:
        raise ResolutionError("The index of a question must be a whole number.", node.start, node.end)
    names = ["$survey_response" if index == 0 else f"$survey_response_{index}"]
    if len(given) > 1 and given[1] is not None:
        names.insert(0, f"$survey_response_{given[1]}")
    if len(given) > 2 and given[2] is True:
        lists: list[ast.Expr] = [
            ast.Call("JSONExtractArrayRaw", [ast.Field(["properties", name], start=node.start, end=node.end)])
            for name in names
        ]
        lists = [
            ast.Call("arrayMap", [ast.Lambda(["choice"], ast.Call("trim", [_unquoted("choice")])), each])
            for each in lists
        ]
        found = ast.Call("if", [ast.Call("notEmpty", [lists[0]]), *lists]) if len(lists) == 2 else lists[0]
        return expressions.value(found)
    texts: list[ast.Expr] = [
        ast.Call(
            "nullIf",
            [ast.Call("toString", [ast.Field(["properties", name], start=node.start, end=node.end)]), ast.Constant("")],
        )
        for name in names
    ]
    return expressions.value(ast.Call("coalesce", texts))


def _unquoted(name: str) -> ast.Expr:
    return ast.Call("replaceRegexpAll", [ast.Field([name]), ast.Constant('^"|"$'), ast.Constant("")])


def _json_extract(expressions: "Expressions", node: ast.Call) -> Value:
    arguments = checked_arguments(expressions, node, RULED["JSONExtract"], "", node.args)
    last = node.args[-1]
    wanted = last.value if isinstance(last, ast.Constant) else None
    type = UNKNOWN
    if isinstance(wanted, str) and wanted.startswith(("Array(", "Tuple(", "Map(")):
        arguments[0] = present_text(arguments[0])
        type = _EXTRACTED.get(wanted, Type(wanted.partition("(")[0]))
    return Value(call_sql(expressions, node, "JSONExtract", arguments, node.params), type)


_EXTRACTED = {
    "Array(String)": array_of(STRING),
    "Array(Int64)": array_of(INTEGER),
    "Array(Float64)": array_of(FLOAT),
}


def _array_fold(expressions: "Expressions", node: ast.Call) -> Value:
    arguments = checked_arguments(expressions, node, RULED["arrayFold"], "", node.args)
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

SPECIAL: dict[str, Callable[["Expressions", ast.Call], Value]] = {
    "toString": _to_string,
    "now": _now,
    "now64": _now,
    "today": _today,
    "yesterday": _yesterday,
    **dict.fromkeys(_INTEGERS, _to("Integer")),
    **dict.fromkeys(_FLOATS, _to("Float")),
    "toBool": _to("Boolean"),
    "toUUID": _to("UUID"),
    **dict.fromkeys(("toDate", "_toDate", "toDateOrNull", "date"), _to("Date")),
    **dict.fromkeys(("toDateTime", "toDateTimeOrNull"), _to_datetime),
    "toDateTime64": _to_datetime64,
    **dict.fromkeys(("parseDateTimeBestEffort", "parseDateTimeBestEffortOrNull"), _to_datetime),
    "toDecimal": _to_decimal,
    "fromUnixTimestamp": _from_unix_timestamp,
    "toStartOfWeek": _start_of_week,
    **dict.fromkeys(("dateTrunc", "date_trunc"), _date_trunc),
    **dict.fromkeys(("dateAdd", "date_add"), _date_add("+")),
    **dict.fromkeys(("dateSub", "date_sub"), _date_add("-")),
    "equals": _comparison("=="),
    "notEquals": _comparison("!="),
    "less": _comparison("<"),
    "lessOrEquals": _comparison("<="),
    "greater": _comparison(">"),
    "greaterOrEquals": _comparison(">="),
    "like": _comparison("like"),
    "notLike": _comparison("not like"),
    "ilike": _comparison("ilike"),
    "notILike": _comparison("not ilike"),
    "match": _comparison("=~"),
    "plus": _arithmetic("+"),
    "minus": _arithmetic("-"),
    "multiply": _arithmetic("*"),
    "divide": _arithmetic("/"),
    "modulo": _arithmetic("%"),
    "and": _logical("AND"),
    "or": _logical("OR"),
    "not": _not,
    "multiIf": _multi_if,
    "_caseWithExpression": _case,
    "array": _array,
    "arrayFold": _array_fold,
    "sortableSemver": _sortable_semver,
    "matchesAction": matches_action,
    "sparkline": _sparkline,
    "getSurveyResponse": _survey_response,
    "JSONExtract": _json_extract,
}
