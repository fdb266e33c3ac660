"""The list of functions, against the engine."""

from collections.abc import Mapping

import pytest

from hedgerow.eventstore.client import EventStore
from hedgerow.eventstore.errors import EventStoreError
from hedgerow.hogql import ast
from hedgerow.hogql.context import Action
from hedgerow.hogql.errors import HogQLError
from hedgerow.hogql.functions import (
    AGGREGATE,
    COMBINATORS,
    RULED,
    SCALAR,
    WINDOW,
    Function,
    canonical_name,
    find_aggregate,
)
from tests.hogql.conftest import StoredProject


def test_the_engine_knows_every_function(event_store: EventStore) -> None:
    rows = event_store.query("SELECT name FROM system.functions").rows
    known = {name for (name,) in rows}
    known |= {name.lower() for name in known}
    # Four more have a meaning to the engine but are not in its list.
    known |= {"exists", "sumMap", "minMap", "maxMap"}
    listed = {function.clickhouse for table in (SCALAR, AGGREGATE, WINDOW) for function in table.values()}
    assert {name for name in listed if name not in known and name.lower() not in known} == set()


def test_nothing_listed_reaches_beyond_the_rows() -> None:
    words = ("file", "url(", "remote", "dict", "sleep", "setting", "hostname", "database", "user", "macro", "joinget")
    listed = [*SCALAR, *AGGREGATE, *WINDOW]
    assert [name for name in listed if any(word in name.lower() for word in words)] == []


@pytest.mark.parametrize(
    ("name", "found"),
    [
        ("count", ("count", "")),
        ("COUNT", ("count", "")),
        ("countIf", ("count", "If")),
        ("sumDistinctIf", ("sum", "DistinctIf")),
        ("avgOrNullIf", ("avg", "OrNullIf")),
        ("uniqExactArray", ("uniqExact", "Array")),
        ("sumForEach", ("sum", "ForEach")),
        ("sumIfIf", None),
        ("sumState", None),
        ("length", None),
        ("If", None),
        ("", None),
    ],
)
def test_combinators_at_the_end_of_aggregates(name: str, found: tuple[str, str] | None) -> None:
    aggregate = find_aggregate(name)
    assert (aggregate and (aggregate[0].name, aggregate[1])) == found


def test_every_aggregate_takes_every_combinator_of_the_list() -> None:
    assert all(find_aggregate(name + combinator) for name in AGGREGATE for combinator in COMBINATORS)


def test_names_every_sql_has_are_read_in_any_case() -> None:
    assert canonical_name("COALESCE") == "coalesce"
    assert canonical_name("toString") == "toString"
    assert canonical_name("TOSTRING") == "TOSTRING"


