"""The editor of a cohort's criteria: the nested conditions as rows of fields, and what a form makes of them.

Conditions are named by their path in the tree: `0` is the whole, `0-1` its second part, `0-1-0` the first of that.
"""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from hedgerow.web.insights.choices import Choices, OptionGroups, Options
from hedgerow.web.insights.filters import OPERATORS, WITHOUT_VALUE, FilterRow, shown_value, typed_value
from hedgerow.web.insights.form import Form
from hedgerow.web.insights.references import Reference
from hedgerow.web.names import in_order, property_name

Node = dict[str, Any]

TOP = "0"
MOST_SHOWN_DEPTH = 10

PERSON, FIRST_SEEN, COHORT = "person", "person_metadata", "cohort"
KINDS: OptionGroups = [
    (
        "Who they are",
        [(PERSON, "have a property"), (FIRST_SEEN, "were first seen"), (COHORT, "are in a cohort")],
    ),
    (
        "What they did",
        [
            ("performed_event", "did an event"),
            ("performed_event_multiple", "did an event some number of times"),
            ("performed_event_first_time", "did an event for the first time"),
            ("performed_event_sequence", "did one event and later another"),
            ("performed_event_regularly", "did an event regularly"),
            ("stopped_performing_event", "stopped doing an event"),
            ("restarted_performing_event", "came back to an event"),
        ],
    ),
]
BEHAVIOURS = dict(KINDS[1][1])
UNITS = {"minute": "minutes", "hour": "hours", "day": "days", "week": "weeks", "month": "months", "year": "years"}
COUNTS = {"gte": "at least", "lte": "at most", "exact": "exactly", "gt": "more than", "lt": "fewer than"}
PERIOD_COUNTS = {key: COUNTS[key] for key in ("gte", "lte", "exact")}
DATES = {"is_date_after": "after", "is_date_before": "before", "is_date_exact": "on"}

_WITH_DATES = frozenset({"performed_event", "performed_event_multiple", "performed_event_sequence"})
_SECOND_TIMES = {
    "stopped_performing_event": "but not in the last",
    "restarted_performing_event": "and again in the last",
}
_USUAL_TIME = {"time_value": 30, "time_interval": "day"}
_PLACE = re.compile(r"properties((?:\.values\[\d+\])*)[^:]*: ")


def new_criterion() -> Node:
    """A condition nobody has written anything into."""
    return {"type": PERSON, "key": "", "operator": "exact"}


def new_criteria() -> Node:
    """The criteria of a new cohort: one condition to be written."""
    return {"type": "AND", "values": [new_criterion()]}


# Showing


