"""What differs between two values of a field, in words: only the parts that do, each with where it is."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

LONGEST_VALUE = 300
MOST_PARTS = 12
_WORDS = {True: "yes", False: "no"}


@dataclass(frozen=True)
class Difference:
    """A part of a field, as it was and as it is; "" where it is not there."""

    field: str
    before: str
    after: str


def differences(field: str, before: Any, after: Any) -> list[Difference]:
    """The parts of a field that differ; the whole field where most of it does, or where it is simple."""
    name = field.replace("_", " ")
    if not (_is_nested(before) and _is_nested(after)):
        return [Difference(name, in_words(before), in_words(after))]
    found: list[Difference] = []
    for path, was, becomes in _parts(before, after):
        if len(found) == MOST_PARTS:
            found.append(Difference(name, "", "… and more"))
            break
        found.append(Difference(" › ".join((name, *path)), in_words(was), in_words(becomes)))
    return found


def in_words(value: Any) -> str:
    """A value for people, cut where it is very long."""
    if value is None or value == [] or value == {}:
        return ""
    if isinstance(value, bool):
        return _WORDS[value]
    if isinstance(value, list) and all(isinstance(each, str | int | float) for each in value):
        text = ", ".join(map(str, value))
    elif isinstance(value, list) and all(isinstance(each, Mapping) and each.get("name") for each in value):
        text = ", ".join(str(each["name"]) for each in value)
    else:
        text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return text if len(text) <= LONGEST_VALUE else f"{text[:LONGEST_VALUE]}…"


def _is_nested(value: Any) -> bool:
    if isinstance(value, list):
        return any(isinstance(each, Mapping | list) for each in value)
    return isinstance(value, Mapping) and bool(value)


def _parts(before: Any, after: Any, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], Any, Any]]:
    """The innermost parts that differ, each with its path."""
    if before == after:
        return
    if isinstance(before, Mapping) and isinstance(after, Mapping):
        for key in dict.fromkeys([*after, *before]):
            yield from _parts(before.get(key), after.get(key), (*path, str(key)))
    elif _are_lists(before, after):
        for number in range(max(len(before), len(after))):
            yield from _parts(_at(before, number), _at(after, number), (*path, str(number + 1)))
    else:
        yield path, before, after


def _are_lists(before: Any, after: Any) -> bool:
    return isinstance(before, list) and isinstance(after, list) and (_is_nested(before) or _is_nested(after))


def _at(values: Sequence[Any], number: int) -> Any:
    return values[number] if number < len(values) else None
