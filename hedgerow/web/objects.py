"""The objects of a project by the words for their kinds, and where the page of each is."""

from typing import Any

from django.urls import NoReverseMatch, reverse
from django.utils.http import urlencode

from hedgerow.web.insights.question import compact

KINDS = {
    "folder": "folder",
    "dashboard": "dashboard",
    "insight": "insight",
    "cohort": "cohort",
    "action": "action",
}
"""What the kinds of entries of the tree are called, for one."""


def object_address(project_id: int, kind: str, ref: str) -> str:
    """Where the page of an object is, known by its kind and `ref` in the tree; "" where it has none."""
    if kind == "action":
        return action_address(project_id, int(ref)) if ref.isdecimal() else ""
    pages = {"dashboard": "dashboard", "insight": "saved_insight", "cohort": "cohort"}
    try:
        return reverse(pages[kind], args=[project_id, ref]) if kind in pages and ref else ""
    except NoReverseMatch:
        return ""


def action_address(project_id: int, action_id: int) -> str:
    """The trend of an action, which is what there is to see of it."""
    return trend_address(project_id, {"kind": "ActionsNode", "id": action_id})


def trend_address(project_id: int, series: dict[str, Any]) -> str:
    """The page of trends that asks for one series."""
    query = {"kind": "TrendsQuery", "series": [series]}
    return f"{reverse('insight', args=[project_id, 'trends'])}?{urlencode({'q': compact(query)})}"
