"""What stands for `{…}` in a HogQL query: the given values, variables and filters.

Values become constants of the tree and are bound as parameters; they never become text of a query.
"""

import math
from collections.abc import Mapping
from copy import deepcopy
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from pydantic import BaseModel, Field

from hedgerow.hogql import ast
from hedgerow.hogql.context import ProjectContext
from hedgerow.hogql.walk import nodes, placeholder_chain, replace_placeholders
from hedgerow.insights.dates import DateRange, parse_moment, resolve
from hedgerow.insights.properties import Properties, PropertiesField, Scope, property_filters, test_account_filters
from hedgerow.queries.errors import QueryError

MOST_VALUES = 100_000
"""Values a query can be given, counting the members of lists."""


class HogQLFilters(BaseModel):
    """What `{filters}` stands for."""

    dateRange: DateRange | None = None  # noqa: N815
    properties: PropertiesField | None = None
    filterTestAccounts: bool | None = False  # noqa: N815


class HogQLVariable(BaseModel):
    """What `{variables.<code_name>}` stands for; null with `isNull`."""

    variableId: str | None = None  # noqa: N815
    code_name: str = Field(min_length=1)
    value: Any = None
    isNull: bool | None = False  # noqa: N815


class Placeholders:
    """What is given for the placeholders of one query."""

    def __init__(
        self,
        values: Mapping[str, Any],
        variables: Mapping[str, HogQLVariable],
        filters: HogQLFilters | None,
        context: ProjectContext,
        now: datetime,
        project_test_account_filters: list[dict[str, Any]],
    ) -> None:
        self._values = values
        self._variables = {variable.code_name: variable for variable in variables.values()}
        self._filters = filters or HogQLFilters()
        self._context = context
        self._now = now
        self._test_account_filters = project_test_account_filters

    def put_into(self, query: ast.Query) -> ast.Query:
        """The query with every placeholder replaced. Raises `QueryError` for one that nothing is given for."""
        replaced: ast.Query = replace_placeholders(query, self._value_of)
        return replaced

    def _value_of(self, placeholder: ast.Placeholder, select: ast.SelectQuery | None) -> ast.Expr | None:
        chain = placeholder_chain(placeholder)
        if chain[0] == "filters" and "filters" not in self._values:
            return self._filter(chain, placeholder, select)
        if chain[0] == "variables" and "variables" not in self._values:
            return self._variable(chain, placeholder)
        value: Any = self._values
        for name in chain:
            if not isinstance(value, Mapping) or name not in value:
                raise _at(placeholder, f"Placeholder {{{'.'.join(chain)}}} is not given in `values`.")
            value = value[name]
        return constant(value, placeholder)

    def _variable(self, chain: list[str], placeholder: ast.Placeholder) -> ast.Expr:
        variable = self._variables.get(".".join(chain[1:]))
        if variable is None:
            raise _at(placeholder, f"Variable {'.'.join(chain[1:]) or '(no name)'} is not given in `variables`.")
        return constant(None if variable.isNull else variable.value, placeholder)

    def _filter(
        self, chain: list[str], placeholder: ast.Placeholder, select: ast.SelectQuery | None
    ) -> ast.Expr | None:
        if chain == ["filters"]:
            return self._condition(placeholder, select)
        if chain in (["filters", "dateRange", "from"], ["filters", "dateRange", "to"]):
            moment = self._start() if chain[2] == "from" else self._end()
            return None if moment is None else ast.Constant(moment)
        raise _at(placeholder, f"Unsupported filters placeholder {{{'.'.join(chain)}}}")

    def _condition(self, placeholder: ast.Placeholder, select: ast.SelectQuery | None) -> ast.Expr:
        found = _filtered_table(select)
        if found is None:
            raise _at(
                placeholder,
                "Cannot use 'filters' placeholder in a SELECT clause that does not select from the events, sessions, "
                "logs, traces or groups table.",
            )
        scope, timestamp, table = found
        conditions = []
        for filters in (self._filters.properties, self._own_filters()):
            if filters:
                condition = property_filters(filters, self._context, self._now, scope)
                conditions.append(_of_table(condition, table) if table else condition)
        if (start := self._start()) is not None:
            conditions.append(ast.CompareOperation(timestamp, ast.Constant(start), ">="))
        if (end := self._end()) is not None:
            conditions.append(ast.CompareOperation(timestamp, ast.Constant(end), "<="))
        return ast.And(conditions) if len(conditions) > 1 else (conditions or [ast.Constant(True)])[0]

    def _own_filters(self) -> Properties:
        """The project's filters that leave out its own people, if they are asked for."""
        return test_account_filters(self._test_account_filters) if self._filters.filterTestAccounts else None

    def _start(self) -> datetime | None:
        """The first moment of the range; none for a range without a start, or of `all` time."""
        asked = self._filters.dateRange
        if asked is None or not asked.date_from or asked.date_from == "all":
            return None
        return self._resolved(DateRange(date_from=asked.date_from, explicitDate=asked.explicitDate))[0]

    def _end(self) -> datetime | None:
        """The last moment of the range: the end of its day, unless it is given to the minute."""
        asked = self._filters.dateRange
        if asked is None or not asked.date_to:
            return None
        end = parse_moment(asked.date_to, ZoneInfo(self._context.timezone), self._now, self._context.week_start_day)
        is_whole_day = end.is_bare_date or (end.unit is not None and end.unit not in "hMs")
        dates = DateRange(date_from="-1d", date_to=asked.date_to, explicitDate=asked.explicitDate or not is_whole_day)
        return self._resolved(dates)[1]

    def _resolved(self, dates: DateRange) -> tuple[datetime, datetime]:
        context = self._context
        resolved = resolve(dates, "day", context.timezone, self._now, week_start_day=context.week_start_day)
        return resolved.date_from, resolved.date_to


