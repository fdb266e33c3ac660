"""Trees written back as text read as the same trees."""

import pytest

from hedgerow.hogql.compile import compile_query
from hedgerow.hogql.context import ProjectContext
from hedgerow.hogql.parse import parse_expr, parse_select
from hedgerow.hogql.text import hogql_text

EXPRESSIONS = [
    "a",
    "properties.$browser",
    "`a b`.`c``d`",
    "`true`.x",
    "1",
    "-1.5",
    "'it''s \\\\ \\n'",
    "null",
    "true",
    "a + b * c - (d - e) / f % g",
    "a - (b - c)",
    "(a + b) * c",
    "a = 1 and (b != 2 or not c < 3)",
    "not (a and b)",
    "(a = b) = c",
    "a in (1, 2) or b not in (select 1)",
    "a is null and b is not null",
    "a between 1 and 2",
    "a not between 1 and 2",
    "a is not distinct from b",
    "a like 'x%' and b not ilike 'y' and c =~ 'z' and d !~* 'w'",
    "f(a, g(b), 'c')",
    "quantile(0.9)(x)",
    "count(distinct x)",
    "count() filter (where a = 1)",
    "sum(x) over (partition by a order by b desc rows between 1 preceding and current row)",
    "sum(x) over w",
    "x -> x + 1",
    "(x, y) -> x",
    "[1, [2]]",
    "(1, 'a')",
    "tuple(1)",
    "a[1]['b']",
    "a.1",
    "f(a)[1:2]",
    "{'a': 1}",
    "cast(a as int)",
    "a ? b : c",
    "a ?? b",
    "case a when 1 then 'x' else 'y' end",
    "interval 1 day",
    "coalesce((select 1), 2)",
    "{placeholder.name}",
    "a as b",
    "(a as b) + 1",
]
QUERIES = [
    "select 1",
    "select distinct a, b as c from events as e prewhere x where y group by a having z",
    "select a from t order by a desc, b limit 5 offset 2",
    "select * from a left join b on a.x = b.x join c using (y) cross join (select 1) as d",
    "with x as (select 1), 2 as y select x from x",
    "select 1 union all select 2 union distinct (select 3 limit 1)",
    "select a from events array join [1] as a",
    "select a from events limit 1 by a, b",
    "select sum(a) over w from t window w as (partition by b)",
    "select number from numbers(5) as n",
    "select * exclude (a) from t",
    "select a from t sample 1/10",
    "select a from t order by a asc with fill from 1 to 2 step 1",
    "select x from (values (1), (2)) as v(x)",
    "select a from t group by all",
    "select a from t group by rollup(a)",
    "select a from t qualify rank() over (order by a) = 1",
    "select a in (select b from c) from d where e in f",
]


@pytest.mark.parametrize("text", EXPRESSIONS)
def test_expressions(text: str) -> None:
    tree = parse_expr(text)
    assert parse_expr(hogql_text(tree)) == tree


@pytest.mark.parametrize("text", QUERIES)
def test_queries(text: str) -> None:
    tree = parse_select(text)
    assert parse_select(hogql_text(tree)) == tree
    assert hogql_text(parse_select(hogql_text(tree))) == hogql_text(tree)


def test_the_normal_form() -> None:
    compiled = compile_query(
        "select  event , count( ) from events -- all\n where event!='a' group by 1", ProjectContext(1)
    )
    assert compiled.hogql == "SELECT event, count() FROM events WHERE event != 'a' GROUP BY 1"
