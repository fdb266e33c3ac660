"""The player: what a visitor saw and did, beside the events of the session."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final
from urllib.parse import urlsplit

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_POST

from hedgerow.projects.models import Project
from hedgerow.queries.errors import QueryFailure
from hedgerow.recordings.recorded import Recorded, find_recording
from hedgerow.recordings.removing import removal_of, remove_recordings
from hedgerow.recordings.rights import can_edit, can_see
from hedgerow.recordings.viewing import note_viewed, views_of
from hedgerow.sharing.recordings import Recording
from hedgerow.web.names import event_name
from hedgerow.web.questions import ask
from hedgerow.web.recordings.listing import user_of
from hedgerow.web.recordings.rows import length_of, rows_of
from hedgerow.web.rendering import not_found, project_context, project_page, render_page

PLAYER_POLICY: Final = (
    "default-src 'none'; script-src 'self'; style-src * 'unsafe-inline'; img-src * data: blob:; font-src * data:; "
    "media-src * data: blob:; connect-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
)
"""The recorded page brings styles of its own and shows pictures from where it was; scripts are still only ours."""

MOST_EVENTS = 500
_MARGIN = timedelta(minutes=1)


@dataclass(frozen=True)
class Happening:
    """An event of the session: how many milliseconds after its start, also as players write it.

    `about` is what was clicked, where that is known, else the page.
    """

    moment: int
    at: str
    name: str
    about: str


@project_page
def page(request: HttpRequest, project: Project, session_id: str) -> HttpResponse:
    """Play a recording; from `t` on, in seconds."""
    user = user_of(request)
    if not can_see(project, user):
        return not_found(request)
    try:
        recorded = find_recording(project, session_id)
    except QueryFailure:
        recorded = None
    if recorded is None:
        return _gone(request, project, session_id)
    viewers = views_of(project, [session_id], user)[session_id].others
    note_viewed(project, [session_id], user)
    happenings, problem = happenings_of(project, recorded)
    context = {
        **project_context(request, project, "recordings"),
        "recording": rows_of(project, [recorded], user)[0],
        "viewers": viewers,
        "may_edit": can_edit(project, user),
        "snapshots": f"/api/projects/{project.pk}/session_recordings/{session_id}/snapshots",
        "happenings": happenings,
        "problem": problem,
        "from": request.GET.get("t", ""),
    }
    response = render_page(request, "web/recordings/recording.html", context)
    response["Content-Security-Policy"] = PLAYER_POLICY
    return response


@require_POST
@project_page
def delete(request: HttpRequest, project: Project, session_id: str) -> HttpResponse:
    """Delete a recording for good."""
    if not can_edit(project, user_of(request)) or find_recording(project, session_id) is None:
        return not_found(request)
    remove_recordings(project, [session_id], user_of(request))
    messages.success(request, "The recording is deleted.")
    return redirect("recordings", project_id=project.pk)


def happenings_of(project: Project, recorded: Recorded) -> tuple[list[Happening], str]:
    """The first events of a session, and in words why they cannot be told."""
    query: dict[str, Any] = {
        "kind": "EventsQuery",
        "select": ["timestamp", "event", "properties.$current_url", "properties.$el_text"],
        "properties": [
            {"type": "event", "key": "$session_id", "operator": "exact", "value": [recorded.session_id]},
        ],
        "after": (recorded.start - _MARGIN).isoformat(),
        "before": (recorded.end + _MARGIN).isoformat(),
        "orderBy": ["timestamp ASC"],
        "limit": MOST_EVENTS,
    }
    answer = ask(project, query)
    return [_told(recorded, *row) for row in answer.rows], answer.problem


def happening(recorded: Recorded | Recording, at: datetime, name: str, address: str, text: str = "") -> Happening:
    """An event of a session, which may be told at the edge of the recording where it was a little beyond."""
    moment = min(max((at - recorded.start).total_seconds(), 0.0), (recorded.end - recorded.start).total_seconds())
    return Happening(int(moment * 1000), length_of(int(moment)), event_name(name), text or _path(address))


def _told(recorded: Recorded, at: str | datetime, name: str, address: str | None, text: str | None) -> Happening:
    when = at if isinstance(at, datetime) else datetime.fromisoformat(at)
    return happening(recorded, when if when.tzinfo else when.replace(tzinfo=UTC), name, address or "", text or "")


def _path(address: str) -> str:
    try:
        return urlsplit(address).path
    except ValueError:
        return ""


def _gone(request: HttpRequest, project: Project, session_id: str) -> HttpResponse:
    removal = removal_of(project, session_id)
    if removal is None:
        return not_found(request)
    context = {**project_context(request, project, "recordings"), "removal": removal}
    return render_page(request, "web/recordings/gone.html", context, status=404)
