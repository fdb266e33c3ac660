"""Queries nobody waits for: run in threads of this process, followed and cancelled through the records.

The state of a job is a row, so any thread or process can tell it. A job's row is kept for ten minutes after its last
change. The process at work on jobs says so every few seconds; a job that nobody is at any more (the process ended) is
told as lost.
"""

import os
import socket
import threading
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from functools import cache
from time import monotonic, sleep
from typing import Any
from uuid import uuid4

import orjson
import structlog
from django.db import close_old_connections, connection, transaction
from django.db.models import QuerySet

from hedgerow.insights.dates import iso
from hedgerow.organizations.models import User
from hedgerow.projects.models import Project
from hedgerow.queries.errors import QueryError, QueryFailure
from hedgerow.queries.execution import kill, progress
from hedgerow.queries.models import QueryJob
from hedgerow.queries.request import is_query_id

log = structlog.get_logger(__name__)

KEPT = timedelta(minutes=10)
JOBS_AT_A_TIME = 2
SEEN_EVERY_SECONDS = 5.0
LOST_AFTER = timedelta(seconds=30)

_WORKER = f"{socket.gethostname()[:40]}:{os.getpid()}:{uuid4().hex[:8]}"


def tag(team_id: int, query_id: str) -> str:
    """What marks the statements of a project's query in the event store."""
    return f"{team_id}:{query_id}"


def start(
    project: Project,
    query_id: str,
    cache_key: str,
    compute: Callable[[], dict[str, Any]],
    *,
    user: User | None,
    force: bool = False,
    replace_complete: bool = False,
) -> QueryJob:
    """Have an answer computed in the background.

    A job of this id that is there already is given back instead: one that still runs always, one that is complete
    unless `force` is set, or `replace_complete` and it has not failed.
    """
    now = datetime.now(UTC)
    with transaction.atomic():
        # One after the other: two of the same id at the same time would otherwise both be started.
        Project.objects.select_for_update().only("id").get(pk=project.pk)
        QueryJob.objects.filter(seen_at__lt=now - KEPT).delete()
        existing = _visible(project, now).filter(query_id=query_id).first()
        if existing is not None and not _is_replaced(existing, now, force, replace_complete):
            return existing
        QueryJob.objects.filter(project=project, query_id=query_id).delete()
        job = QueryJob.objects.create(
            project=project,
            query_id=query_id,
            user=user,
            cache_key=cache_key,
            start_time=now,
            worker=_WORKER,
            seen_at=now,
        )
        transaction.on_commit(lambda: _submit(job, compute))
    return job


def running_job(project: Project, cache_key: str) -> QueryJob | None:
    """The job that is computing the answer of this key at the moment."""
    now = datetime.now(UTC)
    jobs = _visible(project, now).filter(cache_key=cache_key, complete=False, seen_at__gte=now - LOST_AFTER)
    return jobs.first()


def find(project: Project, query_id: str) -> QueryJob | None:
    """The project's job of this id, if it is not forgotten yet."""
    if not is_query_id(query_id):
        return None
    job = _visible(project, datetime.now(UTC)).filter(query_id=query_id).first()
    if job is not None and _is_lost(job, datetime.now(UTC)):
        job.complete = job.error = True
        job.error_message = "The server was restarted while the query ran. Run it again."
    return job


def cancel(project: Project, query_id: str, *, dequeue_only: bool = False) -> str:
    """Stop a query, whether its caller waits for it or not; a sentence that says what was done."""
    job = find(project, query_id)
    if job is not None and job.complete:
        return "Query already complete"
    if job is not None and (not dequeue_only or job.pickup_time is None):
        QueryJob.objects.filter(pk=job.pk, complete=False).delete()
    if dequeue_only:
        return "Only tried to dequeue, not cancelling query on clickhouse"
    if is_query_id(query_id):
        kill(tag(project.pk, query_id))
    return "Cancelled query on clickhouse"


