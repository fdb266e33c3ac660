"""The clauses of SELECT, and what the columns of an answer are called."""

import pytest

from hedgerow.eventstore.client import EventStore
from hedgerow.hogql import ast
from hedgerow.hogql.compile import compile_query
from hedgerow.hogql.errors import HogQLError
from hedgerow.hogql.parse import parse_expr, parse_order, parse_select
from tests.hogql.conftest import StoredProject

ROWS = [("a", 1), ("a", 2), ("b", 3), ("c", 4)]


@pytest.fixture(scope="module")
def letters(event_store: EventStore) -> StoredProject:
    """Events named a, a, b and c with numbers from 1 to 4."""
    stored = StoredProject(event_store)
    for event, number in ROWS:
        stored.event(event, {"n": number}, at=f"2026-01-15 12:00:0{number}")
    return stored


@pytest.mark.parametrize(
    ("query", "rows"),
    [
        ("SELECT 1 AS one, 'x' AS text", [(1, "x")]),
        ("SELECT event, count() FROM events GROUP BY event ORDER BY event", [("a", 2), ("b", 1), ("c", 1)]),
        ("SELECT event, count() AS c FROM events GROUP BY 1 ORDER BY 2 DESC, 1 LIMIT 2", [("a", 2), ("b", 1)]),
        ("SELECT event AS e FROM events WHERE e = 'b'", [("b",)]),
        ("SELECT event AS e FROM events PREWHERE e != 'a' WHERE e != 'b'", [("c",)]),
        ("SELECT DISTINCT event FROM events ORDER BY event", [("a",), ("b",), ("c",)]),
        ("SELECT event FROM events GROUP BY event HAVING count() > 1", [("a",)]),
        ("SELECT event, properties.n FROM events ORDER BY timestamp DESC LIMIT 1 OFFSET 1", [("b", "3")]),
        ("SELECT event FROM events ORDER BY timestamp LIMIT 1 BY event", [("a",), ("b",), ("c",)]),
        ("SELECT event FROM events ORDER BY timestamp LIMIT 3, 2", [("b",), ("c",)]),
        ("SELECT count(*) FROM events", [(4,)]),
        ("SELECT COUNT(DISTINCT event), count() FILTER (WHERE event = 'a') FROM events", [(3, 2)]),
        ("SELECT sum(n) FROM (SELECT properties.n AS n FROM events)", [(10.0,)]),
        ("WITH x AS (SELECT event AS e FROM events) SELECT count() FROM x WHERE e IN x", [(4,)]),
        ("WITH 2 AS two, two * 2 AS four SELECT four + 1", [(5,)]),
        ("WITH a AS (SELECT 1 AS x), b AS (SELECT x + 1 AS y FROM a) SELECT y FROM b", [(2,)]),
        ("WITH t(x, y) AS (SELECT 1, 2) SELECT y, x FROM t", [(2, 1)]),
        ("SELECT x, y FROM (SELECT 1, 2) AS t(x, y)", [(1, 2)]),
        ("SELECT x FROM (VALUES (1), (2)) AS v(x) ORDER BY x DESC", [(2,), (1,)]),
        ("SELECT 1 AS x UNION ALL SELECT 2 ORDER BY 1", [(1,), (2,)]),
        ("SELECT count() FROM (SELECT event FROM events UNION ALL SELECT event FROM events)", [(8,)]),
        ("SELECT event FROM events UNION DISTINCT SELECT 'a' LIMIT 1", None),
        ("SELECT 1 INTERSECT SELECT 1", [(1,)]),
        ("SELECT 1 EXCEPT SELECT 1", []),
        ("SELECT event, i FROM events ARRAY JOIN [1, 2] AS i WHERE event = 'b' ORDER BY i", [("b", 1), ("b", 2)]),
        ("SELECT number FROM numbers(3) WHERE number % 2 = 0", [(0,), (2,)]),
        ("SELECT number FROM numbers(2, 2)", [(2,), (3,)]),
        (
            "SELECT event, row_number() OVER (PARTITION BY event ORDER BY timestamp) AS r FROM events ORDER BY 1, 2",
            None,
        ),
        (
            "SELECT properties.n, sum(properties.n) OVER w FROM events WINDOW w AS (ORDER BY timestamp)"
            " ORDER BY timestamp",
            [("1", 1.0), ("2", 3.0), ("3", 6.0), ("4", 10.0)],
        ),
        (
            "SELECT lag(event) OVER (ORDER BY timestamp), lead(event, 1, 'end') OVER (ORDER BY timestamp) FROM events"
            " ORDER BY timestamp DESC LIMIT 1",
            [("b", "end")],
        ),
        (
            "SELECT sum(number) OVER (ORDER BY number ROWS BETWEEN 1 PRECEDING AND CURRENT ROW) FROM numbers(3)",
            [(0,), (1,), (3,)],
        ),
        ("SELECT event FROM events QUALIFY row_number() OVER (ORDER BY timestamp) = 1", [("a",)]),
        ("SELECT event, count() FROM events GROUP BY ROLLUP(event) ORDER BY 2 DESC, 1 LIMIT 1", [("", 4)]),
        ("SELECT number FROM numbers(1) ORDER BY number WITH FILL FROM 0 TO 3", [(0,), (1,), (2,)]),
        ("SELECT * FROM (SELECT 1 AS x, 2 AS y)", [(1, 2)]),
        ("SELECT t.* FROM (SELECT 1 AS x) AS t CROSS JOIN (SELECT 2 AS y) AS u", [(1,)]),
        ("SELECT * EXCLUDE (y) FROM (SELECT 1 AS x, 2 AS y)", [(1,)]),
        ("SELECT COLUMNS(y, x) FROM (SELECT 1 AS x, 2 AS y)", [(2, 1)]),
        ("SELECT (SELECT max(properties.n) FROM events)", [("4",)]),
        ("SELECT exists(SELECT 1 FROM events WHERE event = 'zz')", [(0,)]),
        ("SELECT arrayMap(x -> x * 2, [1, 2]), arrayFilter((x) -> x > 1, [1, 2])", [([2, 4], [2])]),
        ("SELECT arrayMap((x, y) -> x + y, [1, 2], [3, 4]), arrayFold((a, x) -> a + x, [1, 2], 0)", None),
        ("SELECT [1, 2, 3][2], (1, 'b').2, [1, 2, 3][2:3], {'k': 5}['k']", [(2, "b", [2, 3], 5)]),
        ("SELECT 'a' || 'b', true ? 1 : 2, NULL ?? 5, -3 + 1, 7 % 4, 7 / 2", [("ab", 1, 5, -2, 3, 3.5)]),
        ("SELECT CASE WHEN 1 = 2 THEN 'x' ELSE 'y' END, CASE 3 WHEN 3 THEN 'three' END", [("y", "three")]),
        ("SELECT '1.5'::float, '7'::int, 1::string, '2026-01-01'::date = '2026-01-01', 'x'::int", None),
        ("SELECT sortableSemver('1.10.2') > sortableSemver('1.9.30')", [(1,)]),
        ("SELECT count() FROM events SAMPLE 1", [(4,)]),
        ("select event from events where event = 'b' -- comment\n limit 1;", [("b",)]),
    ],
)
def test_queries(letters: StoredProject, query: str, rows: list[tuple[object, ...]] | None) -> None:
    found = letters.rows(query)
    assert found == rows if rows is not None else found


