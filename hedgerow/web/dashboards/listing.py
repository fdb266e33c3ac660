"""The list of dashboards, and the page that makes a new one."""

from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect
from rest_framework.exceptions import APIException

from hedgerow.access.rules import visible
from hedgerow.dashboard_templates.listing import listed_templates
from hedgerow.dashboards.asked import NewDashboardSerializer
from hedgerow.dashboards.listing import LONGEST_SEARCH, listed_ids
from hedgerow.dashboards.making import create_dashboard
from hedgerow.dashboards.models import Dashboard
from hedgerow.dashboards.presenting import FILE_TYPE
from hedgerow.dashboards.rights import can_edit
from hedgerow.dashboards.serializers import shared_ids
from hedgerow.files.views_log import views_of
from hedgerow.organizations.models import User
from hedgerow.projects.models import Project
from hedgerow.web.dashboards.board import board_address
from hedgerow.web.dashboards.told import told
from hedgerow.web.records import ROWS, offset_of, pages_of, sentence_of
from hedgerow.web.rendering import project_context, project_page, render_page


@project_page
def page(request: HttpRequest, project: Project) -> HttpResponse:
    """The dashboards, pinned ones first, each with when the reader last looked at it."""
    assert isinstance(request.user, User)
    wanted = QueryDict(mutable=True)
    wanted["search"] = request.GET.get("search", "")[:LONGEST_SEARCH]
    wanted["tags"] = request.GET.get("tags", "")
    listed = visible(Dashboard.objects.filter(project=project), request.user, project)
    ids = list(listed_ids(listed, wanted))
    offset = offset_of(request)
    here = ids[offset : offset + ROWS]
    found = listed.filter(pk__in=here).select_related("created_by", "project").prefetch_related("collaborators")
    rows = {row.pk: row for row in found}
    viewed = dict(views_of(project, request.user, FILE_TYPE).values_list("ref", "viewed_at"))
    context = {
        **project_context(request, project, "dashboards"),
        "told": told(request),
        "dashboards": [(rows[pk], viewed.get(str(pk))) for pk in here],
        "shared": shared_ids(here),
        "editable": {pk for pk, row in rows.items() if can_edit(row, request.user)},
        "search": wanted["search"],
        "tag": wanted["tags"],
        "tags": [(tag, tag) for tag in _tags(listed)],
        "pages": pages_of(request, offset, len(here), has_more=len(ids) > offset + ROWS),
    }
    return render_page(request, "web/dashboards/list.html", context)


@project_page
def new(request: HttpRequest, project: Project) -> HttpResponse:
    """The choice of how a new dashboard begins; sent, the dashboard."""
    assert isinstance(request.user, User)
    name, chosen, problem = request.POST.get("name", "").strip(), request.POST.get("template", ""), ""
    if request.method == "POST":
        body = NewDashboardSerializer(data={"name": name or None, "use_template": chosen})
        try:
            body.is_valid(raise_exception=True)
            return redirect(board_address(create_dashboard(project, request.user, **body.validated_data)))
        except APIException as error:
            problem = sentence_of(error)
    context = {
        **project_context(request, project, "dashboards"),
        "name": name,
        "chosen": chosen,
        "problem": problem,
        "templates": listed_templates(project, {}),
    }
    return render_page(request, "web/dashboards/new.html", context, status=422 if problem else 200)


def _tags(dashboards: QuerySet[Dashboard]) -> list[str]:
    """All tags of the dashboards."""
    lists = dashboards.filter(deleted=False).values_list("tags", flat=True)
    return sorted({tag for tags in lists for tag in tags})
