"""The tables a query can read and their fields. What is not here cannot be reached.

A field's SQL is a template in which `{t}` stands for the table's alias. Property names after a JSON field are not
listed: any name may be asked for.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

from hedgerow.hogql.channels import channel_sql, domain_type_sql
from hedgerow.hogql.context import ProjectContext
from hedgerow.hogql.recording_fields import RECORDING_FIELDS
from hedgerow.hogql.session_fields import SESSION_FIELDS
from hedgerow.hogql.types import (
    BOOLEAN,
    DATETIME,
    INTEGER,
    STRING,
    UUID,
    Type,
    array_of,
)
from hedgerow.hogql.values import Compilation

PropertyTypes = Callable[[ProjectContext], Mapping[str, str]]


@dataclass(frozen=True, slots=True)
class Column:
    """A value of each row."""

    sql: str
    type: Type
    in_asterisk: bool = True


@dataclass(frozen=True, slots=True)
class JsonColumn:
    """Properties: `column` has a sub-column for each path, `raw` is the text as it came in.

    With `exact`, a property defined as text is looked into for objects and arrays, as one without a definition is.
    """

    types: PropertyTypes
    column: str = "{t}.properties"
    raw: str = "{t}.properties_raw"
    exact: bool = True
    in_asterisk: bool = True


@dataclass(frozen=True, slots=True)
class PersonOfEvent:
    """The person an event belongs to now: the stored id unless an override says otherwise."""

    in_asterisk: bool = True


@dataclass(frozen=True, slots=True)
class Join:
    """Another table, joined when one of its fields is asked for."""

    table: str
    own: str
    """Name of the field here that names the row there …"""
    other: str
    """… by this field."""
    group_type: int | None = None
    in_asterisk: bool = False
    through: tuple[str, ...] = ()
    """The way there, where it leads through a join of another name."""


Field = Column | JsonColumn | PersonOfEvent | Join


@dataclass(frozen=True, slots=True)
class Table:
    """A table of HogQL: rows of `source` of the project, where `condition`, newest versions only if `final`."""

    source: str
    fields: Mapping[str, Field]
    final: bool = False
    condition: str = ""
    group_by: str = ""
    live: Callable[[Compilation, str], str] | None = None
    """Which rows count as of now, where that depends on the project; takes the table's alias."""


def _event_types(context: ProjectContext) -> Mapping[str, str]:
    return context.event_property_types


def _person_types(context: ProjectContext) -> Mapping[str, str]:
    return context.person_property_types


def _group_types(index: int | None) -> PropertyTypes:
    def types(context: ProjectContext) -> Mapping[str, str]:
        return {} if index is None else context.group_property_types.get(index, {})

    return types


def _stored(name: str, type: Type, in_asterisk: bool = True) -> Column:
    return Column(f"{{t}}.`{name}`", type, in_asterisk)


def _chain_parts(pattern: str) -> Column:
    return Column(f"arrayDistinct(extractAll({{t}}.elements_chain, '{pattern}'))", array_of(STRING), False)


def _in_quotes(name: str) -> str:
    """Finds the values of an attribute in a chain of elements; a quote within a value is written as `\\"`."""
    return rf'''(?::|"){name}="((?:[^"\\\\]|\\\\.)*)"'''


def _attribute_values(name: str) -> Column:
    values = f"extractAll({{t}}.elements_chain, '{_in_quotes(name)}')"
    return Column(
        rf"""arrayDistinct(arrayMap(part -> replaceAll(part, '\\"', '"'), {values}))""", array_of(STRING), False
    )


def group_join(index: int) -> Join:
    """From an event to its group of that type."""
    return Join("groups", f"$group_{index}", "key", index)


TEAM = _stored("team_id", INTEGER, False)
PERSON = Join("persons", "person_id", "id")

