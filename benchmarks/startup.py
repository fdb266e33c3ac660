"""How soon `hedgerow serve` is ready, and how much memory all its processes take when idle."""

import tempfile
import time
from pathlib import Path

import psutil

from benchmarks.results import Figure
from tests.serving import Server

IDLE_SECONDS = 20
MEBIBYTE = 1024 * 1024


def measure() -> list[Figure]:
    """Seconds from start to ready, on fresh and on used data; unique memory of all processes after some idle time."""
    with tempfile.TemporaryDirectory() as data_dir:
        server = Server(Path(data_dir))
        started = time.perf_counter()
        server.start()
        fresh = time.perf_counter() - started
        server.stop()
        server.set_up()
        started = time.perf_counter()
        server.start()
        used = time.perf_counter() - started
        try:
            time.sleep(IDLE_SECONDS)
            assert server.process is not None
            family = [psutil.Process(server.process.pid), *psutil.Process(server.process.pid).children(recursive=True)]
            # The proportional share counts a shared page once over all processes.
            memory = sum(process.memory_full_info().pss for process in family) / MEBIBYTE
            before = sum(sum(process.cpu_times()[:2]) for process in family)
            time.sleep(5)
            busy = (sum(sum(process.cpu_times()[:2]) for process in family) - before) / 5
        finally:
            server.stop()
    return [
        Figure("start to ready, new data directory", fresh, "s", 4, at_least=False, beside=f"used one: {used:.2f} s"),
        Figure(
            "memory of all processes, idle",
            memory,
            "MiB",
            700,
            at_least=False,
            beside=f"{len(family)} processes, {busy:.1%} of one core busy",
        ),
    ]