@pytest.mark.parametrize(
    ("expression", "value"),
    [
        ("length('abc')", 3),
        ("length([1, 2])", 2),
        ("lower('A') || UPPER('b')", "aB"),
        ("trim(' a ')", "a"),
        ("substring('hello', 2, 3)", "ell"),
        ("replaceRegexpAll('a1b2', '\\\\d', '-')", "a-b-"),
        ("splitByChar(',', 'a,b')", ["a", "b"]),
        ("extractURLParameter('https://a.b/?x=1', 'x')", "1"),
        ("domainWithoutWWW('https://www.a.b/c')", "a.b"),
        ("format('{} and {}', 'a', 'b')", "a and b"),
        ("base64Decode(base64Encode('x'))", "x"),
        ("hex(MD5('a'))", "0CC175B9C0F1B6A831C399E269772661"),
        ("if(1 = 1, 'yes', 'no')", "yes"),
        ("multiIf(false, 1, true, 2, 3)", 2),
        ("coalesce(NULL, NULL, 'x')", "x"),
        ("nullIf('a', 'a')", None),
        ("greatest(1, 2.5)", 2.5),
        ("if(true, 1, 2.5)", 1.0),
        ("round(2.345, 2)", 2.35),
        ("intDiv(7, 2)", 3),
        ("toInt('12')", 12),
        ("toInt('1.9')", 1),
        ("toInt('x')", None),
        ("toFloat('1.5')", 1.5),
        ("toString(1.5)", "1.5"),
        ("toBool('true')", True),
        ("toString(toUUID('61f0c404-5cb3-11e7-907b-a6006ad3dba0'))", "61f0c404-5cb3-11e7-907b-a6006ad3dba0"),
        ("toString(toDecimal('1.239', 2))", "1.23"),
        ("arraySum([1, 2, 3])", 6),
        ("arraySort(x -> -x, [1, 3, 2])", [3, 2, 1]),
        ("arrayExists(x -> x > 2, [1, 3])", 1),
        ("arrayStringConcat(['a', 'b'], '-')", "a-b"),
        ("arrayElement(['a', 'b'], -1)", "b"),
        ("arrayMap(x -> concat(x, '!'), ['a'])", ["a!"]),
        ("has(['a'], 'a') AND hasAny([1], [1, 2]) AND NOT hasAll([1], [1, 2])", 1),
        ("range(3)", [0, 1, 2]),
        ("mapKeys(map('a', 1))", ["a"]),
        ("map('a', 1)['a']", 1),
        ("JSONExtractInt('{\"a\": {\"b\": 3}}', 'a', 'b')", 3),
        ("JSONExtractString('{\"a\": \"x\"}', 'a')", "x"),
        ("tupleElement((1, 'x'), 2)", "x"),
        ("cityHash64('a') = cityHash64('a')", 1),
        ("positionCaseInsensitive('abC', 'c')", 3),
        ("match('abc', 'b.')", 1),
        ("multiSearchAny('abc', ['x', 'c'])", 1),
        ("arrayFold((acc, x) -> acc + x, [1, 2, 3], 0)", 6),
        ("ifNull(NULL, 3)", 3),
        ("isNull(NULL)", 1),
        ("rand() >= 0", 1),
        ("coalesce(NULL, 1, 'none')", "1"),
        ("if(false, 1, 'none')", "none"),
        ("multiIf(false, 1.5, true, 'n/a', NULL)", "n/a"),
        ("[1, 'a', NULL]", ["1", "a", None]),
        ("[1, '2.5']", [1.0, 2.5]),
        ("if(false, toDate('2026-01-02'), '2026-01-03') > toDate('2026-01-02')", 1),
        ("if(false, true, 'maybe')", "maybe"),
        ("toInt32('12') + toUInt8('3')", 15),
        ("toUInt64OrNull('x')", None),
        ("toInt64OrZero('x')", 0),
        ("toFloat64OrZero('x')", 0.0),
        ("toFloat32('1.5')", 1.5),
        ("toString(toDateTime64('2026-01-02 03:04:05.678', 3))", "2026-01-02 03:04:05.678000"),
        ("toString(DATE('2026-01-02 23:59:59'))", "2026-01-02"),
        ("now64(3) > toDateTime('2026-01-01')", 1),
        ("dateName('month', toDate('2026-01-02'))", "January"),
        ("JSONExtract(nullIf('[\"a\"]', ''), 'Array(String)')", ["a"]),
        ("JSONExtract(nullIf('', ''), 'Array(String)')", []),
        ("arrayMap(x -> upper(x), JSONExtract('[\"a\"]', 'Array(String)'))", ["A"]),
        ("JSONExtract('{\"a\": 1}', 'Map(String, Int64)')", {"a": 1}),
        ("JSONExtract('{\"a\": 1}', 'a', 'Int64') + 1", 2),
        ("sparkline([1, 2])", ("__hx_tag", "Sparkline", "data", [1, 2])),
        ("sortableSemver('v1.20.3') > sortableSemver('1.3.10')", 1),
    ],
)
def test_scalar_functions(stored: StoredProject, expression: str, value: object) -> None:
    assert stored.rows(f"SELECT {expression}") == [(value,)]


@pytest.mark.parametrize(
    ("expression", "value"),
    [
        ("count()", 4),
        ("count(number)", 4),
        ("countIf(number > 1)", 2),
        ("countDistinct(number % 2)", 2),
        ("count(DISTINCT number % 2)", 2),
        ("uniq(number)", 4),
        ("uniqIf(number, number < 2)", 2),
        ("sum(number)", 6),
        ("sumIf(number, number > 1)", 5),
        ("sum(number) FILTER (WHERE number > 1)", 5),
        ("sumIf(number, number > 1) FILTER (WHERE number > 2)", 3),
        ("avg(number)", 1.5),
        ("avgOrNullIf(number, number > 9)", None),
        ("min(number) + max(number)", 3),
        ("argMax(number, -number)", 0),
        ("argMinIf(number, number, number > 1)", 2),
        ("median(number)", 1.5),
        ("quantile(0.25)(number)", 0.75),
        ("quantiles(0, 1)(number)", [0.0, 3.0]),
        ("stddevPop(number) > 1", 1),
        ("groupArray(number)", [0, 1, 2, 3]),
        ("groupArray(2)(number)", [0, 1]),
        ("arraySort(groupUniqArray(number % 2))", [0, 1]),
        ("length(topK(2)(number))", 2),
        ("sumMap(map('a', number))", {"a": 6}),
        ("minMap([1], [number])", ([1], [0])),
        ("maxMap(map('a', number))", {"a": 3}),
        ("windowFunnel(10)(toDateTime(number), number = 0, number = 1, number = 9)", 2),
        ("retention(number = 0, number = 1, number = 9)", [1, 1, 0]),
        ("length(histogram(2)(number))", 2),
        ("any(number) >= 0", 1),
        ("corr(number, number)", 1.0),
        ("sumArray([number, number])", 12),
    ],
)
def test_aggregate_functions(stored: StoredProject, expression: str, value: object) -> None:
    assert stored.rows(f"SELECT {expression} FROM numbers(4)") == [(value,)]


