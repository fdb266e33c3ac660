"""What the app process says of itself: `/_ready` and its share of `/metrics`, which capture asks it for."""

import threading
from collections.abc import Callable
from functools import partial

from django.db import connection
from django.http import HttpRequest, HttpResponse, JsonResponse
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest

from hedgerow.eventstore.client import event_store

LOADER_THREAD = "loader"
"""Name of the thread that loads events from the spool."""
RECORDINGS_THREAD = "recordings"
"""Name of the thread that loads recordings."""


def ready(request: HttpRequest) -> JsonResponse:
    """200 when the records and the event store answer and the loader runs, else 503 naming what does not."""
    problems = {}
    for name, look in _LOOKS.items():
        try:
            look()
        except Exception as error:  # whatever it is, the app is not ready
            problems[name] = type(error).__name__
    return JsonResponse({"ready": not problems, "problems": problems}, status=503 if problems else 200)


def metrics(request: HttpRequest) -> HttpResponse:
    """The process's metrics in the text format of Prometheus."""
    return HttpResponse(generate_latest(), content_type=CONTENT_TYPE_LATEST)


def _records() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")


def _event_store() -> None:
    event_store().query("SELECT 1")


def _runs(name: str) -> None:
    if all(thread.name != name for thread in threading.enumerate()):
        raise RuntimeError("the loader has ended")


_LOOKS: dict[str, Callable[[], None]] = {
    "records": _records,
    "event_store": _event_store,
    "loader": partial(_runs, LOADER_THREAD),
    "recordings": partial(_runs, RECORDINGS_THREAD),
}
