"""No query shows a row of another project."""

import pytest

from hedgerow.eventstore.client import EventStore
from hedgerow.hogql import ast
from hedgerow.hogql.compile import compile_query
from hedgerow.hogql.context import Cohort
from hedgerow.hogql.database import RAW_NAMES
from hedgerow.hogql.errors import HogQLError
from tests.hogql.conftest import StoredProject, person_of

TABLES = [
    *("events", "persons", "groups", "sessions", "person_distinct_ids"),
    *("cohort_people", "static_cohort_people", "query_log", "session_replay_events"),
]


@pytest.fixture(scope="module")
def mine(event_store: EventStore, other: StoredProject) -> StoredProject:
    """A project with a row in each table, beside another one with the same distinct id, session and group key."""
    stored = StoredProject(event_store).with_context(cohorts={7: Cohort(7, "Ours")})
    stored.member(7, "ann")
    stored.logged("ours")
    stored.recorded("s1", "2026-01-15 12:00:00", "2026-01-15 12:00:10", distinct_id="ann")
    stored.event("mine", {"secret": "ours"}, distinct_id="ann", **{"$session_id": "s1", "$group_0": "acme"})
    stored.person("ann", {"secret": "ours"})
    stored.group(0, "acme", {"secret": "ours"})
    return stored


@pytest.mark.parametrize("table", [*TABLES, *RAW_NAMES])
@pytest.mark.parametrize(
    "query",
    [
        "SELECT count() FROM {table}",
        "SELECT count() FROM {table} AS t WHERE 1 OR 1 = 1",
        "SELECT count() FROM {table} WHERE true OR team_id = {other}",
        "SELECT count() FROM (SELECT * FROM {table})",
        "WITH all_rows AS (SELECT * FROM {table}) SELECT count() FROM all_rows",
        "SELECT (SELECT count() FROM {table})",
        "SELECT count() FROM numbers(1) AS n CROSS JOIN {table} AS t",
        "SELECT count() FROM numbers(1) AS n LEFT JOIN {table} AS t ON 1 = 1",
        "SELECT count() FROM {table} AS a CROSS JOIN {table} AS b",
        "SELECT count() FROM {table} AS a CROSS JOIN numbers(1)",
    ],
)
def test_every_table_shows_the_projects_rows_only(
    mine: StoredProject, other: StoredProject, table: str, query: str
) -> None:
    text = query.replace("{table}", table).replace("{other}", str(other.context.team_id))
    assert mine.rows(text) == [(1,)]


@pytest.mark.parametrize("join", ["RIGHT JOIN", "FULL JOIN"])
@pytest.mark.parametrize("table", TABLES)
def test_joins_that_keep_rows_without_a_partner_keep_only_the_projects(
    mine: StoredProject, table: str, join: str
) -> None:
    first = f"SELECT count() FROM numbers(1) AS n {join} {table} AS t ON t.team_id = n.number"
    second = f"SELECT count() FROM {table} AS t {join} numbers(1) AS n ON t.team_id = n.number"
    both = 2 if join == "FULL JOIN" else 1
    assert mine.rows(first) == [(both,)]
    assert mine.rows(second) == [(both,)]


@pytest.mark.parametrize("table", TABLES)
@pytest.mark.parametrize("operator", ["UNION ALL", "UNION DISTINCT", "EXCEPT", "INTERSECT"])
def test_each_part_of_a_set_is_narrowed(mine: StoredProject, table: str, operator: str) -> None:
    query = f"SELECT team_id FROM {table} {operator} SELECT team_id FROM {table}"
    assert {team for (team,) in mine.rows(query)} <= {mine.context.team_id}


@pytest.mark.parametrize(
    "expression",
    [
        "properties.secret",
        "person.properties.secret",
        "pdi.person.properties.secret",
        "poe.properties.secret",
        "group_0.properties.secret",
        "goe_0.properties.secret",
        "(SELECT any(properties.secret) FROM persons)",
        "(SELECT any(properties.secret) FROM groups)",
    ],
)
def test_joined_properties_are_the_projects(mine: StoredProject, expression: str) -> None:
    assert mine.column(f"SELECT {expression} FROM events") == ["ours"]


def test_overrides_of_another_project_move_nobody(mine: StoredProject) -> None:
    following = mine.with_context(has_person_overrides=True)
    assert following.column("SELECT person_id FROM events") == [person_of("ann")]


def test_a_session_is_made_of_the_projects_events(stored: StoredProject, other: StoredProject) -> None:
    other.event("$pageview", **{"$session_id": "s1"})
    stored.event("$pageview", **{"$session_id": "s1"})
    assert stored.rows("SELECT session.$pageview_count, count() FROM events GROUP BY 1") == [(1, 1)]


@pytest.mark.parametrize(
    "query",
    [
        "SELECT * FROM events WHERE team_id = {other}",
        "SELECT * FROM events e WHERE e.team_id != {mine}",
        "SELECT * FROM events PREWHERE team_id = {other} WHERE true",
        "SELECT * FROM events HAVING team_id = {other}",
        "SELECT * FROM events e JOIN events f ON f.team_id = {other}",
        "SELECT * FROM events JOIN persons p ON p.team_id = {other}",
        "SELECT event FROM events GROUP BY event HAVING any(team_id) = {other}",
        "SELECT event FROM events WHERE event IN (SELECT event FROM events WHERE team_id = {other})",
        "SELECT * FROM (SELECT team_id AS team FROM events) WHERE team = {other}",
    ],
)
def test_asking_for_another_project_finds_nothing(mine: StoredProject, other: StoredProject, query: str) -> None:
    text = query.replace("{other}", str(other.context.team_id)).replace("{mine}", str(mine.context.team_id))
    assert mine.rows(text) == []