_ARGUMENTS = {
    **{
        "any": "1",
        "number": "2",
        "time": "now()",
        "seconds": "toDateTime(number)",
        "text": "'a'",
        "bool": "number > 1",
    },
    **{"array": "[1, 2]", "lambda|array": "[1, 2]", "lambda": "x -> x > 1", "json": "'{\"a\": 1}'", "unit": "'day'"},
    **{"map": "map('a', 1)", "tuple": "(1, 2)", "interval": "toIntervalDay(1)"},
}
_CALLS = {
    "transform": "transform(1, [1], [2], 0)",
    "exists": "exists(SELECT 1)",
    "toTimeZone": "toTimeZone(now(), 'Europe/Berlin')",
    **{name: f"{name}('abc')" for name in ("length", "empty", "notEmpty", "reverse", "MD5", "SHA1", "SHA224")},
    **{name: f"{name}('abc')" for name in ("SHA256", "SHA512")},
    "concatWithSeparator": "concatWithSeparator(',', 'a', 'b')",
    "concat_ws": "concat_ws(',', 'a', 'b')",
    "extractAllGroupsVertical": "extractAllGroupsVertical('abc', '(b)')",
    "extractGroups": "extractGroups('abc', '(b)')",
    **{
        name: f"{name}('abc', ['b'])"
        for name in (*(each for each in SCALAR if each.startswith("multi") and each != "multiIf"), "cutURLParameter")
    },
    "format": "format('{}', 'a')",
    "base64Decode": "base64Decode('YQ==')",
    "UUIDNumToString": "UUIDNumToString(UUIDStringToNum('61f0c404-5cb3-11e7-907b-a6006ad3dba0'))",
    "isIPAddressInRange": "isIPAddressInRange('10.0.0.1', '10.0.0.0/8')",
    "IPv4StringToNum": "IPv4StringToNum('10.0.0.1')",
    "JSONExtractKeysAndValues": "JSONExtractKeysAndValues('{\"a\": 1}', 'Int64')",
    "JSONExtract": "JSONExtract('{\"a\": 1}', 'a', 'Int64')",
    **{name: f"{name}('{{\"a\": 1}}', '$.a')" for name in ("JSON_VALUE", "JSON_QUERY", "JSON_EXISTS")},
    "simpleJSONExtractString": "simpleJSONExtractString('{\"a\": \"b\"}', 'a')",
    "mapFilter": "mapFilter((k, v) -> v > 0, map('a', 1))",
    "mapContains": "mapContains(map('a', 1), 'a')",
    "mapApply": "mapApply((k, v) -> (k, v + 1), map('a', 1))",
    "arrayFold": "arrayFold((sum, x) -> sum + x, [1, 2], 0)",
    "arrayStringConcat": "arrayStringConcat(['a', 'b'])",
    "arrayFlatten": "arrayFlatten([[1], [2]])",
    "arrayAUC": "arrayAUC([0.1, 0.4], [0, 1])",
    "parseDateTimeBestEffort": "parseDateTimeBestEffort('2 January 2026')",
    "parseDateTime": "parseDateTime('2026-01-02', '%Y-%m-%d')",
    "dateAdd": "dateAdd(now(), INTERVAL 1 DAY)",
    "date_add": "date_add('day', 1, now())",
    "dateSub": "dateSub(now(), INTERVAL 1 DAY)",
    "date_sub": "date_sub('day', 1, now())",
    "matchesAction": "(SELECT any(matchesAction(1)) FROM events)",
    "getSurveyResponse": "(SELECT any(getSurveyResponse(2)) FROM events)",
    **{name: f"{name}(0.5, 0.9)(number)" for name in ("quantiles", "quantilesExact", "quantilesTDigest")},
    "stochasticLinearRegression": "stochasticLinearRegression(number, number)",
    "deltaSumTimestamp": "deltaSumTimestamp(number, number)",
    **{name: f"{name}(2)(number)" for name in ("groupArraySorted", "groupArraySample", "histogram", "topK")},
    "exponentialMovingAverage": "exponentialMovingAverage(2)(number, number)",
    "windowFunnel": "windowFunnel(60)(toDateTime(number), number = 0, number = 1)",
    "sequenceMatch": "sequenceMatch('(?1)(?2)')(toDateTime(number), number = 0, number = 1)",
    "sequenceCount": "sequenceCount('(?1)(?2)')(toDateTime(number), number = 0, number = 1)",
    **{name: f"{name}(number, number % 2)" for name in ("mannWhitneyUTest", "studentTTest", "welchTTest", "rankCorr")},
    "sparkbar": "sparkbar(3)(number, number)",
}
"""How functions are called that cannot be called with just anything."""


