"""What the pages of an organization's settings have in common."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import update_wrapper
from typing import Any, Concatenate, ParamSpec
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse

from hedgerow.api.errors import PermissionDenied
from hedgerow.api.levels import Level
from hedgerow.organizations.models import Membership, Organization, User
from hedgerow.organizations.signup import signup_is_open
from hedgerow.web.accounts.own import account_page, own_page
from hedgerow.web.records import Tab
from hedgerow.web.rendering import not_found, render_page
from hedgerow.web.sent_forms import sent

INSUFFICIENT = "Your organization access level is insufficient."
TABS = {
    "organization_general": "General",
    "organization_members": "Members",
    "organization_invites": "Invites",
    "organization_roles": "Roles",
    "organization_domains": "Domains",
    "organization_activity": "Activity",
}
"""The pages, by the names of their paths."""

Arguments = ParamSpec("Arguments")


@dataclass(frozen=True)
class Place:
    """A request about an organization, by one of its members."""

    request: HttpRequest
    member: Membership

    @property
    def organization(self) -> Organization:
        """The organization."""
        return self.member.organization

    @property
    def user(self) -> User:
        """Who asks."""
        user: User = self.member.user
        return user

    @property
    def is_admin(self) -> bool:
        """Whether they administer the organization."""
        return self.member.level >= Level.ADMIN

    def require(self, level: Level) -> None:
        """Raises PermissionDenied for members of a lower level."""
        if self.member.level < level:
            raise PermissionDenied(INSUFFICIENT)

    def sent(self, name: str) -> str:
        """What was written into a field."""
        return sent(self.request, name)

    def say(self, text: str) -> None:
        """Tell on the page seen next that something is done."""
        messages.success(self.request, text)

    def go(self, page: str, *path: object) -> HttpResponse:
        """On to another page of the organization."""
        return redirect(page, self.organization.pk, *path)

    def render(self, template: str, tab: str, context: dict[str, Any], status: int = 200) -> HttpResponse:
        """A page in the frame of the organization."""
        tabs = [Tab(title, reverse(name, args=[self.organization.pk]), name == tab) for name, title in TABS.items()]
        others = Organization.objects.filter(memberships__user=self.user).order_by("name", "id")
        frame = {
            "signed_in": self.user,
            "organization": self.organization,
            "others": others.exclude(pk=self.organization.pk),
            "tab": tab,
            "tabs": tabs,
            "may_found": signup_is_open(),
            "is_admin": self.is_admin,
            "is_owner": self.member.level == Level.OWNER,
        }
        return render_page(self.request, f"web/organization/{template}.html", {**frame, **context}, status=status)


def organization_page(
    view: Callable[Concatenate[Place, Arguments], HttpResponse],
) -> Callable[Concatenate[HttpRequest, UUID, Arguments], HttpResponse]:
    """Make a view of an organization from one that takes the place.

    An organization that the person does not belong to is answered like one that does not exist. As on the pages about
    one's own account, changes need a recent login.
    """

    def checked(
        request: HttpRequest, user: User, organization_id: UUID, *args: Arguments.args, **others: Arguments.kwargs
    ) -> HttpResponse:
        members = Membership.objects.select_related("organization", "user")
        member = members.filter(organization=organization_id, user=user).first()
        return not_found(request) if member is None else view(Place(request, member), *args, **others)

    return update_wrapper(own_page(checked), view)  # type: ignore[arg-type,return-value]


@own_page
def current(request: HttpRequest, user: User) -> HttpResponse:
    """To the organization that the person works in."""
    organization = user.organization
    if organization is None:
        return account_page(request, user, "web/organization/none.html", {}, status=404)
    return redirect("organization_general", organization.pk)
