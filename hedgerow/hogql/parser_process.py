"""Parsing in processes of its own: nobody knows which short text the parser needs minutes for, and while it works no
thread of its process runs. A process that takes too long over a text is ended.

There are lanes, so that texts which look difficult do not keep ordinary ones waiting. A process is started when it is
first needed, and again after it had to be ended.
"""

import atexit
import os
import queue
import selectors
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import IO

import orjson

from hedgerow.hogql.errors import QueryTooComplexError

START_LIMIT = 20.0
"""Seconds a process may take to start."""

_PROGRAM = "import sys; sys.path.insert(0, sys.argv[1]); from hedgerow.hogql.parser_process import serve; serve()"


class Lane:
    """A few parser processes with one time limit; a text waits for a free one at most as long."""

    def __init__(self, processes: int, time_limit: float) -> None:
        self.time_limit = time_limit
        self._idle: queue.LifoQueue[ParserProcess] = queue.LifoQueue()
        for _ in range(processes):
            self._idle.put(ParserProcess())

    def parse(self, kind: str, text: str) -> bytes:
        """The parser's JSON; raises QueryTooComplexError when it takes too long or the parser dies of the text."""
        try:
            parser = self._idle.get(timeout=self.time_limit)
        except queue.Empty:
            raise QueryTooComplexError("The server is busy reading other complex queries. Try again.") from None
        try:
            return parser.parse(kind, text, self.time_limit)
        finally:
            self._idle.put(parser)

    def end(self) -> None:
        """End the processes that are idle."""
        while not self._idle.empty():
            self._idle.get_nowait().end()


class ParserProcess:
    """One parser process. Used by one thread at a time."""

    def __init__(self) -> None:
        self._process: subprocess.Popen[bytes] | None = None

    def parse(self, kind: str, text: str, time_limit: float) -> bytes:
        """See `Lane.parse`."""
        try:
            process = self._running()
            assert process.stdin is not None and process.stdout is not None
            data = text.encode()
            deadline = time.monotonic() + time_limit
            process.stdin.write(f"{kind} {len(data)} {time_limit}\n".encode() + data)
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
        if self._process is not None and self._process.poll() is None:
            return self._process
        self.end()
        root = Path(__file__).parents[2]
        self._process = subprocess.Popen(  # noqa: S603 - a program of ours
            [sys.executable, "-P", "-c", _PROGRAM, str(root)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
        )
        assert self._process.stdout is not None
        _read_exactly(self._process.stdout, 1, time.monotonic() + START_LIMIT)
        return self._process


def serve() -> None:
    """Be a parser process: say that it is ready, then read `<kind> <bytes> <seconds>` and the text, and write the
    length and the parser's JSON, until the input ends."""
    from hedgerow.hogql.parser_extension import load_parsers

    parsers = load_parsers()
    source, target = sys.stdin.buffer, sys.stdout.buffer
    target.write(b".")
    target.flush()
    while header := source.readline():
        kind, length, seconds = header.split()
        text = source.read(int(length)).decode()
        # Ends this process even when the one that asked is gone and cannot.
        signal.setitimer(signal.ITIMER_REAL, float(seconds) + 1)
        try:
            answer = parsers[kind.decode()](text).encode()
        except Exception as error:
            answer = orjson.dumps({"error": True, "message": str(error)})
        signal.setitimer(signal.ITIMER_REAL, 0)
        target.write(b"%010d" % len(answer) + answer)
        target.flush()


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


ORDINARY = Lane(processes=2, time_limit=2.0)
DIFFICULT = Lane(processes=2, time_limit=3.0)


@atexit.register
def _end_all() -> None:
    for lane in (ORDINARY, DIFFICULT):
        lane.end()
