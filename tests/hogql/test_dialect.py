"""Every clause and operator of the language, each asked of the engine."""

import pytest

from hedgerow.eventstore.client import EventStore
from hedgerow.hogql.errors import HogQLError
from tests.hogql.conftest import StoredProject


@pytest.fixture(scope="module")
def shop(event_store: EventStore) -> StoredProject:
    """A few people who look and pay: `n` is a number without a definition, `price` one with."""
    project = StoredProject(event_store).with_context(event_property_types={"price": "Numeric"})
    days = {"look": "2026-01-14 09:00:00", "pay": "2026-01-15 10:00:00", "leave": "2026-01-16 11:00:00"}
    for number, (name, who) in enumerate(
        [("look", "ann"), ("look", "bob"), ("pay", "ann"), ("pay", "ann"), ("leave", "bob")]
    ):
        properties: dict[str, object] = {"n": number, "price": number * 10, "odd name": "odd"}
        properties["a"] = {"b": f"deep{number}"}
        if name == "look":
            properties["page"] = "/home"
        project.event(name, properties, at=days[name], distinct_id=who, **{"$session_id": f"of-{who}"})
    project.person("ann", {"plan": "pro"})
    project.person("bob", {"plan": "free"})
    return project


CLAUSES = [
    # SELECT
    ("SELECT 1", [(1,)]),
    ("SELECT DISTINCT event FROM events ORDER BY event", [("leave",), ("look",), ("pay",)]),
    ("SELECT event, count(), FROM events GROUP BY event, ORDER BY event", [("leave", 1), ("look", 2), ("pay", 2)]),
    ("select 1 -- a comment\n + /* another */ 1;", [(2,)]),
    ("SELECT e.event AS name FROM events AS e WHERE name = 'leave'", [("leave",)]),
    ("SELECT e.event what FROM events e WHERE e.event = 'leave'", [("leave",)]),
    ("SELECT `event` FROM `events` WHERE \"event\" = 'leave'", [("leave",)]),
    ("SELECT count() AS `how many` FROM events HAVING `how many` > 4", [(5,)]),
    ("SELECT n.* FROM (SELECT 1 AS a, 2 AS b) AS n", [(1, 2)]),
    ("SELECT * EXCLUDE (a) FROM (SELECT 1 AS a, 2 AS b)", [(2,)]),
    ("SELECT COLUMNS(a, b) FROM (SELECT 1 AS a, 2 AS b, 3 AS c)", [(1, 2)]),
    ("SELECT 1 AS a, a + 1 AS b, b + 1 AS c", [(1, 2, 3)]),
    ("SELECT toDate(timestamp) AS day FROM events WHERE day = '2026-01-16' GROUP BY day", None),
    ("SELECT event AS e, count() AS c FROM events WHERE e != 'look' GROUP BY e ORDER BY c", [("leave", 1), ("pay", 2)]),
    # FROM and joins
    ("SELECT a.n, b.n FROM (SELECT 1 AS n) a INNER JOIN (SELECT 1 AS n) b ON a.n = b.n", [(1, 1)]),
    ("SELECT a.n, b.n FROM (SELECT 1 AS n) a JOIN (SELECT 1 AS n) b USING n", [(1, 1)]),
    ("SELECT a.n, b.n FROM (SELECT 1 AS n) a JOIN (SELECT 1 AS n) b USING (n)", [(1, 1)]),
    ("SELECT a.n, b.n FROM (SELECT 1 AS n) a LEFT JOIN (SELECT 2 AS n) b ON a.n = b.n", [(1, None)]),
    ("SELECT a.n, b.n FROM (SELECT 1 AS n) a LEFT OUTER JOIN (SELECT 2 AS n) b ON a.n = b.n", [(1, None)]),
    ("SELECT a.n, b.n FROM (SELECT 1 AS n) a RIGHT JOIN (SELECT 2 AS n) b ON a.n = b.n", [(None, 2)]),
    (
        "SELECT a.n, b.n FROM (SELECT 1 AS n) a FULL OUTER JOIN (SELECT 2 AS n) b ON a.n = b.n ORDER BY a.n",
        [(1, None), (None, 2)],
    ),
    ("SELECT a.n, b.n FROM (SELECT 1 AS n) a CROSS JOIN (SELECT 2 AS n) b", [(1, 2)]),
    ("SELECT a.n, b.n FROM (SELECT 1 AS n) a, (SELECT 2 AS n) b", [(1, 2)]),
    ("SELECT a.n FROM (SELECT 1 AS n) a LEFT SEMI JOIN (SELECT 1 AS n) b ON a.n = b.n", [(1,)]),
    ("SELECT a.n FROM (SELECT 1 AS n) a LEFT ANTI JOIN (SELECT 2 AS n) b ON a.n = b.n", [(1,)]),
    ("SELECT a.n FROM (SELECT 1 AS n) a ANY LEFT JOIN (SELECT 1 AS n) b ON a.n = b.n", [(1,)]),
    (
        "SELECT e.event, p.properties.plan FROM events e JOIN persons p ON e.person_id = p.id WHERE e.event = 'leave'",
        [("leave", "free")],
    ),
    ("SELECT v.x, v.y FROM (VALUES (1, 'a'), (2, 'b')) AS v(x, y) ORDER BY x", [(1, "a"), (2, "b")]),
    ("SELECT number FROM numbers(3)", [(0,), (1,), (2,)]),
    ("SELECT number FROM numbers(5, 2)", [(5,), (6,)]),
    ("SELECT generate_series FROM generate_series(1, 5, 2)", [(1,), (3,), (5,)]),
    ("SELECT count() FROM (SELECT event FROM events) AS inside", [(5,)]),
    ("SELECT count() FROM events SAMPLE 1", [(5,)]),
    ("SELECT count() <= 5 FROM events SAMPLE 1/10", [(True,)]),
    ("SELECT count() <= 5 FROM events e SAMPLE 0.5 WHERE e.event = 'pay'", [(True,)]),
    ("SELECT count() FROM events FINAL", [(5,)]),
    # ARRAY JOIN
    ("SELECT x FROM (SELECT [1, 2] AS xs) ARRAY JOIN xs AS x", [(1,), (2,)]),
    ("SELECT n, x FROM (SELECT 1 AS n, emptyArrayString() AS xs) LEFT ARRAY JOIN xs AS x", [(1, "")]),
    (
        "SELECT x, y FROM (SELECT [1, 2] AS xs, ['a', 'b'] AS ys) INNER ARRAY JOIN xs AS x, ys AS y",
        [(1, "a"), (2, "b")],
    ),
    ("SELECT arrayJoin([1, 2]) AS x", [(1,), (2,)]),
    # WHERE and its like
    ("SELECT count() FROM events PREWHERE event = 'pay'", [(2,)]),
    ("SELECT count() FROM events PREWHERE event = 'pay' WHERE properties.n = 3", [(1,)]),
    ("SELECT event FROM events GROUP BY event HAVING count() = 1", [("leave",)]),
    # GROUP BY
    ("SELECT event, count() FROM events GROUP BY 1 ORDER BY 2, 1", [("leave", 1), ("look", 2), ("pay", 2)]),
    ("SELECT event, count() FROM events GROUP BY ALL ORDER BY event LIMIT 1", [("leave", 1)]),
    ("SELECT event, count() FROM events GROUP BY ROLLUP(event) ORDER BY count() DESC LIMIT 1", [("", 5)]),
    ("SELECT event, count() FROM events GROUP BY CUBE(event) ORDER BY count() DESC LIMIT 1", [("", 5)]),
    # WINDOW and OVER
    ("SELECT number, sum(number) OVER (ORDER BY number) FROM numbers(3) ORDER BY number", [(0, 0), (1, 1), (2, 3)]),
    (
        "SELECT number, sum(number) OVER w, max(number) OVER w FROM numbers(3) WINDOW w AS (ORDER BY number DESC)"
        " ORDER BY number",
        [(0, 3, 2), (1, 3, 2), (2, 2, 2)],
    ),
    (
        "SELECT number, sum(number) OVER (PARTITION BY number % 2 ORDER BY number ROWS BETWEEN 1 PRECEDING AND CURRENT"
        " ROW) FROM numbers(4) ORDER BY number",
        [(0, 0), (1, 1), (2, 2), (3, 4)],
    ),
    (
        "SELECT number, count() OVER (ORDER BY number RANGE BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING)"
        " FROM numbers(2) ORDER BY number",
        [(0, 2), (1, 2)],
    ),
    ("SELECT number, rank() OVER (ORDER BY number) FROM numbers(2) ORDER BY number", [(0, 1), (1, 2)]),
    ("SELECT quantile(0.5)(number) OVER () FROM numbers(3) LIMIT 1", [(1.0,)]),
    ("SELECT number FROM numbers(4) QUALIFY row_number() OVER (ORDER BY number DESC) = 1", [(3,)]),
    # ORDER BY, LIMIT, OFFSET, LIMIT BY
    ("SELECT number FROM numbers(5) ORDER BY number DESC LIMIT 2", [(4,), (3,)]),
    ("SELECT number FROM numbers(5) ORDER BY number ASC LIMIT 2 OFFSET 1", [(1,), (2,)]),
    ("SELECT number FROM numbers(5) ORDER BY number LIMIT 2, 1", [(1,), (2,)]),
    ("SELECT number % 2 AS odd, number FROM numbers(6) ORDER BY number LIMIT 1 BY odd", [(0, 0), (1, 1)]),
    (
        "SELECT number % 2 AS odd, number FROM numbers(6) ORDER BY number LIMIT 1 OFFSET 1 BY odd LIMIT 1",
        [(0, 2)],
    ),
    ("SELECT number % 2 AS odd FROM numbers(4) ORDER BY odd LIMIT 1 WITH TIES", [(0,), (0,)]),
    ("SELECT number FROM numbers(3) WHERE number != 1 ORDER BY number WITH FILL", [(0,), (1,), (2,)]),
    (
        "SELECT number FROM numbers(1) ORDER BY number WITH FILL FROM 0 TO 4 STEP 2",
        [(0,), (2,)],
    ),
    # sets
    ("SELECT 1 AS n UNION ALL SELECT 1", [(1,), (1,)]),
    ("SELECT 1 AS n UNION DISTINCT SELECT 1", [(1,)]),
    ("SELECT 1 AS n UNION SELECT 1", [(1,)]),
    ("SELECT 1 AS n INTERSECT SELECT 1", [(1,)]),
    ("SELECT 1 AS n EXCEPT SELECT 1", []),
    ("(SELECT 1 AS n UNION ALL SELECT 2) EXCEPT SELECT 2", [(1,)]),
    ("SELECT n FROM (SELECT 2 AS n UNION ALL SELECT 1) ORDER BY n", [(1,), (2,)]),
    # WITH
    ("WITH few AS (SELECT number FROM numbers(2)) SELECT * FROM few", [(0,), (1,)]),
    ("WITH a AS (SELECT 1 AS n), b AS (SELECT n + 1 AS m FROM a) SELECT m FROM b", [(2,)]),
    ("WITH a(x) AS (SELECT 1) SELECT x FROM a", [(1,)]),
    ("WITH 5 AS five SELECT five + 1", [(6,)]),
    ("WITH event = 'pay' AS paid SELECT countIf(paid) FROM events", [(2,)]),
    (
        "WITH who AS (SELECT DISTINCT distinct_id FROM events WHERE event = 'pay') SELECT count() FROM events"
        " WHERE distinct_id IN who",
        [(3,)],
    ),
]

