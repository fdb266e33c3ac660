"""Where the views of organizations, people and keys are mounted."""

from hedgerow.api.routing import ProjectRouter
from hedgerow.organizations.views.invites import InvitesViewSet
from hedgerow.organizations.views.keys import PersonalAPIKeysViewSet
from hedgerow.organizations.views.members import MembersViewSet
from hedgerow.organizations.views.organizations import OrganizationsViewSet
from hedgerow.organizations.views.users import UsersViewSet


def register(router: ProjectRouter) -> None:
    """Register them."""
    router.register_root("organizations", OrganizationsViewSet, "organizations")
    router.register_root("users", UsersViewSet, "users")
    router.register_root("personal_api_keys", PersonalAPIKeysViewSet, "personal_api_keys")
    router.register_organization("members", MembersViewSet, "members")
    router.register_organization("invites", InvitesViewSet, "invites")
