"""What the pages of a project's settings have in common."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import update_wrapper
from typing import Any, Concatenate, ParamSpec

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse

from hedgerow.access.rules import is_project_admin
from hedgerow.organizations.models import User
from hedgerow.projects.models import Project
from hedgerow.web.accounts.own import own_page
from hedgerow.web.records import Tab
from hedgerow.web.rendering import project_context, project_page, render_page
from hedgerow.web.sent_forms import sent

TABS = {"project_settings": "General", "secret_keys": "Secret keys", "project_access": "Access"}
"""The pages, by the names of their paths."""

Arguments = ParamSpec("Arguments")


@dataclass(frozen=True)
class ProjectPlace:
    """A request about a project, by somebody who may see it."""

    request: HttpRequest
    user: User
    project: Project

    @property
    def is_admin(self) -> bool:
        """Whether they administer the project."""
        return is_project_admin(self.user, self.project)

    def sent(self, name: str) -> str:
        """What was written into a field."""
        return sent(self.request, name)

    def say(self, text: str) -> None:
        """Tell on the page seen next that something is done."""
        messages.success(self.request, text)

    def go(self, page: str) -> HttpResponse:
        """On to another page of the project."""
        return redirect(page, project_id=self.project.pk)

    def render(self, template: str, tab: str, context: dict[str, Any], status: int = 200) -> HttpResponse:
        """A page in the frame of the project."""
        frame = {
            **project_context(self.request, self.project, tab),
            "section_title": "Project settings",
            "section_tabs": [
                Tab(title, reverse(name, args=[self.project.pk]), name == tab) for name, title in TABS.items()
            ],
            "is_admin": self.is_admin,
        }
        return render_page(self.request, f"web/project_settings/{template}.html", {**frame, **context}, status=status)


def settings_page(
    view: Callable[Concatenate[ProjectPlace, Arguments], HttpResponse],
) -> Callable[Concatenate[HttpRequest, int, Arguments], HttpResponse]:
    """Make a view of a project from one that takes the place.

    It is checked like every page of a project; as on the pages about one's own account, changes need a recent login.
    """

    def checked(request: HttpRequest, user: User, *args: Any, **others: Any) -> Any:
        def shown(request: HttpRequest, project: Project, *args: Any, **others: Any) -> HttpResponse:
            return view(ProjectPlace(request, user, project), *args, **others)

        return project_page(shown)(request, *args, **others)

    return update_wrapper(own_page(checked), view)
