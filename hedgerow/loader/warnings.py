"""Ingestion warnings of a project: what was dropped or changed on the way in, summed up by type."""

from datetime import UTC, datetime, timedelta
from typing import Any

import orjson

from hedgerow.eventstore.client import EventStore

EXAMPLES = 50
"""Warnings shown of each type, the newest."""

_BY_TYPE_AND_DAY = """
SELECT type, toString(toDate(timestamp)) AS day, count(), max(timestamp),
    groupArraySorted(50)((-toUnixTimestamp64Micro(timestamp), event_uuid, distinct_id, details))
FROM ingestion_warnings
WHERE team_id = {team:Int64} AND timestamp > now() - INTERVAL 30 DAY AND (
    {search:String} = '' OR positionCaseInsensitiveUTF8(
        concat(type, ' ', event_uuid, ' ', distinct_id, ' ', details), {search:String}
    ) > 0
)
GROUP BY type, day
ORDER BY type, day DESC
"""


def warning_summaries(event_store: EventStore, team_id: int, search: str = "") -> list[dict[str, Any]]:
    """The types of warnings of the last 30 days with their number, last time, numbers by day (UTC) and newest examples.

    `search` keeps only warnings with that text in their type, event uuid, distinct id or details. The type seen last
    comes first. Raises `EventStoreError`.
    """
    summaries: dict[str, dict[str, Any]] = {}
    rows = event_store.query(_BY_TYPE_AND_DAY, {"team": team_id, "search": search}).rows
    for warning_type, day, count, last_seen, newest in rows:
        empty = {"type": warning_type, "lastSeen": last_seen, "count": 0, "sparkline": [], "warnings": []}
        summary = summaries.setdefault(warning_type, empty)
        summary["count"] += count
        summary["sparkline"].insert(0, [count, day])
        wanted = EXAMPLES - len(summary["warnings"])
        summary["warnings"].extend(_warning(warning_type, *warning) for warning in newest[:wanted])
    return sorted(summaries.values(), key=lambda summary: summary["lastSeen"], reverse=True)


def _warning(
    warning_type: str, negative_micros: int, event_uuid: str, distinct_id: str, details: str
) -> dict[str, Any]:
    told = orjson.loads(details)
    known = {"eventUuid": event_uuid, "distinctId": distinct_id}
    return {
        "type": warning_type,
        "timestamp": datetime.fromtimestamp(0, UTC) - timedelta(microseconds=negative_micros),
        "details": {**{name: value for name, value in known.items() if value}, **told},
    }