EXPRESSIONS = [
    ("1 + 2 * 3 - 4 / 2", 5.0),
    ("7 % 4", 3),
    ("-(3)", -3),
    ("1 = 1 AND 1 == 1 AND 1 != 2 AND 1 <> 2 AND 1 < 2 AND 1 <= 1 AND 2 > 1 AND 2 >= 2", True),
    ("NOT (1 = 2) OR false", True),
    ("'abc' LIKE 'a%'", True),
    ("'abc' NOT LIKE 'A%'", True),
    ("'abc' ILIKE 'A%'", True),
    ("'abc' NOT ILIKE 'B%'", True),
    ("'abc' =~ '^a.c$'", True),
    ("'abc' !~ '^x'", True),
    ("'abc' =~* '^A'", True),
    ("'abc' !~* '^A'", False),
    ("1 IN (1, 2)", True),
    ("1 IN [1, 2]", True),
    ("3 NOT IN (1, 2)", True),
    ("1 IN (SELECT number FROM numbers(2))", True),
    ("5 NOT IN (SELECT number FROM numbers(2))", True),
    ("(1, 'a') IN ((1, 'a'), (2, 'b'))", True),
    ("2 BETWEEN 1 AND 3", True),
    ("5 NOT BETWEEN 1 AND 3", True),
    ("NULL IS NULL AND 1 IS NOT NULL", True),
    ("1 IS DISTINCT FROM 2", True),
    ("1 > 0 ? 'more' : 'less'", "more"),
    ("CASE WHEN 1 > 2 THEN 'a' WHEN 2 > 1 THEN 'b' ELSE 'c' END", "b"),
    ("CASE WHEN 1 > 2 THEN 'a' END", None),
    ("CASE 2 WHEN 1 THEN 'one' WHEN 2 THEN 'two' ELSE 'many' END", "two"),
    ("NULL ?? 'x'", "x"),
    ("arrayMap(x -> x * 2, [1, 2])", [2, 4]),
    ("arrayMap((x, y) -> x + y, [1, 2], [10, 20])", [11, 22]),
    ("[1, 2, 3,]", [1, 2, 3]),
    ("[10, 20][1]", 10),
    ("[10, 20][-1]", 20),
    ("[1, 2, 3][2:3]", [2, 3]),
    ("(1, 'b').2", "b"),
    ("(1, 2,)", (1, 2)),
    ("tuple('x', 2).1", "x"),
    ("{'a': 1}['a']", 1),
    ("'12'::int + 1", 13),
    ("CAST('1.5' AS Float)", 1.5),
    ("'x'::Nullable(String)", "x"),
    ("try_cast('x' AS Int)", None),
    ("toString(toDate('2026-01-31') + INTERVAL 1 DAY)", "2026-02-01"),
    ("toString(toDate('2026-01-31') - INTERVAL '2 weeks')", "2026-01-17"),
    ("toString(toDateTime('2026-01-31 00:00:00') + INTERVAL 90 SECOND)", "2026-01-31 00:01:30.000000"),
    ("'a' || 'b' || toString(1)", "ab1"),
    ("f'{1 + 1} and {upper('x')}'", "2 and X"),
    ("'it''s' || '\\'' || 'a\\tb'", "it's'a\tb"),
    ("1.5e3 + .5 + 0x1F", 1531.5),
    ("true AND NOT false", True),
    ("(SELECT max(number) FROM numbers(3))", 2),
    ("EXISTS (SELECT 1)", True),
    ("trim(BOTH 'x' FROM 'xax')", "a"),
    ("trim(LEADING 'x' FROM 'xax')", "ax"),
    ("interval 1 day = interval 1 day", True),
]