@dataclass(frozen=True)
class Criterion:
    """A condition as the editor shows it; `faults` are the sentences of what is wrong, by path."""

    path: str
    given: Node
    faults: dict[str, str]

    @property
    def name(self) -> str:
        """The beginning of its fields' names."""
        return f"c{self.path}"

    @property
    def number(self) -> str:
        """What people call it: `2.1` is the first part of the second."""
        return ".".join(str(int(part) + 1) for part in self.path.split("-")[1:])

    @property
    def fault(self) -> str:
        """What is wrong with it."""
        return self.faults.get(self.path, "")

    @property
    def kind(self) -> str:
        """Which of `KINDS` it is."""
        return str(self.given["value"] if self.given["type"] == "behavioral" else self.given["type"])

    @property
    def is_behaviour(self) -> bool:
        """Whether it is about events."""
        return bool(self.given["type"] == "behavioral")

    @property
    def operators(self) -> Options:
        """The comparisons to choose from; one that is seldom used is among them where it is chosen."""
        known = DATES if self.kind == FIRST_SEEN else OPERATORS
        chosen = self.given.get("operator") or "exact"
        return [*known.items(), *([] if chosen in known else [(chosen, chosen)])]

    @property
    def value(self) -> str:
        """What is compared with, in one line."""
        return shown_value(self.given.get("value"))

    @property
    def event(self) -> str:
        """The event or action, as the chooser of events calls it."""
        return _event(self.given.get("key"), self.given.get("event_type"))

    @property
    def second_event(self) -> str:
        """The later event of a sequence."""
        return _event(self.given.get("seq_event"), self.given.get("seq_event_type"))

    @property
    def counts(self) -> Options:
        """The comparisons of numbers of events to choose from; none where they are not counted."""
        known = {"performed_event_multiple": COUNTS, "performed_event_regularly": PERIOD_COUNTS}.get(self.kind, {})
        return list(known.items())

    @property
    def count_operator(self) -> str:
        """How the number of events is compared."""
        operator = self.given.get("operator") or "exact"
        return "exact" if operator == "eq" else str(operator)

    @property
    def is_regular(self) -> bool:
        """Whether events are counted period by period."""
        return self.kind == "performed_event_regularly"

    @property
    def takes_dates(self) -> bool:
        """Whether the span can be between dates."""
        return self.kind in _WITH_DATES

    @property
    def is_dated(self) -> bool:
        """Whether the span is between dates."""
        return self.takes_dates and self.given.get("explicit_datetime") is not None

    @property
    def has_second_event(self) -> bool:
        """Whether another event is to follow."""
        return self.kind == "performed_event_sequence"

    @property
    def second_time(self) -> str:
        """The words before the second span; "" where there is none."""
        return _SECOND_TIMES.get(self.kind, "")

    @property
    def filters(self) -> list[FilterRow]:
        """The conditions on its events."""
        rows = []
        for at, given in enumerate(self.given.get("event_filters") or []):
            is_expression = given.get("type") == "hogql"
            key = given.get("key") or ""
            about = "hogql:" if is_expression else f"{given.get('type')}:{key}" if key else ""
            value = key if is_expression else shown_value(given.get("value"))
            rows.append(FilterRow(self.name, at, about, given.get("operator") or "exact", value))
        return rows


@dataclass(frozen=True)
class Joined:
    """Conditions of which all or any must hold, as the editor shows them."""

    path: str
    matches_any: bool
    parts: list["Criterion | Joined"]
    fault: str

    is_group = True

    @property
    def name(self) -> str:
        """The beginning of its fields' names."""
        return f"c{self.path}"

    @property
    def number(self) -> str:
        """What people call it; "" for the whole."""
        return ".".join(str(int(part) + 1) for part in self.path.split("-")[1:])

    @property
    def can_nest(self) -> bool:
        """Whether there may be groups in it."""
        return self.path.count("-") + 1 < MOST_SHOWN_DEPTH


def shown(node: Node, faults: dict[str, str] | None = None, path: str = TOP) -> Joined:
    """The criteria as the editor shows them, with what is wrong with each."""
    faults = faults or {}
    parts: list[Criterion | Joined] = []
    for at, each in enumerate(node["values"]):
        place = f"{path}-{at}"
        parts.append(shown(each, faults, place) if _is_group(each) else Criterion(place, each, faults))
    return Joined(path, node["type"] == "OR", parts, faults.get(path, ""))


def choices_of(project_choices: Choices, cohorts: Options, criteria: Node) -> dict[str, OptionGroups | Options]:
    """What can be chosen in the editor, with all that is chosen."""
    found = list(leaves(criteria))
    events = [each for leaf in found for each in (Criterion("", leaf, {}).event, Criterion("", leaf, {}).second_event)]
    keys = [leaf.get("key") or "" for leaf in found if leaf["type"] == PERSON]
    filters = [row.about for leaf in found for row in Criterion("", leaf, {}).filters]
    named = {value for value, _ in cohorts}
    lost = [str(leaf["value"]) for leaf in found if leaf["type"] == COHORT and leaf.get("value")]
    return {
        "kinds": KINDS,
        "units": list(UNITS.items()),
        "event_options": project_choices.event_options(each for each in events if each),
        "person_options": in_order(project_choices.person_properties, property_name, keys),
        "event_filter_options": project_choices.event_filter_options(each for each in filters if each),
        "cohort_options": [*cohorts, *((each, f"Cohort {each}") for each in dict.fromkeys(lost) if each not in named)],
        "operators": list(OPERATORS.items()),
    }


def leaves(node: Node) -> Iterator[Node]:
    """Every condition."""
    for each in node["values"]:
        if _is_group(each):
            yield from leaves(each)
        else:
            yield each


# Reading a form


