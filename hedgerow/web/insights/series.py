"""Series in the editor: rows of an event or action, how it is counted, and filters of its own."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from hedgerow.web.insights.filters import FilterRow, filter_rows, filters_of, written_filters
from hedgerow.web.insights.form import Form
from hedgerow.web.insights.references import Reference
from hedgerow.web.names import event_name, property_name

Node = dict[str, Any]

COUNTS = {
    "total": "Total count",
    "dau": "Unique people",
    "weekly_active": "Weekly active people",
    "monthly_active": "Monthly active people",
    "unique_session": "Unique sessions",
    "first_time_for_user": "People for the first time",
    "first_matching_event_for_user": "People whose first match it is",
    "avg_count_per_actor": "Average per person",
    "median_count_per_actor": "Median per person",
    "min_count_per_actor": "Least per person",
    "max_count_per_actor": "Most per person",
    "p75_count_per_actor": "75th percentile per person",
    "p90_count_per_actor": "90th percentile per person",
    "p95_count_per_actor": "95th percentile per person",
    "p99_count_per_actor": "99th percentile per person",
}
PROPERTY_MATHS = {
    "sum": "Sum of",
    "avg": "Average of",
    "median": "Median of",
    "min": "Smallest",
    "max": "Largest",
    "p75": "75th percentile of",
    "p90": "90th percentile of",
    "p95": "95th percentile of",
    "p99": "99th percentile of",
}
EXPRESSION = "hogql"
ADDITIVE = frozenset({"total", "sum", "first_time_for_user", "first_matching_event_for_user"})
"""Maths whose buckets add up to the total of the range; the same person may be in several buckets of the others."""

ALL_EVENTS = "All events"
KEPT = "kept:"
"""The event of a row whose series the editor cannot say: it stays as it is in the query."""

_PROPERTY_TYPES = {"person": "person_properties", "session": "session_properties", "group": "group_properties"}
_PROPERTY_KINDS = {value: key for key, value in _PROPERTY_TYPES.items()}


@dataclass(frozen=True)
class SeriesRow:
    """A series as the editor shows it."""

    at: int
    event: str
    title: str
    math: str
    of: str
    expression: str
    name: str
    is_optional: bool
    filters: list[FilterRow]
    has_nested_filters: bool

    @property
    def number(self) -> int:
        """Its place from 1 on."""
        return self.at + 1

    @property
    def letter(self) -> str:
        """What formulas call it."""
        return chr(ord("A") + self.at % 26)

    @property
    def needs_property(self) -> bool:
        """Whether the maths are those of a property's values."""
        return self.math in PROPERTY_MATHS

    @property
    def needs_expression(self) -> bool:
        """Whether the maths are an expression."""
        return self.math == EXPRESSION

    @property
    def missing(self) -> str:
        """What has still to be chosen, in words."""
        if self.needs_property and not self.of:
            return "Choose the property to calculate with."
        return "Write the expression to calculate." if self.needs_expression and not self.expression else ""


def series_rows(nodes: Sequence[Node], actions: Mapping[int, str], first_filter: int) -> list[SeriesRow]:
    """The rows of a question's series; their filters are numbered from `first_filter` on."""
    rows = []
    for at, node in enumerate(nodes):
        filters = filter_rows(node.get("properties"), str(at), first_filter)
        first_filter += len(filters)
        kind = _PROPERTY_KINDS.get(node.get("math_property_type") or "", "event")
        name = node.get("math_property")
        rows.append(
            SeriesRow(
                at=at,
                event=event_of(node),
                title=node_title(node, actions),
                math=_math_of(node),
                of=Reference.of(kind, name, node.get("math_group_type_index")).text if name else "",
                expression=node.get("math_hogql") or "",
                name=node.get("custom_name") or "",
                is_optional=bool(node.get("optionalInFunnel")),
                filters=filters,
                has_nested_filters=filters_of(node.get("properties")) is None,
            )
        )
    return rows