OVER_EVENTS = [
    ("COUNT(*)", 5),
    ("count(DISTINCT distinct_id)", 2),
    ("sum(properties.price) FILTER (WHERE event = 'pay')", 50.0),
    ("any(properties.`odd name`)", "odd"),
    ("any(properties['odd name'])", "odd"),
    ('any(properties."odd name")', "odd"),
    ("max(properties.a.b)", "deep4"),
    ("max(properties['a']['b'])", "deep4"),
    ("max(properties.n)", "4"),
    ("sum(properties.price)", 100.0),
    ("uniq(person.properties.plan)", 2),
    ("uniq(session.session_id)", 2),
    ("uniq(pdi.person_id)", 2),
]


@pytest.mark.parametrize(("query", "rows"), CLAUSES)
def test_clauses(shop: StoredProject, query: str, rows: list[tuple[object, ...]] | None) -> None:
    found = shop.rows(query)
    assert rows is None or found == rows


@pytest.mark.parametrize(("expression", "value"), EXPRESSIONS)
def test_expressions(shop: StoredProject, expression: str, value: object) -> None:
    assert shop.rows(f"SELECT {expression}") == [(value,)]


@pytest.mark.parametrize(("expression", "value"), OVER_EVENTS)
def test_expressions_over_events(shop: StoredProject, expression: str, value: object) -> None:
    assert shop.rows(f"SELECT {expression} FROM events") == [(value,)]


