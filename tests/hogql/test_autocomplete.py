"""What is suggested while a query is being written; `|` is the cursor."""

from collections.abc import Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hedgerow.hogql.autocomplete import MOST, Suggestion, Suggestions, member_suggestions, suggestions
from hedgerow.hogql.context import Action, Cohort, ProjectContext

CONTEXT = ProjectContext(
    1, group_types=["company"], cohorts={1: Cohort(1, "Payers")}, actions={2: Action(2, "Signed up")}
)


class Known:
    """The names of a small shop."""

    def events(self, typed: str) -> Sequence[str]:
        return [name for name in ("$pageview", "paid", "it's") if typed.lower() in name]

    def properties(self, carrier: str, group_type: int, typed: str) -> Sequence[tuple[str, str]]:
        return [(f"{carrier}_{group_type}_price", "Numeric"), ("odd name", "")]


def suggested(text: str, **more: str) -> Suggestions:
    """The suggestions at the cursor."""
    return suggestions(text.replace("|", "", 1), text.index("|"), CONTEXT, Known(), **more)  # type: ignore[arg-type]


def labels(text: str, *kinds: str, **more: str) -> list[str]:
    """The labels of those of some kinds."""
    return [each.label for each in suggested(text, **more).items if not kinds or each.kind in kinds]


@pytest.mark.parametrize(
    "text",
    [
        "select event from |",
        "select event from ev|",
        "select event from ev| where event = 'a'",
        "select count() from persons join ev|",
        "select count() from persons, ev|",
        "select * from (select * from ev|",
        "select * from persons where id in (select person_id from ev|)",
        "select 1 union all select event from ev|",
    ],
)
def test_tables_after_from(text: str) -> None:
    assert labels(text)[0] == "events"
    assert "timestamp" not in labels(text)


def test_named_queries_are_tables() -> None:
    assert labels("with payers as (select distinct_id from events) select * from pay|") == ["payers"]


@pytest.mark.parametrize(
    ("text", "label"),
    [
        ("select ev| from events", "event"),
        ("select times| from events", "timestamp"),
        ("select event, times|\nfrom events where 1", "timestamp"),
        ("select event from events where times|", "timestamp"),
        ("select event from events where event = 'a' and (times|", "timestamp"),
        ("select event from events group by ev|", "event"),
        ("select count() from events e where e.times|", "timestamp"),
        ("select count() from events as e join persons as p on e.person_id = p.i|", "id"),
        ("select is_id| from persons", "is_identified"),
        ("select tot| from (select count() as total from events)", "total"),
        ("select t.tot| from (select count() as total from events) t", "total"),
        ("with t as (select event as what, 1 as n from events) select wh| from t", "what"),
        ("with t as (select event as what from events) select x.wh| from t as x", "what"),
        ("select distinct_| from (select * from events)", "distinct_id"),
        ("select event as what from events where wha|", "what"),
        ("select 1 from persons union all select times| from events", "timestamp"),
        ("select count() from events where person_id in (select i| from persons)", "id"),
        ("select sum(time| from events", "timestamp"),
        ("select comp| from events", "company"),
        ("select `times| from events", "timestamp"),
    ],
)
def test_fields_of_the_tables_in_reach(text: str, label: str) -> None:
    assert label in labels(text, "Variable", "Class")


def test_fields_of_other_queries_are_out_of_reach() -> None:
    assert "is_identified" not in labels("select is_| from events where 1 in (select 1 from persons)")
    assert "elements_chain" not in labels("select count() from events where 1 in (select elem| from persons)")
    assert "elements_chain" not in labels("select elem| from persons union all select 1 from events")
    assert "group_1" not in labels("select group_| from events")


@pytest.mark.parametrize(
    ("text", "label"),
    [
        ("select properties.| from events", "event_-1_price"),
        ("select properties.pri| from events", "event_-1_price"),
        ("select e.properties.pri| from events e", "event_-1_price"),
        ("select person.properties.| from events", "person_-1_price"),
        ("select e.pdi.person.properties.| from events e", "person_-1_price"),
        ("select properties.| from persons", "person_-1_price"),
        ("select group_0.properties.| from events", "group_0_price"),
        ("select company.properties.| from events", "group_0_price"),
        ("select count() from events where properties.pri", "event_-1_price"),
        ("select person.is_| from events", "is_identified"),
        ("select session.$entry_| from events", "$entry_current_url"),
    ],
)
def test_what_is_below_a_field(text: str, label: str) -> None:
    text = text if "|" in text else text + "|"
    assert label in labels(text)
    assert "SELECT" not in labels(text)


