"""Recordings on their way through a running server, which is killed and stopped meanwhile."""

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import psutil
import pytest

from tests.recordings.spooling import click
from tests.serving import Server


@pytest.fixture
def own_server(tmp_path: Path) -> Iterator[Server]:
    """A server this test alone may hurt, whose blocks are not complete before it is hurt."""
    with Server(tmp_path, environment={"HEDGEROW_RECORDING_BLOCK_SECONDS": "600"}) as running:
        yield running


def record(server: Server, session: str, *items: dict[str, Any]) -> None:
    """Send a piece of a recording as the browser SDK does."""
    properties = {
        "token": server.project_api_key,
        "distinct_id": "ann",
        "$session_id": session,
        "$window_id": "w1",
        "$snapshot_data": items,
    }
    answer = httpx.post(f"{server.url}/s/", json=[{"event": "$snapshot", "properties": properties}], trust_env=False)
    assert answer.status_code == 200, answer.text


def blobs(server: Server) -> list[Path]:
    return [path for path in (server.data_dir / "blobs").rglob("*") if path.is_file()]


def test_what_was_accepted_outlives_kills_and_stops(own_server: Server) -> None:
    own_server.api.patch(f"/api/projects/{own_server.project_id}/", json={"session_recording_opt_in": True})
    record(own_server, "s-killed", click(0), click(5_000))
    assert own_server.process is not None
    for process in psutil.Process(own_server.process.pid).children(recursive=True):
        process.kill()
    counted = "select session_id, click_count, event_count from session_replay_events order by session_id"
    # The processes are started again, and what the dead one has left open is loaded.
    deadline = time.monotonic() + 60
    while not blobs(own_server):
        assert time.monotonic() < deadline
        time.sleep(0.1)
    own_server.wait_until_ready()
    assert own_server.wait_for_rows(counted, 1) == [["s-killed", 2, 2]]

    record(own_server, "s-stopped", click(0))
    assert own_server.stop() == 0
    assert list((own_server.data_dir / "spool" / "recordings").iterdir()) == []
    assert len(blobs(own_server)) == 2