NULLS = [
    ("NULL = NULL", True),
    ("1 = NULL", False),
    ("NULL = 1", False),
    ("1 != NULL", True),
    ("NULL != NULL", False),
    ("nullIf(1, 1) = nullIf(2, 2)", True),
    ("nullIf(1, 1) != 1", True),
    ("nullIf(1, 1) < 1", False),
    ("nullIf(1, 1) >= 1", False),
    ("nullIf('a', 'a') LIKE '%'", False),
    ("nullIf('a', 'a') NOT LIKE 'x'", True),
    ("nullIf('a', 'a') ILIKE '%'", False),
    ("nullIf('a', 'a') =~ '.*'", False),
    ("nullIf('a', 'a') !~ '.*'", True),
    ("nullIf(1, 1) IN (1, 2)", False),
    ("nullIf(1, 1) NOT IN (1, 2)", True),
    ("nullIf(1, 1) IN (SELECT 1)", False),
    ("nullIf(1, 1) NOT IN (SELECT 1)", True),
    ("nullIf(1, 1) BETWEEN 0 AND 2", False),
    ("nullIf(1, 1) NOT BETWEEN 0 AND 2", True),
    ("NOT nullIf(1, 1)", True),
]


@pytest.mark.parametrize(("comparison", "value"), NULLS)
def test_null_compares_as_a_value_of_its_own(shop: StoredProject, comparison: str, value: bool) -> None:
    assert shop.rows(f"SELECT {comparison}") == [(value,)]


