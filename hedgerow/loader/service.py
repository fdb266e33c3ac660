"""The loader: takes what capture wrote to the spool, for ever, batch after batch."""

import threading
import time
from collections.abc import Sequence
from typing import NamedTuple

import structlog
from django.db import close_old_connections, connection

from hedgerow.eventstore.client import EventStore, EventStoreError
from hedgerow.loader import metrics
from hedgerow.loader.batches import Batch, begun_at, plan_batch, unfinished_batch
from hedgerow.loader.duplicates import StoredUuids
from hedgerow.loader.jobs import PeriodicJobs
from hedgerow.loader.loading import BatchLoading
from hedgerow.loader.memory import give_back_memory
from hedgerow.loader.models import LoadBatch
from hedgerow.settings import Settings
from hedgerow.spool.one_loader import one_loader
from hedgerow.spool.segments import EVENT_LANES, Lane, closed_segments, waiting_bytes

log = structlog.get_logger(__name__)

_IDLE_SECONDS = 0.1
"""How often the spool is looked at while it is empty."""
_STEP_SECONDS = 0.25
"""Small batches begin at least this far apart: each makes a part the engine has to merge later."""
_SMALL_BATCH = 5_000
_LIVE_BATCHES_PER_HISTORICAL = 8
"""While live events never end, the historical lane still gets every so many batches."""
_FIRST_PAUSE, _LONGEST_PAUSE = 0.5, 30.0
_LANES_BETWEEN: tuple[Lane, ...] = ("historical",)
"""What is loaded while small live batches gather."""
_LOG_SECONDS = 10.0
_LONGEST_REASON = 2_000
_TIDY_SECONDS = 5.0