def status(job: QueryJob, *, show_progress: bool = False) -> dict[str, Any]:
    """The job as the API tells it."""
    now_at = progress(tag(job.project_id, job.query_id)) if show_progress and not job.complete else None
    return {
        "id": job.query_id,
        "query_async": True,
        "team_id": job.project_id,
        "insight_id": None,
        "dashboard_id": None,
        "complete": job.complete,
        "error": job.error,
        "error_message": job.error_message,
        "results": orjson.loads(job.results) if job.results is not None else None,
        "start_time": iso(job.start_time),
        "pickup_time": iso(job.pickup_time) if job.pickup_time else None,
        "end_time": iso(job.end_time) if job.end_time else None,
        "expiration_time": iso(job.end_time + KEPT) if job.end_time else None,
        "task_id": None,
        "query_progress": {name: getattr(now_at, name) for name in now_at.__slots__} if now_at else None,
        "labels": None,
    }


def stop(seconds: float = 5.0) -> None:
    """End this process's jobs before it ends: those that run are killed, those that wait are told as lost later."""
    _threads().shutdown(wait=False, cancel_futures=True)
    deadline = monotonic() + seconds
    while monotonic() < deadline and (tags := _running_tags()):
        try:
            for each in tags:
                kill(each)
        except QueryFailure:
            return  # told and logged already; nothing can be stopped in a store that does not answer
        sleep(0.05)


def _visible(project: Project, now: datetime) -> QuerySet[QueryJob]:
    return QueryJob.objects.filter(project=project, seen_at__gte=now - KEPT)


def _is_lost(job: QueryJob, now: datetime) -> bool:
    return not job.complete and job.worker != _WORKER and job.seen_at < now - LOST_AFTER


def _is_replaced(job: QueryJob, now: datetime, force: bool, replace_complete: bool) -> bool:
    if not job.complete:
        return _is_lost(job, now)
    return force or (replace_complete and not job.error)


def _submit(job: QueryJob, compute: Callable[[], dict[str, Any]]) -> None:
    with _at_work_lock:
        _at_work[job.pk] = (tag(job.project_id, job.query_id), _threads().submit(_work, job, compute))
    _seen_thread()


def _work(job: QueryJob, compute: Callable[[], dict[str, Any]]) -> None:
    """Run a job from its row to its row; a row that is gone means that it was cancelled."""
    mine = QueryJob.objects.filter(pk=job.pk)
    try:
        close_old_connections()
        now = datetime.now(UTC)
        if not mine.update(pickup_time=now, seen_at=now):
            return
        outcome = _outcome(compute)
        now = datetime.now(UTC)
        mine.update(complete=True, end_time=now, seen_at=now, **outcome)
    except Exception:
        log.exception("query_job_failed", project=job.project_id, query_id=job.query_id)
    finally:
        with _at_work_lock:
            _at_work.pop(job.pk, None)
        connection.close()


def _outcome(compute: Callable[[], dict[str, Any]]) -> dict[str, Any]:
    """What a job's row says at its end."""
    try:
        return {"results": orjson.dumps(compute()).decode()}
    except QueryError as error:
        return {"error": True, "error_message": error.detail}
    except Exception:
        log.exception("query_failed_in_background")
        return {"error": True}


# Saying that this process is still at its jobs

_at_work: dict[int, tuple[str, Future[None]]] = {}
"""The jobs that run or wait in this process, with the tags of their statements."""
_at_work_lock = threading.Lock()


def _running_tags() -> list[str]:
    with _at_work_lock:
        return [statements for statements, future in _at_work.values() if not future.done()]


def _tell_seen() -> None:
    stopped = threading.Event()
    while not stopped.wait(SEEN_EVERY_SECONDS):
        with _at_work_lock:
            mine = set(_at_work)
        if not mine:
            continue
        try:
            QueryJob.objects.filter(pk__in=mine, complete=False).update(seen_at=datetime.now(UTC))
        except Exception:
            log.exception("query_jobs_not_told")
        finally:
            connection.close()


@cache
def _seen_thread() -> threading.Thread:
    thread = threading.Thread(target=_tell_seen, name="query-jobs-seen", daemon=True)
    thread.start()
    return thread


@cache
def _threads() -> ThreadPoolExecutor:
    return ThreadPoolExecutor(JOBS_AT_A_TIME, thread_name_prefix="query-job")
