"""`hedgerow doctor`: looks at the machine, the settings and the stores, and says what is wrong and what to do."""

import os
import shutil
import tempfile
from collections.abc import Callable
from dataclasses import dataclass

import httpx
from rich.console import Console
from rich.table import Table

from hedgerow.settings import MEBIBYTE, Settings
from hedgerow.spool.segments import EVENT_LANES, LANES, RECORDING_LANES, closed_segments, waiting_bytes

MINIMUM_OPEN_FILES = 1024


@dataclass(frozen=True)
class Finding:
    """What one look found; `ok` is False when a person has to do something about it."""

    ok: bool
    says: str


def examine(settings: Settings) -> int:
    """Print one line for each look; 0 when all is well, else 1."""
    table = Table(box=None, show_header=False, padding=(0, 2, 0, 0))
    healthy = True
    for name, look in _LOOKS.items():
        try:
            finding = look(settings)
        except Exception as error:  # a look that breaks is itself a finding
            finding = Finding(False, f"{type(error).__name__}: {error}")
        healthy &= finding.ok
        table.add_row("[green]ok[/]" if finding.ok else "[red]problem[/]", name, finding.says)
    Console().print(table)
    return 0 if healthy else 1


def _data_directory(settings: Settings) -> Finding:
    settings.data_dir.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryFile(dir=settings.data_dir) as probe:
        probe.write(b"x")
        os.fsync(probe.fileno())
    free = shutil.disk_usage(settings.data_dir).free
    enough = free > 2 * settings.spool_min_free_bytes
    return Finding(enough, f"{settings.data_dir.resolve()}: can be written, {free // MEBIBYTE:,} MiB free")


def _open_files(settings: Settings) -> Finding:
    import resource

    limit, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    if limit < MINIMUM_OPEN_FILES:
        return Finding(False, f"{limit}, at least {MINIMUM_OPEN_FILES} wanted: raise it with ulimit -n")
    return Finding(True, str(limit))


def _spool(settings: Settings) -> Finding:
    events = waiting_bytes(settings.spool_dir, EVENT_LANES)
    recordings = waiting_bytes(settings.spool_dir, RECORDING_LANES)
    segments = sum(len(closed_segments(settings.spool_dir, lane)) for lane in LANES)
    says = (
        f"{segments} segments waiting to be loaded: {events / MEBIBYTE:,.1f} MiB of events,"
        f" {recordings / MEBIBYTE:,.1f} MiB of recordings"
    )
    return Finding(events < settings.spool_max_bytes and recordings < settings.recording_spool_max_bytes, says)


def _server(settings: Settings) -> Finding:
    try:
        answer = httpx.get(f"http://{settings.host}:{settings.port}/_ready", timeout=5, trust_env=False)
    except httpx.HTTPError:
        return Finding(True, f"nothing listens on {settings.host}:{settings.port}")
    return Finding(answer.is_success, f"{settings.host}:{settings.port}/_ready answers {answer.status_code}")


def _records(settings: Settings) -> Finding:
    import django

    os.environ.update(settings.as_environment())
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "hedgerow.django_settings")
    django.setup()
    from django.db import connection
    from django.db.migrations.executor import MigrationExecutor

    executor = MigrationExecutor(connection)
    missing = executor.migration_plan(executor.loader.graph.leaf_nodes())
    if missing:
        return Finding(True, f"{connection.vendor}: {len(missing)} migrations are made at the next start")
    return Finding(True, f"{connection.vendor}: up to date")


def _event_store(settings: Settings) -> Finding:
    if not settings.clickhouse_url and _is_served(settings):
        return Finding(True, "embedded, in use by the running server")
    from hedgerow.eventstore.client import EventStore

    store = EventStore(settings)
    try:
        version = store.query("SELECT version()").rows[0][0]
    finally:
        store.close()
    return Finding(True, f"{'server' if settings.clickhouse_url else 'embedded'}, version {version}")


def _is_served(settings: Settings) -> bool:
    """Whether a server holds the data directory."""
    import fcntl

    with (settings.data_dir / "serve.lock").open("a") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
    return False


_LOOKS: dict[str, Callable[[Settings], Finding]] = {
    "data directory": _data_directory,
    "open files": _open_files,
    "spool": _spool,
    "server": _server,
    "records": _records,
    "event store": _event_store,
}
