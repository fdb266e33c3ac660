"""Suggestions for a query that is being written: tables, fields, properties, functions, keywords, names in strings."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from hedgerow.hogql.context import ProjectContext
from hedgerow.hogql.database import (
    EVENTS,
    RAW_NAMES,
    TABLES,
    Column,
    Field,
    Join,
    JsonColumn,
    PersonOfEvent,
    Table,
    find_table,
    group_join,
    joined_table,
)
from hedgerow.hogql.functions.documentation import documentation, listed, signature
from hedgerow.hogql.half_written import Place, TableInReach, columns_of, place_at

MOST = 200
"""Suggestions of an answer; when there are more, `is_cut` says so."""

_KEYWORDS = (
    *(
        "SELECT",
        "FROM",
        "WHERE",
        "GROUP BY",
        "HAVING",
        "ORDER BY",
        "LIMIT",
        "OFFSET",
        "LIMIT BY",
        "PREWHERE",
        "QUALIFY",
    ),
    *("JOIN", "LEFT JOIN", "INNER JOIN", "RIGHT JOIN", "FULL OUTER JOIN", "CROSS JOIN", "ARRAY JOIN", "ON", "USING"),
    *("AS", "AND", "OR", "NOT", "IN", "NOT IN", "IN COHORT", "NOT IN COHORT", "BETWEEN", "LIKE", "ILIKE", "IS NULL"),
    *("IS NOT NULL", "CASE", "WHEN", "THEN", "ELSE", "END", "DISTINCT", "WITH", "UNION ALL", "UNION DISTINCT"),
    *(
        "INTERSECT",
        "EXCEPT",
        "OVER",
        "PARTITION BY",
        "ASC",
        "DESC",
        "INTERVAL",
        "SAMPLE",
        "CAST",
        "NULL",
        "TRUE",
        "FALSE",
    ),
)
_TYPE_NAMES = {"Integer": "Int64", "Float": "Float64", "Boolean": "Bool"}


class Taxonomy(Protocol):
    """The names a project uses; each at most a few hundred, those with `typed` in them."""

    def events(self, typed: str) -> Sequence[str]:
        """Names of events."""

    def properties(self, carrier: str, group_type: int, typed: str) -> Sequence[tuple[str, str]]:
        """Names and types of properties of `event`, `person` or `group`; `group_type` is -1 but for groups."""


@dataclass(frozen=True, slots=True)
class Suggestion:
    """Something that could stand at the cursor."""

    label: str
    kind: str
    """`Folder` a table, `Variable` a field, `Property`, `Function`, `Keyword`, `Value` in a string, `Class` a join."""
    insert: str
    detail: str = ""
    documentation: str = ""


@dataclass(slots=True)
class Suggestions:
    """What could stand at the cursor, the best first."""

    items: list[Suggestion]
    is_cut: bool


def suggestions(
    text: str,
    cursor: int,
    context: ProjectContext,
    taxonomy: Taxonomy,
    *,
    default_table: str | None = None,
    source: str | None = None,
    placeholders: Mapping[str, Any] | None = None,
) -> Suggestions:
    """What could stand at the offset `cursor` of a SELECT or, with a table or the text of a `source`, an expression."""
    default = []
    if source is not None:
        default = [TableInReach("", None, columns_of(source))]
    elif default_table is not None:
        default = [TableInReach(default_table, default_table)]
    place = place_at(text, cursor, default)
    return _cut(_Here(place, context, taxonomy, placeholders or {}).all(), place.typed)


def member_suggestions(text: str, cursor: int, values: Mapping[str, Any], *, functions: bool = True) -> Suggestions:
    """What could stand in a program or a template: the given values and their members, functions of the language."""
    place = place_at(text, cursor)
    if place.kind not in ("expression", "placeholder"):
        return Suggestions([], False)
    found = list(_members(values, place.chain))
    if functions and not place.chain:
        found += _functions()
    return _cut(found, place.typed)


def _cut(found: Iterable[Suggestion], typed: str) -> Suggestions:
    word = typed.lower()
    unique = {(each.label, each.kind): each for each in found if word in each.label.lower()}
    ordered = sorted(unique.values(), key=lambda each: not each.label.lower().startswith(word))
    return Suggestions(ordered[:MOST], len(ordered) > MOST)


@dataclass(slots=True)
class _Here:
    place: Place
    context: ProjectContext
    taxonomy: Taxonomy
    placeholders: Mapping[str, Any]

    def all(self) -> Iterator[Suggestion]:
        kind = self.place.kind
        if kind == "table":
            yield from self._tables()
        elif kind == "string":
            yield from self._strings()
        elif kind == "placeholder":
            yield from _members(self.placeholders, self.place.chain)
        elif kind == "expression" and self.place.chain:
            yield from self._below(self.place.chain)
        elif kind == "expression":
            yield from self._names()
            for keyword in _KEYWORDS:
                yield Suggestion(keyword, "Keyword", keyword + " ")
            yield from _functions()

    def _tables(self) -> Iterator[Suggestion]:
        for name in self.place.queries:
            yield Suggestion(name, "Folder", quoted(name), "Query named by WITH")
        for name in TABLES:
            yield Suggestion(name, "Folder", name, "Table")
        for name, of in RAW_NAMES.items():
            yield Suggestion(name, "Folder", name, f"Another name of {of}")
        yield Suggestion("numbers", "Function", "numbers(", "Table function", "Rows with the column number, from 0.")

    def _names(self) -> Iterator[Suggestion]:
        for alias in self.place.aliases:
            yield Suggestion(alias, "Variable", quoted(alias), "Column of this query")
        for table in self.place.tables:
            yield from self._fields(table)
        for table in self.place.tables:
            if table.alias:
                yield Suggestion(table.alias, "Folder", quoted(table.alias), "Table of this query")

    def _fields(self, reach: TableInReach) -> Iterator[Suggestion]:
        if reach.name is not None:
            found = find_table(reach.name)
            if found is not None:
                yield from self._fields_of(found[1])
            return
        for column in reach.columns:
            if column.endswith(".*"):
                inner = find_table(column.removesuffix(".*"))
                fields = inner[1].fields if inner else {}
                yield from (_field(name, each) for name, each in fields.items() if each.in_asterisk)
            else:
                yield Suggestion(column, "Variable", quoted(column), "Column")

    def _fields_of(self, table: Table) -> Iterator[Suggestion]:
        for name, each in table.fields.items():
            absent = isinstance(each, Join) and (each.group_type or 0) >= max(len(self.context.group_types), 1)
            if name != "team_id" and not absent:
                yield _field(name, each)
        if table is EVENTS:
            for name in filter(None, self.context.group_types):
                yield Suggestion(name, "Class", quoted(name), "The event's group of this type")

    def _below(self, chain: tuple[str, ...]) -> Iterator[Suggestion]:
        """What may follow a dot."""
        named = next((table for table in self.place.tables if table.alias == chain[0]), None)
        if named is not None and len(chain) == 1:
            yield from self._fields(named)
            return
        candidates = [named] if named is not None else self.place.tables
        for reach in candidates:
            table = find_table(reach.name) if reach.name else None
            if table is not None:
                yield from self._below_field(table[1], chain[1:] if named is not None else chain)

    def _below_field(self, table: Table, chain: tuple[str, ...]) -> Iterator[Suggestion]:
        group_type = -1
        for index, name in enumerate(chain):
            each = table.fields.get(name)
            if each is None and table is EVENTS and name in self.context.group_types:
                each = group_join(self.context.group_types.index(name))
            if isinstance(each, Join):
                table, group_type = joined_table(each), -1 if each.group_type is None else each.group_type
            elif isinstance(each, JsonColumn) and index == len(chain) - 1:
                yield from self._properties(table, group_type)
                return
            else:
                return
        yield from self._fields_of(table)

    def _properties(self, table: Table, group_type: int) -> Iterator[Suggestion]:
        carrier = "event" if table is EVENTS else "person" if table is TABLES["persons"] else "group"
        for name, kind in self.taxonomy.properties(carrier, group_type, self.place.typed):
            yield Suggestion(name, "Property", quoted(name), kind or "String", f"Property of {carrier}s")

    def _strings(self) -> Iterator[Suggestion]:
        if self.place.call == "cohort":
            names: Iterable[str] = (cohort.name for cohort in self.context.cohorts.values())
        elif self.place.call == "matchesAction":
            names = (action.name for action in self.context.actions.values())
        elif self.place.chain and self.place.chain[-1] == "event" and len(self.place.chain) <= 2:
            names = self.taxonomy.events(self.place.typed)
        else:
            names = ()
        for name in names:
            yield Suggestion(name, "Value", name.replace("\\", "\\\\").replace("'", "\\'"))


def quoted(name: str) -> str:
    """A name as it stands in a query: between backticks unless it is plain."""
    if name.replace("$", "_").isidentifier():
        return name
    return "`" + name.replace("\\", "\\\\").replace("`", "``") + "`"


def _field(name: str, each: Field) -> Suggestion:
    if isinstance(each, Join):
        return Suggestion(name, "Class", quoted(name), f"Joined table {each.table}")
    if isinstance(each, JsonColumn):
        return Suggestion(name, "Variable", quoted(name), "JSON", f"Write {name}.<name> for one of them.")
    if isinstance(each, PersonOfEvent):
        return Suggestion(name, "Variable", quoted(name), "UUID")
    assert isinstance(each, Column)
    return Suggestion(name, "Variable", quoted(name), _TYPE_NAMES.get(each.type.kind, each.type.kind))


def _functions() -> Iterator[Suggestion]:
    for kind, function in listed():
        detail = signature(function)
        yield Suggestion(function.name, "Function", f"{function.name}(", detail, documentation(function, kind))


def _members(values: Mapping[str, Any], chain: Sequence[str]) -> Iterator[Suggestion]:
    found: Any = values
    for name in chain:
        found = found.get(name) if isinstance(found, Mapping) else None
    if isinstance(found, Mapping):
        for name, value in found.items():
            yield Suggestion(str(name), "Variable", quoted(str(name)), type(value).__name__)
