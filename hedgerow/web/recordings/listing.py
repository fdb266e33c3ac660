"""The list of recordings, and the switch that turns recording on."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.conf import settings
from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_POST
from rest_framework.exceptions import APIException

from hedgerow.activity.recording import snapshot
from hedgerow.organizations.models import User
from hedgerow.projects.history import note_changed
from hedgerow.projects.models import Project
from hedgerow.recordings.asking import checked_query
from hedgerow.recordings.listing import RecordingsPage, list_recordings
from hedgerow.recordings.rights import can_edit, can_see
from hedgerow.web.connect import snippets
from hedgerow.web.persons import named_persons
from hedgerow.web.recordings.rows import rows_of
from hedgerow.web.records import ROWS, sentence_of
from hedgerow.web.rendering import not_found, project_context, project_page, render_page

DATES = {"-1d": "Last 24 hours", "-3d": "Last 3 days", "-7d": "Last 7 days", "-30d": "Last 30 days", "all": "All"}
LENGTHS = {"": "Any", "10": "10 seconds or more", "60": "A minute or more", "300": "5 minutes or more"}
ORDERS = {
    "start_time": "Newest",
    "duration": "Longest",
    "active_seconds": "Longest active",
    "click_count": "Most clicks",
    "console_error_count": "Most errors",
}
_DATE, _ORDER = "-7d", "start_time"


@dataclass(frozen=True)
class Choice:
    """What the list is narrowed to, as its form says."""

    date: str
    length: str
    order: str
    person: str
    is_unseen: bool
    after: str

    @classmethod
    def of(cls, request: HttpRequest) -> "Choice":
        """What is in the address, as far as it can be chosen."""
        asked = request.GET
        date, length, order = (asked.get(name, "") for name in ("date", "length", "order"))
        return cls(
            date=date if date in DATES else _DATE,
            length=length if length in LENGTHS else "",
            order=order if order in ORDERS else _ORDER,
            person=asked.get("person", "").replace("\0", "").strip()[:200],
            is_unseen="unseen" in asked,
            after=asked.get("after", ""),
        )

    def query(self, persons: Iterable[UUID]) -> dict[str, Any]:
        """The question of the API for this; of the `persons` the first counts."""
        longer = {"type": "recording", "key": "duration", "operator": "gte", "value": int(self.length or 0)}
        return {
            "date_from": self.date,
            "order": self.order,
            "limit": ROWS,
            "after": self.after or None,
            "hide_viewed_recordings": self.is_unseen,
            "having_predicates": [longer] if self.length else None,
            "person_uuid": next(iter(persons), None),
        }


@project_page
def page(request: HttpRequest, project: Project) -> HttpResponse:
    """The recordings of the project; while nothing is recorded, how to begin."""
    if not can_see(project, user_of(request)):
        return not_found(request)
    chosen, problem = Choice.of(request), ""
    found = RecordingsPage([], None)
    try:
        persons = named_persons(project, [chosen.person])[0] if chosen.person else []
        if persons or not chosen.person:
            found = list_recordings(project, checked_query(chosen.query(persons)), user_of(request))
    except APIException as error:
        problem = sentence_of(error)
    context = {
        **project_context(request, project, "recordings"),
        "recordings": rows_of(project, found.recordings, user_of(request)),
        "problem": problem,
        "chosen": chosen,
        "is_narrowed": chosen != Choice(_DATE, "", _ORDER, "", False, ""),
        "more": _address(request, found.next_cursor),
        "dates": DATES.items(),
        "lengths": LENGTHS.items(),
        "orders": ORDERS.items(),
        "may_edit": can_edit(project, user_of(request)),
        "snippet": _snippet(request, project),
    }
    return render_page(request, "web/recordings/list.html", context)


@require_POST
@project_page
def switch(request: HttpRequest, project: Project) -> HttpResponse:
    """Turn recording on or off."""
    if not can_edit(project, user_of(request)):
        return not_found(request)
    is_on = request.POST.get("record") == "on"
    if project.session_recording_opt_in != is_on:
        before = snapshot(project)
        project.session_recording_opt_in = is_on
        with transaction.atomic():
            project.save(update_fields=["session_recording_opt_in", "updated_at"])
            note_changed(project, before, request.user)
    told = (
        "Sessions are recorded from now on, as soon as visitors load a page anew." if is_on else "Nothing is recorded."
    )
    messages.success(request, told)
    return redirect("recordings", project_id=project.pk)


def user_of(request: HttpRequest) -> User:
    """Who looks at the page."""
    assert isinstance(request.user, User)
    return request.user


def _address(request: HttpRequest, cursor: str | None) -> str:
    """The address of the list behind a place; "" where it ends."""
    if cursor is None:
        return ""
    fields = request.GET.copy()
    fields["after"] = cursor
    return f"?{fields.urlencode()}"


def _snippet(request: HttpRequest, project: Project) -> str:
    host = settings.HEDGEROW.site_url.rstrip("/") or f"{request.scheme}://{request.get_host()}"
    return next(each.code for each in snippets(host, project.api_token) if each.key == "web")
