"""`hedgerow serve`, `setup` and `doctor` as a person runs them."""

import json
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import psutil
import pytest

from tests.serving import Server


@pytest.fixture
def own_server(tmp_path: Path) -> Iterator[Server]:
    """A server this test alone uses."""
    with Server(tmp_path / "data") as server:
        yield server


def test_health_readiness_and_metrics_are_public(server: Server) -> None:
    assert httpx.get(f"{server.url}/_health").status_code == 200
    assert httpx.get(f"{server.url}/_ready").json()["ready"] is True
    metrics = httpx.get(f"{server.url}/metrics").text
    assert "hedgerow_capture_" in metrics, "of the capture process"
    assert "hedgerow_loader_" in metrics, "of the app process"


def test_setup_prints_the_same_keys_every_time(own_server: Server) -> None:
    first = json.loads(own_server.run(*_setup_arguments("Shop")))
    again = json.loads(own_server.run(*_setup_arguments("Shop")))

    assert set(first) == {
        *("host", "email", "personal_api_key", "project_api_key", "project_id", "organization_id"),
    }
    assert again == first


def test_a_project_made_while_serving_takes_events_at_once(own_server: Server) -> None:
    made = json.loads(own_server.run(*_setup_arguments("Second shop")))
    assert made["project_id"] != own_server.project_id

    answer = httpx.post(
        f"{own_server.url}/i/v0/e/",
        json={"api_key": made["project_api_key"], "event": "hello", "distinct_id": "ada"},
    )

    assert answer.status_code == 200
    deadline = time.monotonic() + 20
    while own_server.hogql("select count() from events", project_id=made["project_id"]) != [[1]]:
        assert time.monotonic() < deadline
        time.sleep(0.1)
    assert own_server.hogql("select count() from events") == [[0]], "the first project did not get it"


def test_a_second_server_on_the_same_data_is_refused(own_server: Server) -> None:
    second = subprocess.run(
        [sys.executable, "-m", "hedgerow.cli", "serve", "--port", "0"],
        env=own_server.environment,
        capture_output=True,
        text=True,
        timeout=30,
    )

    assert second.returncode == 1
    assert "another server runs" in second.stderr


def test_a_process_that_dies_is_started_again(own_server: Server) -> None:
    assert own_server.process is not None
    before = {child.pid for child in psutil.Process(own_server.process.pid).children()}
    for pid in before:
        psutil.Process(pid).kill()
    time.sleep(0.5)
    own_server.wait_until_ready()

    after = {child.pid for child in psutil.Process(own_server.process.pid).children()}
    assert len(after) == len(before)
    assert not before & after
    assert own_server.hogql("select 1") == [[1]]


def test_several_capture_processes_share_the_port(tmp_path: Path) -> None:
    with Server(tmp_path / "data", arguments=["--capture-workers", "3"]) as server:
        for number in range(60):
            # A connection of its own for each request, so that the kernel spreads them.
            httpx.post(
                f"{server.url}/i/v0/e/",
                json={"api_key": server.project_api_key, "event": "hello", "distinct_id": f"person-{number}"},
            ).raise_for_status()
        server.wait_for_rows("select uuid from events limit 100", 60)


def test_a_setting_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "hedgerow.cli", "serve", "--data-dir", str(tmp_path)],
        env={"HEDGEROW_PORT": "many", "PATH": ""},
        capture_output=True,
        text=True,
        timeout=30,
    )

    assert done.returncode == 1
    assert "HEDGEROW_PORT" in done.stderr


def test_it_ends_on_sigterm_though_its_starter_blocked_signals(tmp_path: Path) -> None:
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGTERM, signal.SIGINT})
    try:
        server = Server(tmp_path / "data")
        server.data_dir.mkdir()
        server.start()
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)

    assert server.stop() == 0


def test_doctor_is_content_with_a_running_server(own_server: Server) -> None:
    said = own_server.run("doctor", "--data-dir", str(own_server.data_dir))

    assert "problem" not in said
    for name in ("data directory", "spool", "records", "event store"):
        assert name in said


def test_doctor_says_what_is_wrong(tmp_path: Path) -> None:
    not_a_directory = tmp_path / "file"
    not_a_directory.write_text("")

    done = subprocess.run(
        [sys.executable, "-m", "hedgerow.cli", "doctor", "--data-dir", str(not_a_directory)],
        capture_output=True,
        text=True,
        timeout=60,
    )

    assert done.returncode == 1
    assert "problem" in done.stdout


def _setup_arguments(project: str) -> list[str]:
    return [
        *("setup", "--email", "ada@example.com", "--password", "correct horse battery staple"),
        *("--organization", "Acme", "--project", project, "--json"),
    ]
