"""Errors say what is wrong and point at the part of the text that is."""

import pytest

from hedgerow.hogql.compile import compile_query
from hedgerow.hogql.context import ProjectContext
from hedgerow.hogql.errors import HogQLError, QuerySyntaxError

CONTEXT = ProjectContext(1)


@pytest.mark.parametrize(
    ("query", "part", "message"),
    [
        ("SELECT foo FROM events", "foo", "Unable to resolve field: foo"),
        ("SELECT 'ä€😀', `ünknown` FROM events", "`ünknown`", "Unable to resolve field: ünknown"),
        ("SELECT event,\n  e.nope FROM events e", "e.nope", "Unable to resolve field: e.nope"),
        ("SELECT person.nope FROM events", "person.nope", "Unable to resolve field: person.nope"),
        ("SELECT person FROM events", "person", "Unable to resolve field: person"),
        ("SELECT event.x FROM events", "event.x", "Unable to resolve field: event.x"),
        ("SELECT 1 FROM nowhere", "nowhere", "Unknown table nowhere"),
        ("SELECT 1 FROM system.tables", "system.tables", "Unknown table system.tables"),
        ("SELECT 1 FROM url('x')", "url('x')", "Unknown table function url"),
        ("SELECT nope(1)", "nope(1)", r"Unsupported function call 'nope\(...\)'"),
        ("SELECT length()", "length()", "Function 'length' expects 1 argument, found 0"),
        ("SELECT 1, substring('a')", "substring('a')", "Function 'substring' expects 2 to 3 arguments, found 1"),
        ("SELECT sumIf(1)", "sumIf(1)", "Function 'sumIf' expects 2 arguments, found 1"),
        ("SELECT tuple(now(1))", "now(1)", "Function 'now' expects 0 arguments, found 1"),
        ("SELECT length(distinct event) FROM events", "length(distinct event)", "does not aggregate"),
        ("SELECT quantile(number)(1) FROM numbers(1)", "number", "must be a constant"),
        ("SELECT abs(1)(2)", "abs(1)(2)", "takes no parameters"),
        ("SELECT event FROM events ORDER BY 3", "3", "There is no column 3"),
        ("SELECT event FROM events GROUP BY 0", "0", "There is no column 0"),
        ("SELECT x IN COHORT 5 FROM (SELECT 1 AS x)", "5", "Cohort 5 does not exist"),
        ("SELECT matchesAction('x') FROM events", "'x'", "Action 'x' does not exist"),
        ("SELECT 1 FROM events e JOIN events f", "events f", "needs ON or USING"),
        ("SELECT 1 UNION ALL SELECT 1, 2", "SELECT 1, 2", "1 and 2 columns"),
        ("SELECT x::Nonsense FROM (SELECT 1 AS x)", "x::Nonsense", "Unsupported type: nonsense"),
        ("SELECT * ", "*", "needs a table"),
        ("SELECT nope.* FROM events", "nope.*", "Unknown table nope"),
        ("SELECT length(*) FROM events", "*", r"\* can only be used"),
        ("SELECT sum(1) OVER nope", "sum(1) OVER nope", "Unknown window: nope"),
        ("WITH RECURSIVE a AS (SELECT 1) SELECT * FROM a", "a AS (SELECT 1)", "RECURSIVE"),
        ("SELECT dateTrunc('eon', now())", "'eon'", "The unit must be one of"),
        ("SELECT 1 IN (SELECT 1, 2)", "(SELECT 1, 2)", "one column"),
        ("SELECT e.event FROM events", "e.event", "Unable to resolve field: e.event"),
        ("SELECT (SELECT event) FROM events", "event", "Unable to resolve field: event"),
        ("SELECT arrayMap(x -> y, [1])", "y", "Unable to resolve field: y"),
        ("SELECT 1 SAMPLE", None, "Syntax error|resolve"),
    ],
)
def test_the_place_of_the_fault(query: str, part: str | None, message: str) -> None:
    with pytest.raises(HogQLError, match=message) as raised:
        compile_query(query, CONTEXT)
    if part is not None:
        assert raised.value.start is not None and raised.value.end is not None
        found = query[raised.value.start : raised.value.end]
        assert found.strip("()") == part.strip("()")


@pytest.mark.parametrize(
    ("query", "start"),
    [
        ("SELECT", 6),
        ("SELECT event FROM", 17),
        ("SELEC 1", 0),
        ("SELECT 'open", 7),
        ("SELECT 1 1", 9),
        ("SELECT a & b", 9),
        ("SELECT }", 0),
        ("", 0),
        ("SELECT '\\d'", 7),
        ("SELECT 'ä€😀' & 1", 13),
        ("SELECT 'ä€😀', (1", 16),
    ],
)
def test_text_that_is_no_query(query: str, start: int) -> None:
    with pytest.raises(QuerySyntaxError, match="Syntax error") as raised:
        compile_query(query, CONTEXT)
    assert raised.value.start == start
    assert raised.value.end is not None and start <= raised.value.end <= len(query)
    assert len(raised.value.message) < 400
