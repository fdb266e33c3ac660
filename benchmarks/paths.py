"""Questions for paths, beside the best SQL by hand."""

from typing import Any

from benchmarks.stored import IN_RANGE, RANGE, Question


def _all_values(response: dict[str, Any]) -> float:
    return float(sum(edge["value"] * (1 + edge["average_conversion_time"]) for edge in response["results"]))


def _all_values_by_hand(rows: list[tuple[Any, ...]]) -> float:
    return float(sum(value * (1 + milliseconds) for *_, value, milliseconds in rows))


def _sessions(where: str = "") -> str:
    """SQL for the sessions of all persons, each an array of `(microseconds, item)` without repetitions."""
    return f"""
        SELECT arrayFilter(
            (visit, item, following, left) -> item != following OR left = 1,
            session, session.2, arrayPushBack(arrayPopFront(session.2), ''), arrayReverse(arrayEnumerate(session))
        ) AS path
        FROM (
            SELECT arraySort(arrayZip(groupArray(time), groupArray(item))) AS visits FROM (
                SELECT person_id, toUnixTimestamp64Micro(timestamp) AS time,
                    if(event != '$pageview', event, if(endsWith(url, '/'), substring(url, 1, length(url) - 1), url))
                        AS item
                FROM (
                    SELECT person_id, timestamp, toString(event) AS event,
                        ifNull(properties.`$current_url`.:String, '') AS url
                    FROM events WHERE {IN_RANGE} {where}
                )
            ) GROUP BY person_id
        )
        ARRAY JOIN arraySplit((visit, gap) -> gap >= 1800000000, visits, arrayDifference(visits.1)) AS session
    """


def _edges(paths: str) -> str:
    """SQL for the fifty most frequent edges of paths. None of them begins anywhere but at an edge before it."""
    return f"""
        SELECT step, item, following, count() AS value, avg(gap) / 1000 FROM ({paths})
        ARRAY JOIN
            arrayEnumerate(arrayPopBack(path)) AS step,
            arrayPopBack(path.2) AS item,
            arrayPopFront(path.2) AS following,
            arrayMap((time, next) -> next - time, arrayPopBack(path.1), arrayPopFront(path.1)) AS gap
        GROUP BY step, item, following
        ORDER BY value DESC, concat(toString(step), '_', item), concat(toString(step + 1), '_', following)
        LIMIT 50
    """


_PAGES = _sessions("AND event = '$pageview'")
_FROM_ORDER = f"""
    SELECT arraySlice(path, begin, 5) AS path
    FROM (SELECT path, indexOf(path.2, 'order placed') AS begin FROM ({_sessions()})) WHERE begin > 0
"""

QUESTIONS = [
    Question(
        "paths of all events",
        {"kind": "PathsQuery", "dateRange": RANGE, "pathsFilter": {}},
        _edges(f"SELECT arraySlice(path, 1, 5) AS path FROM ({_sessions()})"),
        _all_values,
        _all_values_by_hand,
    ),
    Question(
        "paths of pages",
        {"kind": "PathsQuery", "dateRange": RANGE, "pathsFilter": {"includeEventTypes": ["$pageview"]}},
        _edges(f"SELECT arraySlice(path, 1, 5) AS path FROM ({_PAGES})"),
        _all_values,
        _all_values_by_hand,
    ),
    Question(
        "paths from a start point",
        {"kind": "PathsQuery", "dateRange": RANGE, "pathsFilter": {"startPoint": "order placed"}},
        _edges(_FROM_ORDER),
        _all_values,
        _all_values_by_hand,
    ),
]
