"""When people last looked at which object."""

from datetime import datetime
from typing import Any

from django.db.models import DateTimeField, QuerySet, Subquery
from django.utils import timezone

from hedgerow.files.models import View
from hedgerow.organizations.models import User
from hedgerow.projects.models import Project


def note_view(project: Project, user: User, type: str, ref: str, viewed_at: datetime | None = None) -> None:
    """Note that somebody looks at an object now, or looked at it then."""
    View.objects.update_or_create(
        project=project, user=user, type=type, ref=ref, defaults={"viewed_at": viewed_at or timezone.now()}
    )


def views_of(project: Project, user: User, type: str | None = None) -> QuerySet[View]:
    """What somebody looked at in a project (of one type), the latest first."""
    views = View.objects.filter(project=project, user=user).order_by("-viewed_at", "type", "ref")
    return views.filter(type=type) if type else views


def last_viewed_at(project: Project, user: User, type: Any, ref: Any) -> Subquery:
    """When somebody last looked at the object of a row, or null, to annotate a query of objects with.

    `type` and `ref` are plain values or expressions of that query, such as `OuterRef("ref")`.
    """
    views = View.objects.filter(project=project, user=user, type=type, ref=ref)
    return Subquery(views.values("viewed_at")[:1], output_field=DateTimeField())
