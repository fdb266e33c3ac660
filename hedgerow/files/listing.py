"""Which entries of a tree a list has, and in which order."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import TypeVar

from django.db.models import Case, Model, OuterRef, Q, QuerySet, Value, When
from django.utils.dateparse import parse_datetime

from hedgerow.api.asked import is_whole
from hedgerow.api.errors import ValidationError
from hedgerow.files import paths
from hedgerow.files.kinds import kinds
from hedgerow.files.models import Entry
from hedgerow.files.search import begins_with, matching
from hedgerow.files.tree import beneath
from hedgerow.files.views_log import last_viewed_at
from hedgerow.organizations.models import User
from hedgerow.projects.models import Project

M = TypeVar("M", bound=Model)

MOST_RECENT = 1_000
PREVIEWED = 200
_RECENT_ORDERS = ("last_viewed_at", "-last_viewed_at")
_ORDERS = {
    "path": ("folded_path", "path"),
    "-path": ("-folded_path", "-path"),
    "created_at": ("created_at",),
    "-created_at": ("-created_at",),
    "last_viewed_at": ("last_viewed_at",),
    "-last_viewed_at": ("-last_viewed_at",),
}
_YES = ("1", "true", "True")


def entries_of(project: Project, user: User) -> QuerySet[Entry]:
    """All entries of a project that `user` may see, each with when they last looked at it (`last_viewed_at`), in the
    order of paths."""
    viewed_at = last_viewed_at(project, user, OuterRef("type"), OuterRef("ref"))
    entries = seen_by(user, project, Entry.objects.filter(project=project)).annotate(last_viewed_at=viewed_at)
    return entries.order_by("folded_path", "path", "id")


def seen_by(user: User, project: Project, places: QuerySet[M]) -> QuerySet[M]:
    """Without those places of a project (entries, shortcuts) that are of objects the user may not see."""
    for kind in kinds():
        places = places.exclude(type=kind.type, ref__in=kind.hidden_refs(user, project))
    return places


def search_entries(project: Project, user: User, text: str, *, name_only: bool = False) -> QuerySet[Entry]:
    """The entries that fit a search (see `hedgerow.files.search.matching`), in the order of paths."""
    return matching(entries_of(project, user), text, user, name_only=name_only)


def listed_entries(project: Project, user: User, asked: Mapping[str, str]) -> QuerySet[Entry]:
    """The entries that a request asks for by its query, in the order it asks for. Raises ValidationError.

    A `parent` or `path` may be written in any way; a `depth` that is no number is not looked at.
    """
    entries = search_entries(project, user, asked.get("search", ""), name_only=asked.get("search_name_only") in _YES)
    entries = entries.filter(_asked_for(asked))
    if is_recent(asked):
        entries = entries.filter(Q(last_viewed_at__isnull=False), shortcut=False)
    return _ordered(entries, asked)


def is_recent(asked: Mapping[str, str]) -> bool:
    """Whether a request asks for what somebody looked at, which is one page of at most `MOST_RECENT`."""
    return asked.get("order_by") in _RECENT_ORDERS


def contents(project: Project, user: User, folder: str) -> QuerySet[Entry]:
    """Everything in a folder and deeper, the upper levels first; everything there is for the root (`""`)."""
    entries = entries_of(project, user).order_by("depth", "folded_path", "path", "id")
    return entries.filter(beneath(folder)) if folder else entries


def _asked_for(asked: Mapping[str, str]) -> Q:
    wanted = Q()
    if (depth := _whole_number(asked.get("depth"))) is not None:
        wanted &= Q(depth=depth)
    if path := asked.get("path"):
        wanted &= Q(path=paths.canonical(path))
    if parent := paths.canonical(asked.get("parent", "")):
        wanted &= beneath(parent)
    for name, is_wanted in (("type", True), ("not_type", False)):
        if type := asked.get(name):
            wanted &= Q(type=type) if is_wanted else ~Q(type=type)
    if start := asked.get("type__startswith"):
        wanted &= begins_with("type", start)
    if ref := asked.get("ref"):
        wanted &= Q(ref=ref)
    for name in ("created_at__gt", "created_at__lt"):
        if moment := asked.get(name):
            wanted &= Q(**{name: _moment(name, moment)})
    return wanted


def _ordered(entries: QuerySet[Entry], asked: Mapping[str, str]) -> QuerySet[Entry]:
    if order := asked.get("order_by"):
        return entries.order_by(*_ORDERS.get(order, ("-created_at",)), "id")
    if asked.get("ref"):
        return entries.order_by("shortcut", "folded_path", "path", "id")
    if _whole_number(asked.get("depth")) is not None:
        folders_first = Case(When(type=Entry.FOLDER, then=Value(0)), default=Value(1))
        return entries.order_by(folders_first, "folded_path", "path", "id")
    return entries


def _whole_number(text: str | None) -> int | None:
    return int(text) if text and is_whole(text) else None


def _moment(name: str, text: str) -> datetime:
    try:
        moment = parse_datetime(text)
    except ValueError:
        moment = None
    if moment is None:
        raise ValidationError("Expected a date and time, such as 2026-01-31T12:00:00Z.", attr=name)
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