REFUSED = [
    ("WITH RECURSIVE n AS (SELECT 1 AS x UNION ALL SELECT x + 1 FROM n) SELECT x FROM n", "RECURSIVE"),
    ("SELECT 1 FROM events e ASOF JOIN persons p ON e.person_id = p.id", "not supported"),
    ("SELECT 1 FROM events e POSITIONAL JOIN persons p", "not supported"),
    ("SELECT x FROM (SELECT [1] AS xs) ARRAY JOIN xs", "must have an alias"),
    ("SELECT 1 FROM events GROUP BY GROUPING SETS ((event), ())", "GROUPING SETS"),
    ("SELECT number FROM numbers(3) ORDER BY number WITH FILL INTERPOLATE (number AS number)", "INTERPOLATE"),
    ("SELECT * FROM events PIVOT (count() FOR event IN ('a'))", ""),
    ("SELECT COLUMNS('e.*') FROM events", "COLUMNS"),
    ("SELECT 1 AS n UNION ALL BY NAME SELECT 1 AS n", "not supported"),
    ("SELECT 1 AS team_id", "reserved"),
    ("SELECT 1 AS `true`", "reserved"),
    ("SELECT 1 FROM events AS `null`", "reserved"),
    ("SELECT f(x := 1) FROM events", "Named arguments"),
    ("SELECT <b>bold</b>", "Tags"),
    ("SELECT groupArray(event ORDER BY timestamp) FROM events", "ORDER BY in an aggregate"),
    ("SELECT (x -> x)(1)", "function's name"),
    ("SELECT event FROM events LIMIT event", "whole numbers"),
    ("SELECT event FROM events SETTINGS max_threads = 1", ""),
    ("SELECT TOP 5 event FROM events", ""),
    ("SELECT count() FROM events SAMPLE 2", "between 0 and 1"),
    ("SELECT count() FROM events SAMPLE 0.1 OFFSET 0.5", "SAMPLE"),
    ("SELECT 'x'::Enum('a')", "Unsupported type"),
    ("SELECT order FROM (SELECT 1 AS n) ORDER BY ALL", ""),
    ("SELECT DISTINCT ON (event) timestamp FROM events", ""),
]


@pytest.mark.parametrize(("query", "reason"), REFUSED)
def test_what_is_not_run_is_refused_in_words(shop: StoredProject, query: str, reason: str) -> None:
    with pytest.raises(HogQLError) as refused:
        shop.rows(query)
    assert reason in refused.value.message
