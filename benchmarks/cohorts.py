"""Recalculating behavioural cohorts over five million events of a quarter of a million people, beside SQL by hand.

Both write the members into the event store. Only people who exist are members, in either way.
"""

import os
from itertools import count
from typing import Any

from benchmarks.results import Figure
from benchmarks.stored import Stored, stored_events, take_turns

EVENTS = int(os.environ.get("BENCHMARK_COHORT_EVENTS", "5000000"))
MOST_TIMES = 1.3

_versions = count(1)

_SINCE = "timestamp >= toStartOfDay(now('UTC')) - INTERVAL {days} DAY"
_EXISTS = "person_id IN (SELECT id FROM persons FINAL WHERE team_id = {team_id:Int64} AND is_deleted = 0)"


def _did(event: str, kind: str = "performed_event", days: int = 30, **fields: Any) -> dict[str, Any]:
    leaf = {"type": "behavioral", "event_type": "events", "key": event, "value": kind}
    return {**leaf, "time_value": days, "time_interval": "day", **fields}


def _by_hand(condition: str, having: str, exists: str = _EXISTS) -> str:
    return (
        f"SELECT person_id FROM events WHERE team_id = {{team_id:Int64}} AND {condition}"
        f" GROUP BY person_id HAVING {having} AND {exists}"
    )


QUESTIONS: list[tuple[str, list[dict[str, Any]], str]] = [
    (
        "viewed a product in 30 days",
        [_did("product viewed")],
        _by_hand(f"event = 'product viewed' AND {_SINCE.format(days=30)}", "count() > 0"),
    ),
    (
        "3 or more page views in 60 days",
        [_did("$pageview", "performed_event_multiple", 60, operator="gte", operator_value=3)],
        _by_hand(f"event = '$pageview' AND {_SINCE.format(days=60)}", "count() >= 3"),
    ),
    (
        "viewed a product but placed no order in 60 days, on a plan",
        [
            _did("product viewed", days=60),
            _did("order placed", days=60, negation=True),
            {"type": "person", "key": "plan", "operator": "exact", "value": ["pro"]},
        ],
        _by_hand(
            f"event IN ('product viewed', 'order placed') AND {_SINCE.format(days=60)}",
            "countIf(event = 'product viewed') > 0 AND countIf(event = 'order placed') = 0",
            _EXISTS[:-1] + " AND properties.plan.:String = 'pro')",
        ),
    ),
    (
        "first order in 30 days",
        [_did("order placed", "performed_event_first_time")],
        _by_hand("event = 'order placed'", "min(timestamp) >= toStartOfDay(now('UTC')) - INTERVAL 30 DAY"),
    ),
    (
        "an order within an hour of a view, 30 days",
        [
            _did(
                "product viewed",
                "performed_event_sequence",
                seq_event="order placed",
                seq_event_type="events",
                seq_time_value=1,
                seq_time_interval="hour",
            )
        ],
        _by_hand(
            f"event IN ('product viewed', 'order placed') AND {_SINCE.format(days=30)}",
            "arrayExists(ordered -> arrayExists(viewed -> viewed < ordered AND ordered <= viewed + 3600,"
            " groupArrayIf(toUnixTimestamp(timestamp), event = 'product viewed')),"
            " groupArrayIf(toUnixTimestamp(timestamp), event = 'order placed'))",
        ),
    ),
]


def measure() -> list[Figure]:
    """The ratio of each cohort's calculation to the statement by hand."""
    with stored_events(EVENTS) as stored:
        return [_figure(stored, *question) for question in QUESTIONS]


def _figure(stored: Stored, name: str, values: list[dict[str, Any]], by_hand: str) -> Figure:
    from datetime import UTC, datetime

    from hedgerow.cohorts.criteria.grammar import parse_filters
    from hedgerow.cohorts.criteria.people import members_query
    from hedgerow.cohorts.members import write_members
    from hedgerow.queries.context import project_context
    from hedgerow.work.jobs import Attempt

    project = stored.projects[EVENTS]

    def calculate() -> float:
        criteria = parse_filters({"properties": {"type": "AND", "values": values}})
        context = project_context(project)
        tree = members_query(criteria, context, datetime.now(UTC))
        found, _ = write_members(Attempt(1, True, "benchmark"), context, 1, next(_versions), tree)
        return found

    def write_by_hand() -> float:
        known = {"team_id": project.pk, "version": next(_versions)}
        stored.store.command(
            "INSERT INTO cohort_people (team_id, cohort_id, version, person_id)"
            f" SELECT {{team_id:Int64}}, 2, {{version:Int64}}, person_id FROM ({by_hand})",
            known,
        )
        members = "FROM cohort_people WHERE team_id = {team_id:Int64} AND cohort_id = 2 AND version = {version:Int64}"
        return float(stored.store.query(f"SELECT count() {members}", known).rows[0][0])

    own, other = take_turns(calculate, write_by_hand)
    return Figure(
        f"cohort: {name}",
        own / other,
        "× hand-written SQL",
        MOST_TIMES,
        at_least=False,
        beside=f"{own * 1000:.0f} ms beside {other * 1000:.0f} ms",
    )
