"""Telling the capture processes which projects exist."""

import fcntl
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.db import transaction

from hedgerow.capture.projects import PublishedProject, publish
from hedgerow.projects.models import Project


def publish_projects() -> None:
    """Write `<data_dir>/projects.json` with every project, as it is now.

    Threads and processes take turns, and each reads the projects in its turn, so the last one writes the latest state.
    """
    path = settings.HEDGEROW.projects_file
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.with_suffix(".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        publish(path, [_published(project) for project in Project.objects.order_by("id")])


def publish_after_commit(**signal: Any) -> None:
    """Publish once the transaction that made, changed or deleted a project is committed; a failure is only logged."""
    transaction.on_commit(publish_projects, robust=True)


def _published(project: Project) -> PublishedProject:
    return PublishedProject(
        id=project.id,
        token=project.api_token,
        anonymize_ips=project.anonymize_ips,
        drop_events_older_than=_seconds(project.drop_events_older_than),
        autocapture_opt_out=bool(project.autocapture_opt_out),
        autocapture_exceptions_opt_in=bool(project.autocapture_exceptions_opt_in),
        autocapture_web_vitals_opt_in=bool(project.autocapture_web_vitals_opt_in),
        autocapture_web_vitals_allowed_metrics=project.autocapture_web_vitals_allowed_metrics,
        capture_performance_opt_in=bool(project.capture_performance_opt_in),
        capture_dead_clicks=bool(project.capture_dead_clicks),
    )


def _seconds(duration: timedelta | None) -> int | None:
    return None if duration is None else int(duration.total_seconds())