def written(form: Form) -> Node:
    """The criteria a form sent, with what was added or dropped; `base` has them as the form was made."""
    try:
        base = json.loads(form.text("base"))
    except (json.JSONDecodeError, RecursionError):
        return new_criteria()
    return _written_group(form, base, TOP) if _can_be_shown(base) else new_criteria()


def read_faults(detail: str) -> tuple[dict[str, str], str]:
    """Where a sentence that names a place in the criteria belongs, and the sentence itself."""
    found = _PLACE.match(detail)
    if found is None:
        return {}, detail
    path = "-".join([TOP, *re.findall(r"\d+", found[1])])
    rest = detail[found.end() :]
    return {path: rest[:1].upper() + rest[1:]}, ""


def missing(node: Node, path: str = TOP) -> dict[str, str]:
    """What has still to be chosen or written, by path."""
    found: dict[str, str] = {}
    for at, each in enumerate(node["values"]):
        place = f"{path}-{at}"
        if _is_group(each):
            found |= missing(each, place)
        elif sentence := _missing(each):
            found[place] = sentence
    return found


def _missing(leaf: Node) -> str:
    kind = leaf["type"]
    if kind == COHORT:
        return "" if leaf.get("value") else "Choose a cohort."
    if kind == "behavioral":
        if leaf.get("key") in (None, ""):
            return "Choose an event."
        if leaf["value"] == "performed_event_sequence" and leaf.get("seq_event") in (None, ""):
            return "Choose the event that follows."
        return ""
    if not leaf.get("key"):
        return "Choose a property."
    needs = leaf.get("operator") not in WITHOUT_VALUE
    return "Write what to compare with." if needs and leaf.get("value") in (None, "", []) else ""


def _written_group(form: Form, before: Node, path: str) -> Node:
    values = []
    for at, each in enumerate(before["values"]):
        place = f"{path}-{at}"
        if form.dropped == place:
            continue
        written = _written_group(form, each, place) if _is_group(each) else _written_leaf(form, each, place)
        if not _is_group(written) or written["values"]:
            values.append(written)
    if form.added == f"criterion:{path}":
        values.append(new_criterion())
    kind = form.one_of(f"c{path}-type", ("AND", "OR"), before["type"])
    if form.added == f"group:{path}":
        values.append({"type": "AND" if kind == "OR" else "OR", "values": [new_criterion()]})
    return {"type": kind, "values": values}


def _written_leaf(form: Form, before: Node, path: str) -> Node:
    name = f"c{path}"
    kind = form.text(f"{name}-kind")
    if not kind:
        return before
    found = _written_kind(form, before, name, kind)
    if form.text(f"{name}-negation"):
        found["negation"] = True
    return found


def _written_kind(form: Form, before: Node, name: str, kind: str) -> Node:
    if kind in BEHAVIOURS:
        return _written_behaviour(form, before, name, kind)
    if kind == COHORT:
        return {"type": COHORT, "key": "id", "value": form.whole(f"{name}-cohort")}
    if kind == FIRST_SEEN:
        known = before["type"] == FIRST_SEEN
        operator = form.text(f"{name}-operator") if known else "is_date_after"
        return {"type": FIRST_SEEN, "key": "created_at", "operator": operator, "value": form.text(f"{name}-value")}
    operator = (form.text(f"{name}-operator") if before["type"] == PERSON else "") or "exact"
    leaf: Node = {"type": PERSON, "key": form.text(f"{name}-key"), "operator": operator}
    if operator in WITHOUT_VALUE:
        return leaf
    text = form.text(f"{name}-value")
    same = before["type"] == PERSON and before.get("key") == leaf["key"] and before.get("operator") == operator
    kept = same and shown_value(before.get("value")) == text
    return {**leaf, "value": before.get("value") if kept else typed_value(text, operator, PERSON)}


