"""Recordings as the API tells of them."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from django.utils import timezone

from hedgerow.organizations.models import User
from hedgerow.persons.models import Person
from hedgerow.persons.rows import distinct_ids_of, person_detail
from hedgerow.projects.models import Project
from hedgerow.queries.persons import PersonCells
from hedgerow.recordings.recorded import Recorded
from hedgerow.recordings.retention import retention_of
from hedgerow.recordings.viewing import views_of

Told = dict[str, Any]

MOST_DISTINCT_IDS = 10
"""Distinct ids told of a recording's person."""


def told_recordings(
    project: Project, recordings: Sequence[Recorded], user: User | None, not_matching: str | None = None
) -> list[Told]:
    """The recordings as somebody sees them, with their persons as they are now.

    `not_matching` is the id of one that is told although it does not fit what was asked.
    """
    kept = retention_of(project)
    views = views_of(project, [each.session_id for each in recordings], user)
    persons = _persons(project, [each.distinct_id for each in recordings])
    return [
        {
            **_facts(each, kept),
            "viewed": views[each.session_id].is_viewed,
            "viewers": views[each.session_id].others,
            "person": persons.get(each.distinct_id),
            "has_summary": False,
            "summary_outcome": None,
            "external_references": [],
            "matches_filters": each.session_id != not_matching,
        }
        for each in recordings
    ]


def _facts(recorded: Recorded, kept: timedelta) -> Told:
    expiry = recorded.start + kept
    return {
        "id": recorded.session_id,
        "distinct_id": recorded.distinct_id,
        "recording_duration": recorded.duration,
        "active_seconds": recorded.active_seconds,
        "inactive_seconds": recorded.inactive_seconds,
        "start_time": recorded.start,
        "end_time": recorded.end,
        "click_count": recorded.click_count,
        "keypress_count": recorded.keypress_count,
        "mouse_activity_count": recorded.mouse_activity_count,
        "console_log_count": recorded.console_log_count,
        "console_warn_count": recorded.console_warn_count,
        "console_error_count": recorded.console_error_count,
        "start_url": recorded.start_url,
        "retention_period_days": kept.days,
        "expiry_time": expiry,
        "recording_ttl": max((expiry - timezone.now()).days, 0),
        "snapshot_source": recorded.source,
        "snapshot_library": recorded.library,
        "ongoing": recorded.is_ongoing,
        "activity_score": recorded.activity_score,
    }


def _persons(project: Project, distinct_ids: Sequence[str]) -> dict[str, Told]:
    """The persons whom the distinct ids belong to now, by distinct id."""
    known: dict[str, Person] = PersonCells.of(project, distinct_ids).persons
    of_each = distinct_ids_of({person.pk: person for person in known.values()}.values())
    return {
        distinct_id: person_detail(project, person, of_each[person.pk], MOST_DISTINCT_IDS)
        for distinct_id, person in known.items()
    }
