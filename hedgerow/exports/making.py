"""Asking for an export, and making its file.

A file is made by a durable job. What is wrong with the question is told at once and for good; when a store does not
answer, the job is done again later.
"""

import shutil
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from threading import Event
from time import monotonic
from typing import Any

import structlog
from django.conf import settings
from django.db import Error as DatabaseError
from django.db import transaction
from django.utils import timezone
from pydantic import ValidationError as PydanticError
from rest_framework.exceptions import APIException, ParseError, Throttled, ValidationError

from hedgerow.blobs.store import BlobError, store
from hedgerow.charts.pictures import PictureError
from hedgerow.dashboards.models import Dashboard
from hedgerow.eventstore.errors import EventStoreUnavailable
from hedgerow.exports.content import chunks_of
from hedgerow.exports.errors import InvalidExportError, NotAvailableError
from hedgerow.exports.models import ExportedAsset
from hedgerow.exports.naming import TABLES, kept_until
from hedgerow.insights.errors import InsightError
from hedgerow.organizations.models import User
from hedgerow.projects.models import Project
from hedgerow.queries.errors import QueryError, QueryFailure
from hedgerow.queries.turns import CANCELLED
from hedgerow.saved_insights.models import Insight
from hedgerow.work.jobs import Attempt, enqueue

log = structlog.get_logger(__name__)

ATTEMPTS = 10
_FIRST_PAUSE, _LONGEST_PAUSE = timedelta(seconds=30), timedelta(minutes=15)
_TELL_SECONDS = 0.5
_LONGEST_REASON = 2_000

TRANSIENT = (QueryFailure, EventStoreUnavailable, BlobError, PictureError, Throttled, DatabaseError, OSError)
"""What may not happen again another time."""
OF_USER = (QueryError, InvalidExportError, InsightError, ParseError, ValidationError, PydanticError)
"""What is wrong with what somebody asks for."""
_UNKNOWN = "The export failed for a reason that only the server's log tells."

Failure = ExportedAsset.Failure


def ask_for_export(
    project: Project,
    user: User | None,
    *,
    export_format: str,
    insight: Insight | None = None,
    dashboard: Dashboard | None = None,
    export_context: dict[str, Any] | None = None,
    is_system: bool = False,
) -> ExportedAsset:
    """Have a file made in the background; `is_system` where no person asks, but for example a subscription."""
    now = timezone.now()
    with transaction.atomic():
        asset = ExportedAsset.objects.create(
            project=project,
            created_by=user,
            is_system=is_system,
            insight=insight,
            dashboard=dashboard,
            export_format=export_format,
            export_context=export_context,
            created_at=now,
            expires_after=kept_until(export_format, now),
        )
        enqueue(_job(asset), asset_id=asset.pk)
    return asset


def produce(
    asset: ExportedAsset, *, told: dict[str, Any] | None = None, tag: str = "", stopping: Event | None = None
) -> bool:
    """Make the file now; whether it is there. `told`, an `insight_result`, is drawn instead of a fresh answer.

    The asset says why there is none, where that will not change. Raises what may not happen again another time, one of
    `TRANSIENT`, also once `stopping` is set. `tag` marks the statements in the event store.
    """
    try:
        with _folder(asset) as folder:
            chunks = chunks_of(asset, folder, _Teller(asset, stopping), told=told, tag=tag)
            size = store().put(_key(asset), _while_wanted(chunks, stopping))
    except TRANSIENT:
        raise
    except Exception as error:
        if getattr(error, "code", None) == CANCELLED:
            raise InterruptedError("The export's statements were ended.") from error
        fail(asset, error)
        return False
    asset.content_key, asset.size, asset.finished_at = _key(asset), size, timezone.now()
    asset.exception, asset.exception_type, asset.failure_type = None, "", ""
    made = {name: getattr(asset, name) for name in ("content_key", "size", "finished_at", *_FAILURE)}
    if not ExportedAsset.objects.filter(pk=asset.pk).update(**made):
        store().delete(_key(asset))  # It was deleted meanwhile.
    return True


_FAILURE = ("exception", "exception_type", "failure_type")


