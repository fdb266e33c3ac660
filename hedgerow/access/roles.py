"""Roles of an organization, and who has them; each change is in the activity log."""

from typing import Any
from uuid import UUID

from django.db import transaction

from hedgerow.access.models import Role, RoleMembership
from hedgerow.activity.recording import Change, change, changes_between, record_activity, snapshot
from hedgerow.api.errors import ValidationError
from hedgerow.organizations.models import Membership, Organization

SCOPE = "Role"
SAME_NAME = "There is already a role with this name."
HAS_ROLE = "User is already part of the role."


@transaction.atomic
def create_role(organization: Organization, name: str, by: Any, *, is_default: bool = False) -> Role:
    """A new role that nobody has. Raises ValidationError when there is one with this name, in any letter case."""
    _lock(organization.pk)
    _check_name(organization.pk, name)
    if is_default:
        organization.roles.update(is_default=False)
    role = Role.objects.create(organization=organization, name=name, is_default=is_default, created_by=by)
    _note("created", role, by)
    return role


@transaction.atomic
def change_role(role: Role, by: Any, **fields: Any) -> Role:
    """Give it another `name`, or make it (not) the default one, instead of another. Raises ValidationError."""
    _lock(role.organization_id)
    before = snapshot(role)
    if "name" in fields:
        _check_name(role.organization_id, fields["name"], but=role)
    if fields.get("is_default"):
        Role.objects.filter(organization=role.organization_id).exclude(pk=role.pk).update(is_default=False)
    for name, value in fields.items():
        setattr(role, name, value)
    role.save()
    _note("updated", role, by, changes_between(SCOPE, before, snapshot(role)))
    return role


@transaction.atomic
def delete_role(role: Role, by: Any) -> None:
    """Delete a role with its rules; nobody has it any more."""
    _note("deleted", role, by)
    role.delete()


@transaction.atomic
def give_role(role: Role, membership: Membership, by: Any) -> RoleMembership:
    """Give a member of the role's organization the role. Raises ValidationError when they have it."""
    given, is_new = RoleMembership.objects.get_or_create(role=role, membership=membership)
    if not is_new:
        raise ValidationError(HAS_ROLE)
    _note("updated", role, by, [change(SCOPE, "members", None, membership.user.email)])
    return given


@transaction.atomic
def take_role(given: RoleMembership, by: Any) -> None:
    """Take a role from a member."""
    _note("updated", given.role, by, [change(SCOPE, "members", given.membership.user.email, None)])
    given.delete()


@transaction.atomic
def set_default_role(organization: Organization, role_id: UUID | None, by: Any) -> None:
    """Make one of the organization's roles the one that members who join are given, or none of them."""
    for role in Role.objects.filter(organization=organization).order_by("-is_default"):  # the former one first
        if role.is_default != (role.pk == role_id):
            change_role(role, by, is_default=role.pk == role_id)


def give_default_role(instance: Membership, created: bool, raw: bool = False, **signal: Any) -> None:
    """Give who has just joined an organization its default role."""
    role = Role.objects.filter(organization=instance.organization_id, is_default=True).first()
    if created and not raw and role is not None:
        RoleMembership.objects.get_or_create(role=role, membership=instance)


def _lock(organization_id: Any) -> None:
    """One change at a time, so that names stay apart and one role is the default."""
    Organization.objects.select_for_update().get(pk=organization_id)


def _check_name(organization_id: Any, name: str, but: Role | None = None) -> None:
    others = Role.objects.filter(organization=organization_id)
    taken = {other.name.casefold() for other in others if other != but}
    if name.casefold() in taken:
        raise ValidationError(SAME_NAME, code="unique", attr="name")


def _note(activity: str, role: Role, by: Any, changes: list[Change] | None = None) -> None:
    record_activity(
        scope=SCOPE,
        activity=activity,
        item_id=role.pk,
        user=by,
        organization=role.organization,
        name=role.name,
        changes=changes,
    )