EVENTS = Table(
    "events",
    {
        "team_id": TEAM,
        "uuid": _stored("uuid", UUID),
        "event": _stored("event", STRING),
        "properties": JsonColumn(_event_types, exact=False),
        "timestamp": _stored("timestamp", DATETIME),
        "distinct_id": _stored("distinct_id", STRING),
        "elements_chain": _stored("elements_chain", STRING),
        "created_at": _stored("created_at", DATETIME),
        "$session_id": _stored("$session_id", STRING),
        "$window_id": _stored("$window_id", STRING),
        "person_mode": _stored("person_mode", STRING),
        **{f"$group_{index}": _stored(f"$group_{index}", STRING) for index in range(5)},
        "elements_chain_href": Column(
            rf"""replaceAll(extract({{t}}.elements_chain, '{_in_quotes("href")}'), '\\"', '"')""",
            STRING,
            in_asterisk=False,
        ),
        "elements_chain_texts": _attribute_values("text"),
        "elements_chain_ids": _attribute_values("attr_id"),
        "elements_chain_elements": _chain_parts("(?:^|;)(a|button|form|input|select|textarea|label)(?:\\\\.|$|:)"),
        "inserted_at": _stored("inserted_at", DATETIME, False),
        "person_id": PersonOfEvent(),
        "person": PERSON,
        "pdi": Join("person_distinct_ids", "distinct_id", "distinct_id"),
        "poe": PERSON,
        "session": Join("sessions", "$session_id", "session_id"),
        **{f"group_{index}": group_join(index) for index in range(5)},
        **{f"goe_{index}": group_join(index) for index in range(5)},
    },
)


def _initial(name: str) -> str:
    """What a property was with the person's first event."""
    return f"CAST({{t}}.properties.`$initial_{name.removeprefix('$')}`, 'Nullable(String)')"


PERSONS = Table(
    "persons",
    {
        "team_id": TEAM,
        "id": _stored("id", UUID),
        "created_at": _stored("created_at", DATETIME),
        "properties": JsonColumn(_person_types),
        "is_identified": _stored("is_identified", BOOLEAN),
        "last_seen_at": _stored("last_seen_at", DATETIME.or_null()),
        "$virt_initial_channel_type": Column(channel_sql(_initial), STRING, False),
        "$virt_initial_referring_domain_type": Column(domain_type_sql(_initial), STRING, False),
        "pdi": Join("person_distinct_ids", "id", "person_id"),
    },
    final=True,
)

PERSON_DISTINCT_IDS = Table(
    "person_distinct_ids",
    {
        "team_id": TEAM,
        "distinct_id": _stored("distinct_id", STRING),
        "person_id": _stored("person_id", UUID),
        "person": PERSON,
    },
    final=True,
)


def _groups(index: int | None) -> Table:
    return Table(
        "groups",
        {
            "team_id": TEAM,
            "index": _stored("group_type_index", INTEGER),
            "key": _stored("group_key", STRING),
            "created_at": _stored("created_at", DATETIME),
            "updated_at": _stored("updated_at", DATETIME),
            "properties": JsonColumn(_group_types(index)),
        },
        final=True,
        condition="" if index is None else f"{{t}}.group_type_index = {index}",
    )


SESSIONS = Table(
    "events",
    {name: Column(sql, type, in_asterisk) for name, (sql, type, in_asterisk) in SESSION_FIELDS.items()},
    condition="{t}.`$session_id` != ''",
    group_by="{t}.`$session_id`",
)


def _live_members(compilation: Compilation, alias: str) -> str:
    """The present members of the cohorts that are not deleted."""
    cohorts = compilation.context.cohorts.values()
    if not cohorts:
        return "false"
    ids = compilation.bind([cohort.id for cohort in cohorts], "Array(Int64)")
    versions = compilation.bind([cohort.version for cohort in cohorts], "Array(Int64)")
    return f"({alias}.cohort_id, {alias}.version) IN arrayZip({ids}, {versions})"


COHORT_PEOPLE = Table(
    "cohort_people",
    {
        "team_id": TEAM,
        "person_id": _stored("person_id", UUID),
        "cohort_id": _stored("cohort_id", INTEGER),
        "person": PERSON,
    },
)

