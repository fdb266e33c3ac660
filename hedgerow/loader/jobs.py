"""Regular work on what has been stored, done between batches so that no insert is under way meanwhile."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import structlog

from hedgerow.eventstore.client import EventStore
from hedgerow.loader.models import PeriodicJob
from hedgerow.persons.overrides import fold_overrides
from hedgerow.settings import Settings
from hedgerow.taxonomy.inference import infer_properties

log = structlog.get_logger(__name__)

_INFER_SECONDS = 15.0
_RETRY_SECONDS = 30.0


@dataclass
class Job:
    """Work that is due every `seconds`; it is told from when until when it has to look at what was stored."""

    name: str
    seconds: float
    run: Callable[[datetime, datetime], object]
    due_at: datetime | None = None


class PeriodicJobs:
    """The loader's regular work. When each was done is kept in the records, and so survives a restart."""

    def __init__(self, settings: Settings, event_store: EventStore) -> None:
        self._event_store = event_store
        self.jobs = [
            Job("infer_properties", _INFER_SECONDS, lambda since, until: infer_properties(event_store, since, until)),
            Job("fold_overrides", settings.override_fold_seconds, lambda since, until: fold_overrides(event_store)),
        ]

    def run_due(self) -> None:
        """Do what is due. A job that fails is logged and tried again later."""
        now = datetime.now(UTC)
        for job in self.jobs:
            if job.due_at is None:
                done = PeriodicJob.objects.filter(name=job.name).first()
                job.due_at = done.done_until + timedelta(seconds=job.seconds) if done else now
            if job.due_at > now:
                continue
            try:
                self._run(job)
                job.due_at = now + timedelta(seconds=job.seconds)
            except Exception:
                log.exception("regular work failed", job=job.name)
                job.due_at = now + timedelta(seconds=_RETRY_SECONDS)

    def _run(self, job: Job) -> None:
        # What was stored is told by the engine's clock.
        (until,) = self._event_store.query("SELECT now64(3, 'UTC')").rows[0]
        done = PeriodicJob.objects.filter(name=job.name).first()
        job.run(done.done_until if done else datetime.fromtimestamp(0, UTC), until)
        PeriodicJob.objects.update_or_create(name=job.name, defaults={"done_until": until})
