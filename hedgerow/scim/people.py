"""People whom the identity provider of a domain makes, changes, and removes from the organization."""

from functools import reduce
from operator import or_
from typing import Any

from django.db import transaction
from django.db.models import CharField, Exists, OuterRef, Q, QuerySet, Subquery, Value
from django.db.models.functions import Coalesce

from hedgerow.accounts.sessions import end_sessions
from hedgerow.activity.recording import changes_between
from hedgerow.api.asked import is_whole
from hedgerow.api.errors import ValidationError
from hedgerow.api.levels import Level
from hedgerow.domains.models import Domain
from hedgerow.domains.ownership import domain_name
from hedgerow.domains.provisioning import account_of, take_over
from hedgerow.organizations.history import level_change, note_member
from hedgerow.organizations.leaving import remove_member
from hedgerow.organizations.models import Membership, Organization, User
from hedgerow.scim.asked import Person
from hedgerow.scim.filters import ANYTHING, Columns
from hedgerow.scim.history import DEPROVISIONED, PROVISIONED, REPLACED, UPDATED, note_person
from hedgerow.scim.models import ProvisionedUser
from hedgerow.scim.problems import ScimProblem

INVALID = "Invalid user data"
FAILED = "Failed to update user"

COLUMNS: Columns = {
    "id": ("pk", int),
    "username": ("scim_user_name", str),
    "externalid": ("scim_external_id", str),
    "emails": ("email", str),
    "emails.value": ("email", str),
    "emails.type": (ANYTHING, str),
    "emails.primary": (ANYTHING, bool),
    "name.givenname": ("first_name", str),
    "name.familyname": ("last_name", str),
    "active": ("is_member", bool),
}
"""What filters of people may name, as columns of `people`."""


def people(domain: Domain) -> QuerySet[User]:
    """The members of the organization, and whom the domain's provider has deactivated, in the order of their ids.

    Each with what SCIM says of them: `is_member`, `scim_user_name`, `scim_external_id`. Somebody who has left and whose
    account has an address elsewhere now is none of the organization's business any more.
    """
    members = Membership.objects.filter(organization=domain.organization_id, user=OuterRef("pk"))
    records = ProvisionedUser.objects.filter(domain=domain, user=OuterRef("pk"))
    return (
        User.objects.annotate(
            is_member=Exists(members),
            scim_user_name=Coalesce(Subquery(records.values("user_name")[:1]), "email", output_field=CharField()),
            scim_external_id=Coalesce(Subquery(records.values("external_id")[:1]), Value("")),
        )
        .filter(Q(is_member=True) | Exists(records) & _has_own_address(domain))
        .order_by("id")
    )


def find_person(domain: Domain, user_id: str) -> Any:
    """The person with this id, as `people` gives them. Raises ScimProblem."""
    found = people(domain).filter(pk=int(user_id)).first() if is_whole(user_id) else None
    if found is None:
        raise ScimProblem(404, "User not found")
    return found


@transaction.atomic
def provision(domain: Domain, person: Person, provider: str) -> User:
    """Make an account, or take somebody in who has one; a plain member of the organization unless asked otherwise.

    Raises ScimProblem for somebody whom the domain has provisioned already, and for a new or foreign person whose
    address is not of a domain that the organization has verified.
    """
    assert person.email is not None
    _lock(domain)
    user = account_of(person.email)
    if user is not None and domain.provisioned_users.filter(user=user).exists():
        raise ScimProblem(409, "User already exists", "uniqueness")
    is_member = user is not None and domain.organization.memberships.filter(user=user).exists()
    if not is_member and not _is_own(domain, person.email):
        raise ScimProblem(400, INVALID, "invalidValue")
    if user is None:
        user = User.objects.create_user(person.email, None, is_email_verified=True)
    record = ProvisionedUser(domain=domain, user=user, user_name=user.email, identity_provider=provider)
    _apply(record, person, INVALID, active=person.active is not False)
    note_person(PROVISIONED, domain, user)
    return user


@transaction.atomic
def replace(domain: Domain, user: User, person: Person, provider: str) -> None:
    """Make the person what is given: names that are not given become empty. Raises ScimProblem."""
    _lock(domain)
    record = _record(domain, user, provider)
    _update(REPLACED, record, person, active=person.active is not False)


@transaction.atomic
def update(domain: Domain, user: User, person: Person, provider: str) -> None:
    """Change of the person what is given. Raises ScimProblem."""
    _lock(domain)
    record = _record(domain, user, provider)
    _update(UPDATED, record, person, active=person.active)


