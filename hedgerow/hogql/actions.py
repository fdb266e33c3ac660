"""`matchesAction`: whether an event is one of an action of the project."""

from typing import TYPE_CHECKING

from hedgerow.hogql import ast
from hedgerow.hogql.context import Action, ProjectContext
from hedgerow.hogql.conversions import as_boolean
from hedgerow.hogql.database import EVENTS
from hedgerow.hogql.errors import HogQLError, QueryTooComplexError, ResolutionError, UnsupportedError
from hedgerow.hogql.scope import Scope
from hedgerow.hogql.sources import NarrowedTable, Source, StoredTable
from hedgerow.hogql.values import Value

if TYPE_CHECKING:
    from hedgerow.hogql.expressions import Expressions

MOST_MATCHES = 300
"""Actions a query can ask for, counting those that actions ask for in their filters, each time they do."""


def matches_action(expressions: "Expressions", node: ast.Call) -> Value:
    """`matchesAction(id or name)` over the first table of events in FROM.

    Raises ResolutionError without such a table or action, and for an action that asks for itself.
    """
    compilation = expressions.compilation
    action = _find(compilation.context, node.args[0])
    events = _events(expressions.scope)
    if events is None:
        raise ResolutionError("matchesAction needs the table events in FROM.", node.start, node.end)
    if compilation.context.matching_action is None:
        raise UnsupportedError("matchesAction is not available here.", node.start, node.end)
    if action.id in compilation.expanding_actions:
        raise ResolutionError(f"Action '{action.name}' asks for itself in its filters.", node.start, node.end)
    compilation.matched_actions += 1
    if compilation.matched_actions > MOST_MATCHES:
        raise QueryTooComplexError(f"The query matches more than {MOST_MATCHES} actions.", node.start, node.end)
    compilation.expanding_actions.append(action.id)
    try:
        condition = compilation.context.matching_action(action, compilation.context)
        # In a scope of its own: what names mean in the query around it does not concern the action.
        inner = type(expressions)(compilation, Scope(sources=[(None, events)]), expressions.compile_select)
        return as_boolean(inner.value(condition))
    except HogQLError as error:
        # Places within the text of an action's filter mean nothing in the text of this query.
        error.start, error.end = node.start, node.end
        raise
    finally:
        compilation.expanding_actions.pop()


def _find(context: ProjectContext, node: ast.Expr) -> Action:
    asked = node.value if isinstance(node, ast.Constant) else None
    if isinstance(asked, int) and not isinstance(asked, bool):
        found = context.actions.get(asked)
        name = str(asked)
    elif isinstance(asked, str):
        found = next((action for action in context.actions.values() if action.name == asked), None)
        name = f"'{asked}'"
    else:
        raise ResolutionError("matchesAction takes the id or the name of an action.", node.start, node.end)
    if found is None:
        raise ResolutionError(f"Action {name} does not exist", node.start, node.end)
    return found


def _events(scope: Scope) -> Source | None:
    tables = (source for _, source in scope.sources if isinstance(source, StoredTable | NarrowedTable))
    return next((table for table in tables if table.table is EVENTS), None)
