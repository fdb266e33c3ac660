"""The list of functions, against the engine."""

import pytest

from hedgerow.eventstore.client import EventStore
from hedgerow.hogql.errors import HogQLError
from hedgerow.hogql.functions import AGGREGATE, COMBINATORS, SCALAR, WINDOW, canonical_name, find_aggregate
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


@pytest.mark.parametrize("call", ["ToString(1)", "lENGTHS('a')", "toInt256(1)", "rank()", "lagInFrame(1)"])
def test_other_names_are_refused(stored: StoredProject, call: str) -> None:
    with pytest.raises(HogQLError):
        stored.rows(f"SELECT {call}")
