"""What people call the columns of a table."""

import re
from collections import Counter
from collections.abc import Sequence

from hedgerow.taxonomy.core_properties import CORE_PROPERTIES

_KNOWN = {
    "uuid": "UUID",
    "id": "ID",
    "event": "Event",
    "timestamp": "Time",
    "distinct_id": "Distinct ID",
    "person_id": "Person ID",
    "elements_chain": "Elements",
    "created_at": "Created at",
}
_CONTAINERS = ("*", "properties", "")
"""Parts of paths that say nothing to people."""
_PLAIN = re.compile(r"[a-z][a-z0-9]*(_[a-z0-9]+)*")
_UNTOUCHED = re.compile(r"[^\w$.*-]")
"""What only expressions of a query have, and names that somebody gave."""


def headings(names: Sequence[str]) -> list[str]:
    """A heading for each column: `Browser` for `properties.$browser`, `Person: Plan` for `person.properties.plan`.

    Columns that would be called the same keep their names, as do expressions.
    """
    called = [heading(name) for name in names]
    times = Counter(called)
    return [said if times[said] == 1 else name for name, said in zip(names, called, strict=True)]


def heading(name: str) -> str:
    """What people call a column."""
    if _UNTOUCHED.search(name):
        return name
    words = [_word(part) for part in name.split(".") if part not in _CONTAINERS]
    return ": ".join(words) or name


def _word(part: str) -> str:
    if part in _KNOWN:
        return _KNOWN[part]
    if part in CORE_PROPERTIES:
        return CORE_PROPERTIES[part].label
    if _PLAIN.fullmatch(part):
        return part.replace("_", " ").capitalize()
    return part
