"""From HTTP to queryable with everything running: sustained rate, time to catch up, and latency at a steady rate."""

import statistics
import tempfile
import threading
import time
import uuid
from pathlib import Path

import httpx

from benchmarks import load
from benchmarks.results import Figure
from tests.serving import Server

BATCH = 100
SUSTAINED_EVENTS_PER_SECOND = 42_000
SUSTAINED_SECONDS = 30
STEADY_EVENTS_PER_SECOND = 2_000
STEADY_SECONDS = 30
STEADY_BATCH = 20


def measure() -> list[Figure]:
    """Sustained events/s and seconds to catch up; then the latency from answer to queryable at 2,000 events/s."""
    with tempfile.TemporaryDirectory() as data_dir, Server(Path(data_dir)) as server:
        load.run(server.url, server.project_api_key, requests=300, size=BATCH, seed=99)  # all code paths are warm
        _wait_for_events(server, 300 * BATCH)
        rate = SUSTAINED_EVENTS_PER_SECOND / BATCH
        sent = load.run(
            server.url, server.project_api_key, requests=int(rate * SUSTAINED_SECONDS), size=BATCH, rate=rate
        )
        load_ended = time.perf_counter()
        assert sent.statuses == {"200": sent.requests}, sent.statuses
        _wait_for_events(server, 300 * BATCH + sent.events)
        ended = time.perf_counter()
        queryable = sent.events / (sent.seconds + ended - load_ended)
        latencies = sorted(_latencies(server))
    return [
        Figure(
            "HTTP to queryable, sustained, everything on the machine",
            queryable,
            "events/s",
            40_000,
            beside=f"sent at {sent.events_per_second:,.0f} events/s for {sent.seconds:.0f} s",
        ),
        Figure("all queryable after the load stopped", ended - load_ended, "s", 3, at_least=False),
        Figure(
            f"answer to queryable at {STEADY_EVENTS_PER_SECOND:,} events/s, 99th percentile",
            latencies[int(len(latencies) * 0.99)],
            "s",
            1.5,
            at_least=False,
            beside=f"median {statistics.median(latencies):.2f} s of {len(latencies)} events watched",
        ),
    ]


def _wait_for_events(server: Server, count: int) -> None:
    deadline = time.monotonic() + 120
    while server.hogql("select count() from events")[0][0] < count:
        assert time.monotonic() < deadline, server.log_path.read_text()[-4000:]
        time.sleep(0.05)


def _latencies(server: Server) -> list[float]:
    """Seconds from the answer to a watched event until a query first sees it, polling all the time."""
    answered: dict[str, float] = {}
    stop = threading.Event()
    sender = threading.Thread(target=_send_steadily, args=(server, answered, stop))
    sender.start()
    seen: dict[str, float] = {}
    ends = time.monotonic() + STEADY_SECONDS + 10
    while time.monotonic() < ends and not (stop.is_set() and len(seen) == len(answered)):
        rows = server.hogql("select distinct_id from events where event = 'watched' limit 100000")
        now = time.perf_counter()
        for [name] in rows:
            seen.setdefault(name, now)
        time.sleep(0.02)
    sender.join()
    assert set(answered) <= set(seen), f"{len(answered) - len(seen)} watched events never came"
    return [seen[name] - at for name, at in answered.items()]


def _send_steadily(server: Server, answered: dict[str, float], stop: threading.Event) -> None:
    """Send batches at the steady rate; the first event of each is watched."""
    pause = STEADY_BATCH / STEADY_EVENTS_PER_SECOND
    with httpx.Client(trust_env=False) as client:
        due = time.perf_counter()
        for _ in range(int(STEADY_SECONDS / pause)):
            watched = str(uuid.uuid4())
            batch = [{"event": "watched", "distinct_id": watched, "properties": {}}]
            batch += [
                {"event": "steady", "distinct_id": f"person-{number}", "properties": {"number": number, "path": "/x"}}
                for number in range(STEADY_BATCH - 1)
            ]
            answer = client.post(f"{server.url}/batch/", json={"api_key": server.project_api_key, "batch": batch})
            answer.raise_for_status()
            answered[watched] = time.perf_counter()
            due += pause
            time.sleep(max(0.0, due - time.perf_counter()))
    stop.set()
