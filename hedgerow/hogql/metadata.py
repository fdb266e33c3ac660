"""What is wrong with a text of HogQL and what it reads, for editors. Nothing is run."""

from collections.abc import Callable
from dataclasses import dataclass, field

from hedgerow.hogql import ast
from hedgerow.hogql.compile import compile_query
from hedgerow.hogql.context import ProjectContext
from hedgerow.hogql.database import TABLES
from hedgerow.hogql.errors import HogQLError
from hedgerow.hogql.parse import parse_expr, parse_select
from hedgerow.hogql.walk import nodes


@dataclass(frozen=True, slots=True)
class Notice:
    """Something about a part of the text; `start` and `end` are offsets in characters, `end` exclusive."""

    message: str
    start: int | None
    end: int | None
    fix: str | None = None


@dataclass(slots=True)
class Metadata:
    """What is known of a text without running it."""

    query: str
    errors: list[Notice] = field(default_factory=list)
    warnings: list[Notice] = field(default_factory=list)
    notices: list[Notice] = field(default_factory=list)
    table_names: list[str] = field(default_factory=list)
    clickhouse_table_names: list[str] = field(default_factory=list)

    @property
    def is_valid(self) -> bool:
        """Whether the text can be run."""
        return not self.errors


def query_metadata(
    text: str, context: ProjectContext, prepare: Callable[[ast.Query], ast.Query] | None = None
) -> Metadata:
    """About a SELECT; `prepare` fills in placeholders. Raises nothing for a bad text: what is wrong is in `errors`."""

    def read() -> ast.Query:
        tree = parse_select(text)
        return prepare(tree) if prepare else tree

    return _metadata(text, context, read)


def expression_metadata(text: str, context: ProjectContext, source: str | None = None) -> Metadata:
    """About an expression over `events`, or over the query `source`. Raises HogQLError only for a bad `source`."""
    table = ast.JoinExpr(parse_select(source) if source else ast.Field(["events"]))
    return _metadata(text, context, lambda: ast.SelectQuery(select=[parse_expr(text)], select_from=table))


def _metadata(text: str, context: ProjectContext, read: Callable[[], ast.Query]) -> Metadata:
    metadata = Metadata(text)
    try:
        tree = read()
        compiled = compile_query(tree, context)
    except HogQLError as error:
        start = 0 if error.start is None else error.start
        metadata.errors.append(Notice(error.message, start, len(text) if error.end is None else error.end))
        return metadata
    metadata.warnings = [Notice(each, None, None) for each in compiled.warnings]
    metadata.notices = _property_types(tree, context)
    metadata.table_names = compiled.tables
    metadata.clickhouse_table_names = list(dict.fromkeys(TABLES[name].source for name in compiled.tables))
    return metadata


def _property_types(tree: ast.Query, context: ProjectContext) -> list[Notice]:
    """A notice for each property that is read as something else than text."""
    found = []
    for node in nodes(tree):
        if not isinstance(node, ast.Field) or node.start is None or len(node.chain) < 2:
            continue
        *before, holder, name = node.chain
        if holder != "properties":
            continue
        of_person = bool(before) and before[-1] in ("person", "poe")
        types = context.person_property_types if of_person else context.event_property_types
        kind = types.get(name, "String")
        if kind != "String" and len(before) <= (2 if of_person else 1):
            owner = "Person" if of_person else "Event"
            found.append(Notice(f"{owner} property '{name}' is of type '{kind}'.", node.start, node.end))
    return sorted(found, key=lambda notice: notice.start or 0)
