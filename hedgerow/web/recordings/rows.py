"""Recordings as pages tell of them."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from hedgerow.organizations.models import User
from hedgerow.projects.models import Project
from hedgerow.recordings.presenting import told_recordings
from hedgerow.recordings.recorded import Recorded


@dataclass(frozen=True)
class Row:
    """A recording as pages tell of it; times are in the project's zone."""

    session_id: str
    person: str
    person_uuid: str
    start: datetime
    length: str
    active: str
    clicks: int
    keys: int
    errors: int
    page: str
    is_viewed: bool
    is_ongoing: bool


def rows_of(project: Project, recordings: Iterable[Recorded], user: User) -> list[Row]:
    """Recordings as pages tell of them."""
    zone = ZoneInfo(project.timezone)
    return [_row(told, zone) for told in told_recordings(project, list(recordings), user)]


def length_of(seconds: float) -> str:
    """A length of time as players show it: `1:05`, `2:00:10`."""
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"


def _row(told: dict[str, Any], zone: ZoneInfo) -> Row:
    person, url = told["person"], _page_of(told["start_url"])
    return Row(
        session_id=told["id"],
        person=person["name"] if person else told["distinct_id"],
        person_uuid=str(person["uuid"]) if person else "",
        start=told["start_time"].astimezone(zone),
        length=length_of(told["recording_duration"]),
        active=length_of(told["active_seconds"]),
        clicks=told["click_count"],
        keys=told["keypress_count"],
        errors=told["console_error_count"],
        page=url,
        is_viewed=told["viewed"],
        is_ongoing=told["ongoing"],
    )


def _page_of(address: str) -> str:
    try:
        parts = urlsplit(address or "")
    except ValueError:
        return address
    return f"{parts.netloc}{parts.path}"