def test_odd_names_are_quoted() -> None:
    (odd,) = [each for each in suggested("select properties.odd| from events").items if each.label == "odd name"]
    assert odd.insert == "`odd name`"


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("select count() from events where event = '|'", ["$pageview", "it's", "paid"]),
        ("select count() from events where event = '|", ["$pageview", "it's", "paid"]),
        ("select count() from events where event = 'pa|' and 1", ["paid", "$pageview"]),
        ("select count() from events e where e.event != 'pa|", ["paid", "$pageview"]),
        ("select count() from events where event in ('$pageview', 'pai|')", ["paid"]),
        ("select count() from events where event not in ('pai|')", ["paid"]),
        ("select countIf(event = 'pai|') from events", ["paid"]),
        ("select count() from events where event like 'pai|", ["paid"]),
        ("select count() from events where distinct_id = 'pai|", []),
        ("select 'pai|", []),
        ("select count() from events where person_id in cohort '|'", ["Payers"]),
        ("select count() from events where matchesAction('|')", ["Signed up"]),
    ],
)
def test_names_in_strings(text: str, found: list[str]) -> None:
    assert sorted(labels(text)) == sorted(found)


def test_a_quote_in_a_name_is_escaped() -> None:
    (name,) = suggested("select count() from events where event = 'it|'").items
    assert (name.label, name.insert) == ("it's", "it\\'s")


def test_functions_come_with_their_documentation() -> None:
    (function,) = [each for each in suggested("select toStartOfHo| from events").items if each.kind == "Function"]
    assert function == Suggestion(
        "toStartOfHour", "Function", "toStartOfHour(", "toStartOfHour(time)", "Gives DateTime."
    )
    assert any(
        each.label == "quantile" and "Aggregates" in each.documentation for each in suggested("select quan|").items
    )


def test_keywords() -> None:
    assert "SELECT" in labels("|")
    assert "GROUP BY" in labels("select event, count() from events gro|", "Keyword")


@pytest.mark.parametrize(
    "text", ["select 1 -- ev|", "select 1 /* ev| */", "select event as ev| from events", "select 1 as |", "limit 10|"]
)
def test_nothing_where_nothing_known_can_stand(text: str) -> None:
    assert labels(text) == []


def test_placeholders() -> None:
    given = {"filters": {"dateRange": {"from": None}}, "variables": {"name": "x"}}
    text = "select 1 from events where {fil"
    assert [each.label for each in suggestions(text, len(text), CONTEXT, Known(), placeholders=given).items] == [
        "filters"
    ]
    text = "select 1 from events where x = {variables.}"
    found = suggestions(text, len(text) - 1, CONTEXT, Known(), placeholders=given)
    assert [each.label for each in found.items] == ["name"]


def test_more_than_an_answer_holds() -> None:
    found = suggested("select | from events")
    assert found.is_cut and len(found.items) == MOST
    assert not suggested("select times| from events").is_cut


def test_expressions_have_a_table_of_their_own() -> None:
    assert "timestamp" in labels("times|", default_table="events")
    assert "total" in labels("tot|", source="select count() as total from events")


def test_values_given_to_programs_and_templates() -> None:
    values = {"event": {"properties": {"price": 1}}}
    for text, label in (
        ("return ev|", "event"),
        ("Hello {event.prop|}", "properties"),
        ("{event.properties.|", "price"),
    ):
        found = member_suggestions(text.replace("|", ""), text.index("|"), values)
        assert label in [each.label for each in found.items]


@pytest.mark.parametrize(
    "text", ["", "(((", ")))", "select from where", "'", "{", "a.b.c.", "with x as (", "`", "from ,,,"]
)
def test_any_half_of_a_query_is_borne(text: str) -> None:
    for cursor in range(len(text) + 1):
        suggestions(text, cursor, CONTEXT, Known())


_PIECES = st.sampled_from(
    [
        *("select ", "from ", "events ", "with ", "x ", "as ", "(", ")", ",", ".", "'", "`", '"', "{", "}", "*"),
        *("join ", "union all ", "where ", "event ", "= ", "in ", "properties", "--", "/*", "*/", "\n", "1", "\\"),
        *("😀", "on ", "final "),
    ]
)


@settings(max_examples=150, deadline=None)
@given(st.lists(_PIECES, max_size=25), st.integers(0, 60))
def test_any_text_is_borne_at_any_place(pieces: list[str], cursor: int) -> None:
    text = "".join(pieces)
    suggestions(text, min(cursor, len(text)), CONTEXT, Known())


@pytest.mark.parametrize(
    "text", ["(" * 5000, "a" * 90_000 + " (", "a." * 5000, "x" * 200_000, "with a as (select " * 2000]
)
def test_texts_that_would_take_long_are_left_alone(text: str) -> None:
    assert len(suggestions(text, len(text), CONTEXT, Known()).items) <= MOST
