"""Property filters: the conditions people put on events, persons, groups and sessions.

`Properties` is the request part (a list joined by AND, or nested AND/OR groups), `property_filters` turns it into one
HogQL condition.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import BaseModel, Discriminator, Field, Tag, TypeAdapter, ValidationError, field_validator

from hedgerow.hogql import ast
from hedgerow.hogql.context import ProjectContext
from hedgerow.hogql.parse import parse_expr
from hedgerow.insights.elements import element_condition
from hedgerow.insights.errors import InsightError
from hedgerow.insights.operators import (
    POSITIVE_OF,
    TRUE,
    Clock,
    Operand,
    Operator,
    condition,
    conjunction,
    disjunction,
    negation,
)
from hedgerow.insights.path_rules import cleaned, project_rules

FilterType = Literal[
    "event",
    "event_metadata",
    "feature",
    "person",
    "group",
    "session",
    "cohort",
    "element",
    "hogql",
    "flag",
    "empty",
    "recording",
    "log_entry",
    "log",
    "log_attribute",
    "log_resource_attribute",
    "span",
    "span_attribute",
    "error_tracking_issue",
    "error_tracking_issue_property",
    "data_warehouse",
    "data_warehouse_person_property",
    "revenue_analytics",
    "workflow_variable",
]

Scope = Literal["event", "person", "group", "session"]
"""The table the condition is for."""

MAX_DEPTH = 10
"""How deep groups of filters may be nested."""

_ACCEPTED: dict[Scope, frozenset[str]] = {
    "event": frozenset(
        {"event", "event_metadata", "feature", "person", "group", "session", "cohort", "element", "hogql"}
    ),
    "person": frozenset({"person", "cohort", "hogql"}),
    "group": frozenset({"group", "hogql"}),
    "session": frozenset({"session"}),
}

_TEXT_COLUMNS = ("event", "distinct_id", "$session_id", "$window_id", *(f"$group_{index}" for index in range(5)))
_OTHER_COLUMNS = ("uuid", "person_id", "person_mode", "elements_chain")
_TIME_COLUMNS = ("timestamp", "created_at")


class PropertyFilter(BaseModel):
    """One condition on one property. Without a key it is not finished and always true."""

    key: str | None = None
    value: Any = None
    operator: Operator = "exact"
    type: FilterType = "event"
    group_type_index: int | None = Field(None, ge=0, le=4)
    negation: bool | None = None

    @field_validator("key", mode="before")
    @classmethod
    def _key_as_text(cls, key: object) -> object:
        return str(key) if isinstance(key, int) else key

    @field_validator("operator", "type", mode="before")
    @classmethod
    def _default_for_null(cls, given: object, info: Any) -> object:
        return cls.model_fields[info.field_name].default if given is None else given


class PropertyGroup(BaseModel):
    """Conditions of which all (AND) or any (OR) must hold; no conditions always hold."""

    type: Literal["AND", "OR"]
    values: list[PropertyCondition] = []


def _form(given: object) -> str:
    is_group = isinstance(given, PropertyGroup) or (isinstance(given, dict) and "values" in given)
    return "group" if is_group else "filter"


PropertyCondition = Annotated[
    Annotated[PropertyGroup, Tag("group")] | Annotated[PropertyFilter, Tag("filter")], Discriminator(_form)
]

Properties = list[PropertyCondition] | PropertyGroup | None


def _properties_form(given: object) -> str:
    return "list" if isinstance(given, list) else "group"


PropertiesField = Annotated[
    Annotated[list[PropertyCondition], Tag("list")] | Annotated[PropertyGroup, Tag("group")],
    Discriminator(_properties_form),
]
"""`Properties` as the type of a model's field: a wrong value is reported at its own place only."""

_TEST_ACCOUNT_FILTERS = TypeAdapter(list[PropertyCondition])


