"""Events as they arrive."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID
from zoneinfo import ZoneInfo

from django.http import HttpRequest, HttpResponse
from django.urls import reverse

from hedgerow.projects.models import Project
from hedgerow.queries.errors import QueryFailure
from hedgerow.recordings.recorded import find_recording
from hedgerow.recordings.rights import can_see
from hedgerow.taxonomy.models import EventDefinition
from hedgerow.web.names import event_name, in_order, property_name
from hedgerow.web.questions import LOOK_BACK, Answer, ask, ask_for_latest
from hedgerow.web.rendering import not_found, project_context, project_page, render_page

FIRST_ROWS = 50
MAX_CHOICES = 500
ROWS_AT_ONCE = 50
_BEFORE = 3.0
"""Seconds by which a recording is shown earlier than the event that leads there."""
COLUMNS = (
    "uuid",
    "event",
    "timestamp",
    "created_at",
    "person_display_name",
    "properties.$current_url",
    "properties.$lib",
)


@dataclass(frozen=True)
class EventRow:
    """One line of the list; `at` is in the project's time zone, `received` is when the server took it."""

    uuid: str
    name: str
    title: str
    at: datetime
    received: datetime
    person: str
    address: str
    library: str


@dataclass(frozen=True)
class Value:
    """A property as it is shown: its name, the words for it, its value and the kind of the value."""

    name: str
    title: str
    text: str
    kind: str


@project_page
def page(request: HttpRequest, project: Project) -> HttpResponse:
    """The latest events, and the means to see the next ones."""
    chosen = request.GET.get("event", "")
    person = _uuid(request.GET.get("person", ""))
    answer = ask_for_latest(project, events_query(chosen, person, FIRST_ROWS))
    rows = event_rows(answer, project)
    context = {
        **project_context(request, project, "events"),
        "rows": rows,
        "problem": answer.problem,
        "cursor": _cursor(rows),
        "chosen": chosen,
        "person": person,
        "names": _names(project, chosen),
    }
    return render_page(request, "web/events.html", context)


@project_page
def new_rows(request: HttpRequest, project: Project) -> HttpResponse:
    """Rows of the events received after `after`; 204 while there is none."""
    try:
        after = datetime.fromisoformat(request.GET.get("after", "")).astimezone(UTC)
    except (ValueError, OverflowError):
        return HttpResponse(status=204)
    chosen, person = request.GET.get("event", ""), _uuid(request.GET.get("person", ""))
    query = {**events_query(chosen, person, ROWS_AT_ONCE), "after": LOOK_BACK[0]}
    query["where"] = [f"created_at > toDateTime('{after:%Y-%m-%d %H:%M:%S.%f}', 'UTC')"]
    rows = event_rows(ask(project, query), project)
    if not rows:
        return HttpResponse(status=204)
    context = {"project": project, "rows": rows, "cursor": _cursor(rows), "arrived": True}
    return render_page(request, "web/parts/new_events.html", context)


@project_page
def detail(request: HttpRequest, project: Project, event_uuid: UUID) -> HttpResponse:
    """All that is known of one event, and of the person who did it."""
    query = {
        "kind": "EventsQuery",
        "select": ["*", "person", "person_display_name", "person_id"],
        "where": [f"uuid = toUUID('{event_uuid}')"],
        "after": "all",
        "limit": 1,
    }
    answer = ask(project, query)
    if not answer.rows:
        return not_found(request)
    event, person, display, person_id = answer.rows[0]
    zone = ZoneInfo(project.timezone)
    context = {
        "project": project,
        "event": event,
        "at": _local(event["timestamp"], zone),
        "received": _local(event["created_at"], zone),
        "values": values_of(event["properties"]),
        "recording": _recording(request, project, event, _local(event["timestamp"], zone)),
        "person": {
            "id": person_id,
            "name": display["display_name"],
            "known": bool(person.get("uuid")),
            "values": values_of(person.get("properties") or {}),
        },
    }
    return render_page(request, "web/parts/event.html", context)


def events_query(event: str, person: str, limit: int) -> dict[str, Any]:
    """The latest events, of one name or person when given."""
    query: dict[str, Any] = {
        "kind": "EventsQuery",
        "select": list(COLUMNS),
        "orderBy": ["timestamp DESC"],
        "limit": limit,
    }
    if event:
        query["event"] = event
    if person:
        query["personId"] = person
    return query


def event_rows(answer: Answer, project: Project) -> list[EventRow]:
    """The lines of the answer to such a query."""
    return [_row(values, project) for values in answer.rows]


def values_of(properties: Mapping[str, Any]) -> list[Value]:
    """Properties for people, one's own before those that libraries add."""
    ordered = sorted(properties.items(), key=lambda item: (item[0].startswith("$"), item[0].lower()))
    return [Value(name, property_name(name), _text(value), _kind(value)) for name, value in ordered]


def _recording(request: HttpRequest, project: Project, event: Mapping[str, Any], at: datetime) -> str:
    """The address of the player where it shows the moment of an event; "" where there is nothing to watch."""
    session_id = event["properties"].get("$session_id")
    if not can_see(project, request.user):
        return ""
    try:
        recorded = find_recording(project, session_id) if isinstance(session_id, str) else None
    except QueryFailure:
        return ""
    if recorded is None:
        return ""
    address = reverse("recording", args=[project.pk, recorded.session_id])
    return f"{address}?t={max(0.0, (at - recorded.start).total_seconds() - _BEFORE):.1f}"


def _row(values: list[Any], project: Project) -> EventRow:
    uuid, name, at, received, person, address, library = values
    zone = ZoneInfo(project.timezone)
    url = urlsplit(address or "")
    return EventRow(
        uuid=str(uuid),
        name=name,
        title=event_name(name),
        at=_local(at, zone),
        received=_local(received, zone),
        person=person["display_name"],
        address=f"{url.netloc}{url.path}",
        library=library or "",
    )


def _cursor(rows: list[EventRow]) -> str:
    """When the newest of the rows was received; now, when there is none."""
    return max((row.received for row in rows), default=datetime.now(UTC)).astimezone(UTC).isoformat()


def _names(project: Project, chosen: str) -> list[tuple[str, str]]:
    names = EventDefinition.objects.filter(project=project).values_list("name", flat=True)[:MAX_CHOICES]
    return in_order(names, event_name, [chosen])


def _local(value: str | datetime, zone: ZoneInfo) -> datetime:
    moment = value if isinstance(value, datetime) else datetime.fromisoformat(value)
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).astimezone(zone)


def _uuid(text: str) -> str:
    try:
        return str(UUID(text)) if text else ""
    except ValueError:
        return ""


def _text(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _kind(value: Any) -> str:
    if isinstance(value, bool):
        return "boolean"
    if isinstance(value, int | float):
        return "number"
    if isinstance(value, str):
        return "text"
    if isinstance(value, list):
        return "list"
    return "nothing" if value is None else "object"