def constant(value: Any, placeholder: ast.Placeholder | None = None) -> ast.Expr:
    """A JSON value as a tree of constants; lists become arrays. Raises `QueryError` for an object."""
    if isinstance(value, list):
        if len(value) > MOST_VALUES:
            raise _at(placeholder, f"A placeholder can stand for at most {MOST_VALUES} values.")
        return ast.Array([constant(item, placeholder) for item in value])
    if isinstance(value, Mapping):
        raise _at(placeholder, "A placeholder cannot stand for an object.")
    if isinstance(value, float) and not math.isfinite(value):
        raise _at(placeholder, "A placeholder cannot stand for an infinite number.")
    return ast.Constant(value)


_FILTERED_TABLES: dict[str, tuple[Scope, str]] = {
    "events": ("event", "timestamp"),
    "sessions": ("session", "$start_timestamp"),
    "raw_sessions": ("session", "$start_timestamp"),
    "groups": ("group", "created_at"),
    "raw_groups": ("group", "created_at"),
}


def _filtered_table(select: ast.SelectQuery | None) -> tuple[Scope, ast.Field, str] | None:
    """The scope, the time and the name (empty where it is the only one) of the table that `{filters}` is about."""
    joined = select.select_from if select is not None else None
    is_alone = joined is not None and joined.next_join is None
    while joined is not None:
        if isinstance(joined.table, ast.Field) and joined.table.chain[-1] in _FILTERED_TABLES:
            scope, timestamp = _FILTERED_TABLES[joined.table.chain[-1]]
            name = "" if is_alone else joined.alias or joined.table.chain[-1]
            return scope, ast.Field([name, timestamp] if name else [timestamp]), name
        joined = joined.next_join
    return None


def _of_table(condition: ast.Expr, table: str) -> ast.Expr:
    """A condition on one of several tables: its fields named with the table, but for those of queries inside it.

    Arguments of lambdas are no fields of the table.
    """
    named = deepcopy(condition)
    inner = {id(each) for query in nodes(named) if isinstance(query, ast.SelectQuery) for each in nodes(query)}
    for function in nodes(named):
        if isinstance(function, ast.Lambda):
            fields = (each for each in nodes(function) if isinstance(each, ast.Field))
            inner |= {id(field) for field in fields if field.chain[0] in function.args}
    for each in nodes(named):
        if isinstance(each, ast.Field) and id(each) not in inner and each.chain[0] != table:
            each.chain = [table, *each.chain]
    return named


def _at(placeholder: ast.Placeholder | None, detail: str) -> QueryError:
    if placeholder is None:
        return QueryError(detail)
    return QueryError(detail, start=placeholder.start, end=placeholder.end)
