"""Values of a property to choose from while a filter is written."""

from django.http import HttpRequest, HttpResponse

from hedgerow.charts.specification import NONE, OTHER
from hedgerow.organizations.models import User
from hedgerow.projects.models import Project
from hedgerow.web.insights.choices import Choices
from hedgerow.web.insights.references import Reference
from hedgerow.web.questions import ask
from hedgerow.web.rendering import project_page, render_page

MAX_VALUES = 50
UNLISTED = frozenset({"hogql", "element"})


@project_page
def suggestions(request: HttpRequest, project: Project) -> HttpResponse:
    """The values that most events of the last four weeks have, as options; none for what has no list of values.

    Of cohorts the values are their ids, each with the cohort's name.
    """
    reference = Reference.read(request.GET.get("property", ""))
    values: list[tuple[str, str]] = []
    if reference is not None and reference.kind == "cohort":
        values = [(str(key), name) for key, name in Choices(project, request.user).cohorts.items()]
    elif reference is not None and reference.kind not in UNLISTED:
        query = {
            "kind": "TrendsQuery",
            "series": [{"kind": "EventsNode", "event": None}],
            "dateRange": {"date_from": "-28d"},
            "trendsFilter": {"display": "ActionsTable"},
            "breakdownFilter": {
                "breakdowns": [reference.filled("property")],
                "breakdown_limit": MAX_VALUES,
                "breakdown_hide_other_aggregation": True,
            },
        }
        assert isinstance(request.user, User)
        rows = ask(project, query, request.user).rows
        values = [(row["label"], "") for row in rows if row["label"] not in (NONE, OTHER)]
    return render_page(request, "web/insights/parts/values.html", {"values": values})
