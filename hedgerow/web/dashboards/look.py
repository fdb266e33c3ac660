"""How a dashboard is looked at: the filters and the values of variables over its tiles, stored or only in the address.

The address holds a look whole (`filters`, `variables`, as the API takes them); without one the dashboard's own counts.
"""

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.http import QueryDict
from django.utils.http import urlencode

from hedgerow.dashboards.models import Dashboard
from hedgerow.dashboards.models import Variable as VariableRow
from hedgerow.projects.models import Project
from hedgerow.queries.request import FiltersOverride
from hedgerow.web.insights.breakdowns import breakdowns_of, written_breakdowns
from hedgerow.web.insights.choices import Choices
from hedgerow.web.insights.dates import dates_of, written_dates
from hedgerow.web.insights.filters import OPERATORS, WHOLE_QUESTION, filter_rows, filters_of, written_filters
from hedgerow.web.insights.form import Form
from hedgerow.web.insights.question import compact
from hedgerow.web.records import typed, written

OPEN_RANGE = "As each insight says"
SENT = "look"
"""The field that says that the filter bar was sent."""

Values = dict[str, Any]


_KINDS: dict[str, str] = {VariableRow.Type.NUMBER: "number", VariableRow.Type.DATE: "date"}
"""The kinds of fields in which values are typed, other than of text."""


@dataclass(frozen=True)
class Variable:
    """A variable of the tiles' SQL, with the value it has in this look, written so that it can be typed.

    `type` is that of the project's variable, "" for one that only a query knows; `choices` are values with their words.
    """

    id: str
    code_name: str
    title: str
    value: str
    type: str = ""
    choices: Sequence[tuple[str, str]] = ()

    @property
    def field(self) -> str:
        """The kind of field in which its value is typed."""
        return _KINDS.get(self.type, "text")

    def read(self, text: str) -> Any:
        """The value that was typed."""
        is_text = self.type in (VariableRow.Type.STRING, VariableRow.Type.LIST, VariableRow.Type.DATE)
        return text if is_text else typed(text)


@dataclass(frozen=True)
class Look:
    """Filters and variables by id, as the API has them; `is_stored` says that they are the dashboard's own."""

    filters: Values
    variables: Values
    is_stored: bool

    @classmethod
    def of(cls, asked: QueryDict, dashboard: Dashboard) -> "Look":
        """The look in an address; what cannot be read there is as if it were not."""
        filters, variables = _object(asked.get("filters")), _object(asked.get("variables"))
        return cls._over(dashboard, filters or {}, variables or {})

    @property
    def address(self) -> str:
        """The query string that holds the look; nothing for the dashboard's own."""
        if self.is_stored:
            return ""
        return "?" + urlencode({"filters": self.filters_text, "variables": self.variables_text})

    @property
    def filters_text(self) -> str:
        """The filters as the address holds them."""
        return compact(self.filters)

    @property
    def variables_text(self) -> str:
        """The variables as the address holds them."""
        return compact(self.variables)

    @property
    def effective(self) -> Values:
        """The filters that count: without rows for which nothing has been chosen yet."""
        return _filled(self.filters)

    @property
    def kept(self) -> Values:
        """The filters as they are stored: without those that say nothing."""
        return _said(self.effective)

    def edited(self, asked: QueryDict, dashboard: Dashboard, variables: Iterable[Variable]) -> "Look":
        """The look with what the filter bar sent."""
        form = Form(asked)
        query = written_dates(form, _as_query(self.filters)) if form.text("range") else {"dateRange": {}}
        query = {**_as_query(self.filters), **query}
        query["properties"] = written_filters(form, WHOLE_QUESTION, query.get("properties"))
        if form.text("breakdown") != _broken_down_by(query):
            query = written_breakdowns(form, query)
        filters = {**self.filters, **_as_filters(query)}
        values = {**self.variables}
        for each in variables:
            text = asked.get(f"variable-{each.id}")
            if text is not None and text != each.value:
                values[each.id] = {"code_name": each.code_name, "variableId": each.id, "value": each.read(text)}
        return Look._over(dashboard, filters, values)

    @classmethod
    def _over(cls, dashboard: Dashboard, filters: Values, variables: Values) -> "Look":
        stored, known = _readable(dashboard.filters), _objects(dashboard.variables)
        shown, values = _readable({**stored, **filters}), {**known, **_objects(variables)}
        # What is still to be filled in, of a filter or of days, is kept by the address, too.
        return cls(shown, values, is_stored=_said(shown) == _said(stored) and values == known)


