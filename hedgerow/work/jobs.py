"""Kinds of jobs and schedules, and how a job comes to be."""

import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, Concatenate, ParamSpec

from django.db import transaction
from django.utils import timezone

from hedgerow.work.models import Job

P = ParamSpec("P")

DEFAULT_ATTEMPTS = 8
"""With the pauses between them this is about two hours."""


@dataclass(frozen=True, slots=True)
class Attempt:
    """One call of a job's function. `tag` marks the attempt's statements in the event store, so that they can be ended.

    `stopping` is set when the process is about to end: what fails then is not the job's fault. The job is taken up
    again, so the function lets its exceptions through.
    """

    number: int
    is_last: bool
    tag: str
    stopping: threading.Event = field(default_factory=threading.Event)


Work = Callable[Concatenate[Attempt, P], None]


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of job: `at_once` of them may run in a process at the same time."""

    name: str
    function: Callable[..., None]
    attempts: int
    at_once: int


KINDS: dict[str, Kind] = {}
SCHEDULES: dict[str, timedelta] = {}
"""How often a job of a kind is made, by the kind's name."""

arrived = threading.Event()
"""Set when this process has a new job for its worker."""


def job(name: str, *, attempts: int = DEFAULT_ATTEMPTS, at_once: int = 1) -> Callable[[Work[P]], Work[P]]:
    """Make a function a kind of job; its module is imported when its app is ready.

    It is called with an `Attempt` and the job's arguments by name. When it raises, it is called again later: after a
    minute, and then after twice as long each time up to half an hour, until `attempts` calls have been made.
    """

    def register(function: Work[P]) -> Work[P]:
        KINDS[name] = Kind(name, function, attempts, at_once)
        return function

    return register


def every(interval: timedelta) -> Callable[[Work[[]]], Work[[]]]:
    """Have a job made of a kind (of a function without arguments) each time the interval is over.

    None is made while the one before waits or runs. Stands above `@job`.
    """

    def register(function: Work[[]]) -> Work[[]]:
        name = next(kind.name for kind in KINDS.values() if kind.function is function)
        SCHEDULES[name] = interval
        return function

    return register


def enqueue(name: str, *, after: timedelta = timedelta(), unless_waiting: bool = False, **arguments: Any) -> None:
    """Have a job done, `after` some time at the earliest; it is written in the caller's transaction.

    With `unless_waiting`, an equal job that nobody has begun with is enough. Arguments are JSON values.
    Raises KeyError for a kind that is not known.
    """
    kind = KINDS[name]
    if (
        unless_waiting
        and Job.objects.filter(kind=kind.name, arguments=arguments, leased_until=None, failed_at=None).exists()
    ):
        return
    Job.objects.create(kind=kind.name, arguments=arguments, run_at=timezone.now() + after)
    transaction.on_commit(arrived.set)
