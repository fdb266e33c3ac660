"""Doing the jobs: one thread that looks for them and renews leases, and a few that call their functions."""

import os
import socket
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime, timedelta
from time import monotonic
from uuid import uuid4

import structlog
from django.db import Error as DatabaseError
from django.db import close_old_connections, connection, transaction
from django.db.models import Q, QuerySet
from django.utils import timezone

from hedgerow.work.jobs import KINDS, SCHEDULES, Attempt, Kind, arrived
from hedgerow.work.models import Job, Schedule

log = structlog.get_logger(__name__)

LOOK_SECONDS = 1.0
"""How often a worker looks for jobs that other processes have made, or whose time has come."""

LEASE = timedelta(seconds=20)
RENEW_SECONDS = 5.0

FIRST_PAUSE = timedelta(minutes=1)
LONGEST_PAUSE = timedelta(minutes=30)

FAILED_KEPT = timedelta(days=30)
"""How long a job that has failed for good can be looked at."""


@dataclass(frozen=True, slots=True)
class _Running:
    kind: str
    attempt: Attempt


class Worker:
    """Does the jobs of this process, up to `threads` at the same time."""

    def __init__(self, threads: int, *, alone: bool = False) -> None:
        """`alone`: no other process does jobs, so that those begun by somebody else were left by a dead one."""
        self._name = f"{socket.gethostname()[:40]}:{os.getpid()}:{uuid4().hex[:8]}"
        self._alone = alone
        self._threads = threads
        self._pool = ThreadPoolExecutor(threads, thread_name_prefix="work")
        self._running: dict[int, _Running] = {}
        self._lock = threading.Lock()
        self._stopping = threading.Event()
        self._looking = threading.Thread(target=self._look, name="work", daemon=True)

    def start(self) -> None:
        """Begin."""
        self._looking.start()

    def stop(self, interrupt: Callable[[str], None], seconds: float = 10.0) -> None:
        """Take up nothing more and wait for what runs; `interrupt` ends the statements of an attempt by its tag.

        What still runs after the time is left to the next worker.
        """
        self._stopping.set()
        arrived.set()
        self._looking.join()
        deadline = monotonic() + seconds
        while (tags := self._tags()) and monotonic() < deadline:
            for tag in tags:
                try:
                    interrupt(tag)
                except Exception as error:
                    log.warning("work could not be interrupted", tag=tag, reason=str(error))
            threading.Event().wait(0.1)
        self._pool.shutdown(wait=False, cancel_futures=True)

    def _tags(self) -> list[str]:
        with self._lock:
            return [running.attempt.tag for running in self._running.values()]

    def _look(self) -> None:
        renewed = monotonic()
        if self._alone:
            self._quietly(lambda: Job.objects.exclude(leased_until=None).update(leased_until=None))
        while not self._stopping.is_set():
            arrived.clear()
            self._quietly(make_scheduled)
            self._quietly(self._take_up)
            if monotonic() - renewed > RENEW_SECONDS:
                renewed = monotonic()
                self._quietly(self._renew)
            connection.close() if self._stopping.is_set() else close_old_connections()
            arrived.wait(LOOK_SECONDS)
        connection.close()

    def _quietly(self, look: Callable[[], object]) -> None:
        """The records may be busy or away for a while; the next look comes soon."""
        try:
            look()
        except DatabaseError as error:
            log.warning("work could not be looked for", reason=str(error))

    def _take_up(self) -> None:
        now = timezone.now()
        for job in _due(now)[: 10 * self._threads]:
            kind = KINDS.get(job.kind)
            with self._lock:
                is_room = len(self._running) < self._threads
                of_kind = sum(running.kind == job.kind for running in self._running.values())
            if not is_room:
                return
            if kind is not None and job.attempts >= kind.attempts:
                _give_up(job, now)
            elif kind is not None and of_kind < kind.at_once and _claim(job, self._name, now):
                attempt = _attempt(job, kind, self._stopping)
                with self._lock:
                    self._running[job.pk] = _Running(job.kind, attempt)
                self._pool.submit(self._do, job, kind, attempt)

    def _do(self, job: Job, kind: Kind, attempt: Attempt) -> None:
        try:
            close_old_connections()
            _do(job, kind, attempt)
        except Exception:
            log.exception("a job's end could not be written down", kind=job.kind, job=job.pk)
        finally:
            with self._lock:
                del self._running[job.pk]
            connection.close()
            arrived.set()

    def _renew(self) -> None:
        with self._lock:
            mine = list(self._running)
        if mine:
            Job.objects.filter(pk__in=mine, worker=self._name).update(leased_until=timezone.now() + LEASE)