def fail(asset: ExportedAsset, error: Exception) -> None:
    """Say why there is no file, for good."""
    if isinstance(error, OF_USER):
        asset.failure_type = Failure.USER
    elif isinstance(error, TimeoutError | PictureError):
        asset.failure_type = Failure.TIMEOUT
    elif isinstance(error, (*TRANSIENT, NotAvailableError)):
        asset.failure_type = Failure.SYSTEM
    else:
        asset.failure_type = Failure.UNKNOWN
        log.exception("export_failed", export=asset.pk, exc_info=error)
    asset.exception, asset.exception_type = reason_of(error)[:_LONGEST_REASON], type(error).__name__
    asset.finished_at = timezone.now()
    failed = {name: getattr(asset, name) for name in ("finished_at", *_FAILURE)}
    ExportedAsset.objects.filter(pk=asset.pk, content_key="").update(**failed)
    log.info(
        "export_not_made", export=asset.pk, project=asset.project_id, reason=asset.exception, kind=asset.failure_type
    )


def reason_of(error: Exception) -> str:
    """What people are told of an error; nothing of those that are not theirs to know."""
    if isinstance(error, OF_USER):
        return (
            _first(error) if isinstance(error, APIException | PydanticError) else str(getattr(error, "detail", error))
        )
    if not isinstance(error, (*TRANSIENT, NotAvailableError)):
        return _UNKNOWN
    if isinstance(error, DatabaseError | OSError | BlobError) and not isinstance(error, TimeoutError):
        return "The server's stores did not answer. Try again."
    return str(getattr(error, "detail", error))


def work_on(attempt: Attempt, asset_id: int, number: int) -> None:
    """Make a file as the job does, for the `number`-th time; if a store does not answer, have it done again later."""
    related = ("project", "created_by", "insight", "dashboard")
    asset = ExportedAsset.objects.select_related(*related).filter(pk=asset_id, finished_at=None).first()
    if asset is None:
        return
    try:
        produce(asset, tag=attempt.tag, stopping=attempt.stopping)
    except TRANSIENT as error:
        if attempt.stopping.is_set():
            raise
        log.warning("export_put_off", export=asset.pk, attempt=number, reason=str(error))
        if number >= ATTEMPTS:
            fail(asset, error)
        else:
            pause = min(_FIRST_PAUSE * 2 ** (number - 1), _LONGEST_PAUSE)
            enqueue(_job(asset), after=pause, asset_id=asset.pk, number=number + 1)


def blobs_folder() -> str:
    """Under which keys the files are."""
    return "exports"


def work_folder() -> Path:
    """Where exports keep what they need while they are made, each in a folder named by its id."""
    folder: Path = settings.HEDGEROW.data_dir / "exporting"
    return folder


def _key(asset: ExportedAsset) -> str:
    """One for each asset: a file that is made again takes the place of the one before."""
    return f"{blobs_folder()}/{asset.project_id}/{asset.pk}"


def _job(asset: ExportedAsset) -> str:
    if asset.export_format in TABLES:
        return "exports.tabulate"
    return "exports.film" if (asset.export_context or {}).get("session_recording_id") else "exports.draw"


def _first(error: APIException | PydanticError) -> str:
    if isinstance(error, PydanticError):
        return str(error.errors(include_url=False, include_context=False, include_input=False)[0]["msg"])
    detail: Any = error.detail
    while isinstance(detail, list | dict) and detail:
        detail = detail[0] if isinstance(detail, list) else next(iter(detail.values()))
    return str(detail)


@contextmanager
def _folder(asset: ExportedAsset) -> Iterator[Path]:
    """A folder for what is kept while the file is made; also what an interrupted attempt left there goes."""
    folder = work_folder() / str(asset.pk)
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _while_wanted(chunks: Iterable[bytes], stopping: Event | None) -> Iterator[bytes]:
    for chunk in chunks:
        _check(stopping)
        yield chunk


def _check(stopping: Event | None) -> None:
    if stopping is not None and stopping.is_set():
        raise InterruptedError("The server is being stopped.")


class _Teller:
    """Notes now and then in the records how far an export is."""

    def __init__(self, asset: ExportedAsset, stopping: Event | None) -> None:
        self._asset = asset
        self._stopping = stopping
        self._told = 0.0

    def begin(self, total: int | None) -> None:
        """Say how many rows there will be, if it is known."""
        self._note(0, total)

    def __call__(self, done: int) -> None:
        if done % 256 == 0:
            self.step(done)

    def step(self, done: int) -> None:
        """Say how far it is, each time, as this may take long. Raises InterruptedError when the server stops."""
        _check(self._stopping)
        if monotonic() - self._told > _TELL_SECONDS:
            self._note(done, self._asset.rows_total)

    def end(self, done: int) -> None:
        """Say that all rows have been read."""
        self._note(done, done)

    def _note(self, done: int, total: int | None) -> None:
        self._asset.rows_done, self._asset.rows_total = done, total
        ExportedAsset.objects.filter(pk=self._asset.pk).update(rows_done=done, rows_total=total)
        self._told = monotonic()
