"""HogQL text to a tree, behind the guards of `guard` and in processes with a time limit (`parser_process`)."""

from collections.abc import Mapping
from functools import lru_cache
from typing import Any, cast

import orjson

from hedgerow.hogql import ast
from hedgerow.hogql.dropped import refuse_dropped
from hedgerow.hogql.errors import HogQLError, QuerySyntaxError, QueryTooComplexError, UnsupportedError
from hedgerow.hogql.guard import SMALL_COST, estimated_cost
from hedgerow.hogql.json_nodes import node_from_json
from hedgerow.hogql.parser_extension import TEMPLATE_START
from hedgerow.hogql.parser_process import DIFFICULT, ORDINARY
from hedgerow.hogql.walk import placeholder_chain, replace_placeholders

MAX_MESSAGE = 300
REMEMBERED_LENGTH = 4_000
"""What the parser made of texts up to this length is kept for the next time; it takes far more room than the text."""


def parse_select(text: str, placeholders: Mapping[str, ast.Expr] | None = None) -> ast.Query:
    """The tree of one SELECT, or of several joined by UNION and the like.

    `{name}` in the text becomes the expression of that name in `placeholders` (names with dots by their whole text);
    others stay Placeholder nodes, which cannot be compiled. Raises HogQLError.
    """
    tree = _parse("select", text, placeholders)
    if not isinstance(tree, (ast.SelectQuery, ast.SelectSetQuery)):
        raise QuerySyntaxError("The query must be a SELECT.", tree.start, tree.end)
    return tree


def parse_expr(text: str, placeholders: Mapping[str, ast.Expr] | None = None) -> ast.Expr:
    """The tree of one expression; placeholders as in `parse_select`. Raises HogQLError."""
    return cast(ast.Expr, _parse("expr", text, placeholders))


def parse_order(text: str) -> ast.OrderExpr:
    """One item of ORDER BY: an expression, and after it perhaps ASC or DESC. Raises HogQLError."""
    words = text.rsplit(None, 1)
    if len(words) == 2 and words[1].upper() in ("ASC", "DESC"):
        return ast.OrderExpr(parse_expr(words[0]), order=words[1].upper())
    return ast.OrderExpr(parse_expr(text))


def check_program(text: str) -> None:
    """Raise HogQLError if the text is no program of Hog."""
    _parsed_json("program", text)


def check_template(text: str) -> None:
    """Raise HogQLError if the text is no template: text with expressions in curly brackets."""
    _parsed_json("template", text)


def _parse(kind: str, text: str, placeholders: Mapping[str, ast.Expr] | None) -> ast.Node:
    try:
        parsed = _remembered_json(kind, text) if len(text) <= REMEMBERED_LENGTH else _parsed_json(kind, text)
        tree = node_from_json(parsed)
        return _with_placeholders(tree, placeholders) if placeholders else tree
    except RecursionError:
        raise QueryTooComplexError("The query is nested too deeply.") from None


def _with_placeholders(tree: ast.Node, placeholders: Mapping[str, ast.Expr]) -> ast.Node:
    def value_of(placeholder: ast.Placeholder, select: ast.SelectQuery | None) -> ast.Expr:
        return placeholders.get(".".join(placeholder_chain(placeholder)), placeholder)

    return cast(ast.Node, replace_placeholders(tree, value_of))


@lru_cache(maxsize=512)
def _remembered_json(kind: str, text: str) -> dict[str, Any]:
    return _parsed_json(kind, text)


def _parsed_json(kind: str, text: str) -> dict[str, Any]:
    try:
        text.encode()
    except UnicodeEncodeError as error:
        raise QuerySyntaxError("The query is not valid Unicode text.", error.start, error.end) from None
    lane = ORDINARY if estimated_cost(text) <= SMALL_COST else DIFFICULT
    try:
        parsed: dict[str, Any] = orjson.loads(lane.parse(kind, text))
    except orjson.JSONDecodeError:
        raise QueryTooComplexError("The query is nested too deeply.") from None
    if "error" in parsed:
        raise _error(parsed, text, len(TEMPLATE_START) if kind == "template" else 0)
    if kind in ("select", "expr"):
        refuse_dropped(text)
    return parsed


def _error(parsed: dict[str, Any], text: str, before: int) -> HogQLError:
    message = str(parsed.get("message") or "The query could not be read.")
    # The list of all tokens that would have been possible helps nobody.
    message = message.split(" expecting {")[0]
    if len(message) > MAX_MESSAGE:
        message = message[:MAX_MESSAGE] + "…"
    # The end of an error is counted in bytes where the parser means the end of the text.
    start = max(((parsed.get("start") or {}).get("offset") or 0) - before, 0)
    end = min(((parsed.get("end") or {}).get("offset") or len(text) + before) - before, len(text))
    if parsed.get("type") == "NotImplementedError":
        return UnsupportedError(message, start, end)
    if "too deeply nested" in message:
        return QueryTooComplexError("The query is nested too deeply.", start, end)
    return QuerySyntaxError(f"Syntax error: {message}", min(start, end), end)
