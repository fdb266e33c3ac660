"""The projects the capture processes know: a file published by the app, read again when it changes."""

import os
import time
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import msgspec


class PublishedProject(msgspec.Struct, frozen=True, omit_defaults=True):
    """What capture must know of a project: whose events these are, and what its SDKs should do."""

    id: int
    token: str
    anonymize_ips: bool = False
    drop_events_older_than: int | None = None
    """Events older than this many seconds are dropped."""
    autocapture_opt_out: bool = False
    autocapture_exceptions_opt_in: bool = False
    autocapture_web_vitals_opt_in: bool = False
    autocapture_web_vitals_allowed_metrics: Any = None
    """As the project's setting holds it; one project's odd value must not make the others unreadable."""
    capture_performance_opt_in: bool = False
    capture_dead_clicks: bool = False
    session_recording: dict[str, Any] | None = None
    """What SDKs are told of how to record, None if recordings are switched off."""


def publish(path: Path, projects: Iterable[PublishedProject]) -> None:
    """Replace the file of projects in one step: a reader sees the old list or the new one. Raises `OSError`."""
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f".{path.name}.{os.getpid()}")
    with temporary.open("wb") as file:
        file.write(msgspec.json.encode(list(projects)))
        file.flush()
        os.fsync(file.fileno())
    temporary.replace(path)


class ProjectDirectory:
    """The published projects by token.

    The file is looked at when a token is unknown and otherwise at most once a second; a file that is missing or cannot
    be read leaves what was known.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._version: tuple[int, int, int] | None = None
        self._projects: dict[str, PublishedProject] = {}
        self._looked = 0.0

    def find(self, token: str) -> PublishedProject | None:
        """The project of a token, None if there is none."""
        if time.monotonic() - self._looked > 1.0:
            self._refresh()
        project = self._projects.get(token)
        if project is None:
            self._refresh()
            project = self._projects.get(token)
        return project

    def _refresh(self) -> None:
        self._looked = time.monotonic()
        try:
            stat = self._path.stat()
            version = (stat.st_mtime_ns, stat.st_ino, stat.st_size)
            if version == self._version:
                return
            published = msgspec.json.decode(self._path.read_bytes(), type=list[PublishedProject])
        except (OSError, msgspec.DecodeError):
            return
        self._projects = {project.token: project for project in published}
        self._version = version
