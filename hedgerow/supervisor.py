"""`hedgerow serve`: keeps one app process and the capture processes running, and ends them in order.

The supervisor itself imports neither Django nor the event store. Its children end when it ends, however it ends: each
has a pipe from it as standard input and stops when that closes.
"""

import asyncio
import fcntl
import os
import signal
import sys
import tempfile
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import IO

import httpx
import structlog

from hedgerow.settings import Settings

log = structlog.get_logger(__name__)

FIRST_PAUSE_SECONDS = 0.1
LONGEST_PAUSE_SECONDS = 5.0
HEALTHY_SECONDS = 30.0
"""A process that lived this long starts again without a pause when it dies."""


class AlreadyServedError(Exception):
    """Another server runs on the same data directory."""


def supervise(settings: Settings, on_ready: Callable[[], None]) -> int:
    """Run all processes until SIGTERM or SIGINT; the exit status.

    `on_ready` is called once, when `/_ready` answered for the first time. A second signal ends everything at once.
    Raises `AlreadyServedError` when another server runs on `settings.data_dir`.
    """
    settings.data_dir.mkdir(parents=True, exist_ok=True)
    with (settings.data_dir / "serve.lock").open("w") as lock:
        _take(lock, settings.data_dir)
        with tempfile.TemporaryDirectory(prefix="hedgerow-") as run_dir:
            return asyncio.run(_Supervisor(settings, Path(run_dir) / "app.sock", on_ready).run())


def _take(lock: IO[str], data_dir: Path) -> None:
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        raise AlreadyServedError(f"another server runs on {data_dir}") from None


class _Child:
    """One process that is started again whenever it ends by itself."""

    def __init__(self, name: str, arguments: list[str], environment: dict[str, str]) -> None:
        self.name = name
        self._arguments = arguments
        self._environment = environment
        self._process: asyncio.subprocess.Process | None = None
        self._stopping = False

    async def keep_running(self) -> None:
        """Start the process, and again whenever it ends, until `stop`."""
        pause = FIRST_PAUSE_SECONDS
        while not self._stopping:
            started = time.monotonic()
            # In a session of its own, so that Ctrl-C reaches the supervisor alone, which then ends them in order.
            self._process = await asyncio.create_subprocess_exec(
                *(sys.executable, "-m", "hedgerow.cli", *self._arguments),
                stdin=asyncio.subprocess.PIPE,
                env=self._environment,
                start_new_session=True,
            )
            status = await self._process.wait()
            if self._stopping:
                return
            if time.monotonic() - started > HEALTHY_SECONDS:
                pause = FIRST_PAUSE_SECONDS
            log.warning("process ended, starting it again", process=self.name, status=status, pause_seconds=pause)
            await asyncio.sleep(pause)
            pause = min(pause * 2, LONGEST_PAUSE_SECONDS)

    async def stop(self, seconds: float) -> None:
        """End the process with SIGTERM, and after `seconds` without an end with SIGKILL."""
        self._stopping = True
        process = self._process
        if process is None or process.returncode is not None:
            return
        with suppress(ProcessLookupError):
            process.terminate()
        try:
            await asyncio.wait_for(process.wait(), seconds)
        except TimeoutError:
            log.error("process did not end in time, killing it", process=self.name, seconds=seconds)
            self.kill()
            await process.wait()

    def kill(self) -> None:
        """End the process at once."""
        self._stopping = True
        if self._process is not None and self._process.returncode is None:
            with suppress(ProcessLookupError):
                self._process.kill()


class _Supervisor:
    def __init__(self, settings: Settings, app_socket: Path, on_ready: Callable[[], None]) -> None:
        self._settings = settings
        self._on_ready = on_ready
        self._signals = 0
        self._stop = asyncio.Event()
        environment = {**os.environ, **settings.as_environment()}
        self._app = _Child("app", ["app", "--socket", str(app_socket)], environment)
        self._captures = [
            _Child(
                f"capture {worker}",
                ["capture", "--worker", str(worker), "--app-socket", str(app_socket)],
                environment,
            )
            for worker in range(settings.capture_workers)
        ]

    async def run(self) -> int:
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, self._signalled)
        children = [self._app, *self._captures]
        running = [asyncio.create_task(child.keep_running()) for child in children]
        announcing = asyncio.create_task(self._announce())
        await self._stop.wait()
        announcing.cancel()
        log.info("stopping")
        seconds = self._settings.shutdown_seconds
        # Capture first: what it has accepted by then is on disk before the loader drains the spool.
        await asyncio.gather(*(capture.stop(seconds) for capture in self._captures))
        await self._app.stop(seconds)
        for task in running:
            task.cancel()
        await asyncio.gather(*running, announcing, return_exceptions=True)
        log.info("stopped")
        return 0

    def _signalled(self) -> None:
        self._signals += 1
        self._stop.set()
        if self._signals > 1:
            for child in (self._app, *self._captures):
                child.kill()

    async def _announce(self) -> None:
        host = "127.0.0.1" if self._settings.host in {"0.0.0.0", "::"} else self._settings.host  # noqa: S104
        url = f"http://{f'[{host}]' if ':' in host else host}:{self._settings.port}/_ready"
        async with httpx.AsyncClient(timeout=5, trust_env=False) as client:
            while True:
                with suppress(httpx.HTTPError):
                    if (await client.get(url)).status_code == httpx.codes.OK:
                        break
                await asyncio.sleep(0.1)
        self._on_ready()
