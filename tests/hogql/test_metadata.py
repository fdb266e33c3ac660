"""What editors are told of a query, and the list of tables."""

from dataclasses import replace

import pytest

from hedgerow.hogql import ast
from hedgerow.hogql.compile import compile_query
from hedgerow.hogql.context import ProjectContext
from hedgerow.hogql.database import TABLES, schema
from hedgerow.hogql.metadata import (
    Notice,
    expression_metadata,
    program_metadata,
    query_metadata,
    template_metadata,
)
from hedgerow.hogql.walk import replace_placeholders

CONTEXT = ProjectContext(1, event_property_types={"price": "Numeric"}, group_types=["company"])


def test_a_good_query() -> None:
    metadata = query_metadata("select properties.price, person.properties.email, event from events", CONTEXT)
    assert metadata.is_valid and metadata.errors == []
    assert metadata.table_names == ["events", "persons"]
    assert metadata.clickhouse_table_names == ["events", "persons"]
    assert metadata.notices == [Notice("Event property 'price' is of type 'Numeric'.", 7, 23)]


def test_a_bad_query_is_told_with_its_place_and_not_raised() -> None:
    metadata = query_metadata("select nope from events", CONTEXT)
    assert not metadata.is_valid
    assert metadata.errors == [Notice("Unable to resolve field: nope", 7, 11)]
    assert query_metadata("select", CONTEXT).errors[0].start == 6
    assert not query_metadata("select {x}", CONTEXT).is_valid


def test_placeholders_may_be_filled_in() -> None:
    def fill(tree: ast.Query) -> ast.Query:
        filled: ast.Query = replace_placeholders(tree, lambda placeholder, select: ast.Constant(True))
        return filled

    assert query_metadata("select event from events where {filters}", CONTEXT, fill).is_valid


def test_an_expression() -> None:
    assert expression_metadata("count() + 1", CONTEXT).is_valid
    assert expression_metadata("x + 1", CONTEXT, "select 1 as x").is_valid
    assert expression_metadata("event = nope", CONTEXT).errors == [Notice("Unable to resolve field: nope", 8, 12)]


def test_the_schema_lists_every_table_and_field() -> None:
    tables = schema(CONTEXT)["tables"]
    assert isinstance(tables, dict)
    cohorts = {"cohort_people", "static_cohort_people"}
    others = {"events", "persons", "groups", "sessions", "person_distinct_ids", "query_log", "session_replay_events"}
    assert set(tables) == others | cohorts
    events = tables["events"]["fields"]
    assert events["timestamp"] == {
        "name": "timestamp",
        "hogql_value": "timestamp",
        "schema_valid": True,
        "type": "datetime",
    }
    assert events["properties"]["type"] == "json"
    assert events["person"]["type"] == "lazy_table" and events["person"]["table"] == "persons"
    assert events["$session_id"]["hogql_value"] == "`$session_id`"
    assert events["company"]["table"] == "groups"
    assert "group_0" in events and "group_1" not in events and "team_id" not in events


def test_every_field_of_every_table_can_be_selected() -> None:
    everything = replace(CONTEXT, timezone="Europe/Berlin", has_person_overrides=True)
    for name, table in TABLES.items():
        for field in table.fields:
            tree = ast.SelectQuery(
                select=[ast.Field([field, "team_id"] if hasattr(table.fields[field], "own") else [field])],
                select_from=ast.JoinExpr(ast.Field([name])),
            )
            assert compile_query(tree, everything).columns


@pytest.mark.parametrize(
    ("text", "uses"),
    [
        ("select count() from events where timestamp > now() - interval 1 day", "yes"),
        ("select count() from events e where e.event = 'a' and e.timestamp between '2026-01-01' and now()", "yes"),
        ("select count() from events prewhere toDate(timestamp) = today()", "yes"),
        ("select count() from events", "no"),
        ("select count() from events where event = 'a'", "no"),
        ("select count() from events where timestamp > now() or event = 'a'", "no"),
        ("select 1 from events union all select 2 from events where timestamp > now()", "partial"),
        ("select 1", "undecisive"),
        ("select count() from persons", "undecisive"),
    ],
)
def test_whether_events_are_skipped_by_their_time(text: str, uses: str) -> None:
    assert query_metadata(text, CONTEXT).uses_indices == uses


def test_programs_and_templates_are_looked_at_for_their_syntax() -> None:
    assert program_metadata("let x := 1; return x + 1").is_valid
    assert program_metadata("let x = 1").errors[0].start == 6
    assert template_metadata("Hello {person.properties.name}!").is_valid
    (error,) = template_metadata("Hello {a b}").errors
    assert error.start is not None and 6 <= error.start <= 10
    assert not template_metadata("Hello {").is_valid