def written_series(
    form: Form, before: Sequence[Node], maths: Mapping[str, str], actions: Mapping[int, str], usual: str, most: int
) -> list[Node]:
    """The nodes as sent. What the editor does not show of a node stays as it was `before`."""
    nodes = []
    for at, event in enumerate(form.all("event")):
        old = before[at] if at < len(before) else {}
        node = _counted(form, at, _event_node(event, old, actions), maths)
        _set(node, "custom_name", form.at("named", at).strip())
        _set(node, "optionalInFunnel", str(at) in form.all("optional"))
        _set(node, "properties", written_filters(form, str(at), old.get("properties")))
        nodes.append(node)
    nodes = form.without_dropped("series", nodes) or list(before)
    if form.added == "series" and len(nodes) < most:
        nodes.append(_event_node(usual, {}, actions))
    return nodes[:most]


def event_of(node: Node) -> str:
    """What the chooser of events calls the node's."""
    if node["kind"] == "EventsNode":
        return node.get("event") or ""
    return f"action:{node['id']}" if node["kind"] == "ActionsNode" else KEPT


def node_title(node: Node, actions: Mapping[int, str]) -> str:
    """The name people read for a node."""
    if node.get("custom_name"):
        return str(node["custom_name"])
    if node["kind"] == "EventsNode":
        return event_name(node.get("event") or "") or ALL_EVENTS
    if node["kind"] == "ActionsNode":
        return actions.get(node["id"]) or node.get("name") or f"Action {node['id']}"
    joined = " or " if node.get("operator", "OR") == "OR" else " and "
    return node.get("name") or joined.join(node_title(each, actions) for each in node["nodes"])


def distinct_titles(nodes: Sequence[Node], maths: Mapping[str, str], actions: Mapping[int, str]) -> list[str]:
    """The name of each series; those of the same event are told apart by how they are counted, or by a number."""
    titles = [node_title(node, actions) for node in nodes]
    told: list[str] = []
    for node, title in zip(nodes, titles, strict=True):
        if titles.count(title) > 1 and not node.get("custom_name"):
            math = _math_of(node) or next(iter(maths), "")
            of = property_name(node.get("math_property") or "") if math in PROPERTY_MATHS else ""
            title += f" · {maths.get(math, '').rstrip('…')} {of}".rstrip()
        repeated = told.count(title)
        told.append(title)
        if repeated:
            told[-1] = f"{title} ({repeated + 1})"
    return told


def _event_node(event: str, old: Node, actions: Mapping[int, str]) -> Node:
    if event == KEPT and old:
        return dict(old)
    head, _, number = event.partition(":")
    kept = {key: value for key, value in old.items() if key not in ("kind", "event", "id", "name", "nodes", "operator")}
    if head == "action" and number.isdigit() and int(number) in actions:
        return {"kind": "ActionsNode", "id": int(number), "name": actions[int(number)], **kept}
    same = old.get("kind") == "EventsNode" and (old.get("event") or "") == event
    return dict(old) if same else {"kind": "EventsNode", "event": event or None, **kept}


def _counted(form: Form, at: int, node: Node, maths: Mapping[str, str]) -> Node:
    if not maths or ("math" not in form.asked and "math" in node):
        return node
    math = form.at("math", at)
    counted = {key: value for key, value in node.items() if not key.startswith("math")}
    if "math_multiplier" in node:
        counted["math_multiplier"] = node["math_multiplier"]
    if math not in maths:
        math = next(iter(maths))
    if not math:
        return counted
    if math.startswith("unique_group:"):
        return {**counted, "math": "unique_group", "math_group_type_index": int(math.partition(":")[2])}
    counted["math"] = math
    if math in PROPERTY_MATHS and (reference := Reference.read(form.at("of", at))):
        counted["math_property"] = reference.name
        counted["math_property_type"] = _PROPERTY_TYPES.get(reference.kind, "event_properties")
        _set(counted, "math_group_type_index", reference.group_type_index)
    if math == EXPRESSION:
        counted["math_hogql"] = form.at("expression", at).strip()
    return counted


def _math_of(node: Node) -> str:
    math = node.get("math") or ""
    return f"unique_group:{node.get('math_group_type_index')}" if math == "unique_group" else math


def _set(node: Node, key: str, value: Any) -> None:
    """Write a value into a node; an empty one is left out."""
    if value or (value == 0 and value is not False):
        node[key] = value
    else:
        node.pop(key, None)
