"""What stands in FROM: stored tables, narrowed to the project, subqueries and numbers.

A source answers for its fields while expressions are compiled and writes itself afterwards, so that it reads the
columns asked for and joins the tables asked for, and no others.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Protocol

from hedgerow.hogql.database import (
    EVENTS,
    Column,
    Join,
    JsonColumn,
    PersonOfEvent,
    Table,
    group_join,
    joined_table,
)
from hedgerow.hogql.properties import json_column, json_text
from hedgerow.hogql.types import INTEGER, UUID
from hedgerow.hogql.values import Compilation, Value


class Source(Protocol):
    """A row source of FROM."""

    def resolve(self, chain: Sequence[str]) -> Value | None:
        """The value of a field given by its parts; None if the first part is no field here."""

    def columns(self) -> list[tuple[str, Value]]:
        """What `*` stands for."""

    def sql(self) -> str:
        """Its text in FROM, once everything has been resolved."""

    def condition(self) -> str:
        """What must be in WHERE for it; may be empty."""


@dataclass(slots=True)
class _Joined:
    source: "NarrowedTable"
    on: str


@dataclass(slots=True)
class StoredTable:
    """A table read as it is: fields are columns of it, the project's condition belongs into WHERE."""

    compilation: Compilation
    table: Table
    alias: str = ""
    conditions: list[str] = field(default_factory=list)
    """What else must be true of its rows: the fraction of SAMPLE, a range of time."""
    _joins: dict[tuple[str, str, int | None], _Joined] = field(default_factory=dict)
    _person: Value | None = None

    def __post_init__(self) -> None:
        self.alias = self.compilation.name("t")

    def resolve(self, chain: Sequence[str]) -> Value | None:
        each = self.table.fields.get(chain[0]) or self._group(chain[0])
        if each is None:
            return None
        if isinstance(each, Join):
            return self._through(each, chain[1:])
        if isinstance(each, JsonColumn):
            value = json_column(
                self.compilation,
                each.column.replace("{t}", self.alias),
                each.raw.replace("{t}", self.alias),
                each.types(self.compilation.context),
                exact=each.exact,
            )
        elif isinstance(each, PersonOfEvent):
            value = self._person_id()
        else:
            value = self._column(each)
        return member(value, chain[1:])

    def _group(self, name: str) -> Join | None:
        """The groups of a type by the type's name, of events: `organization.properties.plan`."""
        group_types = self.compilation.context.group_types
        if self.table is not EVENTS or not name or name not in group_types:
            return None
        return group_join(group_types.index(name))

    def columns(self) -> list[tuple[str, Value]]:
        found = []
        for name, each in self.table.fields.items():
            value = self.resolve([name]) if each.in_asterisk else None
            if value is not None:
                found.append((name, value))
        return found

    def sql(self) -> str:
        text = f"{self.table.source} AS {self.alias}{' FINAL' if self.table.final else ''}"
        for joined in self._joins.values():
            text += f" LEFT ANY JOIN {joined.source.sql()} ON {joined.on}"
        return text

    def condition(self) -> str:
        conditions = [f"{self.alias}.team_id = {self.compilation.team}"]
        if self.table.condition:
            conditions.append(self.table.condition.replace("{t}", self.alias))
        if self.table.live:
            conditions.append(self.table.live(self.compilation, self.alias))
        return " AND ".join([*conditions, *self.conditions])

    def joined(self, table: str) -> "list[NarrowedTable]":
        """The tables of that HogQL name that have been joined to it."""
        return [joined.source for (name, _, _), joined in self._joins.items() if name == table]

    def _column(self, column: Column) -> Value:
        sql = column.sql.replace("{t}", self.alias)
        if column.type.kind == "DateTime" and self.compilation.context.timezone != "UTC":
            return Value(f"toTimeZone({sql}, {self.compilation.timezone})", column.type, bare=sql)
        return Value(sql, column.type)

    def _person_id(self) -> Value:
        if self._person is None:
            stored = f"{self.alias}.person_id"
            if self.compilation.context.has_person_overrides:
                overrides = NarrowedTable(self.compilation, OVERRIDES, missing_is_null=False)
                distinct_id, person = overrides.resolve(["distinct_id"]), overrides.resolve(["person_id"])
                assert distinct_id is not None and person is not None
                on = f"{self.alias}.distinct_id = {distinct_id.sql}"
                self._joins["person_overrides", "", None] = _Joined(overrides, on)
                stored = f"if({distinct_id.sql} != '', {person.sql}, {stored})"
            self._person = Value(stored, UUID)
        return self._person

    def _through(self, join: Join, chain: Sequence[str]) -> Value | None:
        if not chain:
            return None
        if join.table == "persons" and chain[0] == join.other:
            return self.resolve([join.own, *chain[1:]])
        key = (join.table, join.own, join.group_type)
        joined = self._joins.get(key)
        if joined is None:
            own = self.resolve([join.own])
            source = NarrowedTable(self.compilation, joined_table(join))
            other = source.resolve([join.other])
            assert own is not None and other is not None
            joined = self._joins[key] = _Joined(source, f"{own.sql} = {other.sql}")
            if join.table not in self.compilation.tables:
                self.compilation.tables.append(join.table)
        return joined.source.resolve(chain)


OVERRIDES = Table(
    "person_overrides",
    {"distinct_id": EVENTS.fields["distinct_id"], "person_id": Column("{t}.person_id", UUID)},
    final=True,
)