def _call(function: Function) -> str:
    arguments = (_ARGUMENTS[function.argument(index)] for index in range(function.least))
    return _CALLS.get(function.name) or f"{function.name}({', '.join(arguments)})"


@pytest.mark.parametrize("table", [SCALAR, RULED, AGGREGATE], ids=["scalar", "ruled", "aggregate"])
def test_every_function_can_be_called(stored: StoredProject, table: Mapping[str, Function]) -> None:
    project = stored.with_context(
        actions={1: Action(1, "look")}, matching_action=lambda action, context: ast.Constant(1)
    )
    faults = {}
    for function in table.values():
        try:
            assert project.rows(f"SELECT {_call(function)} FROM numbers(4)")
        except (HogQLError, EventStoreError) as error:
            faults[_call(function)] = str(error)[:200]
    assert faults == {}


def test_every_function_over_a_window_can_be_called(stored: StoredProject) -> None:
    calls = [f"{_call(function)} OVER (ORDER BY number)" for function in WINDOW.values()]
    assert len(stored.rows(f"SELECT {', '.join(calls)} FROM numbers(4)")) == 4


NEEDED = """
    count countIf countDistinct uniq uniqExact uniqIf sum sumIf avg avgIf min max minIf maxIf any anyLast argMin
    argMax argMinIf argMaxIf quantile quantiles median medianIf stddevPop stddevSamp varPop corr groupArray
    groupArrayIf groupUniqArray topK sumMap windowFunnel retention histogram rank row_number dense_rank
    lagInFrame leadInFrame first_value last_value if multiIf coalesce ifNull nullIf isNull isNotNull
    assumeNotNull toString toInt toFloat toDate toDateTime toUUID toBool toDecimal toJSONString JSONExtract
    JSONExtractString JSONExtractInt JSONExtractUInt JSONExtractFloat JSONExtractBool JSONExtractRaw
    JSONExtractArrayRaw JSONHas JSONLength JSONExtractKeys tuple arrayMap arrayFilter arraySort arrayJoin
    arrayConcat arraySlice arrayElement arrayDistinct arrayExists arrayCount arraySum arrayAvg arrayMin arrayMax
    arrayReverse arrayEnumerate arrayZip arrayStringConcat has hasAny hasAll indexOf length empty notEmpty range
    map mapKeys mapValues lower upper trim trimLeft trimRight concat substring left right replace replaceAll
    replaceOne replaceRegexpAll replaceRegexpOne splitByChar splitByString splitByRegexp position
    positionCaseInsensitive startsWith endsWith like ilike match extract extractAll multiSearchAny
    multiSearchAnyCaseInsensitive format base64Encode base64Decode cityHash64 MD5 hex domain domainWithoutWWW
    path protocol cutQueryString extractURLParameter cutToFirstSignificantSubdomain abs round floor ceil sqrt
    pow exp log log2 log10 intDiv modulo greatest least rand now today yesterday toStartOfSecond toStartOfMinute
    toStartOfFiveMinutes toStartOfFifteenMinutes toStartOfHour toStartOfDay toStartOfWeek toStartOfMonth
    toStartOfQuarter toStartOfYear toStartOfInterval toYear toQuarter toMonth toDayOfMonth toDayOfWeek
    toDayOfYear toHour toMinute toSecond toYYYYMM toYYYYMMDD toUnixTimestamp fromUnixTimestamp dateDiff dateAdd
    dateSub dateTrunc date_trunc addDays addYears subtractDays subtractYears toIntervalDay formatDateTime
    parseDateTimeBestEffort toTimeZone age sortableSemver sparkline getSurveyResponse
"""


def test_the_functions_people_count_on_are_listed() -> None:
    known = {*SCALAR, *RULED, *WINDOW}
    assert [name for name in NEEDED.split() if name not in known and find_aggregate(name) is None] == []


def test_what_cannot_be_read_is_null_where_the_name_says_so(stored: StoredProject) -> None:
    asked = "toDateTimeOrNull('soon'), toDateOrNull('soon'), parseDateTimeBestEffortOrNull('soon'), toUUIDOrNull('x')"
    assert stored.rows(f"SELECT {asked}") == [(None, None, None, None)]


@pytest.mark.parametrize("call", ["ToString(1)", "lENGTHS('a')", "toInt256(1)", "rank()", "lagInFrame(1)"])
def test_other_names_are_refused(stored: StoredProject, call: str) -> None:
    with pytest.raises(HogQLError):
        stored.rows(f"SELECT {call}")
