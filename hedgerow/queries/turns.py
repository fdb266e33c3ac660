"""Who may compute an answer now, so that many askers at once do not stampede the event store.

Equal questions asked at the same time are computed once: the first asker computes, the others wait for its answer.
Different questions of one project take turns: a few are computed at a time and a few wait, which leaves threads for
everybody else. Both hold within a process.
"""

from collections import defaultdict
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from dataclasses import dataclass, field
from threading import Condition, Lock
from typing import Any

from rest_framework.exceptions import Throttled

from hedgerow.queries.errors import QueryError

Answer = dict[str, Any]

CANCELLED = "query_was_cancelled"
RETRY_SECONDS = 5
"""After how long somebody who was sent away should come again."""


@dataclass(slots=True)
class _Project:
    running: int = 0
    waiting: int = 0
    ended: Condition = field(default_factory=Condition)


class Turns:
    """How many questions of a project may be computed at a time (`at_a_time`), and may wait for that (`in_line`)."""

    def __init__(self, at_a_time: int, in_line: int, patience: float) -> None:
        self._at_a_time = at_a_time
        self._in_line = in_line
        self._patience = patience
        self._projects: dict[int, _Project] = defaultdict(_Project)
        self._lock = Lock()

    @contextmanager
    def turn(self, project_id: int) -> Iterator[None]:
        """Wait for a turn, `patience` seconds at most, and have it until the end.

        Raises `Throttled` when the line is full or the wait was in vain.
        """
        with self._lock:
            project = self._projects[project_id]
        with project.ended:
            if project.running >= self._at_a_time:
                self._wait(project)
            project.running += 1
        try:
            yield
        finally:
            with project.ended:
                project.running -= 1
                project.ended.notify()

    def _wait(self, project: _Project) -> None:
        if project.waiting >= self._in_line:
            raise Throttled(RETRY_SECONDS)
        project.waiting += 1
        try:
            if not project.ended.wait_for(lambda: project.running < self._at_a_time, self._patience):
                raise Throttled(RETRY_SECONDS)
        finally:
            project.waiting -= 1


class Flights:
    """The answers that are being computed, by cache key."""

    def __init__(self) -> None:
        self._flights: dict[str, Future[Answer]] = {}
        self._lock = Lock()

    def answer(self, key: str, compute: Callable[[], Answer]) -> Answer:
        """The answer of `compute`, or of the one who computes the same at the moment, then marked as cached.

        What `compute` raises is raised for all who wait, except that the others go on when the first one cancels.
        """
        while True:
            with self._lock:
                flight = self._flights.get(key)
                if flight is None:
                    mine = self._flights[key] = Future()
                    break
            try:
                return {**flight.result(), "is_cached": True}
            except QueryError as error:
                if error.code != CANCELLED:
                    raise
        return self._compute(key, mine, compute)

    def _compute(self, key: str, mine: Future[Answer], compute: Callable[[], Answer]) -> Answer:
        try:
            answer = compute()
        except BaseException as error:
            self._land(key)
            mine.set_exception(error)
            raise
        self._land(key)
        mine.set_result(answer)
        return answer

    def _land(self, key: str) -> None:
        with self._lock:
            del self._flights[key]
