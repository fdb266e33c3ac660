"""One capture process: Granian, the spool's writer and the way to the app, from start to SIGTERM."""

import asyncio
import gc
import os
import signal
import sys
from pathlib import Path

import structlog
import uvloop
from granian.constants import HTTPModes, Interfaces
from granian.http import HTTP1Settings
from granian.server.embed import Server

from hedgerow.capture.application import CaptureApplication
from hedgerow.capture.service import Service
from hedgerow.settings import Settings

log = structlog.get_logger(__name__)

_DRAIN_SHARE = 0.8
"""Part of the time to stop that requests under way get."""
SWITCH_SECONDS = 0.002
"""How long the event loop may keep the interpreter while the writer's thread has finished with the disk."""


def serve(settings: Settings, worker: int, app_socket: Path) -> None:
    """Answer on `settings.port` until SIGTERM, then finish what has begun, and end the process.

    Several processes may share the port. `worker` tells them apart.
    """
    sys.setswitchinterval(SWITCH_SECONDS)
    uvloop.run(_serve(settings, worker, app_socket))
    log.info("capture ended", worker=worker)
    sys.stdout.flush()
    sys.stderr.flush()
    # Granian's threads do not survive the interpreter's own clean-up; everything of ours is closed by now.
    os._exit(0)


async def _serve(settings: Settings, worker: int, app_socket: Path) -> None:
    service = Service(settings, worker, app_socket)
    service.writer.start()
    service.recording_writer.start()
    server = Server(
        CaptureApplication(service),
        address=settings.host,
        port=settings.port,
        interface=Interfaces.RSGI,
        http=HTTPModes.http1,
        http1_settings=HTTP1Settings(header_read_timeout=int(settings.body_timeout * 1000)),
        websockets=False,
        backlog=2048,
        log_enabled=False,
    )
    loop = asyncio.get_running_loop()
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    log.info("capture answers", worker=worker, host=settings.host, port=settings.port)
    gc.freeze()
    serving = asyncio.create_task(server.serve())
    stopping = asyncio.create_task(stop.wait())
    await asyncio.wait({serving, stopping}, return_when=asyncio.FIRST_COMPLETED)
    server.stop()  # type: ignore[no-untyped-call]  # Granian has left its annotation out
    # A client that stalls must not keep the segments from being closed in time: it gets no answer then.
    await asyncio.wait({serving}, timeout=settings.shutdown_seconds * _DRAIN_SHARE)
    await service.writer.stop()
    await service.recording_writer.stop()
    await service.app.close()
    if serving.done():
        serving.result()  # raises what kept it from serving
