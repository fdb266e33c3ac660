"""The page on which a person lets a command-line program in."""

from typing import Any

from django.http import HttpRequest, HttpResponse

from hedgerow.accounts.device_flow import DeviceFlowError, authorize
from hedgerow.api.asked import is_whole
from hedgerow.api.errors import ValidationError
from hedgerow.organizations.models import User
from hedgerow.web.accounts.door import problem_of
from hedgerow.web.accounts.own import account_page, own_page
from hedgerow.web.rendering import projects_of


@own_page
def page(request: HttpRequest, user: User) -> HttpResponse:
    """Show the code and the projects; let the program in."""
    code = request.POST.get("code") or request.GET.get("code", "")
    context: dict[str, Any] = {"code": code, "projects": projects_of(user), "problem": "", "made": None}
    if request.method == "POST":
        project = request.POST.get("project", "")
        try:
            context["made"] = authorize(user, code, int(project) if is_whole(project) else 0)
        except DeviceFlowError as error:
            context["problem"] = error.description
        except ValidationError as error:
            context["problem"] = problem_of(error)
    return account_page(request, user, "web/accounts/device.html", context)