def test_an_alias_hides_the_column_of_its_name_after_it(letters: StoredProject) -> None:
    query = "SELECT upper(event) AS event, length(event) FROM events WHERE event = 'B'"
    assert letters.rows(query) == [("B", 1)]


@pytest.mark.parametrize(
    ("query", "columns"),
    [
        ("SELECT 1", ["1"]),
        ("SELECT count()", ["count()"]),
        (
            "SELECT event, properties.$browser, properties['a b'], event AS e FROM events",
            ["event", "$browser", "a b", "e"],
        ),
        ("SELECT toDate(timestamp), 1 + 2 FROM events", ["toDate(timestamp)", "1 + 2"]),
        ("SELECT count(distinct event), quantile(0.9)(1) FROM events", ["count(DISTINCT event)", "quantile(0.9)(1)"]),
        ("SELECT * FROM person_distinct_ids", ["distinct_id", "person_id"]),
        ("SELECT key, p.id FROM groups CROSS JOIN persons p", ["key", "id"]),
        ("SELECT 1 AS `we``ird; --`", ["we`ird; --"]),
        ("SELECT 1 AS x UNION ALL SELECT 2 AS y", ["x"]),
    ],
)
def test_names_of_columns(stored: StoredProject, query: str, columns: list[str]) -> None:
    assert compile_query(query, stored.context).columns == columns


