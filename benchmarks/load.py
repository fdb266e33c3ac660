"""A load generator in a process of its own: sends prepared requests over kept-alive connections.

`run` starts it and returns what it measured. Bodies are made before the clock starts; a request is sent as soon as its
connection has its last answer, or at a given rate.
"""

import argparse
import asyncio
import json
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from functools import partial
from itertools import count, repeat
from urllib.parse import urlsplit

from benchmarks.events import batches, singles

MAX_SECONDS = 300


@dataclass(frozen=True)
class Load:
    """What one run did; `seconds` is from the first request to the last answer."""

    requests: int
    events: int
    seconds: float
    statuses: dict[str, int]

    @property
    def events_per_second(self) -> float:
        return self.events / self.seconds

    @property
    def requests_per_second(self) -> float:
        return self.requests / self.seconds


def run(
    url: str, token: str, *, requests: int, size: int, connections: int = 16, seed: int = 1, rate: float = 0
) -> Load:
    """Send `requests` requests of `size` events (1: single-event requests) from another process, and wait for it.

    `rate` is in requests a second over all connections; 0 is as fast as they are answered.
    """
    done = subprocess.run(
        [
            *(sys.executable, "-m", "benchmarks.load", url, token),
            *(f"--requests={requests}", f"--size={size}", f"--connections={connections}", f"--seed={seed}"),
            f"--rate={rate}",
        ],
        capture_output=True,
        text=True,
        timeout=MAX_SECONDS,
    )
    if done.returncode:
        raise RuntimeError(done.stderr)
    return Load(**json.loads(done.stdout))


class _Connection(asyncio.Protocol):
    """One connection: writes the next request when the answer to the last one is complete."""

    def __init__(
        self, requests: Iterator[bytes], due: Iterator[float], statuses: Counter[str], done: asyncio.Future[None]
    ) -> None:
        self._requests = requests
        self._due = due
        self._statuses = statuses
        self._done = done
        self._received = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        self._next()

    def data_received(self, data: bytes) -> None:
        self._received += data
        end = self._received.find(b"\r\n\r\n")
        if end < 0:
            return
        head = self._received[:end].lower()
        at = head.find(b"content-length:")
        length = int(head[at + 15 :].split(b"\r\n", 1)[0]) if at >= 0 else 0
        if len(self._received) < end + 4 + length:
            return
        self._statuses[head[9:12].decode()] += 1
        self._received = b""
        self._next()

    def connection_lost(self, error: Exception | None) -> None:
        if not self._done.done():
            self._done.set_exception(error or ConnectionError("the server closed the connection"))

    def _next(self) -> None:
        request = next(self._requests, None)
        if request is not None:
            loop = asyncio.get_running_loop()
            wait = next(self._due) - loop.time()
            if wait > 0:
                loop.call_later(wait, self._transport.write, request)
            else:
                self._transport.write(request)
        elif not self._done.done():
            self._done.set_result(None)
            self._transport.close()


async def _send(
    host: str, port: int, requests: list[bytes], connections: int, rate: float
) -> tuple[float, Counter[str]]:
    statuses: Counter[str] = Counter()
    waiting = iter(requests)
    loop = asyncio.get_running_loop()
    futures = [loop.create_future() for _ in range(connections)]
    started = time.perf_counter()
    due = count(loop.time(), 1 / rate) if rate else repeat(0.0)
    for future in futures:
        await loop.create_connection(partial(_Connection, waiting, due, statuses, future), host, port)
    await asyncio.gather(*futures)
    return time.perf_counter() - started, statuses


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("url")
    parser.add_argument("token")
    parser.add_argument("--requests", type=int, required=True)
    parser.add_argument("--size", type=int, required=True)
    parser.add_argument("--connections", type=int, required=True)
    parser.add_argument("--seed", type=int, required=True)
    parser.add_argument("--rate", type=float, required=True)
    asked = parser.parse_args()
    address = urlsplit(asked.url)
    path = "/i/v0/e/" if asked.size == 1 else "/batch/"
    bodies = (
        singles(asked.token, asked.requests, asked.seed)
        if asked.size == 1
        else batches(asked.token, asked.requests, asked.size, asked.seed)
    )
    head = f"POST {path} HTTP/1.1\r\nHost: {address.netloc}\r\nContent-Type: application/json\r\nContent-Length: "
    requests = [head.encode() + str(len(body)).encode() + b"\r\n\r\n" + body for body in bodies]
    seconds, statuses = asyncio.run(
        _send(address.hostname or "127.0.0.1", address.port or 80, requests, asked.connections, asked.rate)
    )
    print(json.dumps(asdict(Load(asked.requests, asked.requests * asked.size, seconds, dict(statuses)))))


if __name__ == "__main__":
    main()
