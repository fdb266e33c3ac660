"""Cohorts of a running server: from events sent to members, also when the server is killed in between."""

import os
import signal
import time
from pathlib import Path
from typing import Any

import httpx
import psutil
import pytest

from tests.cohorts.asking import criteria, did, person
from tests.serving import Server


def send(server: Server, *events: tuple[str, str, dict[str, Any]]) -> None:
    """Send events and wait until they can be asked for."""
    batch = [{"event": name, "distinct_id": who, "properties": given} for name, who, given in events]
    answer = httpx.post(f"{server.url}/batch/", json={"api_key": server.project_api_key, "batch": batch}, timeout=60)
    assert answer.status_code == 200, answer.text
    names = sorted({who for _, who, _ in events})
    server.wait_for_rows(
        "select distinct distinct_id from events where distinct_id in {names}", len(names), names=names
    )


def finished(server: Server, cohort_id: int, version: int) -> dict[str, Any]:
    """The cohort, once it rests with at least this version."""
    deadline = time.monotonic() + 120
    while True:
        cohort: dict[str, Any] = server.api.get(path(server, f"{cohort_id}/")).json()
        if not cohort["is_calculating"] and (cohort["version"] or 0) >= version:
            return cohort
        assert time.monotonic() < deadline, cohort
        time.sleep(0.1)


def path(server: Server, rest: str = "") -> str:
    """A path below the project's cohorts."""
    return f"/api/projects/{server.project_id}/cohorts/{rest}"


def members(server: Server, cohort_id: int) -> list[str]:
    """The distinct ids of the members."""
    rows = server.api.get(path(server, f"{cohort_id}/persons/")).json()["results"]
    return sorted(row["distinct_ids"][0] for row in rows)


def test_cohorts_are_calculated_while_the_server_runs(server: Server) -> None:
    """Nobody has to do anything; filters know the members at once."""
    send(
        server,
        ("cohort look", "cohort-ada", {"$set": {"cohort_plan": "pro"}}),
        ("cohort look", "cohort-bob", {"$set": {"cohort_plan": "free"}}),
    )
    body = {"name": "Pro lookers", "filters": criteria(did("cohort look"), person("cohort_plan", "pro"))}
    made = server.api.post(path(server), json=body)
    assert made.status_code == 201, made.text
    cohort = finished(server, made.json()["id"], 1)
    assert (cohort["count"], cohort["last_error_message"]) == (1, None)
    assert members(server, cohort["id"]) == ["cohort-ada"]
    found = server.hogql("select distinct distinct_id from events where person_id in cohort {id}", id=cohort["id"])
    assert found == [["cohort-ada"]]
    uploaded = server.api.post(
        path(server), data={"is_static": "true", "name": "List"}, files={"csv": ("list.csv", b"cohort-bob\nnobody\n")}
    )
    assert uploaded.status_code == 201, uploaded.text
    listed = finished(server, uploaded.json()["id"], 0)
    assert (listed["count"], listed["last_import_unmatched_count"]) == (1, 1)
    assert members(server, listed["id"]) == ["cohort-bob"]


@pytest.mark.parametrize("pause", [0.0, 0.05])
def test_a_calculation_survives_the_death_of_the_server(tmp_path: Path, pause: float) -> None:
    """Killed right after the answer, or a moment later, it is done after the next start."""
    with Server(tmp_path / "data") as server:
        send(server, *((f"look {number % 3}", f"person {number}", {"$set": {"n": number}}) for number in range(60)))
        body = {"filters": criteria(*(did(f"look {number}") for number in range(3)), type="OR")}
        made = server.api.post(path(server), json=body).json()
        time.sleep(pause)
        kill(server)
        server.start()
        cohort = finished(server, made["id"], 1)
        assert cohort.items() >= {"count": 60, "version": 1, "errors_calculating": 0}.items()
        history = server.api.get(path(server, f"{made['id']}/calculation_history/")).json()
        assert [row["is_successful"] for row in history["results"]] == [True]


def kill(server: Server) -> None:
    """End all its processes at once, as a power cut would."""
    assert server.process is not None
    family = [*psutil.Process(server.process.pid).children(recursive=True), psutil.Process(server.process.pid)]
    for process in family:
        os.kill(process.pid, signal.SIGSTOP)
    for process in family:
        os.kill(process.pid, signal.SIGKILL)
    server.process.wait(30)