def _written_behaviour(form: Form, before: Node, name: str, kind: str) -> Node:
    key, event_type = _named(form.text(f"{name}-event"))
    leaf: Node = {"type": "behavioral", "key": key, "event_type": event_type, "value": kind}
    if kind in _WITH_DATES and form.text(f"{name}-span") == "dates":
        leaf["explicit_datetime"] = form.text(f"{name}-from", "-30d")
        if until := form.text(f"{name}-to"):
            leaf["explicit_datetime_to"] = until
    else:
        leaf |= _time(form, name, "time", _USUAL_TIME)
    if kind in _SECOND_TIMES or kind == "performed_event_sequence":
        leaf |= _time(form, name, "seq_time", {"seq_time_value": 7, "seq_time_interval": "day"})
    if kind == "performed_event_sequence":
        leaf["seq_event"], leaf["seq_event_type"] = _named(form.text(f"{name}-second"))
    if kind in ("performed_event_multiple", "performed_event_regularly"):
        known = COUNTS if kind == "performed_event_multiple" else PERIOD_COUNTS
        leaf["operator"] = form.one_of(f"{name}-count-operator", known, "gte")
        count = form.whole(f"{name}-count")
        leaf["operator_value"] = 1 if count is None else count
    if kind == "performed_event_regularly":
        if before.get("value") != kind:
            leaf |= {"time_value": 1, "time_interval": "week"}
        leaf["min_periods"] = form.whole(f"{name}-min") or 3
        leaf["total_periods"] = form.whole(f"{name}-total") or 4
    if filters := _written_filters(form, before, name):
        leaf["event_filters"] = filters
    return leaf


def _time(form: Form, name: str, which: str, usual: Node) -> Node:
    value, unit = f"{which}_value", f"{which}_interval"
    return {
        value: form.whole(f"{name}-{which}") or usual[value],
        unit: form.one_of(f"{name}-{which}-unit", UNITS, usual[unit]),
    }


def _written_filters(form: Form, before: Node, name: str) -> list[Node]:
    old = before.get("event_filters") or []
    found = []
    for at, about in enumerate(form.all(f"{name}-property")):
        if form.dropped == f"{name[1:]}:{at}":
            continue
        found.append(_written_filter(form, old[at] if at < len(old) else {}, name, at, about))
    if form.added == f"filter:{name[1:]}":
        found.append({"type": "event", "key": "", "operator": "exact"})
    return found


def _written_filter(form: Form, before: Node, name: str, at: int, about: str) -> Node:
    reference = Reference.read(about)
    text = form.at(f"{name}-property-value", at).strip()
    if reference is None:
        return {"type": "event", "key": "", "operator": "exact"}
    if reference.kind == "hogql":
        return {"type": "hogql", "key": text}
    operator = form.at(f"{name}-property-operator", at) or "exact"
    leaf: Node = {"type": reference.kind, "key": reference.name, "operator": operator}
    if operator in WITHOUT_VALUE:
        return leaf
    if {**before, "value": None} == {**leaf, "value": None} and shown_value(before.get("value")) == text:
        return before
    return {**leaf, "value": typed_value(text, operator, reference.kind)}


def _named(chosen: str) -> tuple[str | int, str]:
    """The event or action chosen, and which of the two it is."""
    head, _, number = chosen.partition(":")
    return (int(number), "actions") if head == "action" and number.isdigit() else (chosen, "events")


def _event(key: object, event_type: object) -> str:
    if key in (None, ""):
        return ""
    return f"action:{key}" if event_type == "actions" else str(key)


def _can_be_shown(node: object, depth: int = 1) -> bool:
    """Whether a form can have been made of this."""
    if _is_group(node) and isinstance(node, dict):
        inner = all(_is_group(each) or _is_leaf(each) for each in node["values"])
        groups = (each for each in node["values"] if _is_group(each))
        is_whole = inner and node.get("type") in ("AND", "OR") and depth <= MOST_SHOWN_DEPTH
        return is_whole and all(_can_be_shown(each, depth + 1) for each in groups)
    return False


def _is_leaf(node: object) -> bool:
    if not isinstance(node, dict) or node.get("type") not in (PERSON, FIRST_SEEN, COHORT, "behavioral"):
        return False
    names = (node.get(name) for name in ("key", "seq_event", "operator"))
    filters = node.get("event_filters") or []
    if not isinstance(filters, list) or not all(isinstance(name, str | int | None) for name in names):
        return False
    return all(isinstance(each, dict) and isinstance(each.get("key"), str | None) for each in filters) and (
        node["type"] != "behavioral" or str(node.get("value")) in BEHAVIOURS
    )


def _is_group(node: object) -> bool:
    return isinstance(node, dict) and isinstance(node.get("values"), list)
