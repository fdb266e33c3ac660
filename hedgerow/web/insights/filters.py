"""Property filters in the editor: rows of property, operator and value, for the whole question or for one series."""

import csv
import io
from dataclasses import dataclass
from typing import Any

from hedgerow.web.insights.form import Form
from hedgerow.web.insights.references import Reference

OPERATORS = {
    "exact": "is",
    "is_not": "is not",
    "icontains": "contains",
    "not_icontains": "does not contain",
    "regex": "matches the pattern",
    "not_regex": "does not match the pattern",
    "gt": "is more than",
    "gte": "is at least",
    "lt": "is less than",
    "lte": "is at most",
    "between": "is between",
    "not_between": "is not between",
    "is_set": "is set",
    "is_not_set": "is not set",
    "is_date_exact": "is the date",
    "is_date_before": "is before",
    "is_date_after": "is after",
    "in": "is one of",
    "not_in": "is none of",
    "semver_eq": "is the version",
    "semver_gte": "is at least the version",
    "semver_lt": "is before the version",
}
WITHOUT_VALUE = frozenset({"is_set", "is_not_set"})
_LISTS = frozenset({"exact", "is_not", "icontains", "not_icontains", "between", "not_between", "in", "not_in"})
_RANGES = frozenset({"between", "not_between"})

WHOLE_QUESTION = "all"
"""The owner of filters that are not of a single series."""


@dataclass(frozen=True)
class FilterRow:
    """A filter as the editor shows it, `about` a property; `at` is its place among all filter rows of the page."""

    owner: str
    at: int
    about: str
    operator: str
    value: str

    @property
    def needs_value(self) -> bool:
        """Whether the operator compares with something."""
        return self.operator not in WITHOUT_VALUE

    @property
    def is_expression(self) -> bool:
        """Whether the row is a HogQL condition, which stands where the value does."""
        return self.about == "hogql:"


def filters_of(properties: Any) -> list[dict[str, Any]] | None:
    """The plain list of filters in a query's `properties`; None where they are nested so that no list can say it."""
    if not properties:
        return []
    if isinstance(properties, list):
        return None if any("values" in each for each in properties) else properties
    values = properties.get("values") or []
    if len(values) == 1 and "values" in values[0]:
        return filters_of(values[0])
    return None if any("values" in each for each in values) else values


def matches_any(properties: Any) -> bool:
    """Whether one of the filters is enough."""
    if not isinstance(properties, dict):
        return False
    values = properties.get("values") or []
    if len(values) == 1 and "values" in values[0]:
        return matches_any(values[0])
    return properties.get("type") == "OR"


def filter_rows(properties: Any, owner: str, first: int) -> list[FilterRow]:
    """The rows of filters, numbered from `first` on; none where they are nested."""
    rows = []
    for at, given in enumerate(filters_of(properties) or []):
        reference = Reference.of(given.get("type"), given.get("key") or "", given.get("group_type_index"))
        is_expression = reference.kind == "hogql"
        rows.append(
            FilterRow(
                owner=owner,
                at=first + at,
                about="hogql:" if is_expression else reference.text if reference.name else "",
                operator=given.get("operator") or "exact",
                value=reference.name if is_expression else shown_value(given.get("value")),
            )
        )
    return rows


def written_filters(form: Form, owner: str, before: Any, *, any_of: bool = False) -> Any:
    """The `properties` of an owner as sent; nested ones that the editor cannot show stay as they were `before`."""
    known = filters_of(before)
    if known is None:
        return before
    owners = form.all("owner")
    written: list[dict[str, Any]] = []
    for at, name in enumerate(owners):
        if name != owner or form.dropped == f"filter:{at}":
            continue
        place = owners[:at].count(owner)
        written.append(_written(form, at, known[place] if place < len(known) else {}))
    if form.added == f"filter:{owner}":
        written.append({"type": "event"})
    if any_of:
        return {"type": "OR", "values": [{"type": "OR", "values": written}]} if written else []
    return written


def shown_value(value: Any) -> str:
    """A filter's value in one line: several are separated by commas, one with a comma stands in quotes."""
    if value is None:
        return ""
    values = value if isinstance(value, list) else [value]
    line = io.StringIO()
    csv.writer(line, lineterminator="").writerow([_plain(each) for each in values])
    return line.getvalue()


def typed_value(text: str, operator: str, kind: str) -> Any:
    """The value that a line of text stands for, as the operator compares with a property of the kind."""
    if kind == "cohort":
        return int(text) if text.isdigit() else text
    if operator not in _LISTS:
        # A value is always written as a field of a list, so a lone one with a comma is in quotes too.
        return next(iter(_split(text)), "") if text.startswith('"') else text
    values: list[Any] = _split(text)
    if operator in _RANGES:
        values = [_number(each) for each in values]
    if not values:
        return []
    return values[0] if len(values) == 1 and operator not in ("exact", "is_not", *_RANGES) else values


def _plain(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _written(form: Form, at: int, before: dict[str, Any]) -> dict[str, Any]:
    reference = Reference.read(form.at("property", at))
    text = form.at("value", at).strip()
    if reference is None:
        return {"type": "event"}
    if reference.kind == "hogql":
        return {"type": "hogql", "key": text} if text else {"type": "hogql"}
    operator = form.at("operator", at)
    usual = "in" if reference.kind == "cohort" else "exact"
    asked = reference.filled("key", operator=operator if operator in OPERATORS else before.get("operator") or usual)
    if asked["operator"] in WITHOUT_VALUE:
        return asked
    same = before.get("type", "event") == reference.kind and before.get("key") == reference.name
    if same and shown_value(before.get("value")) == text and before.get("operator", "exact") == asked["operator"]:
        return before
    return {**asked, "value": typed_value(text, asked["operator"], reference.kind)}


def _split(text: str) -> list[str]:
    found = next(csv.reader([text], skipinitialspace=True), [])
    return [each.strip() for each in found if each.strip()]


def _number(text: str) -> float | int | str:
    try:
        number = float(text)
    except ValueError:
        return text
    return int(number) if number.is_integer() else number
