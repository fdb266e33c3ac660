"""How pages are rendered, and which project a page may be about."""

from collections.abc import Callable
from functools import update_wrapper
from typing import Any, Concatenate, ParamSpec

import structlog
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone
from django.utils.http import urlencode
from django.views.decorators.csrf import csrf_exempt

from hedgerow.access.rules import visible_projects
from hedgerow.accounts.enforcement import owes_second_factor
from hedgerow.organizations.models import User
from hedgerow.projects.models import Project
from hedgerow.recordings.rights import can_see

log = structlog.get_logger(__name__)

CONTENT_SECURITY_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
    "form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
)
"""Pages run no script and load no file that does not come from this server, and none that stands inside them."""

Arguments = ParamSpec("Arguments")


def render_page(request: HttpRequest, template: str, context: dict[str, Any], status: int = 200) -> HttpResponse:
    """A page or a part of one, with the headers every page has."""
    response = render(request, template, context, status=status)
    response["Content-Security-Policy"] = CONTENT_SECURITY_POLICY
    response["Cache-Control"] = "no-store"
    return response


def project_page(
    view: Callable[Concatenate[HttpRequest, Project, Arguments], HttpResponseBase],
) -> Callable[Concatenate[HttpRequest, int, Arguments], HttpResponseBase]:
    """Make a view of a project from one that takes the project itself.

    Who is not signed in is sent to do so, and who has to set up a second factor to do that; a project that the person
    may not see is answered like one that does not exist. The project becomes the person's current one, and times are
    shown in its zone.
    """

    def checked(
        request: HttpRequest, project_id: int, *args: Arguments.args, **others: Arguments.kwargs
    ) -> HttpResponseBase:
        user = request.user
        if not isinstance(user, User):
            return ask_to_sign_in(request)
        if owes_second_factor(request, user):
            return redirect("second_factor")
        project = projects_of(user).filter(pk=project_id).first()
        if project is None:
            return not_found(request)
        if user.current_project_id != project.pk:
            user.work_in(project)
        with timezone.override(project.timezone):
            return view(request, project, *args, **others)

    return update_wrapper(checked, view)  # type: ignore[return-value]


def projects_of(user: User) -> QuerySet[Project]:
    """The projects that the person may see."""
    return visible_projects(user).select_related("organization").order_by("organization", "id")


def project_context(request: HttpRequest, project: Project, section: str) -> dict[str, Any]:
    """What the frame of every page of a project needs; `section` is the name of the page in the navigation."""
    assert isinstance(request.user, User)
    projects = list(projects_of(request.user))
    return {
        "project": project,
        "projects": projects,
        "section": section,
        "signed_in": request.user,
        "hides_recordings": not can_see(project, request.user),
    }


def ask_to_sign_in(request: HttpRequest) -> HttpResponse:
    """Lead to the sign-in page and back; a part of a page is answered so that the whole page goes there."""
    target = f"{reverse('login')}?{urlencode({'next': request.get_full_path()})}"
    if request.headers.get("HX-Request"):
        response = HttpResponse()
        response["HX-Redirect"] = reverse("login")
        return response
    return redirect(target)


@csrf_exempt
def not_found(request: HttpRequest) -> HttpResponse:
    """The page for what does not exist, or not for this person."""
    return render_page(request, "web/not_found.html", {}, status=404)


def form_expired(request: HttpRequest, reason: str = "") -> HttpResponse:
    """The page for a form that this browser was not given, or not since its last sign-in."""
    again = reverse("home") if request.path == reverse("logout") else request.path
    return render_page(request, "web/form_expired.html", {"again": again}, status=403)


def failed(request: HttpRequest) -> HttpResponse:
    """The page for when the server cannot go on. Asks nothing of the records, which may be what is away.

    Called while the exception is being handled, which is logged.
    """
    log.exception("page_failed", path=request.path)
    page = HttpResponse(render_to_string("web/failed.html"), status=500)
    page["Content-Security-Policy"] = CONTENT_SECURITY_POLICY
    return page