QUERY_LOG = Table(
    "query_log",
    {
        "team_id": TEAM,
        "query_id": _stored("query_id", STRING),
        "name": _stored("name", STRING),
        "kind": _stored("kind", STRING),
        "query": _stored("query", STRING),
        "created_by": _stored("created_by", INTEGER.or_null()),
        "query_start_time": _stored("query_start_time", DATETIME),
        "query_duration_ms": _stored("query_duration_ms", INTEGER),
        "result_rows": _stored("result_rows", INTEGER),
        "status": _stored("status", STRING),
        "exception": _stored("exception", STRING),
    },
)

RECORDINGS = Table(
    "recording_blocks",
    {
        **{name: Column(sql, type, in_asterisk) for name, (sql, type, in_asterisk) in RECORDING_FIELDS.items()},
        "pdi": Join("person_distinct_ids", "distinct_id", "distinct_id"),
        "person": Join("persons", "distinct_id", "id", through=("pdi", "person")),
        "session": Join("sessions", "session_id", "session_id"),
    },
    final=True,
    group_by="{t}.session_id",
)

TABLES: Mapping[str, Table] = {
    "events": EVENTS,
    "persons": PERSONS,
    "groups": _groups(None),
    "sessions": SESSIONS,
    "person_distinct_ids": PERSON_DISTINCT_IDS,
    "cohort_people": replace(COHORT_PEOPLE, live=_live_members),
    "static_cohort_people": replace(COHORT_PEOPLE, condition="{t}.version = 0", live=_live_members),
    "query_log": QUERY_LOG,
    "session_replay_events": RECORDINGS,
}
RAW_NAMES = {f"raw_{name}": name for name in TABLES if name not in ("events", "query_log")}
GROUPS_BY_TYPE = {index: _groups(index) for index in range(5)}


def find_table(name: str) -> tuple[str, Table] | None:
    """The table of that name, or that a `raw_…` name is another name of."""
    name = RAW_NAMES.get(name, name)
    table = TABLES.get(name)
    return (name, table) if table else None


def joined_table(join: Join) -> Table:
    """The table a join leads to; of groups only those of the join's type."""
    return TABLES[join.table] if join.group_type is None else GROUPS_BY_TYPE[join.group_type]


_SCHEMA_TYPES = {
    "String": "string",
    "Integer": "integer",
    "Float": "float",
    "Boolean": "boolean",
    "DateTime": "datetime",
    "Date": "date",
    "UUID": "uuid",
    "Array": "array",
}


def schema(context: ProjectContext) -> dict[str, object]:
    """The answer of `DatabaseSchemaQuery`: `{"tables": {name: {type, id, name, fields}}, "joins": []}`."""
    tables = {
        name: {
            "type": "posthog",
            "id": name,
            "name": name,
            "fields": {
                field_name: _field_schema(field_name, each)
                for field_name, each in {**_groups_by_name(table, context), **table.fields}.items()
                if field_name != "team_id" and not _absent_group(each, context)
            },
            "row_count": None,
        }
        for name, table in TABLES.items()
    }
    return {"tables": tables, "joins": []}


def _groups_by_name(table: Table, context: ProjectContext) -> dict[str, Join]:
    """The fields that events have because of the project's group types."""
    if table is not EVENTS:
        return {}
    return {name: group_join(index) for index, name in enumerate(context.group_types) if name}


def _absent_group(each: Field, context: ProjectContext) -> bool:
    return isinstance(each, Join) and each.group_type is not None and each.group_type >= len(context.group_types)


def _field_schema(name: str, each: Field) -> dict[str, object]:
    hogql = name if name.isidentifier() else f"`{name}`"
    described: dict[str, object] = {"name": name, "hogql_value": hogql, "schema_valid": True}
    if isinstance(each, Join):
        joined = joined_table(each).fields
        return {**described, "type": "lazy_table", "table": each.table, "fields": [n for n in joined if n != "team_id"]}
    if isinstance(each, JsonColumn):
        return {**described, "type": "json"}
    if isinstance(each, PersonOfEvent):
        return {**described, "type": "uuid"}
    return {**described, "type": _SCHEMA_TYPES.get(each.type.kind, "unknown")}
