"""The grammar of `filters`: groups of conditions (leaves) joined by AND or OR, to any depth.

A leaf is a set of persons: those whose properties fit, who are in another cohort, or who did something. With `negation`
it is all others of the project.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Annotated, Any, Final, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from hedgerow.cohorts.criteria.errors import CriteriaError
from hedgerow.insights.operators import Operator

MAX_DEPTH: Final = 10
MAX_LEAVES: Final = 500
MAX_VALUES: Final = 10_000
"""As many values may be in the list of one leaf."""

NOT_FILTERS: Final = "Must contain a 'properties' key with type and values"

_DROPPED = frozenset({"bytecode", "bytecode_error", "conditionHash"})
"""What other servers keep with their leaves; it says nothing about the members."""

Unit = Literal["minute", "hour", "day", "week", "month", "year"]
EventType = Literal["events", "actions"]
Kind = Literal[
    "performed_event",
    "performed_event_multiple",
    "performed_event_first_time",
    "performed_event_sequence",
    "performed_event_regularly",
    "stopped_performing_event",
    "restarted_performing_event",
]


def _no_boolean(given: object) -> object:
    if isinstance(given, bool):
        raise ValueError("Input should be a whole number")
    return given


Whole = Annotated[int, BeforeValidator(_no_boolean), Field(ge=-(2**63), lt=2**63)]
Positive = Annotated[int, BeforeValidator(_no_boolean), Field(gt=0, le=1_000_000)]


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid")


class PersonLeaf(_Part):
    """Persons with a property that fits."""

    type: Literal["person"]
    key: str = Field(min_length=1)
    operator: Operator
    value: Any = None
    negation: bool = False


class MetadataLeaf(_Part):
    """Persons made at a time that fits."""

    type: Literal["person_metadata"]
    key: str
    operator: Operator
    value: Any = None
    negation: bool = False


class CohortLeaf(_Part):
    """Members of another cohort."""

    type: Literal["cohort"]
    key: Literal["id"] = "id"
    value: Whole
    negation: bool = False


class EventFilter(_Part):
    """A condition on the events of a behavioural leaf."""

    type: Literal["event", "element", "hogql"]
    key: str = Field(min_length=1)
    value: Any = None
    operator: Operator | None = None


class BehavioralLeaf(_Part):
    """Persons who did something, by the kind `value`; the other fields are what the kinds need."""

    type: Literal["behavioral"]
    key: str | Whole
    event_type: EventType
    value: Kind
    time_value: Positive | None = None
    time_interval: Unit | None = None
    explicit_datetime: str | None = None
    explicit_datetime_to: str | None = None
    operator: Literal["gte", "lte", "gt", "lt", "eq", "exact"] | None = None
    operator_value: Annotated[int, BeforeValidator(_no_boolean), Field(ge=0, lt=2**63)] | None = None
    seq_event: str | Whole | None = None
    seq_event_type: EventType | None = None
    seq_time_value: Positive | None = None
    seq_time_interval: Unit | None = None
    min_periods: Positive | None = None
    total_periods: Positive | None = None
    event_filters: list[EventFilter] | None = None
    negation: bool = False


Leaf = PersonLeaf | MetadataLeaf | CohortLeaf | BehavioralLeaf

_LEAVES: dict[str, type[Leaf]] = {
    "person": PersonLeaf,
    "person_metadata": MetadataLeaf,
    "cohort": CohortLeaf,
    "behavioral": BehavioralLeaf,
}


@dataclass(frozen=True, slots=True)
class Group:
    """Conditions of which all (AND) or any (OR) must hold."""

    type: Literal["AND", "OR"]
    values: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Placed:
    """A leaf and where it stands, such as `properties.values[0].values[2]`."""

    leaf: Leaf
    place: str


Node = Group | Placed


def parse_filters(filters: object) -> Group:
    """The criteria of a cohort; a group without values is a cohort without criteria. Raises CriteriaError."""
    if not isinstance(filters, dict) or not isinstance(filters.get("properties"), dict):
        raise CriteriaError(NOT_FILTERS)
    if unknown := set(filters) - {"properties"}:
        raise CriteriaError(f"filters: unknown key '{min(map(str, unknown))}'.")
    top = filters["properties"]
    if not top:
        return Group("AND", ())
    if top.get("type") not in ("AND", "OR") or not isinstance(top.get("values"), list):
        raise CriteriaError(NOT_FILTERS)
    group = _group(top, "properties", 1)
    if sum(1 for _ in leaves(group)) > MAX_LEAVES:
        raise CriteriaError(f"A cohort can have {MAX_LEAVES} criteria at most.")
    return group


def normalised(group: Group) -> dict[str, Any]:
    """The criteria as they are stored and given back: without nulls, with `negation`, numbers as numbers."""
    return {"properties": _plain(group)}


def leaves(node: Node) -> Iterator[Placed]:
    """Every leaf of a group, in order."""
    if isinstance(node, Placed):
        yield node
        return
    for each in node.values:
        yield from leaves(each)


def _plain(node: Node) -> dict[str, Any]:
    if isinstance(node, Group):
        return {"type": node.type, "values": [_plain(each) for each in node.values]}
    return node.leaf.model_dump(exclude_none=True)


def _group(given: dict[str, Any], place: str, depth: int) -> Group:
    if depth > MAX_DEPTH:
        raise CriteriaError(f"{place}: groups can be nested {MAX_DEPTH} deep at most.")
    if unknown := set(given) - {"type", "values"}:
        raise CriteriaError(f"{place}: unknown key '{min(map(str, unknown))}' in a group.")
    if not isinstance(given.get("values"), list):
        raise CriteriaError(f"{place}: a group needs a list of values.")
    if not given["values"] and depth > 1:
        raise CriteriaError(f"{place}: a group needs at least one value.")
    found = [_node(each, f"{place}.values[{index}]", depth) for index, each in enumerate(given["values"])]
    return Group(given["type"], tuple(found))


def _node(given: object, place: str, depth: int) -> Node:
    if not isinstance(given, dict):
        raise CriteriaError(f"{place}: expected an object.")
    kind = given.get("type")
    if kind in ("AND", "OR"):
        return _group(given, place, depth + 1)
    if not isinstance(kind, str) or kind not in _LEAVES:
        raise CriteriaError(f"{place}: unknown type {kind!r}; it is AND, OR, {', '.join(_LEAVES)}.")
    kept = {key: value for key, value in given.items() if key not in _DROPPED}
    _require_keys(kept, kind)
    try:
        leaf = _LEAVES[kind].model_validate(kept)
    except ValidationError as error:
        fault = error.errors(include_url=False, include_context=False, include_input=False)[0]
        name = ".".join(
            str(part) for part in fault["loc"] if part not in ("str", "int") and "function" not in str(part)
        )
        raise CriteriaError(f"{place}.{name}: {fault['msg'].removeprefix('Value error, ')}.") from None
    return Placed(_with_action_ids(leaf, place), place)


def _require_keys(given: dict[str, Any], kind: str) -> None:
    """The keys a leaf cannot be without."""
    missing: list[str] = []
    if kind in ("person", "person_metadata"):
        if given.get("value") is None and given.get("operator") not in ("is_set", "is_not_set"):
            missing.append("value")
        if given.get("operator") is None:
            missing.append("operator")
    elif kind == "cohort" and given.get("value") is None:
        missing.append("value")
    elif kind == "behavioral" and given.get("event_type") is None:
        missing.append("event_type")
    if missing:
        raise CriteriaError(f"Missing required keys for {kind} filter: {', '.join(missing)}")


def _with_action_ids(leaf: Leaf, place: str) -> Leaf:
    """The leaf with the ids of actions as numbers, and the names of events as text."""
    if not isinstance(leaf, BehavioralLeaf):
        return leaf
    changed = {"key": _what(leaf.key, leaf.event_type, f"{place}.key")}
    if leaf.seq_event is not None:
        changed["seq_event"] = _what(leaf.seq_event, leaf.seq_event_type, f"{place}.seq_event")
    return leaf.model_copy(update=changed)


def _what(named: str | int, event_type: EventType | None, place: str) -> str | int:
    if event_type != "actions":
        return str(named)
    text = str(named).strip()
    if not text.isascii() or not text.isdigit() or len(text) > 18:
        raise CriteriaError(f"{place}: an action is named by its id.")
    return int(text)
