"""Questions of trends, lifecycle and stickiness, beside the best SQL by hand; and properties beside a String column."""

from typing import Any

from benchmarks.results import Figure
from benchmarks.stored import DAYS, IN_RANGE, RANGE, Question, Stored, take_turns


def _series(**fields: Any) -> list[dict[str, Any]]:
    return [{"kind": "EventsNode", "event": None, **fields}]


def _all_counts(response: dict[str, Any]) -> float:
    return float(sum(abs(count) for series in response["results"] for count in series["data"]))


def _days_of_all(response: dict[str, Any]) -> float:
    return float(sum(days * actors for days, actors in enumerate(response["results"][0]["data"], start=1)))


BY_BROWSER = {
    "kind": "TrendsQuery",
    "dateRange": RANGE,
    "series": _series(),
    "breakdownFilter": {"breakdown": "$browser", "breakdown_type": "event"},
}

QUESTIONS = [
    Question(
        "trends, total by day",
        {"kind": "TrendsQuery", "dateRange": RANGE, "series": _series()},
        f"SELECT toDate(timestamp) AS day, count() FROM events WHERE {IN_RANGE} GROUP BY day ORDER BY day",
        _all_counts,
    ),
    Question(
        "trends, unique users by day",
        {"kind": "TrendsQuery", "dateRange": RANGE, "series": _series(math="dau")},
        f"SELECT toDate(timestamp) AS day, uniqExact(person_id) FROM events WHERE {IN_RANGE} GROUP BY day ORDER BY day",
        _all_counts,
    ),
    Question(
        "trends, one event filtered by a property",
        {
            "kind": "TrendsQuery",
            "dateRange": RANGE,
            "series": _series(event="$pageview"),
            "properties": [{"key": "country", "value": ["DE"], "operator": "exact", "type": "event"}],
        },
        f"SELECT toDate(timestamp) AS day, count() FROM events WHERE {IN_RANGE} AND event = '$pageview'"
        " AND properties.country.:String = 'DE' GROUP BY day ORDER BY day",
        _all_counts,
    ),
    Question(
        "trends, broken down by a property",
        BY_BROWSER,
        "SELECT properties.`$browser`.:String AS browser, toDate(timestamp) AS day, count() FROM events"
        f" WHERE {IN_RANGE} GROUP BY browser, day ORDER BY browser, day",
        _all_counts,
    ),
    Question(
        "lifecycle by day",
        {"kind": "LifecycleQuery", "dateRange": RANGE, "series": _series(event="$pageview")},
        f"""
        SELECT day, status, count() FROM (
            SELECT person_id, groupUniqArray(toDate(timestamp)) AS days FROM events
            WHERE {IN_RANGE} AND event = '$pageview' GROUP BY person_id
        ) AS active
        INNER JOIN (
            SELECT id, toDate(created_at) AS created FROM persons WHERE team_id = {{team_id:Int64}}
        ) AS person ON active.person_id = person.id
        ARRAY JOIN arrayConcat(
            arrayMap(d -> (d, if(d = created, 'new', if(has(days, d - 1), 'returning', 'resurrecting'))), days),
            arrayMap(d -> (d + 1, 'dormant'), arrayFilter(d -> NOT has(days, d + 1) AND d < toDate(now('UTC')), days))
        ) AS found
        GROUP BY found.1 AS day, found.2 AS status
        """,
        _all_counts,
    ),
    Question(
        "stickiness by day",
        {"kind": "StickinessQuery", "dateRange": RANGE, "series": _series(event="$pageview")},
        f"""
        SELECT days * count() FROM (
            SELECT uniqExact(toDate(timestamp)) AS days FROM events
            WHERE {IN_RANGE} AND event = '$pageview' GROUP BY person_id
        ) GROUP BY days
        """,
        _days_of_all,
    ),
]


def beside_a_string_column(stored: Stored, size: int) -> Figure:
    """How much faster a breakdown is than over properties kept as text, as PostHog's own tables keep them."""
    store, project = stored.store, stored.projects[size]
    store.command(
        "CREATE TABLE string_layout (uuid UUID, event String, properties String CODEC(ZSTD(3)),"
        " timestamp DateTime64(6, 'UTC'), team_id Int64, distinct_id String, person_id UUID)"
        " ENGINE = ReplacingMergeTree PARTITION BY toYYYYMM(timestamp)"
        " ORDER BY (team_id, toDate(timestamp), event, cityHash64(distinct_id), cityHash64(uuid))"
    )
    store.command(
        "INSERT INTO string_layout SELECT uuid, event, properties_raw, timestamp, team_id, distinct_id, person_id"
        " FROM events WHERE team_id = {team_id:Int64}",
        {"team_id": project.pk},
        {"max_partitions_per_insert_block": 0},
    )
    store.command("OPTIMIZE TABLE string_layout FINAL")

    def ask() -> float:
        from hedgerow.queries.runner import run_query

        return _all_counts(run_query(project, BY_BROWSER, refresh="force_blocking"))

    def by_text() -> float:
        return float(sum(row[-1] for row in store.query(_STRING_LAYOUT, {"team_id": project.pk}).rows))

    own, strings = take_turns(ask, by_text)
    return Figure(
        f"breakdown by a property of {size:,} events over {DAYS} days, beside properties in a String column",
        strings / own,
        "× as fast",
        10,
        beside=f"{own * 1000:.0f} ms beside {strings * 1000:.0f} ms",
    )


_STRING_LAYOUT = (
    "SELECT ifNull(nullIf(replaceRegexpAll(JSONExtractRaw(properties, '$browser'), '^\"|\"$', ''), ''), 'none')"
    f" AS browser, toDate(timestamp) AS day, count() FROM string_layout WHERE {IN_RANGE}"
    " GROUP BY browser, day ORDER BY browser, day"
)
