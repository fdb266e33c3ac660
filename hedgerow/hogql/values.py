"""Pieces of SQL with what is known of them, and the parameters they refer to."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace

from hedgerow.hogql import ast
from hedgerow.hogql.context import ProjectContext
from hedgerow.hogql.errors import QueryTooComplexError
from hedgerow.hogql.types import Type

MAX_SELECTS = 300


@dataclass(slots=True)
class Value:
    """An expression in SQL."""

    sql: str
    type: Type
    bare: str | None = None
    """Of a point in time: the same instant as a plain column, for comparisons that can use the table's order."""
    untyped: bool = False
    """The text of a property that nobody has given a type: compares with numbers as a number, and so on."""
    constant: ast.Constant | None = None
    members: "Callable[[Sequence[str]], Value] | None" = None
    """Of JSON: the value at a path."""

    @property
    def nullable(self) -> bool:
        """Whether it may be NULL."""
        return self.type.nullable

    def named(self, name: str) -> "Value":
        """The same value, to be referred to by an alias."""
        return replace(self, sql=name)


@dataclass(slots=True)
class Compilation:
    """What is shared by all parts of one query while it is compiled."""

    context: ProjectContext
    parameters: dict[str, object] = field(default_factory=dict)
    tables: list[str] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)
    outer_joins: bool = False
    in_where: bool = False
    """Whether WHERE is being compiled, which alone can use plain columns: elsewhere they might not be grouped by."""
    matched_actions: int = 0
    """How many times an action has been asked for so far."""
    expanding_actions: list[int] = field(default_factory=list)
    """The actions whose conditions are being compiled at the moment, each one by a filter of the one before."""
    _names: dict[tuple[str, object], str] = field(default_factory=dict)
    _counts: dict[str, int] = field(default_factory=dict)

    def bind(self, value: object, clickhouse_type: str) -> str:
        """SQL that stands for the value; equal values are one parameter, so equal expressions stay equal text."""
        key = (clickhouse_type, tuple(value) if isinstance(value, list) else value)
        name = self._names.get(key)
        if name is None:
            name = self._names[key] = f"p{len(self._names)}"
            self.parameters[name] = value
        return f"{{{name}:{clickhouse_type}}}"

    def name(self, prefix: str) -> str:
        """A name not used yet; names of the query's author never get into the SQL."""
        number = self._counts.get(prefix, 0)
        self._counts[prefix] = number + 1
        if prefix == "s" and number > MAX_SELECTS:
            raise QueryTooComplexError(f"The query reads more than {MAX_SELECTS} subqueries.")
        return f"{prefix}{number}"

    @property
    def team(self) -> str:
        """The project's id."""
        return self.bind(self.context.team_id, "Int64")

    @property
    def timezone(self) -> str:
        """The project's time zone."""
        return self.bind(self.context.timezone, "String")
