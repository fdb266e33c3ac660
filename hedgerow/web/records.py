"""What the pages about people and about data share: their tabs, sentences about errors, and pages of long lists."""

import json
import math
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.http import HttpRequest
from django.urls import reverse
from django.utils.http import urlencode
from rest_framework.exceptions import APIException

from hedgerow.api.asked import is_whole
from hedgerow.groups.models import GroupTypeMapping
from hedgerow.projects.models import Project
from hedgerow.web.rendering import project_context

ROWS = 50
"""Rows on a page of a list."""


@dataclass(frozen=True)
class Tab:
    """A page beside others: its title, its address and whether it is the one shown."""

    title: str
    address: str
    is_shown: bool


@dataclass(frozen=True)
class Pages:
    """Where a page of a list begins, and the addresses of its neighbours; "" where there is none."""

    first: int
    last: int
    previous: str
    next: str


def people_context(request: HttpRequest, project: Project, tab: str) -> dict[str, Any]:
    """What the frame of the pages about people needs; `tab` is `persons`, `cohorts` or a group type's index."""
    types = GroupTypeMapping.objects.filter(project=project).order_by("group_type_index")
    tabs = [
        Tab("Persons", reverse("persons", args=[project.pk]), tab == "persons"),
        Tab("Cohorts", reverse("cohorts", args=[project.pk]), tab == "cohorts"),
        *(
            Tab(
                (each.name_plural or each.group_type).capitalize(),
                reverse("groups", args=[project.pk, each.group_type_index]),
                tab == str(each.group_type_index),
            )
            for each in types
        ),
    ]
    return {**project_context(request, project, "persons"), "section_tabs": tabs, "section_title": "People"}


def data_context(request: HttpRequest, project: Project, tab: str) -> dict[str, Any]:
    """What the frame of the pages about data needs; `tab` is `event`, `property` or `activity`."""
    tabs = [
        Tab("Events", reverse("event_definitions", args=[project.pk]), tab == "event"),
        Tab("Properties", reverse("property_definitions", args=[project.pk]), tab == "property"),
        Tab("Activity", reverse("activity", args=[project.pk]), tab == "activity"),
    ]
    return {**project_context(request, project, "event_definitions"), "section_tabs": tabs, "section_title": "Data"}


def tabs_of(request: HttpRequest, titles: dict[str, str], shown: str, **kept: str) -> list[Tab]:
    """The tabs of one page, each at its address with `?show=` and what is `kept` there."""
    return [
        Tab(title, f"{request.path}?{urlencode({**kept, 'show': key})}", key == shown) for key, title in titles.items()
    ]


def typed(text: str) -> Any:
    """A property's value as somebody wrote it: JSON where it is that (`12`, `true`, `"12"`, `[1]`), else the text."""
    text = text.replace("\0", "").replace("\\u0000", "")  # which no store takes
    try:
        value = json.loads(text)
    except (json.JSONDecodeError, RecursionError):
        return text
    is_number = not isinstance(value, float) or math.isfinite(value)
    return value if is_number else text


def written(value: Any) -> str:
    """A property's value so that `typed` gives it back."""
    if isinstance(value, str) and isinstance(typed(value), str) and not value.startswith('"'):
        return value
    return json.dumps(value, ensure_ascii=False)


def uuid_of(text: str) -> UUID:
    """The uuid somebody sent; the one of nobody where it is none."""
    try:
        return UUID(text)
    except ValueError:
        return UUID(int=0)


def offset_of(request: HttpRequest) -> int:
    """Where the page of a list begins."""
    text = request.GET.get("offset", "")
    return int(text) if is_whole(text) and len(text) < 9 else 0


def pages_of(request: HttpRequest, offset: int, count: int, *, has_more: bool) -> Pages:
    """The page of a list that has `count` rows from `offset` on."""

    def at(place: int) -> str:
        fields = request.GET.copy()
        fields["offset"] = str(place)
        return f"?{fields.urlencode()}"

    previous = at(max(0, offset - ROWS)) if offset else ""
    return Pages(offset + 1, offset + count, previous, at(offset + ROWS) if has_more else "")


def sentence_of(error: APIException) -> str:
    """What an error says, in one sentence; of several the first."""
    detail: Any = error.detail
    while isinstance(detail, dict | list):
        detail = next(iter(detail.values() if isinstance(detail, dict) else detail), "")
    return str(detail)
