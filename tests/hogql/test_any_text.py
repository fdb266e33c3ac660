"""Whatever the text, compiling it gives SQL without its values or a HogQLError, and never anything else."""

import re

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hedgerow.hogql.compile import compile_query
from hedgerow.hogql.context import ProjectContext
from hedgerow.hogql.errors import HogQLError
from hedgerow.hogql.metadata import query_metadata
from hedgerow.hogql.parse import parse_select
from hedgerow.hogql.text import hogql_text

CONTEXT = ProjectContext(4_242_424_242, "Europe/Berlin", has_person_overrides=True)
QUICK = settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))

WORDS = (
    "select from where group by having order limit offset and or not in like between is null as with union all join on"
    " using left array case when then else end over partition distinct events persons groups sessions numbers event"
    " timestamp properties person person_id team_id count sum if toDate arrayMap quantile x y ( ) [ ] { } , . : ; * + -"
    " / % = != < > =~ || ?? ? -> :: ' \" ` $browser 1 2.5 '' 'a' '2026-01-01' -- /* */ # \\ é system file url"
    " interval day cohort sample values final"
)
TOKENS = st.sampled_from([*WORDS.split(), "\x00"])
QUERIES = [
    "select event, count() from events where timestamp > '2026-01-01' and properties.a = 'b' group by event order by 2",
    "with c as (select person_id as p from events) select person.properties.email from events where person_id in c",
    "select arrayMap(x -> x + 1, [1, 2]), sum(n) over (partition by e order by n) from (select 1 as n, 'a' as e)",
    "select e.event, p.id from events e left join persons p on p.id = e.person_id where not e.event like '%x%' limit 5",
    "select session.$session_duration, group_0.key from events sample 0.5 union all select 1, '2'",
    "select case when 1 = 2 then 'a' else 'b' end, interval 1 day + now(), x::int from (select 1 as x)",
]


def check(text: str) -> None:
    """Compile the text in every way there is; only a HogQLError may be raised, within the text."""
    assert query_metadata(text, CONTEXT).query == text
    try:
        tree = parse_select(text)
        compiled = compile_query(tree, CONTEXT, default_limit=100, max_limit=1000)
    except HogQLError as error:
        assert error.message
        assert error.start is None or 0 <= error.start <= len(text)
        assert error.end is None or 0 <= error.end <= len(text)
    else:
        assert str(CONTEXT.team_id) not in compiled.sql
        assert len(compiled.columns) == len(compiled.types)
        assert hogql_text(parse_select(compiled.hogql)) == compiled.hogql


@QUICK
@given(st.text(max_size=80))
def test_any_characters(text: str) -> None:
    check(text)
    check("select " + text)


@QUICK
@given(st.lists(TOKENS, max_size=25))
def test_any_words(words: list[str]) -> None:
    check(" ".join(words))
    check("select " + " ".join(words) + " from events")


@QUICK
@given(st.sampled_from(QUERIES), st.integers(0, 130), st.integers(0, 8), TOKENS)
def test_queries_with_a_piece_replaced(query: str, start: int, length: int, piece: str) -> None:
    check(query[:start] + piece + query[start + length :])


@QUICK
@given(
    # Between marks, as words of the SQL itself are drawn too.
    st.lists(st.text(st.characters(codec="utf-8"), max_size=20).map("¤{}¤".format), min_size=1, max_size=4),
    st.integers(100_000, 2**60),
)
def test_no_value_is_in_the_sql(values: list[str], number: int) -> None:
    literals = ["'" + re.sub(r"([\\'])", r"\\\1", value).replace("\x00", "\\0") + "'" for value in values]
    text = (
        f"select {literals[0]}, concat({', '.join([*literals, literals[0]])}) from events"
        f" where event in ({', '.join(literals)}) and properties.n = {number} and distinct_id like {literals[-1]}"
        f" and [{', '.join(literals)}][1] != {number} limit {number}"
    )
    compiled = compile_query(text, CONTEXT)
    assert str(number) not in compiled.sql
    assert number in compiled.parameters.values()
    assert not any(value in compiled.sql for value in values)
