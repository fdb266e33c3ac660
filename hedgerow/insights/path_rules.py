"""Rules that shorten paths, such as `/users/17` to `/users/:id`: a project's own and those of a question."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated

from pydantic import BaseModel, Field, TypeAdapter, ValidationError

from hedgerow.hogql import ast
from hedgerow.hogql.context import ProjectContext
from hedgerow.insights.errors import InsightError

Text = Annotated[str, Field(max_length=10_000)]


class CleaningRule(BaseModel):
    """What fits `regex` becomes `alias`, in which `\\1` stands for the first group. Without both it does nothing."""

    alias: Text | None = None
    regex: Text | None = None
    order: float | None = None
    """Rules are applied in this order; rules without it come first, as they are given."""


_RULES = TypeAdapter(list[CleaningRule])


def project_rules(context: ProjectContext) -> list[CleaningRule]:
    """The project's rules. Raises InsightError if they are malformed."""
    try:
        return _RULES.validate_python(list(context.path_cleaning_filters))
    except ValidationError as error:
        fault = error.errors()[0]
        place = ".".join(map(str, fault["loc"]))
        raise InsightError(f"The project's path cleaning filters are malformed at {place}: {fault['msg']}") from None


def cleaned(path: ast.Expr, rules: Sequence[CleaningRule]) -> ast.Expr:
    """A path after rules in their order: what fits a rule's `regex` becomes its `alias`."""
    for rule in sorted(rules, key=lambda rule: rule.order or 0):
        if rule.regex and rule.alias is not None:
            path = ast.Call("replaceRegexpAll", [path, ast.Constant(rule.regex), ast.Constant(rule.alias)])
    return path
