"""Questions of retention, beside the best SQL by hand."""

from typing import Any

from benchmarks.stored import Question

_WEEKS = 12
_FIRST_WEEK = f"toStartOfWeek(now('UTC')) - INTERVAL {_WEEKS - 1} WEEK"
_IN_WEEKS = f"team_id = {{team_id:Int64}} AND timestamp >= {_FIRST_WEEK} AND event = '$pageview'"
_WEEK = f"intDiv(toDate(timestamp) - toDate({_FIRST_WEEK}), 7)"
# A set of weeks as one number is the quickest to gather, and few persons differ in theirs. What a shift may be is
# checked for weeks before the first one, too, though they are not counted.
_WEEK_BIT = f"bitShiftLeft(toUInt64(1), bitAnd({_WEEK}, 63))"


def _retention(breakdown: str | None = None, **options: Any) -> dict[str, Any]:
    return {
        "kind": "RetentionQuery",
        "retentionFilter": {"period": "Week", "totalIntervals": _WEEKS, **options},
        **({"breakdownFilter": {"breakdown": breakdown, "breakdown_type": "event"}} if breakdown else {}),
    }


def _all_cells(response: dict[str, Any]) -> float:
    """Each cell by its row and column, so that no two can be mistaken for each other."""
    return float(
        sum(
            cell["count"] * (int(row["label"].split()[1]) * _WEEKS + column + 1)
            for row in response["results"]
            for column, cell in enumerate(row["values"])
        )
    )


QUESTIONS = [
    Question(
        "retention by week",
        _retention(),
        f"""
        SELECT first, week, sum(people) * (first * {_WEEKS} + week - first + 1) FROM (
            SELECT bitPositionsToArray(mask) AS weeks, count() AS people FROM (
                SELECT groupBitOr({_WEEK_BIT}) AS mask FROM events WHERE {_IN_WEEKS} GROUP BY person_id
            ) GROUP BY mask
        ) ARRAY JOIN weeks AS first ARRAY JOIN arrayFilter(each -> each >= first, weeks) AS week
        GROUP BY first, week
        """,
        _all_cells,
    ),
    Question(
        "retention by week after the first time",
        _retention(retentionType="retention_first_time"),
        f"""
        SELECT weeks[1] AS first, week, sum(people) * (first * {_WEEKS} + week - first + 1) FROM (
            SELECT bitPositionsToArray(mask) AS weeks, count() AS people FROM (
                SELECT groupBitOr({_WEEK_BIT}) AS mask
                FROM events WHERE team_id = {{team_id:Int64}} AND event = '$pageview'
                GROUP BY person_id HAVING min(timestamp) >= {_FIRST_WEEK}
            ) GROUP BY mask
        ) ARRAY JOIN weeks AS week
        GROUP BY first, week
        """,
        _all_cells,
    ),
    Question(
        "retention by week and browser",
        _retention("$browser"),
        f"""
        SELECT start.1 AS browser, start.2 AS first, week, sum(people) * (first * {_WEEKS} + week - first + 1) FROM (
            SELECT starts, bitPositionsToArray(mask) AS weeks, count() AS people FROM (
                SELECT groupBitOr({_WEEK_BIT}) AS mask,
                    groupUniqArray((ifNull(properties.`$browser`.:String, ''), {_WEEK})) AS starts
                FROM events WHERE {_IN_WEEKS} GROUP BY person_id
            ) GROUP BY starts, mask
        ) ARRAY JOIN starts AS start ARRAY JOIN arrayFilter(each -> each >= start.2, weeks) AS week
        GROUP BY browser, first, week
        """,
        _all_cells,
    ),
]
