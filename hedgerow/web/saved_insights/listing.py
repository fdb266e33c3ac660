"""The list of saved insights."""

import json

from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect
from django.urls import reverse

from hedgerow.access.rules import visible
from hedgerow.projects.models import Project
from hedgerow.saved_insights.listing import LONGEST_SEARCH, listed_insights, newest_view, presentable
from hedgerow.saved_insights.models import Insight
from hedgerow.saved_insights.naming import question_type
from hedgerow.web.dashboards.told import told
from hedgerow.web.insights.kinds import INSIGHTS
from hedgerow.web.records import ROWS, offset_of, pages_of
from hedgerow.web.rendering import project_context, project_page, render_page

TYPES = {**{slug.upper(): insight.title for slug, insight in INSIGHTS.items()}, "SQL": "SQL", "JSON": "Other queries"}
ORDERS = {
    "-last_modified_at": "Last changed",
    "-last_viewed_at": "Last viewed",
    "name": "Name",
    "-created_at": "Newest",
}


@project_page
def page(request: HttpRequest, project: Project) -> HttpResponse:
    """The saved insights of the project. An old address of a question leads to the question."""
    asked = request.GET
    if "q" in asked or "event" in asked:
        return redirect(f"{reverse('trends', args=[project.pk])}?{request.META['QUERY_STRING']}")
    search = asked.get("search", "").strip()[:LONGEST_SEARCH]
    kind = asked.get("kind", "") if asked.get("kind") in TYPES else ""
    order = asked["order"] if asked.get("order") in ORDERS else next(iter(ORDERS))
    tag, is_mine, is_favourite = asked.get("tag", ""), asked.get("mine") == "on", asked.get("favourite") == "on"
    wanted = QueryDict(mutable=True)
    wanted.update({"saved": "true", "search": search, "insight": kind, "order": order})
    if tag:
        wanted["tags"] = json.dumps([tag])
    if is_mine:
        wanted["user"] = "me"
    if is_favourite:
        wanted["favorited"] = "true"
    insights = visible(Insight.objects.filter(project=project), request.user, project)
    found = listed_insights(presentable(insights), project, request.user, wanted)
    offset = offset_of(request)
    rows = list(found[offset : offset + ROWS + 1])
    context = {
        **project_context(request, project, "insights"),
        "told": told(request),
        "insights": [(each, _kind(each), newest_view(each)) for each in rows[:ROWS]],
        "kinds_to_make": INSIGHTS.values(),
        "search": search,
        "kind": kind,
        "types": TYPES.items(),
        "tag": tag,
        "tags": [(each, each) for each in _tags(insights, tag)],
        "order": order,
        "orders": ORDERS.items(),
        "is_mine": is_mine,
        "is_favourite": is_favourite,
        "is_narrowed": bool(search or kind or tag or is_mine or is_favourite),
        "pages": pages_of(request, offset, len(rows[:ROWS]), has_more=len(rows) > ROWS),
    }
    return render_page(request, "web/saved/list.html", context)


def _kind(insight: Insight) -> str:
    found = question_type(insight.query, insight.filters)
    return TYPES.get(found or "", "") if found != "JSON" else "Query"


def _tags(insights: QuerySet[Insight], chosen: str) -> list[str]:
    """The tags of the insights, and the chosen one."""
    tagged = insights.filter(deleted=False).exclude(tags=[]).values_list("tags", flat=True)
    return sorted({tag for tags in tagged for tag in tags} | ({chosen} if chosen else set()))
