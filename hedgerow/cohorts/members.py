"""Writing members into the event store: one statement, whatever the number of persons."""

from __future__ import annotations

from time import perf_counter
from typing import Any, Final

from django.conf import settings

from hedgerow.eventstore.client import event_store
from hedgerow.hogql import ast
from hedgerow.hogql.compile import compile_query
from hedgerow.hogql.context import ProjectContext
from hedgerow.work.jobs import Attempt

LONGEST_SECONDS: Final = 1_200

_ONE_VERSION = "team_id = {own_team:Int64} AND cohort_id = {own_cohort:Int64} AND version = {own_version:Int64}"


def write_members(
    attempt: Attempt, context: ProjectContext, cohort_id: int, version: int, tree: ast.Query
) -> tuple[int, dict[str, Any]]:
    """Write what a query for ids gives as the members of a version; how many they are, and what was asked.

    What an attempt before has left of the version is removed. Raises HogQLError and EventStoreError.
    """
    compiled = compile_query(tree, context)
    store = event_store()
    mine = {"own_team": context.team_id, "own_cohort": cohort_id, "own_version": version}
    remove_members(context.team_id, cohort_id, version)
    started = perf_counter()
    store.command(
        "INSERT INTO cohort_people (team_id, cohort_id, version, person_id)"  # noqa: S608
        " SELECT {own_team:Int64}, {own_cohort:Int64}, {own_version:Int64}, members.1"
        f" FROM (SELECT tuple(*) AS members FROM ({compiled.sql}))",
        {**compiled.parameters, **mine},
        {
            **compiled.settings,
            "max_execution_time": LONGEST_SECONDS,
            "timeout_overflow_mode": "throw",
            "max_memory_usage": settings.HEDGEROW.query_memory,
            "log_comment": attempt.tag,
        },
    )
    spent = (perf_counter() - started) * 1_000
    count = _count(mine)
    asked = {"query": compiled.hogql, "query_id": attempt.tag, "query_ms": round(spent), "written_rows": count}
    return count, asked


def remove_members(team_id: int, cohort_id: int, version: int) -> None:
    """Remove a version. Raises EventStoreError."""
    mine = {"own_team": team_id, "own_cohort": cohort_id, "own_version": version}
    if _count(mine):
        event_store().command(f"DELETE FROM cohort_people WHERE {_ONE_VERSION}", mine)  # noqa: S608


def remove_versions_before(team_id: int, cohort_id: int, version: int) -> None:
    """Remove all older versions of a cohort. Raises EventStoreError."""
    parameters = {"team": team_id, "cohort": cohort_id, "version": version}
    old = "team_id = {team:Int64} AND cohort_id = {cohort:Int64} AND version > 0 AND version < {version:Int64}"
    if event_store().query(f"SELECT count() FROM cohort_people WHERE {old}", parameters).rows[0][0]:  # noqa: S608
        event_store().command(f"DELETE FROM cohort_people WHERE {old}", parameters)  # noqa: S608


def remove_all_members(team_id: int, cohort_id: int) -> None:
    """Remove all versions of a cohort. Raises EventStoreError."""
    event_store().command(
        "DELETE FROM cohort_people WHERE team_id = {team:Int64} AND cohort_id = {cohort:Int64}",
        {"team": team_id, "cohort": cohort_id},
    )


def _count(mine: dict[str, int]) -> int:
    found = event_store().query(f"SELECT count() FROM cohort_people WHERE {_ONE_VERSION}", mine)  # noqa: S608
    return int(found.rows[0][0])
