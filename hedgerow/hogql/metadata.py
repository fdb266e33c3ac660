"""What is wrong with a text of HogQL and what it reads, for editors. Nothing is run."""

from collections.abc import Callable
from dataclasses import dataclass, field

from hedgerow.hogql import ast
from hedgerow.hogql.compile import compile_query
from hedgerow.hogql.context import ProjectContext
from hedgerow.hogql.database import TABLES
from hedgerow.hogql.errors import HogQLError
from hedgerow.hogql.parse import check_program, check_template, parse_expr, parse_select
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
    uses_indices: str = "undecisive"
    """Whether reading is limited to a time: `yes` for each SELECT over events, `partial` for some, `no` for none;
    `undecisive` where no events are read."""

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


def program_metadata(text: str) -> Metadata:
    """About a program of Hog: whether its syntax is right."""
    return _syntax(text, check_program)


def template_metadata(text: str) -> Metadata:
    """About a text with expressions in curly brackets: whether their syntax is right."""
    return _syntax(text, check_template)


def _syntax(text: str, check: Callable[[str], None]) -> Metadata:
    metadata = Metadata(text)
    try:
        check(text)
    except HogQLError as error:
        metadata.errors.append(_fault(error, text))
    return metadata


def _fault(error: HogQLError, text: str) -> Notice:
    start = 0 if error.start is None else error.start
    return Notice(error.message, start, len(text) if error.end is None else error.end)


def _metadata(text: str, context: ProjectContext, read: Callable[[], ast.Query]) -> Metadata:
    metadata = Metadata(text)
    try:
        tree = read()
        compiled = compile_query(tree, context)
    except HogQLError as error:
        metadata.errors.append(_fault(error, text))
        return metadata
    metadata.warnings = [Notice(each, None, None) for each in compiled.warnings]
    metadata.uses_indices = _uses_indices(tree)
    metadata.notices = _property_types(tree, context)
    metadata.table_names = compiled.tables
    metadata.clickhouse_table_names = list(dict.fromkeys(TABLES[name].source for name in compiled.tables))
    return metadata


def _uses_indices(tree: ast.Query) -> str:
    """Events are stored by day: a condition on the time that must hold for every row lets the others be skipped."""
    limited = {
        any(_is_about_time(condition) for condition in _conjuncts(select))
        for select in nodes(tree)
        if isinstance(select, ast.SelectQuery) and _reads_events(select)
    }
    return {frozenset(): "undecisive", frozenset({True}): "yes", frozenset({False}): "no"}.get(
        frozenset(limited), "partial"
    )


def _reads_events(select: ast.SelectQuery) -> bool:
    join = select.select_from
    while join is not None:
        if isinstance(join.table, ast.Field) and join.table.chain == ["events"]:
            return True
        join = join.next_join
    return False


def _conjuncts(select: ast.SelectQuery) -> list[ast.Expr]:
    conditions = [each for each in (select.where, select.prewhere) if each is not None]
    return [part for each in conditions for part in (each.exprs if isinstance(each, ast.And) else [each])]


def _is_about_time(condition: ast.Expr) -> bool:
    if isinstance(condition, ast.CompareOperation):
        sides = [condition.left, condition.right] if condition.op in ("==", "<", "<=", ">", ">=", "in") else []
    else:
        sides = [condition.expr] if isinstance(condition, ast.BetweenExpr) and not condition.negated else []
    return any(isinstance(node, ast.Field) and node.chain[-1] == "timestamp" for side in sides for node in nodes(side))


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