def do_waiting_jobs() -> int:
    """Do everything that is due, and what comes of it, in the caller's thread; the number of calls made."""
    calls = 0
    while job := _due(timezone.now()).first():
        kind = KINDS[job.kind]
        if _claim(job, "here", timezone.now()):
            _do(job, kind, _attempt(job, kind, threading.Event()))
            calls += 1
    return calls


def make_scheduled() -> None:
    """Make the jobs of the schedules whose time has come."""
    now = timezone.now()
    due = dict(Schedule.objects.values_list("kind", "due_at"))
    for kind, interval in SCHEDULES.items():
        if kind not in due:
            Schedule.objects.get_or_create(kind=kind, defaults={"due_at": now + interval})
        elif due[kind] <= now:
            _make_due(kind, due[kind], now, interval)


def _make_due(kind: str, due_at: datetime, now: datetime, interval: timedelta) -> None:
    """Move a schedule's time on and make its job, both or neither."""
    with transaction.atomic():
        # Whoever moves the time on makes the job; a process that comes a moment later finds it moved.
        if Schedule.objects.filter(kind=kind, due_at=due_at).update(due_at=now + interval):
            Job.objects.filter(kind=kind, failed_at__lt=now - FAILED_KEPT).delete()
            if not Job.objects.filter(kind=kind, failed_at=None).exists():
                Job.objects.create(kind=kind)


def _due(now: datetime) -> QuerySet[Job]:
    is_free = Q(leased_until=None) | Q(leased_until__lt=now)
    return Job.objects.filter(is_free, run_at__lte=now, failed_at=None).order_by("run_at", "pk")


def _claim(job: Job, worker: str, now: datetime) -> bool:
    """Whether the job is ours now; of several workers that try only one gets it."""
    free = Job.objects.filter(pk=job.pk, attempts=job.attempts, leased_until=job.leased_until, failed_at=None)
    return bool(free.update(worker=worker, leased_until=now + LEASE, attempts=job.attempts + 1))


def _give_up(job: Job, now: datetime) -> None:
    """A job at which each process died that tried is not tried again."""
    reason = "The process ended at each attempt."
    if Job.objects.filter(pk=job.pk, attempts=job.attempts, failed_at=None).update(failed_at=now, last_error=reason):
        log.error("a job was given up", kind=job.kind, job=job.pk)


def _attempt(job: Job, kind: Kind, stopping: threading.Event) -> Attempt:
    number = job.attempts + 1
    return Attempt(number, number >= kind.attempts, f"work:{job.pk}:{number}", stopping)


def _do(job: Job, kind: Kind, attempt: Attempt) -> None:
    mine = Job.objects.filter(pk=job.pk, attempts=attempt.number)
    try:
        kind.function(attempt, **job.arguments)
    except Exception as error:
        now = timezone.now()
        if attempt.stopping.is_set():
            mine.update(leased_until=None, attempts=job.attempts)
            return
        log.exception("a job failed", kind=job.kind, job=job.pk, attempt=attempt.number)
        outcome = {"leased_until": None, "last_error": str(error)[:10_000]}
        if attempt.is_last:
            mine.update(failed_at=now, **outcome)
        else:
            pause = min(FIRST_PAUSE * 2 ** (attempt.number - 1), LONGEST_PAUSE)
            mine.update(run_at=now + pause, **outcome)
        return
    mine.delete()