@transaction.atomic
def deprovision(domain: Domain, user: User) -> None:
    """Remove the person from the organization and forget what the provider said of them; their account stays.

    Raises ScimProblem for the last owner.
    """
    _lock(domain)
    _end_membership(domain, user, FAILED)
    domain.provisioned_users.filter(user=user).delete()
    note_person(DEPROVISIONED, domain, user)


def _lock(domain: Domain) -> None:
    """One change of an organization's people at a time."""
    Organization.objects.select_for_update().get(pk=domain.organization_id)


def _record(domain: Domain, user: User, provider: str) -> ProvisionedUser:
    """What the provider said of the person so far; a member whom it has said nothing of becomes known to it."""
    found = domain.provisioned_users.filter(user=user).first()
    if found is None:
        found = ProvisionedUser(domain=domain, user=user, user_name=user.email)
    found.active = domain.organization.memberships.filter(user=user).exists()
    found.identity_provider = provider
    found.user = user
    return found


def _update(activity: str, record: ProvisionedUser, person: Person, active: bool | None) -> None:
    before = _shown(record)
    _apply(record, person, FAILED, active)
    note_person(activity, record.domain, record.user, changes_between("User", before, _shown(record)))


def _shown(record: ProvisionedUser) -> dict[str, Any]:
    told = {name: getattr(record, name) for name in ("user_name", "external_id", "active")}
    return {**told, **{name: getattr(record.user, name) for name in ("email", "first_name", "last_name")}}


def _apply(record: ProvisionedUser, person: Person, problem: str, active: bool | None) -> None:
    """Write what is given to the account and the record, and begin or end the membership; `active` None: neither."""
    user, domain = record.user, record.domain
    if person.email is not None and person.email.lower() != user.email.lower():
        _change_address(domain, user, person.email, problem)
    for name in ("first_name", "last_name"):
        given = getattr(person, name)
        if given is not None:
            setattr(user, name, given)
    user.save(update_fields=["email", "pending_email", "is_email_verified", "first_name", "last_name"])
    record.user_name = person.user_name or record.user_name
    if person.external_id is not None:
        record.external_id = person.external_id
    same_name = domain.provisioned_users.filter(user_name__iexact=record.user_name).exclude(pk=record.pk)
    if same_name.exists():
        raise ScimProblem(409, "User already exists", "uniqueness")
    if active:
        _begin_membership(domain, user, problem)
    elif active is False:
        _end_membership(domain, user, problem)
    record.active = record.active if active is None else active
    record.save()


def _change_address(domain: Domain, user: User, email: str, problem: str) -> None:
    if account_of(email) is not None or not (_is_own(domain, user.email) and _is_own(domain, email)):
        raise ScimProblem(400, problem, "invalidValue")
    take_over(user)
    user.email, user.pending_email = email, None


def _begin_membership(domain: Domain, user: User, problem: str) -> None:
    """Make the person a plain member, if they are none: of the level and roles they once had they get none back."""
    organization = domain.organization
    if organization.memberships.filter(user=user).exists():
        return
    if not _is_own(domain, user.email):
        raise ScimProblem(400, problem, "invalidValue")
    take_over(user)
    member = Membership.objects.create(organization=organization, user=user, level=Level.MEMBER)
    note_member("created", member, None, level_change(None, member.level))
    if user.current_organization_id is None:
        user.current_organization, user.current_project = organization, None
        user.save(update_fields=["current_organization", "current_project"])


def _end_membership(domain: Domain, user: User, problem: str) -> None:
    """Remove the person from the organization, sign them out everywhere, and withdraw what would let them in again."""
    member = domain.organization.memberships.filter(user=user).first()
    if member is not None:
        try:
            remove_member(member)
        except ValidationError as error:
            raise ScimProblem(400, problem) from error
        end_sessions(user)
    domain.organization.invites.filter(target_email__iexact=user.email).delete()


def _has_own_address(domain: Domain) -> Q:
    names = domain.organization.domains.filter(verified_at__isnull=False).values_list("domain", flat=True)
    return reduce(or_, (Q(email__iendswith=f"@{name}") for name in names), Q(pk__in=[]))


def _is_own(domain: Domain, email: str) -> bool:
    """Whether the address is of a domain that the organization has verified."""
    verified = domain.organization.domains.filter(verified_at__isnull=False)
    return email.isascii() and verified.filter(domain=domain_name(email)).exists()