def property_filters(filters: Properties, context: ProjectContext, now: datetime, scope: Scope = "event") -> ast.Expr:
    """All the filters as one HogQL condition over the table of `scope`; the constant true if there are none.

    `now` is what relative dates in values count from. Raises InsightError for values an operator cannot work with, for
    a type that does not belong to the scope and for cohorts and other things that do not exist; HogQLError for a filter
    whose HogQL cannot be read.
    """
    if not filters:
        return TRUE
    clock = Clock(now, context.timezone, context.week_start_day)
    given = PropertyGroup(type="AND", values=filters) if isinstance(filters, list) else filters
    return _condition(given, context, clock, scope)


def test_account_filters(filters: Sequence[dict[str, Any]]) -> list[PropertyCondition]:
    """A project's stored filters that leave out its own people, checked. Raises InsightError if they are malformed."""
    try:
        return _TEST_ACCOUNT_FILTERS.validate_python(list(filters))
    except ValidationError as error:
        fault = error.errors()[0]
        place = ".".join(map(str, fault["loc"]))
        raise InsightError(f"The project's test account filters are malformed at {place}: {fault['msg']}") from None


def property_field(kind: str, key: str, group_type_index: int | None = None) -> ast.Field:
    """The HogQL field of a property of an event, or of the event's person, group or session.

    Raises InsightError for a group property without a group type.
    """
    if kind == "person":
        return ast.Field(["person", "properties", key])
    if kind == "session":
        return ast.Field(["session", key])
    if kind == "group":
        if group_type_index is None or not 0 <= group_type_index <= 4:
            raise InsightError(f"The group property '{key}' needs a group_type_index from 0 to 4.")
        return ast.Field([f"group_{group_type_index}", "properties", key])
    if kind == "event_metadata":
        if key not in (*_TEXT_COLUMNS, *_OTHER_COLUMNS, *_TIME_COLUMNS):
            raise InsightError(f"Events have no column '{key}'.")
        return ast.Field([key])
    return ast.Field(["elements_chain"]) if key == "$elements_chain" else ast.Field(["properties", key])


def _condition(
    given: PropertyGroup | PropertyFilter, context: ProjectContext, clock: Clock, scope: Scope, depth: int = 0
) -> ast.Expr:
    if isinstance(given, PropertyGroup):
        if depth > MAX_DEPTH:
            raise InsightError(f"Groups of property filters may be nested {MAX_DEPTH} deep at most.")
        parts = [_condition(each, context, clock, scope, depth + 1) for each in given.values]
        return conjunction(parts) if given.type == "AND" else disjunction(parts)
    if given.key is None or given.type in ("flag", "empty"):
        return TRUE
    if given.type not in _ACCEPTED[scope]:
        raise InsightError(f"The '{given.type}' property filter does not work in '{scope}' scope")
    if given.type == "hogql":
        return parse_expr(given.key)
    if given.type == "cohort":
        return _cohort_condition(given, context, scope)
    if given.type == "element":
        return element_condition(given.key, given.operator, given.value, clock)
    if given.type == "person" and given.key == "distinct_id":
        return _distinct_id_condition(given, clock, scope)
    operand = _operand(given, context, scope)
    if given.operator == "is_cleaned_path_exact" and context.path_cleaning_filters and given.value is not None:
        return _cleaned_path_condition(operand.text, given.value, context)
    return condition(operand, given.operator, given.value, clock)


def _cleaned_path_condition(path: ast.Expr, value: Any, context: ProjectContext) -> ast.Expr:
    """Whether a path is one of those given, all of them shortened by the project's rules."""
    rules = project_rules(context)
    wanted = [cleaned(ast.Constant(str(each)), rules) for each in (value if isinstance(value, list) else [value])]
    return disjunction([ast.CompareOperation(cleaned(path, rules), each, "==") for each in wanted])


