"""How many events one capture process accepts, beside a server that stores nothing, with the same load."""

import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx

from benchmarks import load
from benchmarks.results import Figure
from hedgerow.capture.projects import PublishedProject, publish
from hedgerow.settings import load_settings
from tests.serving import free_port

TOKEN = "phc_benchmark"
BATCHES = 6_000
SINGLES = 60_000


def measure() -> list[Figure]:
    """Events/s in batches of 100 and requests/s of single events, one capture process."""
    with _bare() as url:
        _warm(url)
        bare_batches = load.run(url, TOKEN, requests=BATCHES, size=100)
        bare_singles = load.run(url, TOKEN, requests=SINGLES, size=1, connections=64)
    with _capture() as url:
        _warm(url)
        batched = load.run(url, TOKEN, requests=BATCHES, size=100)
        single = load.run(url, TOKEN, requests=SINGLES, size=1, connections=64)
    for measured in (batched, single):
        assert measured.statuses == {"200": measured.requests}, measured.statuses
    batch_ratio = batched.events_per_second / bare_batches.events_per_second
    single_ratio = single.requests_per_second / bare_singles.requests_per_second
    return [
        Figure(
            "capture, batches of 100, on disk when answered",
            batched.events_per_second,
            "events/s",
            80_000,
            beside=f"{batch_ratio:.2f} of a server that stores nothing",
        ),
        Figure(
            "capture, single-event requests, on disk when answered",
            single.requests_per_second,
            "requests/s",
            12_000,
            beside=f"{single_ratio:.2f} of a server that stores nothing",
        ),
    ]


def _warm(url: str) -> None:
    load.run(url, TOKEN, requests=200, size=100, seed=99)


@contextmanager
def _bare() -> Iterator[str]:
    port = free_port()
    with _process([sys.executable, "-m", "benchmarks.bare_server", str(port)], {}, port) as url:
        yield url


@contextmanager
def _capture() -> Iterator[str]:
    port = free_port()
    with tempfile.TemporaryDirectory() as data_dir:
        settings = load_settings(data_dir=Path(data_dir), port=port)
        publish(settings.projects_file, [PublishedProject(id=1, token=TOKEN)])
        command = [sys.executable, "-m", "hedgerow.cli", "capture", "--worker", "0"]
        command += ["--app-socket", f"{data_dir}/no-app.sock"]
        with _process(command, settings.as_environment(), port) as url:
            yield url


@contextmanager
def _process(command: list[str], environment: dict[str, str], port: int) -> Iterator[str]:
    url = f"http://127.0.0.1:{port}"
    process = subprocess.Popen(
        command, env={**os.environ, **environment}, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL
    )
    try:
        for _ in range(200):
            try:
                httpx.get(f"{url}/_health", timeout=1, trust_env=False)
                break
            except httpx.HTTPError:
                time.sleep(0.05)
        yield url
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(30)