@dataclass(slots=True)
class NarrowedTable:
    """A table read through a subquery of its own that has only the project's rows and the columns asked for.

    What joins a table whose rows are put together from others is joined to the rows put together.

    With `missing_is_null`, its columns can be NULL, as they are for a row that a LEFT JOIN did not find.
    """

    compilation: Compilation
    table: Table
    missing_is_null: bool = True
    alias: str = ""
    inner: StoredTable = field(init=False)
    _exported: dict[str, str] = field(default_factory=dict)
    _joins: dict[str, _Joined] = field(default_factory=dict)
    _of_joins: dict[str, str] = field(default_factory=dict)
    """Columns of the joined tables, as `_exported` has the own ones."""
    _grouped: str = ""
    """Alias of the rows put together, in what joins them."""

    def __post_init__(self) -> None:
        self.alias = self.compilation.name("t")
        self.inner = StoredTable(self.compilation, self.table)
        self._grouped = self.compilation.name("t") if self.table.group_by else ""

    def resolve(self, chain: Sequence[str]) -> Value | None:
        each = self.table.fields.get(chain[0])
        if isinstance(each, Join) and self.table.group_by:
            return self._through(each, chain[1:])
        value = self.inner.resolve(chain)
        return None if value is None else self._export(value, self._exported)

    def columns(self) -> list[tuple[str, Value]]:
        return [(name, self._export(value, self._exported)) for name, value in self.inner.columns()]

    def sql(self) -> str:
        columns = ", ".join(f"{sql} AS {name}" for sql, name in self._exported.items()) or "1 AS c"
        group_by = f" GROUP BY {self.table.group_by}".replace("{t}", self.inner.alias) if self.table.group_by else ""
        text = f"SELECT {columns} FROM {self.inner.sql()} WHERE {self.inner.condition()}{group_by}"  # noqa: S608
        if self._joins:
            names = [f"{self._grouped}.{name} AS {name}" for name in self._exported.values()]
            names += [f"{sql} AS {name}" for sql, name in self._of_joins.items()]
            text = f"SELECT {', '.join(names)} FROM ({text}) AS {self._grouped}"  # noqa: S608
            for joined in self._joins.values():
                text += f" LEFT ANY JOIN {joined.source.sql()} ON {joined.on}"
        return f"({text}) AS {self.alias}"

    def condition(self) -> str:
        return ""

    def _through(self, join: Join, chain: Sequence[str]) -> Value | None:
        """A field of a table that is joined to the rows put together."""
        if join.through:
            return self.resolve([*join.through, *chain])
        if not chain:
            return None
        joined = self._joins.get(join.table)
        if joined is None:
            own = self.resolve([join.own])
            source = NarrowedTable(self.compilation, joined_table(join))
            other = source.resolve([join.other])
            assert own is not None and other is not None
            on = f"{self._grouped}.{own.sql.rpartition('.')[2]} = {other.sql}"
            joined = self._joins[join.table] = _Joined(source, on)
            if join.table not in self.compilation.tables:
                self.compilation.tables.append(join.table)
        value = joined.source.resolve(chain)
        return None if value is None else self._export(value, self._of_joins)

    def _export(self, value: Value, names: dict[str, str]) -> Value:
        can_be_null = self.missing_is_null and value.type.kind not in ("Array", "Tuple", "Map")
        sql = f"toNullable({value.sql})" if can_be_null and not value.nullable else value.sql
        name = names.get(sql)
        if name is None:
            name = names[sql] = self.compilation.name("c")
        exported = replace(value, sql=f"{self.alias}.{name}", type=value.type.or_null(can_be_null), bare=None)
        if value.type.kind == "JSON":
            inner = value.members
            assert inner is not None
            exported.members = lambda path: self._export(inner(path), names)
        elif value.members:
            exported.members = json_text(self.compilation, exported.sql).members
        return exported


@dataclass(slots=True)
class OutputColumn:
    """A column a query gives: its name for people, its alias in SQL, and what it holds."""

    name: str
    alias: str
    value: Value


@dataclass(slots=True)
class Subquery:
    """A query in brackets, a common table expression, or VALUES."""

    compilation: Compilation
    text: str
    outputs: list[OutputColumn]
    alias: str = ""

    def __post_init__(self) -> None:
        self.alias = self.compilation.name("t")

    def resolve(self, chain: Sequence[str]) -> Value | None:
        for output in self.outputs:
            if output.name == chain[0]:
                return member(self._value(output), chain[1:])
        return None

    def columns(self) -> list[tuple[str, Value]]:
        return [(output.name, self._value(output)) for output in self.outputs]

    def sql(self) -> str:
        return f"({self.text}) AS {self.alias}"

    def condition(self) -> str:
        return ""

    def _value(self, output: OutputColumn) -> Value:
        value = replace(output.value, sql=f"{self.alias}.{output.alias}", bare=None, constant=None)
        if value.members:
            value.members = json_text(self.compilation, value.sql).members
        return value


@dataclass(slots=True)
class NumbersTable:
    """`numbers(…)` and `generate_series(…)`: rows with one integer."""

    compilation: Compilation
    function: str
    column: str
    arguments: list[str]
    alias: str = ""

    def __post_init__(self) -> None:
        self.alias = self.compilation.name("t")

    def resolve(self, chain: Sequence[str]) -> Value | None:
        return member(self.columns()[0][1], chain[1:]) if chain[0] == self.column else None

    def columns(self) -> list[tuple[str, Value]]:
        return [(self.column, Value(f"{self.alias}.{self.column}", INTEGER))]

    def sql(self) -> str:
        return f"{self.function}({', '.join(self.arguments)}) AS {self.alias}"

    def condition(self) -> str:
        return ""


def member(value: Value, chain: Sequence[str]) -> Value | None:
    """What is below a value; None if a value of its type has nothing below it."""
    if not chain:
        return value
    return value.members(chain) if value.members else None