def _operand(given: PropertyFilter, context: ProjectContext, scope: Scope) -> Operand:
    assert given.key is not None
    field = property_field(given.type, given.key, given.group_type_index)
    if scope != "event":
        # On its own table a property stands without the way to it: `person.properties.x` is `properties.x`.
        field = ast.Field(field.chain[1:])
    if given.type == "event_metadata":
        return column_operand(field)
    return Operand(
        text=ast.Call("toString", [field]),
        number=ast.Call("toFloat", [field]),
        moment=_moment(field),
        is_set=_is_not_null(field),
        declared=_declared(given, context),
    )


def column_operand(field: ast.Field) -> Operand:
    """A column of events or persons as the left side of a filter."""
    (name,) = field.chain
    text: ast.Expr = field if name in _TEXT_COLUMNS else ast.Call("toString", [field])
    is_time = name in _TIME_COLUMNS
    return Operand(
        text=text,
        number=ast.Call("toFloat", [text]),
        moment=field if is_time else _moment(text),
        is_set=ast.CompareOperation(field, ast.Constant(""), "!=") if name in _TEXT_COLUMNS else _is_not_null(field),
        declared="DateTime" if is_time else None,
    )


def _moment(value: ast.Expr) -> ast.Expr:
    """A property as a time. Short text such as `5` is none, though it could be read as an hour or a day."""
    is_long = ast.CompareOperation(ast.Call("length", [ast.Call("toString", [value])]), ast.Constant(8), ">=")
    return ast.Call("if", [is_long, ast.Call("toDateTime", [value]), ast.Constant(None)])


def _is_not_null(field: ast.Field) -> ast.Expr:
    return ast.CompareOperation(field, ast.Constant(None), "!=", is_null_comparison_style=True)


def _declared(given: PropertyFilter, context: ProjectContext) -> str | None:
    assert given.key is not None
    if given.type in ("event", "feature"):
        return context.event_property_types.get(given.key)
    if given.type == "person":
        return context.person_property_types.get(given.key)
    if given.type == "group" and given.group_type_index is not None:
        return context.group_property_types.get(given.group_type_index, {}).get(given.key)
    return None


def _distinct_id_condition(given: PropertyFilter, clock: Clock, scope: Scope) -> ast.Expr:
    """Whether any of the person's distinct ids fits; with a negative operator, whether none does."""
    distinct_id = ast.Field(["distinct_id"])
    operand = Operand(distinct_id, ast.Call("toFloat", [distinct_id]), ast.Call("toDateTime", [distinct_id]), TRUE)
    positive: Operator = POSITIVE_OF.get(given.operator, given.operator)  # type: ignore[assignment]
    fits = condition(operand, positive, given.value, clock)
    if fits is TRUE:
        return TRUE
    persons = ast.SelectQuery(
        select=[ast.Field(["person_id"])],
        select_from=ast.JoinExpr(ast.Field(["person_distinct_ids"])),
        where=fits,
    )
    person = ast.Field(["person_id"] if scope == "event" else ["id"])
    matches = ast.CompareOperation(person, persons, "in")
    return negation(matches) if given.operator in POSITIVE_OF else matches


def _cohort_condition(given: PropertyFilter, context: ProjectContext, scope: Scope) -> ast.Expr:
    cohort_id = _cohort_id(given.value)
    if cohort_id not in context.cohorts:
        raise InsightError(f"Cohort {cohort_id} does not exist")
    person = ast.Field(["person_id"] if scope == "event" else ["id"])
    is_left_out = given.negation or given.operator in ("not_in", "is_not")
    return ast.CompareOperation(person, ast.Constant(cohort_id), "not in cohort" if is_left_out else "in cohort")


def _cohort_id(value: object) -> int:
    if isinstance(value, str) and re.fullmatch(r"\s*\d{1,18}\s*", value):
        return int(value)
    if isinstance(value, bool) or not isinstance(value, int):
        raise InsightError("Cohort property value must be a cohort ID")
    return value