@pytest.mark.parametrize(
    "query",
    [
        "SELECT 1 AS team_id FROM events",
        "SELECT (2 AS team_id) FROM events",
        "SELECT 1 AS TEAM_ID",
        "SELECT * FROM events AS team_id",
        "SELECT 1 AS true",
        "SELECT event FROM events ARRAY JOIN [1] AS team_id",
    ],
)
def test_the_projects_id_cannot_be_shadowed(stored: StoredProject, query: str) -> None:
    with pytest.raises(HogQLError, match="alias"):
        stored.rows(query)


def test_nor_by_a_tree_built_by_code(stored: StoredProject) -> None:
    column = ast.SelectQuery(select=[ast.Alias(ast.Constant(1), "team_id")])
    table = ast.SelectQuery(select=[ast.Constant(1)], select_from=ast.JoinExpr(ast.Field(["events"]), alias="true"))
    for query in (column, table):
        with pytest.raises(HogQLError, match="cannot be used as an alias"):
            stored.rows(query)


def test_a_name_given_by_with_does_not_open_the_table_of_that_name(mine: StoredProject) -> None:
    assert mine.rows("WITH events AS (SELECT event AS e FROM events) SELECT e FROM events") == [("mine",)]
    assert mine.rows("WITH persons AS (SELECT 7 AS id) SELECT id FROM persons") == [(7,)]
    assert mine.rows("WITH system AS (SELECT 1 AS one) SELECT one FROM system") == [(1,)]


@pytest.mark.parametrize(
    "source",
    [
        *("system.tables", "system.one", "`system.tables`", "system", "default.events", "`default`.`events`", "one"),
        *(
            "person_overrides",
            "dead_letters",
            "ingestion_warnings",
            "schema_changes",
            "events_old",
            "information_schema",
        ),
        *("url('http://x', CSV)", "file('/etc/passwd')", "s3('x')", "remote('x', system.one)", "cluster('x', a, b)"),
        *("mysql('x')", "postgresql('x')", "jdbc('x')", "hdfs('x')", "merge('.*')", "input('x')", "executable('x')"),
        *(
            "view(SELECT 1)",
            "values('a Int', 1)",
            "generateRandom('a Int')",
            "dictionary('x')",
            "azureBlobStorage('x')",
        ),
        *(
            "sqlite('x', 'y')",
            "mergeTreeIndex(default, events)",
            "fileCluster('a','b')",
            "loop(events)",
            "null('a Int')",
        ),
        *("numbers((SELECT 1))", "numbers(rand())", "numbers('5')", "numbers(1, 2, 3)", "events(1)"),
    ],
)
def test_nothing_else_can_be_selected_from(stored: StoredProject, source: str) -> None:
    with pytest.raises(HogQLError):
        compile_query(f"SELECT * FROM {source}", stored.context)
    with pytest.raises(HogQLError):
        compile_query(f"SELECT * FROM events e LEFT JOIN {source} AS s ON 1 = 1", stored.context)


@pytest.mark.parametrize(
    "call",
    [
        *("file('/etc/passwd')", "dictGet('d', 'a', 1)", "dictGetOrNull('d', 'a', 1)", "joinGet('t', 'c', 1)"),
        *("sleep(3)", "sleepEachRow(3)", "getSetting('x')", "currentUser()", "currentDatabase()", "version()"),
        *(
            "hostName()",
            "serverUUID()",
            "getMacro('x')",
            "fuzzBits('a', 0.5)",
            "throwIf(1)",
            "catboostEvaluate('x', 1)",
        ),
        *(
            "getOSKernelVersion()",
            "shardNum()",
            "tcpPort()",
            "uptime()",
            "filesystemAvailable()",
            "initializeAggregation('sum', 1)",
        ),
        *("evalMLMethod(1, 2)", "addressToLine(1)", "trap('x')", "connectionId()", "executeQuery('x')", "queryID()"),
        *("hasColumnInTable('default', 'events', 'x')", "structureToProtobufSchema('x')", "sumState(1)", "sumMerge(1)"),
        *("encrypt('a', 'b', 'c')", "COUNT_STAR(1)", "numbers(3)", "url('x')", "in(1, (2))", "row_number()"),
    ],
)
def test_functions_that_reach_further_than_the_rows_are_refused(stored: StoredProject, call: str) -> None:
    with pytest.raises(HogQLError, match="Unsupported function call"):
        compile_query(f"SELECT {call} FROM events", stored.context)


@pytest.mark.parametrize(
    "query",
    [
        "SELECT 1 SETTINGS readonly = 0",
        "SELECT 1 FORMAT CSV",
        "SELECT 1 INTO OUTFILE 'x'",
        "SELECT 1; SELECT 2",
        "INSERT INTO events SELECT 1",
        "DROP TABLE events",
        "EXPLAIN SELECT 1",
        "SHOW TABLES",
        "ALTER TABLE events DELETE WHERE 1",
        "SELECT * FROM events FINAL SETTINGS max_threads = 1",
        "SELECT 1 --\n; DROP TABLE events",
        "(SELECT 1) UNION ALL (INSERT INTO events SELECT 1)",
    ],
)
def test_only_one_select_is_accepted(stored: StoredProject, query: str) -> None:
    with pytest.raises(HogQLError):
        compile_query(query, stored.context)


def test_the_project_is_in_the_parameters_and_not_in_the_text(stored: StoredProject) -> None:
    compiled = compile_query("SELECT event FROM events", stored.context)
    assert str(stored.context.team_id) not in compiled.sql
    assert stored.context.team_id in compiled.parameters.values()
