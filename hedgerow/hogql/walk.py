"""Going through trees: every node, and copies with nodes replaced."""

from collections.abc import Callable, Iterator
from dataclasses import fields, replace
from typing import Any

from hedgerow.hogql import ast
from hedgerow.hogql.errors import ResolutionError


def nodes(tree: ast.Node) -> Iterator[ast.Node]:
    """The node and everything below it."""
    pending: list[Any] = [tree]
    while pending:
        value = pending.pop()
        if isinstance(value, ast.Node):
            yield value
            pending.extend(getattr(value, name) for name in _members(type(value)))
        elif isinstance(value, (list, tuple)):
            pending.extend(value)
        elif isinstance(value, dict):
            pending.extend(value.values())


def replace_placeholders(
    tree: ast.Node, value_of: Callable[[ast.Placeholder, ast.SelectQuery | None], ast.Expr | None]
) -> Any:
    """A copy of the tree in which each placeholder is what `value_of(placeholder, enclosing query)` says.

    The placeholder itself leaves it as it is. None makes the innermost comparison around it true (or, without a
    comparison, the place itself): a condition on a value that is not given.
    """
    return _replaced(tree, value_of, None)


def placeholder_chain(placeholder: ast.Placeholder) -> list[str]:
    """The name in the braces by its parts. Raises ResolutionError if there is anything but a name."""
    if isinstance(placeholder.expr, ast.Field):
        return placeholder.expr.chain
    raise ResolutionError("A placeholder must be a name.", placeholder.start, placeholder.end)


class _NotGivenError(Exception):
    pass


def _replaced(value: Any, value_of: Callable[..., ast.Expr | None], select: ast.SelectQuery | None) -> Any:
    if isinstance(value, ast.Placeholder):
        given = value_of(value, select)
        if given is None:
            raise _NotGivenError
        return given
    if isinstance(value, ast.Node):
        if isinstance(value, ast.SelectQuery):
            select = value
        try:
            changed = {}
            for name in _members(type(value)):
                old = getattr(value, name)
                new = _replaced(old, value_of, select)
                if new is not old:
                    changed[name] = new
        except _NotGivenError:
            if isinstance(value, (ast.CompareOperation, ast.BetweenExpr)):
                return ast.Constant(True, start=value.start, end=value.end)
            raise
        return replace(value, **changed) if changed else value
    if isinstance(value, (list, tuple)):
        items = [_replaced_item(each, value_of, select) for each in value]
        if any(new is not old for new, old in zip(items, value, strict=True)):
            return type(value)(items)
        return value
    if isinstance(value, dict):
        return {key: _replaced(each, value_of, select) for key, each in value.items()}
    return value


def _replaced_item(value: Any, value_of: Callable[..., ast.Expr | None], select: ast.SelectQuery | None) -> Any:
    if isinstance(value, ast.Placeholder):
        try:
            return _replaced(value, value_of, select)
        except _NotGivenError:
            return ast.Constant(True, start=value.start, end=value.end)
    return _replaced(value, value_of, select)


def _members(node: type[ast.Node]) -> tuple[str, ...]:
    names = _MEMBERS.get(node)
    if names is None:
        names = _MEMBERS[node] = tuple(each.name for each in fields(node) if each.name not in ("start", "end"))
    return names


_MEMBERS: dict[type[ast.Node], tuple[str, ...]] = {}
