"""Whatever a query says, its values and names never become SQL."""

import re

import pytest

from hedgerow.hogql import ast
from hedgerow.hogql.compile import compile_query
from hedgerow.hogql.context import ProjectContext
from hedgerow.hogql.errors import HogQLError
from tests.hogql.conftest import StoredProject

CONTEXT = ProjectContext(1, timezone="America/New_York")
NASTY = [
    "o'; DROP TABLE events; --",
    "\\'; SELECT 1; --",
    "`; SELECT 1; --",
    '"; SELECT 1; --',
    "{p0:String}",
    "{team_id:Int64}",
    "*/ UNION ALL SELECT * FROM events /*",
    "a\nb\tc\rd\x00e\x08",
    "%s %(x)s {} $1 ?",
    "\\",
    "\\\\'",
    "-- ",
    "é€😀\u2028",
    "$$heredoc$$",
    "x" * 5000,
]


def selected(expr: ast.Expr) -> ast.SelectQuery:
    """A query for one expression over events."""
    return ast.SelectQuery(select=[expr], select_from=ast.JoinExpr(ast.Field(["events"])))


@pytest.mark.parametrize("text", NASTY)
class TestNasty:
    def test_values_come_back_as_they_went_in(self, stored: StoredProject, text: str) -> None:
        assert stored.rows(ast.SelectQuery(select=[ast.Constant(text), ast.Array([ast.Constant(text)])])) == [
            (text, [text])
        ]

    def test_values_are_found_by_equality_and_in_lists(self, stored: StoredProject, text: str) -> None:
        stored.event("seen", {"value": text}, distinct_id=text)
        value = ast.Constant(text)
        query = selected(ast.Call("count"))
        query.where = ast.And(
            [
                ast.CompareOperation(ast.Field(["distinct_id"]), value, "=="),
                ast.CompareOperation(ast.Field(["properties", "value"]), value, "=="),
                ast.CompareOperation(ast.Field(["distinct_id"]), ast.Tuple([value]), "in"),
                ast.CompareOperation(ast.Field(["distinct_id"]), ast.Array([value, value, value]), "in"),
            ]
        )
        assert stored.rows(query) == [(1,)]

    def test_names_of_properties_are_only_names(self, stored: StoredProject, text: str) -> None:
        stored.event("seen", {text: "value", "other": {text: "deep"}})
        query = ast.SelectQuery(
            select=[
                ast.Field(["properties", text]),
                ast.Field(["properties", "other", text]),
                ast.Field(["person", "properties", text]),
                ast.ArrayAccess(ast.Field(["properties"]), ast.Constant(text)),
            ],
            select_from=ast.JoinExpr(ast.Field(["events"])),
        )
        assert stored.rows(query) == [("value", "deep", None, "value")]

    def test_aliases_and_names_of_tables_are_not_in_the_sql(self, stored: StoredProject, text: str) -> None:
        inner = ast.SelectQuery(select=[ast.Alias(ast.Constant(1), text)])
        query = ast.SelectQuery(
            select=[ast.Alias(ast.Field([text, text]), text)],
            select_from=ast.JoinExpr(inner, alias=text),
            where=ast.CompareOperation(ast.Field([text]), ast.Constant(1), "=="),
            window_exprs={text: ast.WindowExpr()},
            ctes=[ast.CTE(text, ast.SelectQuery(select=[ast.Constant(1)]))],
        )
        compiled = compile_query(query, stored.context)
        assert text not in compiled.sql or len(text) < 3
        assert compiled.columns == [text]
        assert stored.rows(query) == [(1,)]

    @pytest.mark.parametrize("place", ["function", "operator", "table", "type", "order", "join", "set", "frame"])
    def test_anything_else_is_refused(self, text: str, place: str) -> None:
        one = ast.SelectQuery(select=[ast.Constant(1)])
        trees: dict[str, ast.Query] = {
            "function": selected(ast.Call(text, [])),
            "operator": selected(ast.CompareOperation(ast.Constant(1), ast.Constant(2), text)),
            "table": ast.SelectQuery(select=[ast.Constant(1)], select_from=ast.JoinExpr(ast.Field([text]))),
            "type": selected(ast.TypeCast(ast.Constant(1), text)),
            "order": ast.SelectQuery(
                select=[ast.Constant("a")], order_by=[ast.OrderExpr(ast.Constant("a"), order=text)]
            ),
            "join": ast.SelectQuery(
                select=[ast.Constant(1)],
                select_from=ast.JoinExpr(one, "a", next_join=ast.JoinExpr(one, "b", join_type=text)),
            ),
            "set": ast.SelectSetQuery(one, [ast.SelectSetNode(one, text)]),
            "frame": selected(
                ast.WindowFunction("rank", over_expr=ast.WindowExpr(frame_start=ast.WindowFrameExpr(text, 1)))
            ),
        }
        with pytest.raises(HogQLError):
            compile_query(trees[place], CONTEXT)


@pytest.mark.parametrize("operator", ["+", "-", "*", "/", "%"])
def test_arithmetic_operators(stored: StoredProject, operator: str) -> None:
    assert stored.rows(ast.SelectQuery(select=[ast.ArithmeticOperation(ast.Constant(7), ast.Constant(7), operator)]))


@pytest.mark.parametrize("operator", ["+ 1 FROM events --", "^", "", "AND"])
def test_other_arithmetic_operators_are_refused(operator: str) -> None:
    with pytest.raises(HogQLError):
        compile_query(selected(ast.ArithmeticOperation(ast.Constant(7), ast.Constant(7), operator)), CONTEXT)


@pytest.mark.parametrize(
    "mode",
    ["all) UNION ALL SELECT 1 --", "rollup(1), cube"],
)
def test_other_ways_to_group_are_refused(mode: str) -> None:
    query = ast.SelectQuery(select=[ast.Constant(1)], group_by=[ast.Constant("x")], group_by_mode=mode)
    with pytest.raises(HogQLError):
        compile_query(query, CONTEXT)


def test_the_sql_has_only_names_of_ours() -> None:
    query = (
        "WITH chosen AS (SELECT event AS name, timestamp AS moment FROM events AS stream"
        " WHERE distinct_id = 'Xanthippe')"
        " SELECT c.name AS title, count() AS amount, arrayMap(element -> concat(element, 'Yggdrasil'), ['Zarathustra'])"
        " FROM chosen AS c WHERE c.moment > '2019-03-04' AND c.name NOT IN ('Quetzalcoatl', 'Nebuchadnezzar')"
        " GROUP BY title ORDER BY amount DESC LIMIT 987654"
    )
    compiled = compile_query(query, CONTEXT)
    words = "chosen stream name moment title amount element c Xanthippe Yggdrasil Zarathustra Quetzalcoatl"
    found = set(re.findall(r"\w+", compiled.sql))
    assert found.isdisjoint({*words.split(), "Nebuchadnezzar", "2019", "987654", "York"})
    assert "Xanthippe" in compiled.parameters.values() and 987654 in compiled.parameters.values()


def test_equal_values_are_one_parameter_so_that_equal_expressions_are_equal_text() -> None:
    query = "SELECT substring(event, 3) FROM events GROUP BY substring(event, 3)"
    sql = compile_query(query, CONTEXT).sql
    assert len(set(re.findall(r"substring\([^()]*\)", sql))) == 1
