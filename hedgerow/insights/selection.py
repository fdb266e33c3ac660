"""Which events a question is about: those of a series, and of these the ones its filters leave."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from hedgerow.hogql import ast
from hedgerow.hogql.context import ProjectContext
from hedgerow.insights.errors import InsightError
from hedgerow.insights.operators import conjunction, disjunction
from hedgerow.insights.properties import Properties, property_filters, test_account_filters
from hedgerow.insights.series import ActionsNode, EventsNode, GroupNode, event_condition

PERSON = ast.Field(["person_id"])


def series_events(node: EventsNode | ActionsNode | GroupNode, context: ProjectContext, now: datetime) -> ast.Expr:
    """The condition that an event is one of the series and fits the series' own filters.

    Raises InsightError for filters and actions that cannot be matched.
    """
    if isinstance(node, GroupNode):
        parts = [series_events(each, context, now) for each in node.nodes]
        event = disjunction(parts) if node.operator == "OR" else conjunction(parts)
    else:
        event = event_condition(node, context, now)
    return conjunction([event, property_filters(node.filters, context, now)])


def kept_events(
    properties: Properties,
    filters_test_accounts: bool | None,
    test_accounts: Sequence[dict[str, Any]],
    context: ProjectContext,
    now: datetime,
) -> ast.Expr:
    """The condition that an event fits the question's filters and, where asked for, is of no test account.

    `test_accounts` are the project's filters that leave out its own people.
    """
    kept = test_account_filters(test_accounts) if filters_test_accounts else []
    return conjunction([property_filters(properties, context, now), property_filters(kept, context, now)])


def group_key(index: int | None) -> ast.Field:
    """The key of an event's group of a type; empty where the event has none. Raises InsightError without a type."""
    if index is None:
        raise InsightError("Counting groups needs a group type: set math_group_type_index.")
    return ast.Field([f"$group_{index}"])


def is_not_empty(field: ast.Expr) -> ast.Expr:
    """The condition that a text is not empty."""
    return ast.CompareOperation(field, ast.Constant(""), "!=")
