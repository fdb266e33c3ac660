"""What names mean at a place in a query."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from hedgerow.hogql import ast
from hedgerow.hogql.errors import ResolutionError
from hedgerow.hogql.sources import Source, member
from hedgerow.hogql.values import Value

RESERVED_ALIASES = frozenset({"team_id", "true", "false", "null"})


@dataclass(slots=True)
class Scope:
    """The names of one SELECT. Of the queries around it, only their common table expressions can be seen."""

    parent: "Scope | None" = None
    sources: list[tuple[str | None, Source]] = field(default_factory=list)
    aliases: dict[str, Value] = field(default_factory=dict)
    expressions: dict[str, ast.Expr] = field(default_factory=dict)
    """Expressions named by `WITH expr AS name`, compiled where they are used."""
    ctes: dict[str, tuple[ast.CTE, "Scope | None"]] = field(default_factory=dict)
    """Queries named by WITH, with the scope they are compiled in."""
    windows: dict[str, str] = field(default_factory=dict)
    lambdas: list[dict[str, Value]] = field(default_factory=list)

    def alias(self, node: ast.Node, name: str, value: Value) -> None:
        """Give a value a name. Raises ResolutionError for names that must keep their meaning."""
        if name.lower() in RESERVED_ALIASES:
            raise ResolutionError(f'"{name}" cannot be used as an alias: it is reserved.', node.start, node.end)
        self.aliases[name] = value

    def cte(self, name: str) -> "tuple[ast.CTE, Scope | None] | None":
        """The common table expression of that name, innermost first."""
        scope: Scope | None = self
        while scope is not None:
            if name in scope.ctes:
                return scope.ctes[name]
            scope = scope.parent
        return None

    def expression(self, name: str) -> ast.Expr | None:
        """The expression WITH gave that name to."""
        scope: Scope | None = self
        while scope is not None:
            if name in scope.expressions:
                return scope.expressions[name]
            scope = scope.parent
        return None

    def source(self, name: str) -> Source | None:
        """The table of FROM with that name or alias."""
        return next((source for each, source in self.sources if each == name), None)

    def resolve(self, node: ast.Field) -> Value | None:
        """The value of a name, other than those WITH gave. Raises ResolutionError if several tables have the field."""
        chain = node.chain
        for arguments in reversed(self.lambdas):
            if chain[0] in arguments:
                return member(arguments[chain[0]], chain[1:])
        if chain[0] in self.aliases:
            return member(self.aliases[chain[0]], chain[1:])
        source = self.source(chain[0]) if len(chain) > 1 else None
        value = source.resolve(chain[1:]) if source else None
        return value or self._in_any_source(node, chain)

    def _in_any_source(self, node: ast.Field, chain: Sequence[str]) -> Value | None:
        found = [value for _, source in self.sources if (value := source.resolve(chain))]
        if len(found) > 1:
            name = ".".join(chain)
            raise ResolutionError(f"Ambiguous field: several tables have {name}. Name the table.", node.start, node.end)
        return found[0] if found else None