class Loader:
    """The one loader of a data directory."""

    def __init__(self, settings: Settings, event_store: EventStore) -> None:
        self._settings = settings
        self._event_store = event_store
        self._stored = StoredUuids(event_store, settings.duplicate_window_days)
        self._retention_dir = settings.data_dir / "loaded" if settings.spool_retention_seconds else None
        work = settings.data_dir / "loading"
        self._loading = BatchLoading(event_store, self._stored, work, self._retention_dir)
        self.jobs = PeriodicJobs(settings, event_store)
        self._unfinished_known = False
        self._current: Batch | None = None
        self._live_batches = 0
        self._progress = _Progress()
        self._tidy_due = 0.0
        self._loaded_since_tidying = False

    def run(self, stop: threading.Event) -> None:
        """Load until `stop` is set, finishing the batch at work. Failures do not end it: it waits and tries again."""
        with one_loader(self._settings.data_dir / "loader.lock", stop) as mine:
            if not mine:
                return
            _make_commits_durable()
            rebuild = threading.Thread(target=self._rebuild, args=(stop,), name="stored uuids", daemon=True)
            rebuild.start()
            pause = _FIRST_PAUSE
            live_due = 0.0
            while not stop.is_set():
                began = time.monotonic()
                lanes = EVENT_LANES if began >= live_due else _LANES_BETWEEN
                try:
                    loaded = self._load_next(lanes)
                    self.jobs.start_due()
                    self.tidy()
                    pause = _FIRST_PAUSE
                except Exception as error:
                    metrics.failures.inc()
                    unforeseen = not isinstance(error, EventStoreError)
                    reason = str(error)[:_LONGEST_REASON]
                    log.error("loading failed and is tried again", pause=pause, reason=reason, exc_info=unforeseen)
                    close_old_connections()
                    stop.wait(pause)
                    pause = min(pause * 2, _LONGEST_PAUSE)
                    continue
                if loaded is None:
                    stop.wait(_IDLE_SECONDS)
                elif loaded.lane == "live" and loaded.lines < _SMALL_BATCH:
                    live_due = began + _STEP_SECONDS
            self.jobs.stop()
            rebuild.join()
        connection.close()

    def load_once(self) -> int:
        """Load one batch if there is one: the one begun before, else live events, else historical ones.

        Gives the number of events stored. Raises what kept a batch from being loaded; the next call goes on with it.
        """
        loaded = self._load_next(EVENT_LANES)
        return loaded.events if loaded else 0

    def drain(self) -> None:
        """Load all closed segments, as before the process ends; what cannot be loaded now stays for the next start."""
        _make_commits_durable()
        try:
            while self._current or LoadBatch.objects.exists() or self._waiting():
                self.load_once()
        except Exception as error:
            log.error(
                "the spool could not be emptied and stays for the next start", reason=str(error)[:_LONGEST_REASON]
            )

    def _load_next(self, lanes: Sequence[Lane]) -> "_Loaded | None":
        began = time.monotonic()
        if self._current is None:
            self._current = self._next_batch(lanes)
        batch = self._current
        if batch is None:
            return None
        lag = max((time.time() - begun_at(file) for file in batch.files if file.exists()), default=0.0)
        metrics.spool_lag_seconds.set(lag)
        try:
            events = self._loading.load(batch)
        except FileNotFoundError:
            # Segments may have vanished: the batch is read again as after a start.
            self._current, self._unfinished_known = None, False
            raise
        self._current = None
        self._loaded_since_tidying = True
        loaded = _Loaded(batch.plan.lane, len(batch.lines), events, time.monotonic() - began, lag)
        metrics.events_stored.labels(loaded.lane).inc(events)
        metrics.batch_seconds.observe(loaded.seconds)
        self._progress.tell(loaded)
        return loaded

    def _next_batch(self, lanes: Sequence[Lane]) -> Batch | None:
        if not self._unfinished_known:
            unfinished = unfinished_batch(self._settings)
            if unfinished:
                return unfinished
            self._unfinished_known = True
        if self._live_batches >= _LIVE_BATCHES_PER_HISTORICAL:
            lanes = lanes[::-1]
        for lane in lanes:
            batch = plan_batch(self._settings, lane)
            if batch:
                self._live_batches = self._live_batches + 1 if lane == "live" else 0
                return batch
        return None

    def _waiting(self) -> bool:
        return any(closed_segments(self._settings.spool_dir, lane) for lane in EVENT_LANES)

    def _rebuild(self, stop: threading.Event) -> None:
        try:
            self._stored.rebuild(stop)
        finally:
            connection.close()

    def tidy(self) -> None:
        """From time to time: give memory back, and remove loaded segments that have been kept long enough."""
        now = time.monotonic()
        if now < self._tidy_due:
            return
        self._tidy_due = now + _TIDY_SECONDS
        if self._loaded_since_tidying:
            give_back_memory()
            self._loaded_since_tidying = False
        metrics.spool_waiting_bytes.set(waiting_bytes(self._settings.spool_dir, EVENT_LANES))
        if self._retention_dir and self._retention_dir.exists():
            oldest = time.time() - self._settings.spool_retention_seconds
            for file in self._retention_dir.iterdir():
                if file.stat().st_mtime < oldest:
                    file.unlink()


class _Loaded(NamedTuple):
    """What became of a batch."""

    lane: str
    lines: int
    events: int
    seconds: float
    lag: float
    """Age of its oldest segment when its turn came, in seconds."""


class _Progress:
    """Says in the log how loading goes: each batch for debugging, a sum now and then."""

    def __init__(self) -> None:
        self._began = time.monotonic()
        self._batches = self._events = 0
        self._busy = 0.0

    def tell(self, loaded: _Loaded) -> None:
        log.debug("loaded a batch", **loaded._asdict())
        self._batches += 1
        self._events += loaded.events
        self._busy += loaded.seconds
        now = time.monotonic()
        if now - self._began >= _LOG_SECONDS:
            log.info(
                "loaded events",
                events=self._events,
                batches=self._batches,
                seconds=round(self._busy, 2),
                lag=round(loaded.lag, 2),
            )
            self._began, self._batches, self._events, self._busy = now, 0, 0, 0.0


def _make_commits_durable() -> None:
    """Have SQLite wait for the disk at each commit of this thread: what a commit says of a batch lets segments go."""
    if connection.vendor == "sqlite":
        with connection.cursor() as cursor:
            cursor.execute("PRAGMA synchronous = FULL")
