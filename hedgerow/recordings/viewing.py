"""Who has watched which recordings."""

from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass, field

from django.utils import timezone

from hedgerow.organizations.models import User
from hedgerow.projects.models import Project
from hedgerow.recordings.models import RecordingView


@dataclass(slots=True)
class Views:
    """Whether somebody has watched a recording, and the e-mail addresses of the others who have."""

    is_viewed: bool = False
    others: list[str] = field(default_factory=list)


def note_viewed(project: Project, session_ids: Collection[str], user: User) -> None:
    """Note that somebody watches these recordings now. The caller knows that they exist."""
    now = timezone.now()
    rows = [RecordingView(project=project, session_id=each, user=user, viewed_at=now) for each in session_ids]
    RecordingView.objects.bulk_create(
        rows, update_conflicts=True, unique_fields=["project", "session_id", "user"], update_fields=["viewed_at"]
    )


def forget_viewed(project: Project, session_ids: Collection[str], user: User) -> int:
    """Forget that somebody has watched these recordings; how many of them they had."""
    views = RecordingView.objects.filter(project=project, session_id__in=session_ids, user=user)
    return views.delete()[0]


def views_of(project: Project, session_ids: Collection[str], user: User | None) -> defaultdict[str, Views]:
    """Who has watched each of the recordings, seen from `user`; the first to watch comes first."""
    found: defaultdict[str, Views] = defaultdict(Views)
    rows = RecordingView.objects.filter(project=project, session_id__in=list(session_ids)).order_by("pk")
    for session_id, user_id, email in rows.values_list("session_id", "user_id", "user__email"):
        if user is not None and user_id == user.pk:
            found[session_id].is_viewed = True
        else:
            found[session_id].others.append(email)
    return found
