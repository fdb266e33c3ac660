"""The criteria of a cohort as its editor shows them: the nested conditions as rows of fields.

Conditions are named by their path in the tree: `0` is the whole, `0-1` its second part, `0-1-0` the first of that.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from hedgerow.web.insights.choices import Choices, OptionGroups, Options
from hedgerow.web.insights.filters import OPERATORS, FilterRow, shown_value
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

WITH_DATES = frozenset({"performed_event", "performed_event_multiple", "performed_event_sequence"})
SECOND_TIMES = {
    "stopped_performing_event": "but not in the last",
    "restarted_performing_event": "and again in the last",
}


def new_criterion() -> Node:
    """A condition nobody has written anything into."""
    return {"type": PERSON, "key": "", "operator": "exact"}


def new_criteria() -> Node:
    """The criteria of a new cohort: one condition to be written."""
    return {"type": "AND", "values": [new_criterion()]}


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
        return self.kind in WITH_DATES

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
        return SECOND_TIMES.get(self.kind, "")

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
        parts.append(shown(each, faults, place) if is_group(each) else Criterion(place, each, faults))
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
        if is_group(each):
            yield from leaves(each)
        else:
            yield each


def is_group(node: object) -> bool:
    """Whether this is several conditions rather than one."""
    return isinstance(node, dict) and isinstance(node.get("values"), list)


def _event(key: object, event_type: object) -> str:
    if key in (None, ""):
        return ""
    return f"action:{key}" if event_type == "actions" else str(key)
