"""Which events an action matches, as a HogQL condition over the events.

An event is one of an action if any of its steps matches, or if it has no steps. A step matches if everything that is
set in it holds: the event's name, the address of the page, property filters and, for `$autocapture` only, the clicked
element and those around it. Empty text is as good as not set.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from datetime import datetime

from pydantic import TypeAdapter, ValidationError

from hedgerow.hogql import ast
from hedgerow.hogql.context import Action, ActionStep, Matching, ProjectContext
from hedgerow.insights.elements import element_condition
from hedgerow.insights.errors import InsightError
from hedgerow.insights.operators import Clock, Operator, conjunction, disjunction
from hedgerow.insights.properties import PropertyCondition, property_filters

AUTOCAPTURE = "$autocapture"

_FILTERS = TypeAdapter(list[PropertyCondition])
_OPERATORS: dict[Matching, Operator] = {"exact": "exact", "contains": "icontains", "regex": "regex"}
_URL = ast.Call("toString", [ast.Field(["properties", "$current_url"])])


def action_condition(action: Action, context: ProjectContext, now: datetime) -> ast.Expr:
    """The condition that an event is one of the action; raises as `steps_condition` does."""
    return steps_condition(action.steps, context, now)


def steps_condition(steps: Sequence[ActionStep], context: ProjectContext, now: datetime) -> ast.Expr:
    """The condition that an event matches any of the steps; true without steps.

    `now` is what relative dates in property filters count from. Raises InsightError for filters and selectors that
    cannot be, HogQLError for a filter whose HogQL cannot be read.
    """
    return disjunction([conjunction(list(_conditions(step, context, now))) for step in steps])


def _conditions(step: ActionStep, context: ProjectContext, now: datetime) -> Iterator[ast.Expr]:
    """All that must hold for an event to match the step."""
    if step.event:
        yield ast.CompareOperation(ast.Field(["event"]), ast.Constant(step.event), "==")
    if step.event == AUTOCAPTURE:
        yield from _element_conditions(step, Clock(now, context.timezone, context.week_start_day))
    if step.url:
        yield _url_condition(step.url, step.url_matching or "contains")
    yield property_filters(_filters(step), context, now)


def _element_conditions(step: ActionStep, clock: Clock) -> Iterator[ast.Expr]:
    if step.selector:
        yield element_condition("selector", "exact", step.selector, clock)
    if step.tag_name:
        yield element_condition("tag_name", "exact", step.tag_name, clock)
    if step.text:
        yield element_condition("text", _OPERATORS[step.text_matching or "exact"], step.text, clock)
    if step.href:
        yield element_condition("href", _OPERATORS[step.href_matching or "exact"], step.href, clock)


def _url_condition(url: str, matching: Matching) -> ast.Expr:
    """Unlike in property filters, to contain is to contain in the same case."""
    if matching == "contains":
        pattern = "%" + re.sub(r"([\\%_])", r"\\\1", url) + "%"
        return ast.CompareOperation(_URL, ast.Constant(pattern), "like")
    return ast.CompareOperation(_URL, ast.Constant(url), "==" if matching == "exact" else "=~")


def _filters(step: ActionStep) -> list[PropertyCondition]:
    try:
        return _FILTERS.validate_python(list(step.properties))
    except ValidationError as error:
        fault = error.errors(include_url=False, include_context=False, include_input=False)[0]
        place = ".".join(map(str, fault["loc"]))
        raise InsightError(f"The property filters of an action are malformed at {place}: {fault['msg']}") from None
