"""The values that a property of persons has."""

from typing import Any, Final

import orjson

from hedgerow.projects.models import Project
from hedgerow.queries.runner import run_query

_MOST: Final = 20


def property_values(project: Project, name: str, contained: str) -> list[dict[str, Any]]:
    """The most frequent values of a property, of those that contain a text in any case, and how many persons have each.

    Texts and numbers are given as they are, everything else as JSON text. Properties that are computed have no values.
    """
    if not name or name.startswith("$virt"):
        return []
    query = {
        "kind": "HogQLQuery",
        "query": "SELECT JSONExtractRaw(properties, {name}) AS found, count() AS persons FROM persons"
        " WHERE found != '' AND found != 'null'"
        " AND positionCaseInsensitiveUTF8(if(startsWith(found, '\"'), JSONExtractString(properties, {name}), found),"
        " {contained}) > 0 GROUP BY found ORDER BY persons DESC, found LIMIT {most}",
        "values": {"name": name, "contained": contained, "most": _MOST},
    }
    rows = run_query(project, query, refresh="force_blocking")["results"]
    return [{"name": _shown(raw), "count": count} for raw, count in rows]


def _shown(raw: str) -> Any:
    value = orjson.loads(raw)
    return value if isinstance(value, str | int | float) and not isinstance(value, bool) else raw
