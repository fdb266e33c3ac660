"""Paths that lead on to where a person wants to be."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect

from hedgerow.access.rules import visible
from hedgerow.dashboards.models import Dashboard
from hedgerow.organizations.models import User
from hedgerow.projects.models import Project
from hedgerow.taxonomy.models import EventDefinition
from hedgerow.web.rendering import ask_to_sign_in, project_page, projects_of, render_page


def home(request: HttpRequest) -> HttpResponse:
    """To the first steps while there is nobody, else to the current project."""
    if not User.objects.exists():
        return redirect("setup")
    return current(request, "project")


def current(request: HttpRequest, page: str) -> HttpResponse:
    """To a page of the project that the person looked at last, keeping the query of the address."""
    if not isinstance(request.user, User):
        return ask_to_sign_in(request)
    projects = projects_of(request.user)
    last = request.user.current_project_id
    found = (projects.filter(pk=last).first() if last else None) or projects.first()
    if found is None:
        return render_page(request, "web/no_project.html", {"signed_in": request.user})
    response = redirect(page, project_id=found.pk)
    if query := request.META.get("QUERY_STRING"):
        response["Location"] += f"?{query}"
    return response


@project_page
def project(request: HttpRequest, project: Project) -> HttpResponse:
    """To the dashboards of a project that has some, else to its insights; without events, to how to send some."""
    if not EventDefinition.objects.filter(project=project).exists():
        return redirect("connect", project_id=project.pk)
    dashboards = visible(Dashboard.objects.filter(project=project, deleted=False), request.user, project)
    has_dashboards = dashboards.exclude(creation_mode=Dashboard.CreationMode.UNLISTED).exists()
    return redirect("dashboards" if has_dashboards else "insights", project_id=project.pk)
