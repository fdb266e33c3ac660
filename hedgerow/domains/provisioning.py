"""Accounts for people whom an identity provider vouches for."""

from datetime import timedelta

from django.db import IntegrityError, transaction
from django.utils import timezone

from hedgerow.accounts.history import note_account
from hedgerow.accounts.sessions import end_sessions
from hedgerow.activity.recording import MASKED, change
from hedgerow.api.levels import Level
from hedgerow.domains.models import Domain
from hedgerow.domains.ownership import owned_domain
from hedgerow.organizations.history import level_change, note_key, note_member
from hedgerow.organizations.models import INVITE_DAYS, Invite, Membership, User
from hedgerow.organizations.signup import join

LONGEST_FIRST_NAME, LONGEST_LAST_NAME = 128, 150


class JitNotEnabled(Exception):  # noqa: N818 - what happened, not a fault
    """Nobody has this address, nobody invited it, and accounts are not made for its domain.

    `domain` is the verified domain that does not make accounts, or None when no organization owns the address's.
    """

    def __init__(self, domain: Domain | None) -> None:
        super().__init__(f"No account is made for people of {domain}." if domain else "Nobody has this address.")
        self.domain = domain


@transaction.atomic
def person_for(email: str, *, first_name: str, last_name: str, provider: str) -> User:
    """The person with this address, which `provider` vouches for; their account is made if their domain wants that.

    Somebody new joins by an open invite where there is one, else the domain's organization as a plain member, without
    a password and with a verified address. Somebody who has an account joins the domain's organization in the same
    way; what they could log in with before is taken from them if nobody had shown that the address is theirs. The
    person returned may be inactive; then they join nothing. Raises JitNotEnabled, also for addresses with other letters
    than those of ASCII, which look like or compare like somebody else's.
    """
    domain = owned_domain(email)
    if not email.isascii():
        raise JitNotEnabled(None)
    user = account_of(email)
    if user is None:
        try:
            with transaction.atomic():
                return _new_person(email, first_name, last_name, provider, domain)
        except IntegrityError:  # they arrive by another request at the same moment
            user = account_of(email)
            if user is None:
                raise
    if user.is_active and domain is not None:
        _join_organization(user, domain, provider)
    return user


def take_over(user: User) -> None:
    """Leave the account to the owner of its address: whoever made it has never shown to be that.

    Otherwise somebody could make an account for another's address, wait until its owner joins an organization by it,
    and then follow with the password or a key they have kept. Does nothing where the address is verified.
    """
    if user.is_email_verified:
        return
    user.set_unusable_password()
    user.is_email_verified = True
    user.save(update_fields=["password", "is_email_verified"])
    end_sessions(user)
    for key in user.personal_api_keys.all():
        note_key("deleted", key)
        key.delete()
    note_account(user, "updated", [change("User", "password", MASKED, None, is_masked=True)])


def account_of(email: str) -> User | None:
    """The account with this address, whatever its case in ASCII."""
    found = User.objects.filter(email__iexact=email.strip())
    return next((user for user in found if _is_same(user.email, email)), None)


def _new_person(email: str, first_name: str, last_name: str, provider: str, domain: Domain | None) -> User:
    invite = _open_invite(email, domain)
    if invite is None and (domain is None or not domain.jit_provisioning_enabled):
        raise JitNotEnabled(domain)
    names = {"first_name": first_name[:LONGEST_FIRST_NAME], "last_name": last_name[:LONGEST_LAST_NAME]}
    user = User.objects.create_user(email, None, is_email_verified=True, **names)
    if invite is not None:
        join(user, invite)
    if domain is not None:
        _join_organization(user, domain, provider)
    return user


def _join_organization(user: User, domain: Domain, provider: str) -> None:
    """Make the user a member of the domain's organization, if it takes its people in."""
    organization = domain.organization
    if not domain.jit_provisioning_enabled or organization.memberships.filter(user=user).exists():
        return
    if domain.has_scim and domain.provisioned_users.filter(user=user, active=False).exists():
        return  # the identity provider itself has removed them
    take_over(user)
    invite = _open_invite(user.email, domain)
    if invite is not None and invite.organization_id == organization.pk:
        join(user, invite)
        return
    member, is_new = Membership.objects.get_or_create(
        organization=organization, user=user, defaults={"level": Level.MEMBER}
    )
    if not is_new:
        return
    through = change("OrganizationMembership", "provider", None, provider)
    note_member("created", member, user, [*level_change(None, member.level), through])
    if user.current_organization_id is None:
        user.current_organization = organization
        user.save(update_fields=["current_organization"])


def _open_invite(email: str, domain: Domain | None) -> Invite | None:
    """The invite to use for the address: that of the domain's organization before others, then the newest."""
    invites = Invite.objects.select_related("organization").filter(
        target_email__iexact=email.strip(), created_at__gt=timezone.now() - timedelta(days=INVITE_DAYS)
    )
    theirs = [each for each in invites.order_by("-created_at") if _is_same(each.target_email, email)]
    own = domain.organization_id if domain else None
    return min(theirs, key=lambda invite: invite.organization_id != own, default=None)


def _is_same(address: str, other: str) -> bool:
    """Whether two addresses differ in case at most.

    PostgreSQL, ignoring case, also takes letters of other scripts (ı, ſ) for those of an address.
    """
    return address.strip().lower() == other.strip().lower()
