"""What a form makes of the criteria of a cohort; `hedgerow.web.cohort_criteria` says how they are named."""

import json
import re

from hedgerow.api.asked import is_whole
from hedgerow.web.cohort_criteria import (
    BEHAVIOURS,
    COHORT,
    COUNTS,
    FIRST_SEEN,
    MOST_SHOWN_DEPTH,
    PERIOD_COUNTS,
    PERSON,
    SECOND_TIMES,
    TOP,
    UNITS,
    WITH_DATES,
    Node,
    is_group,
    new_criteria,
    new_criterion,
)
from hedgerow.web.insights.filters import WITHOUT_VALUE, shown_value, typed_value
from hedgerow.web.insights.form import Form
from hedgerow.web.insights.references import Reference

_USUAL_TIME = {"time_value": 30, "time_interval": "day"}
_PLACE = re.compile(r"properties((?:\.values\[\d+\])*)[^:]*: ")


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
        if is_group(each):
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
        written = _written_group(form, each, place) if is_group(each) else _written_leaf(form, each, place)
        if not is_group(written) or written["values"]:
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
    if kind in WITH_DATES and form.text(f"{name}-span") == "dates":
        leaf["explicit_datetime"] = form.text(f"{name}-from", "-30d")
        if until := form.text(f"{name}-to"):
            leaf["explicit_datetime_to"] = until
    else:
        leaf |= _time(form, name, "time", _USUAL_TIME)
    if kind in SECOND_TIMES or kind == "performed_event_sequence":
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
    return (int(number), "actions") if head == "action" and is_whole(number) else (chosen, "events")


def _can_be_shown(node: object, depth: int = 1) -> bool:
    """Whether a form can have been made of this."""
    if is_group(node) and isinstance(node, dict):
        inner = all(is_group(each) or _is_leaf(each) for each in node["values"])
        groups = (each for each in node["values"] if is_group(each))
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
