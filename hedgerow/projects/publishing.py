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
        session_recording=_session_recording(project) if project.session_recording_opt_in else None,
    )


def _session_recording(project: Project) -> dict[str, Any]:
    """How SDKs shall record, in their words. What a project's setting holds in an odd form is left out."""
    rate = project.session_recording_sample_rate
    canvas = bool((project.session_replay_config or {}).get("record_canvas"))
    return {
        "endpoint": "/s/",
        "consoleLogRecordingEnabled": bool(project.capture_console_log_opt_in),
        "recorderVersion": "v2",
        "sampleRate": None if rate is None or rate >= 1 else f"{rate:.2f}",
        "minimumDurationMilliseconds": project.session_recording_minimum_duration_milliseconds or None,
        "linkedFlag": _linked_flag(project.session_recording_linked_flag),
        "networkPayloadCapture": _known(
            project.session_recording_network_payload_capture_config, "recordBody", "recordHeaders"
        ),
        "masking": _known(
            project.session_recording_masking_config, "maskAllInputs", "maskTextSelector", "blockSelector"
        ),
        "urlTriggers": project.session_recording_url_trigger_config or [],
        "urlBlocklist": project.session_recording_url_blocklist_config or [],
        "eventTriggers": [name for name in project.session_recording_event_trigger_config or [] if name],
        "triggerMatchType": project.session_recording_trigger_match_type_config or None,
        "scriptConfig": None,
        **({"recordCanvas": True, "canvasFps": 3, "canvasQuality": "0.4"} if canvas else {}),
    }


def _linked_flag(linked: Any) -> Any:
    """The flag that decides whether a person is recorded: its key, with the variant where one is meant."""
    key = linked.get("key") if isinstance(linked, dict) else None
    variant = linked.get("variant") if isinstance(linked, dict) else None
    return {"flag": key, "variant": variant} if key and variant else key


def _known(configured: Any, *names: str) -> dict[str, Any] | None:
    """Those of the settings that SDKs know."""
    if not isinstance(configured, dict):
        return None
    return {name: configured[name] for name in names if configured.get(name) is not None} or None


def _seconds(duration: timedelta | None) -> int | None:
    return None if duration is None else int(duration.total_seconds())
