"""How people and organizations come to be: sign-up, joining by invite, first set-up."""

from django.conf import settings
from django.db import transaction

from hedgerow.api.errors import PermissionDenied, ValidationError
from hedgerow.api.levels import Level
from hedgerow.api.views import is_uuid
from hedgerow.organizations.history import level_change, note_member
from hedgerow.organizations.invites import give_access
from hedgerow.organizations.models import Invite, Membership, Organization, User
from hedgerow.projects.models import Project

CLOSED = (
    "New organizations cannot be created in this instance. Contact your administrator if you think this is a mistake."
)
DEFAULT_PROJECT = "Default project"


def signup_is_open() -> bool:
    """Whether a new organization may be made: the first always, more when the setting allows."""
    return settings.HEDGEROW.allow_signup or not Organization.objects.exists()


def require_signup_open() -> None:
    """Raises PermissionDenied when no further organization may be made."""
    if not signup_is_open():
        raise PermissionDenied(CLOSED)


@transaction.atomic
def sign_up(
    email: str,
    password: str | None,
    first_name: str,
    last_name: str = "",
    organization_name: str = "",
    role_at_organization: str | None = None,
    project_name: str = DEFAULT_PROJECT,
) -> User:
    """A new person with an organization of their own and its first project. The first person of all becomes staff.

    Raises PermissionDenied when sign-up is closed, ValidationError when the e-mail has an account.
    """
    require_signup_open()
    require_free_email(email)
    user = User.objects.create_user(
        email,
        password,
        first_name=first_name,
        last_name=last_name,
        role_at_organization=role_at_organization,
        is_staff=not User.objects.exists(),
    )
    name = organization_name or f"{first_name}'s Organization"
    user.work_in(found_organization(Organization.objects.create(name=name[:64]), user, project_name))
    return user


def found_organization(organization: Organization, owner: User, project_name: str = DEFAULT_PROJECT) -> Project:
    """Give a new organization its owner and its first project, which is returned."""
    Membership.objects.create(organization=organization, user=owner, level=Level.OWNER)
    return Project.objects.create(organization=organization, name=project_name)


def open_invite(invite_id: str) -> Invite:
    """The invite with this id. Raises ValidationError when there is none or it is too old."""
    invite = Invite.objects.select_related("organization").filter(pk=invite_id).first() if is_uuid(invite_id) else None
    if invite is None:
        raise ValidationError("The provided invite ID is not valid.")
    if invite.is_expired:
        raise ValidationError("This invite has expired. Please ask your admin for a new one.", code="expired")
    return invite


@transaction.atomic
def sign_up_by_invite(invite: Invite, password: str, first_name: str) -> User:
    """A new person who joins the invite's organization. Raises ValidationError."""
    if User.objects.filter(email__iexact=invite.target_email).exists():
        raise ValidationError(
            f"There already exists an account with email address {invite.target_email}. Please log in instead."
        )
    user = User.objects.create_user(invite.target_email, password, first_name=first_name)
    join(user, invite)
    return user


@transaction.atomic
def join(user: User, invite: Invite) -> None:
    """Make the user a member of the invite's organization; invites for them are used up. Raises ValidationError."""
    if user.email.lower() != invite.target_email.lower():
        raise ValidationError("This invite is intended for another email address.", code="invalid_recipient")
    if invite.organization.memberships.filter(user=user).exists():
        raise ValidationError("You already are a member of this organization.", code="user_already_member")
    member = Membership.objects.create(organization=invite.organization, user=user, level=invite.level)
    note_member("created", member, user, level_change(None, member.level))
    give_access(invite, member)
    user.current_organization = invite.organization
    user.current_project = None
    user.save(update_fields=["current_organization", "current_project"])
    invite.organization.invites.filter(target_email__iexact=invite.target_email).delete()


def require_free_email(email: str) -> None:
    """Raises ValidationError when the e-mail has an account."""
    if User.objects.filter(email__iexact=email.strip()).exists():
        raise ValidationError("There is already an account with this email address.", code="unique", attr="email")
