"""Regular work on what has been stored, done beside the loading.

What such work has to look at is fixed between two batches, where nothing is on its way into the event store. That is
quick; the work itself then runs in a thread of its own, so that events never wait for it.
"""

import threading
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial

import structlog
from django.db import connection

from hedgerow.eventstore.client import EventStore
from hedgerow.loader.models import PeriodicJob
from hedgerow.persons.overrides import finish_fold, prepare_fold
from hedgerow.settings import Settings
from hedgerow.taxonomy.inference import infer_properties

log = structlog.get_logger(__name__)

_INFER_SECONDS = 4.0
_RETRY_SECONDS = 30.0

Work = Callable[[], object]


@dataclass
class Job:
    """Work that is due every `seconds`.

    `prepare` is told from when until when the work has to look at what was stored. It runs between two batches and
    must be quick; what it gives runs beside the loading.
    """

    name: str
    seconds: float
    prepare: Callable[[datetime, datetime], Work]
    due_at: datetime | None = None
    thread: threading.Thread | None = None


class PeriodicJobs:
    """The loader's regular work. When each was done is kept in the records, and so survives a restart."""

    def __init__(self, settings: Settings, event_store: EventStore) -> None:
        self._event_store = event_store
        self._stop = threading.Event()
        self.jobs = [
            Job("infer_properties", _INFER_SECONDS, lambda since, until: partial(self._infer, since, until)),
            Job("fold_overrides", settings.override_fold_seconds, lambda since, until: self._fold()),
        ]

    def start_due(self) -> None:
        """Start what is due and not at work already. A job that fails is logged and tried again later.

        The caller is between two batches: none is recorded and not stored yet.
        """
        now = datetime.now(UTC)
        for job in self.jobs:
            if job.thread:
                if job.thread.is_alive():
                    continue
                job.thread = None
            if job.due_at is None:
                done = PeriodicJob.objects.filter(name=job.name).first()
                job.due_at = done.done_until + timedelta(seconds=job.seconds) if done else now
            if job.due_at <= now:
                self._start(job)

    def stop(self) -> None:
        """Have the work at hand end early, and wait for its end."""
        self._stop.set()
        self.join()

    def join(self) -> None:
        """Wait for the end of the work at hand."""
        for job in self.jobs:
            if job.thread:
                job.thread.join()

    def _start(self, job: Job) -> None:
        job.due_at = datetime.now(UTC) + timedelta(seconds=job.seconds)
        try:
            # What was stored is told by the engine's clock.
            (until,) = self._event_store.query("SELECT now64(3, 'UTC')").rows[0]
            done = PeriodicJob.objects.filter(name=job.name).first()
            work = job.prepare(done.done_until if done else datetime.fromtimestamp(0, UTC), until)
        except Exception:
            self._failed(job)
            return
        job.thread = threading.Thread(target=self._run, args=(job, work, until), name=job.name)
        job.thread.start()

    def _run(self, job: Job, work: Work, until: datetime) -> None:
        try:
            work()
            if not self._stop.is_set():
                PeriodicJob.objects.update_or_create(name=job.name, defaults={"done_until": until})
        except Exception:
            self._failed(job)
        finally:
            connection.close()

    def _failed(self, job: Job) -> None:
        log.exception("regular work failed", job=job.name)
        job.due_at = datetime.now(UTC) + timedelta(seconds=_RETRY_SECONDS)

    def _infer(self, since: datetime, until: datetime) -> None:
        infer_properties(self._event_store, since, until)

    def _fold(self) -> Work:
        prepare_fold(self._event_store)
        return partial(finish_fold, self._event_store, self._stop)
