"""The app process: pages and API under waitress on a Unix socket, the loader, and the event store they share."""

import resource
import signal
import threading
from contextlib import suppress
from pathlib import Path
from types import FrameType

import structlog
from waitress.server import create_server

from hedgerow.settings import Settings

log = structlog.get_logger(__name__)


def serve(settings: Settings, socket: Path) -> None:
    """Answer on `socket` and load the spool until SIGTERM; then finish requests and drain the spool.

    Capture has stopped by the time the supervisor sends SIGTERM, so draining leaves nothing behind.
    """
    _allow_many_files()
    signal.signal(signal.SIGTERM, _exit)
    signal.signal(signal.SIGINT, _exit)
    from hedgerow.migrate import migrate_records

    migrate_records(settings)  # sets Django up, which the imports below need

    from hedgerow.eventstore.client import event_store
    from hedgerow.health import LOADER_THREAD, RECORDINGS_THREAD
    from hedgerow.loader.service import Loader
    from hedgerow.projects.publishing import publish_projects
    from hedgerow.queries.background import stop as stop_queries
    from hedgerow.queries.execution import kill
    from hedgerow.queries.log import query_log
    from hedgerow.recordings.loading import RecordingLoader
    from hedgerow.work.worker import Worker
    from hedgerow.wsgi import application

    store = event_store()
    store.apply_schema()
    publish_projects()
    loader = Loader(settings, store)
    stop = threading.Event()
    loading = threading.Thread(target=loader.run, args=(stop,), name=LOADER_THREAD)
    loading.start()
    recordings = RecordingLoader(settings, store)
    loading_recordings = threading.Thread(target=recordings.run, args=(stop,), name=RECORDINGS_THREAD)
    loading_recordings.start()
    worker = Worker(settings.work_threads, alone=store.is_embedded)
    worker.start()
    socket.unlink(missing_ok=True)
    server = create_server(
        application,
        unix_socket=str(socket),
        unix_socket_perms="600",
        threads=settings.web_threads,
        # Only capture can reach the socket, and it sets these headers itself.
        clear_untrusted_proxy_headers=False,
        # The API itself refuses bodies that are too large, in its own words.
        max_request_body_size=2 * settings.capture_max_body,
        # The event store holds many files open, and `select` knows no more than 1,024.
        asyncore_use_poll=True,
        ident=None,
    )
    log.info("app answers", socket=str(socket))
    try:
        server.run()  # returns when SIGTERM raised SystemExit and running requests have ended
    finally:
        server.close()
        stop_queries()
        worker.stop(kill)
        stop.set()
        loading.join()
        loading_recordings.join()
        loader.drain()
        recordings.drain()
        query_log().store()
        store.close()
        log.info("app ended")


def _allow_many_files() -> None:
    """Take as many open files as the system lets us: each part of the event store is a few."""
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    with suppress(ValueError, OSError):
        resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))


def _exit(number: int, frame: FrameType | None) -> None:
    raise SystemExit(0)
