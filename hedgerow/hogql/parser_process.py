"""Parsing in another process, so that a text that takes long neither stalls this one nor goes on for ever.

Run as a program, this module is that other process: it reads `<kind> <bytes>` and the text from its input, and writes
the length and the parser's JSON to its output, until its input ends.
"""

import atexit
import os
import queue
import selectors
import subprocess
import sys
import time
from typing import IO

import orjson

from hedgerow.hogql.errors import QueryTooComplexError

TIME_LIMIT = 3.0
"""Seconds a text may take before its process is ended."""
PROCESSES = 2
"""Most processes at a time; further texts wait for one, at most the time limit."""


def parse_elsewhere(kind: str, text: str) -> bytes:
    """The parser's JSON for `text`. Raises QueryTooComplexError when it takes too long or the parser dies of it."""
    try:
        parser = _parsers.get(timeout=TIME_LIMIT)
    except queue.Empty:
        raise QueryTooComplexError("The server is busy reading other complex queries. Try again.") from None
    try:
        return parser.parse(kind, text)
    finally:
        _parsers.put(parser)


class ParserProcess:
    """One parser process, started when first needed and again after it had to be ended."""

    def __init__(self) -> None:
        self._process: subprocess.Popen[bytes] | None = None

    def parse(self, kind: str, text: str) -> bytes:
        """See `parse_elsewhere`."""
        process = self._running()
        assert process.stdin is not None and process.stdout is not None
        data = text.encode()
        deadline = time.monotonic() + TIME_LIMIT
        try:
            process.stdin.write(f"{kind} {len(data)}\n".encode() + data)
            process.stdin.flush()
            length = int(_read_exactly(process.stdout, 10, deadline))
            return _read_exactly(process.stdout, length, deadline)
        except (OSError, ValueError, TimeoutError, EOFError):
            self.end()
            raise QueryTooComplexError("The query is too complex: reading it takes too long.") from None

    def end(self) -> None:
        """End the process, if there is one."""
        if self._process is not None:
            self._process.kill()
            self._process.communicate()
            self._process = None

    def _running(self) -> subprocess.Popen[bytes]:
        if self._process is None or self._process.poll() is not None:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "hedgerow.hogql.parser_process"],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
            )
        return self._process


def _read_exactly(stream: IO[bytes], count: int, deadline: float) -> bytes:
    # Reads below the buffer of the stream: everything is read through here, so that buffer stays empty.
    parts = []
    with selectors.DefaultSelector() as selector:
        selector.register(stream, selectors.EVENT_READ)
        while count:
            if not selector.select(max(deadline - time.monotonic(), 0)):
                raise TimeoutError
            part = os.read(stream.fileno(), count)
            if not part:
                raise EOFError
            parts.append(part)
            count -= len(part)
    return b"".join(parts)


_parsers: "queue.LifoQueue[ParserProcess]" = queue.LifoQueue()
for _ in range(PROCESSES):
    _parsers.put(ParserProcess())


@atexit.register
def _end_all() -> None:
    while not _parsers.empty():
        _parsers.get_nowait().end()


def _serve() -> None:
    from hedgerow.hogql.parser_extension import load_parsers

    parsers = load_parsers()
    source, target = sys.stdin.buffer, sys.stdout.buffer
    while header := source.readline():
        kind, length = header.split()
        text = source.read(int(length)).decode()
        try:
            answer = parsers[kind.decode()](text).encode()
        except Exception as error:
            answer = orjson.dumps({"error": True, "message": str(error)})
        target.write(b"%010d" % len(answer) + answer)
        target.flush()


if __name__ == "__main__":
    _serve()
