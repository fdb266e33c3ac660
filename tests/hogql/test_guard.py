"""No text stalls the server: what would take the parser long is refused unread, or ended at a time limit."""

import itertools
import threading

import pytest

from hedgerow.hogql.compile import compile_query
from hedgerow.hogql.context import ProjectContext
from hedgerow.hogql.errors import HogQLError, QueryTooComplexError
from hedgerow.hogql.guard import SMALL_COST, estimated_cost
from hedgerow.hogql.parse import parse_expr, parse_select
from hedgerow.hogql.parser_process import Lane

REFUSED_UNREAD = {
    "brackets": "(" * 1000 + "1" + ")" * 1000,
    "calls": "f(" * 40 + "1" + ")" * 40,
    "conditions": "if(a, " * 40 + "1" + ", 2)" * 40,
    "blocks": "if (a) {" * 40 + "}" * 40,
    "negations": "not " * 100 + "a",
    "negations in brackets": "not(" * 100 + "a" + ")" * 100,
    "dots": ".".join(["a"] * 1000),
    "safe dots": "?.".join(["a"] * 1000),
    "spaced dots": " . ".join(["a"] * 1000),
    "operators": "+".join(["1"] * 3000),
    "length": "'" + "x" * 100_001 + "'",
    "behind a comment": "/* ) */ " + "(" * 30 + "-- )\n" + "1" + ")" * 30,
    "behind a string": "')' || '\\')' || ''')' || " + "(" * 30 + "1" + ")" * 30,
    "behind quotes": '`)` || ")" || ' + "(" * 30 + "1" + ")" * 30,
}


@pytest.mark.parametrize("text", REFUSED_UNREAD.values(), ids=REFUSED_UNREAD.keys())
def test_what_is_beyond_the_limits_is_refused_unread(text: str) -> None:
    with pytest.raises(QueryTooComplexError):
        estimated_cost(text)
    with pytest.raises(QueryTooComplexError):
        parse_expr(text)


ELSEWHERE = {
    "brackets": "(" * 24 + "1" + ")" * 24,
    "calls": "f(" * 23 + "1" + ")" * 23,
    "calls and sums": "f(1+(" * 12 + "a" + "))" * 12,
    "negations": "not " * 24 + "a",
    "dots": ".".join(["a"] * 101),
    "sums": "+".join(["1"] * 400),
    "conditions": " and ".join(["a = 1"] * 600),
    "branches": "case when a then " * 20 + "1" + " end" * 20,
    "format strings": "f'" + "{f'" * 5 + "x" + "'}" * 5 + "'",
    "tags": "<a><b>{1}</b></a>",
    "long text": "'" + "x" * 50_000 + "'",
    "siblings": "[" + ", ".join(["f(g(h(1)))"] * 40) + "]",
}


@pytest.mark.parametrize("text", ELSEWHERE.values(), ids=ELSEWHERE.keys())
def test_what_may_take_long_does_not_stand_in_line_with_the_others(text: str) -> None:
    assert estimated_cost(text) > SMALL_COST


@pytest.mark.parametrize(
    "text",
    [
        "select 1",
        "select event, count() from events where timestamp > now() - interval 7 day group by event order by 2 desc",
        "select toStartOfDay(timestamp), countIf(event = 'a' and (properties.x = 'b' or properties.y = 'c'))"
        " from events"
        " where not (event in ('x', 'y')) and person.properties.email like '%@a.b' group by 1 having count() > 5",
        "')))))))))))))))))))))))))(((((((((((((((((((((((((((((('",
        "[[[[[[1]]]]]]",
        "select 1 /* ((((((((((((((((((((((((((((((((((((((( */ -- (((((((((((((",
    ],
)
def test_an_ordinary_query_does(text: str) -> None:
    assert estimated_cost(text) <= SMALL_COST


def test_both_lanes_read_alike() -> None:
    text = "select ((((((((((((((event)))))))))))))), f'a{event}b' from events where not not not (a = 1)"
    small = text.replace("f'a{event}b'", "concat('a', event, 'b')")
    assert estimated_cost(text) > SMALL_COST
    assert [node.value for node in parse_select(text).select[1].args[::2]] == ["a", "b"]  # type: ignore[union-attr]
    assert parse_select(text).where == parse_select(small).where  # type: ignore[union-attr]


def test_errors_of_difficult_texts_have_their_place() -> None:
    padding = "(" * 20 + "1" + ")" * 20
    for broken, start in ((f"select {padding} from", 53), (f"select {padding} }}", 0), (f"select {padding}, 'x", 50)):
        with pytest.raises(HogQLError, match="Syntax error") as raised:
            parse_select(broken)
        assert raised.value.start == start


def test_reading_is_ended_at_the_time_limit_while_other_threads_go_on() -> None:
    # The parser needs minutes for this text; the guard, which would refuse it, is passed by.
    endless = "f(" * 300 + "1" + ")" * 300
    lane = Lane(processes=1, time_limit=0.3)
    steps = itertools.count()
    stop = threading.Event()

    def work() -> None:
        while not stop.is_set():
            next(steps)
            stop.wait(0.001)

    other = threading.Thread(target=work)
    other.start()
    before = next(steps)
    try:
        with pytest.raises(QueryTooComplexError, match="takes too long"):
            lane.parse("expr", endless)
    finally:
        stop.set()
        other.join()
    # A parser that held the interpreter would have let it take a step or two.
    assert next(steps) - before > 20
    assert b'"Constant"' in lane.parse("expr", "1")
    lane.end()


def test_a_text_waits_for_a_free_process_no_longer_than_the_limit() -> None:
    lane = Lane(processes=0, time_limit=0.01)
    with pytest.raises(QueryTooComplexError, match="busy"):
        lane.parse("expr", "1")


def test_trees_too_deep_to_compile_are_refused() -> None:
    chain = "+".join(["1"] * 400)
    with pytest.raises(QueryTooComplexError, match="nested too deeply"):
        parse_expr(chain)
    with pytest.raises(QueryTooComplexError):
        compile_query("select " + "[" * 1200 + "]" * 1200, ProjectContext(1))


def test_a_chain_of_a_hundred_operators_is_not() -> None:
    assert compile_query("select " + "+".join(["1"] * 100), ProjectContext(1)).columns
    assert compile_query("select 1 where " + " or ".join(["1 = 1"] * 150), ProjectContext(1)).columns


def test_names_that_multiply_are_refused() -> None:
    names = ["a0 as (select 1 as x)"]
    names += [f"a{i} as (select * from a{i - 1} union all select * from a{i - 1})" for i in range(1, 12)]
    with pytest.raises(QueryTooComplexError, match="subqueries"):
        compile_query(f"with {', '.join(names)} select * from a11", ProjectContext(1))


@pytest.mark.parametrize("text", ["select \ud800", "select '\udfff'"])
def test_half_a_character_is_no_text(text: str) -> None:
    with pytest.raises(HogQLError, match="Unicode"):
        parse_select(text)