def variables_of(project: Project, queries: Iterable[Mapping[str, Any] | None], look: Look) -> list[Variable]:
    """The variables that the tiles' queries name, each once, in the order of their titles."""
    named: dict[str, Mapping[str, Any]] = {}
    for query in queries:
        named = {**dict(_named(query)), **named}
    if not named:
        return []
    known = {str(row.pk): row for row in VariableRow.objects.filter(project=project)}
    found = [_variable(key, given, known.get(key), look) for key, given in named.items()]
    return sorted(found, key=lambda each: each.title.casefold())


def _variable(key: str, given: Mapping[str, Any], row: VariableRow | None, look: Look) -> Variable:
    value = (look.variables.get(key) or given).get("value")
    text = "" if value is None else value if isinstance(value, str) and row else written(value)
    if row is None:
        return Variable(key, given["code_name"], given["code_name"], text)
    choices = [(str(each), str(each)) for each in row.values or []] if row.type == row.Type.LIST else []
    if row.type == row.Type.BOOLEAN:
        choices = [("true", "Yes"), ("false", "No")]
    if choices and text not in dict(choices):
        choices = [(text, text or "Nothing"), *choices]
    return Variable(key, given["code_name"], row.name, text, row.type, choices)


def filter_bar(look: Look, choices: Choices) -> Values:
    """What the template of the filter bar shows of a look."""
    query = _as_query(look.filters)
    filters = filter_rows(query.get("properties"), WHOLE_QUESTION, 0)
    chosen = _broken_down_by(query)
    options = choices.breakdown_options([chosen])
    return {
        "dates": dates_of(query, OPEN_RANGE),
        "filters": filters,
        "has_nested_filters": filters_of(query.get("properties")) is None,
        "filter_options": choices.filter_options([each.about for each in filters]),
        "operators": OPERATORS.items(),
        "breakdown": chosen,
        # An expression can be kept, but not written here.
        "breakdown_options": [group for group in options if group[0] != "HogQL" or chosen == "hogql:"],
    }


def _broken_down_by(query: Values) -> str:
    rows = breakdowns_of(query).rows
    return rows[0].about if rows else ""


def _named(query: Mapping[str, Any] | None) -> Iterable[tuple[str, Mapping[str, Any]]]:
    source: Any = query
    while isinstance(source, Mapping) and isinstance(source.get("source"), Mapping):
        source = source["source"]
    variables = source.get("variables") if isinstance(source, Mapping) else None
    for key, given in (variables if isinstance(variables, Mapping) else {}).items():
        if isinstance(given, Mapping) and given.get("code_name"):
            yield key, given


def _as_query(filters: Mapping[str, Any]) -> Values:
    """The filters under the names that the parts of a query's editor read."""
    query: Values = {"properties": filters.get("properties") or []}
    if filters.get("date_from") is not None or filters.get("date_to") is not None:
        query["dateRange"] = {"date_from": filters.get("date_from"), "date_to": filters.get("date_to")}
    if filters.get("breakdown_filter"):
        query["breakdownFilter"] = filters["breakdown_filter"]
    return query


def _as_filters(query: Mapping[str, Any]) -> Values:
    dates = query.get("dateRange") or {}
    return {
        "date_from": dates.get("date_from"),
        "date_to": dates.get("date_to"),
        "properties": query.get("properties") or [],
        "breakdown_filter": query.get("breakdownFilter"),
    }


def _said(filters: Mapping[str, Any]) -> Values:
    return {key: value for key, value in filters.items() if value not in (None, [], {})}


def _filled(filters: Mapping[str, Any]) -> Values:
    properties = filters.get("properties")
    if isinstance(properties, list):
        properties = [each for each in properties if each.get("key") or "values" in each]
    return {**filters, "properties": properties, "date_from": filters.get("date_from") or None}


def _readable(filters: Mapping[str, Any]) -> Values:
    """The filters without those of another form than the filter bar, and the queries, can read."""
    readers: dict[str, Callable[[Values], object]] = {
        "date_from": dates_of,
        "date_to": dates_of,
        "properties": lambda query: filter_rows(query["properties"], WHOLE_QUESTION, 0),
        "breakdown_filter": _broken_down_by,
    }
    found = dict(filters)
    for name, read in readers.items():
        try:
            FiltersOverride.model_validate({name: filters.get(name)})
            read(_as_query({name: filters.get(name)}))
        except (ValueError, TypeError, KeyError, AttributeError, IndexError):
            found.pop(name, None)
    return found


def _objects(variables: Mapping[str, Any]) -> Values:
    return {key: value for key, value in variables.items() if isinstance(value, dict)}


def _object(text: str | None) -> Values | None:
    try:
        value = json.loads(text or "")
    except (ValueError, RecursionError):
        return None
    return value if isinstance(value, dict) else None