def test_asterisk_of_events_has_neither_the_project_nor_joins(stored: StoredProject) -> None:
    columns = compile_query("SELECT * FROM events", stored.context).columns
    assert columns[:4] == ["uuid", "event", "properties", "timestamp"]
    assert "person_id" in columns and "team_id" not in columns and "person" not in columns


def test_types_of_columns(stored: StoredProject) -> None:
    stored.event(properties={"n": 1})
    query = "SELECT event, properties.n, timestamp, count(), uuid, 1 = 1 FROM events GROUP BY ALL"
    compiled = compile_query(query, stored.context)
    assert compiled.types[:3] == ["String", "Nullable(String)", "DateTime64(6, 'UTC')"]


class TestLimits:
    def test_a_query_without_limit_gets_the_default(self, letters: StoredProject) -> None:
        assert len(letters.rows("SELECT event FROM events", default_limit=2)) == 2
        assert compile_query("SELECT 1", letters.context, default_limit=2).limit == 2

    def test_its_own_limit_counts_up_to_the_maximum(self, letters: StoredProject) -> None:
        compiled = compile_query("SELECT event FROM events LIMIT 3", letters.context, default_limit=2, max_limit=100)
        assert (compiled.limit, compiled.warnings) == (3, [])
        lowered = compile_query("SELECT event FROM events LIMIT 300", letters.context, max_limit=100)
        assert lowered.limit == 100 and lowered.warnings

    def test_a_set_of_queries_gets_the_maximum(self, letters: StoredProject) -> None:
        query = "SELECT event FROM events UNION ALL SELECT event FROM events"
        assert len(letters.rows(query, default_limit=1, max_limit=5)) == 5
        assert len(letters.rows(query, default_limit=1)) == 8

    def test_subqueries_are_not_limited(self, letters: StoredProject) -> None:
        assert letters.rows("SELECT count() FROM (SELECT event FROM events)", default_limit=1) == [(4,)]

    def test_a_placeholder_may_be_the_limit(self, letters: StoredProject) -> None:
        tree = parse_select("SELECT event FROM events LIMIT {n}", {"n": ast.Constant(1)})
        assert len(letters.rows(tree, max_limit=3)) == 1

    @pytest.mark.parametrize("limit", ["'5'", "1 + 1", "event", "-1", "1.5", "true", "(SELECT 1)", "NULL"])
    def test_a_limit_is_a_whole_number(self, letters: StoredProject, limit: str) -> None:
        with pytest.raises(HogQLError, match="whole numbers"):
            letters.rows(f"SELECT event FROM events LIMIT {limit}", max_limit=10)


class TestPlaceholders:
    def test_values_are_bound(self, letters: StoredProject) -> None:
        tree = parse_select("SELECT event FROM events WHERE event = {e} LIMIT 1", {"e": ast.Constant("b")})
        assert letters.rows(tree) == [("b",)]

    def test_a_name_with_dots(self) -> None:
        assert parse_expr("{variables.x}", {"variables.x": ast.Constant(1)}) == ast.Constant(1)

    def test_an_unknown_one_is_an_error_at_its_place(self, stored: StoredProject) -> None:
        with pytest.raises(HogQLError, match=r"Unresolved placeholder: \{x\}") as raised:
            stored.rows("SELECT 1 WHERE {x}")
        assert (raised.value.start, raised.value.end) == (15, 18)

    @pytest.mark.parametrize("query", ["SELECT * FROM {x}", "SELECT {1 + 1}", "SELECT 1 LIMIT {x}", "{x}"])
    def test_wherever_it_stands(self, stored: StoredProject, query: str) -> None:
        with pytest.raises(HogQLError):
            stored.rows(query)


def test_an_item_of_order_by_from_text() -> None:
    assert parse_order("timestamp desc") == ast.OrderExpr(ast.Field(["timestamp"]), "DESC")
    assert parse_order("count()") == ast.OrderExpr(ast.Call("count", []), "ASC")
