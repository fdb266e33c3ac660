"""Groups of an identity provider are roles of the organization."""

from collections.abc import Iterable, Iterator
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import OuterRef, QuerySet, Subquery, Value
from django.db.models.functions import Coalesce
from scim2_models.path import Comparison, FilterNode, LogicalExpr

from hedgerow.access.models import Role, RoleMembership
from hedgerow.access.roles import change_role, create_role, delete_role, give_role, take_role
from hedgerow.api.asked import is_whole
from hedgerow.api.errors import ValidationError
from hedgerow.api.views import is_uuid
from hedgerow.domains.models import Domain
from hedgerow.organizations.models import Organization
from hedgerow.scim.asked import BadData, Operation, fields_of, operations_in, text
from hedgerow.scim.filters import Columns
from hedgerow.scim.history import DEPROVISIONED, PROVISIONED, REPLACED, UPDATED, note_role
from hedgerow.scim.models import ProvisionedGroup
from hedgerow.scim.problems import ScimProblem

LONGEST_NAME = 200

COLUMNS: Columns = {
    "id": ("pk", UUID),
    "displayname": ("name", str),
    "externalid": ("scim_external_id", str),
    "members": ("memberships__membership__user", int),
    "members.value": ("memberships__membership__user", int),
}
"""What filters of groups may name, as columns of `groups`."""


def groups(domain: Domain) -> QuerySet[Role]:
    """The roles of the organization, in the order they were made; each with its `scim_external_id`."""
    records = ProvisionedGroup.objects.filter(domain=domain, role=OuterRef("pk"))
    return (
        Role.objects.filter(organization=domain.organization_id)
        .annotate(scim_external_id=Coalesce(Subquery(records.values("external_id")[:1]), Value("")))
        .prefetch_related("memberships__membership__user")
        .order_by("created_at", "id")
    )


def find_group(domain: Domain, role_id: str) -> Any:
    """The role with this id, as `groups` gives them. Raises ScimProblem."""
    found = groups(domain).filter(pk=role_id).first() if is_uuid(role_id) else None
    if found is None:
        raise ScimProblem(404, "Group not found")
    return found


@transaction.atomic
def provision_group(domain: Domain, body: Any) -> Role:
    """The role of the name given, which is made if there is none; who has it, if that is given.

    Raises BadData, and ScimProblem where a role has the name in other letter case.
    """
    _lock(domain)
    given = fields_of(body)
    name = _name(given.get("displayname"))
    role = Role.objects.filter(organization=domain.organization_id, name=name).first()
    try:
        role = role or create_role(domain.organization, name, None)
    except ValidationError as error:
        raise ScimProblem(409, "Group already exists", "uniqueness") from error
    if "members" in given:
        _set_members(role, _ids(given["members"]))
    if "externalid" in given:
        _set_external_id(domain, role, text(given["externalid"]))
    note_role(PROVISIONED, domain, role)
    return role


@transaction.atomic
def replace_group(domain: Domain, role: Role, body: Any) -> None:
    """Give the role this name and these members; without members nobody has it. Raises BadData and ScimProblem."""
    _lock(domain)
    given = fields_of(body)
    _rename(role, _name(given.get("displayname")))
    _set_members(role, _ids(given.get("members")))
    _set_external_id(domain, role, text(given.get("externalid")))
    note_role(REPLACED, domain, role)


@transaction.atomic
def update_group(domain: Domain, role: Role, body: Any) -> None:
    """Do the operations of a PATCH. Raises BadData and ScimProblem."""
    _lock(domain)
    for operation in operations_in(body):
        removes = operation.op == "remove"
        if operation.attribute == "displayname":
            _rename(role, _name(None if removes else operation.value))
        elif operation.attribute == "externalid":
            _set_external_id(domain, role, "" if removes else text(operation.value))
        elif operation.attribute == "members":
            _change_members(role, operation)
    note_role(UPDATED, domain, role)


@transaction.atomic
def deprovision_group(domain: Domain, role: Role) -> None:
    """Remove the role."""
    _lock(domain)
    delete_role(role, None)
    note_role(DEPROVISIONED, domain, role)


def _lock(domain: Domain) -> None:
    """One change of an organization's roles at a time."""
    Organization.objects.select_for_update().get(pk=domain.organization_id)


def _name(value: Any) -> str:
    name = text(value, LONGEST_NAME + 1)
    if not name or len(name) > LONGEST_NAME:
        raise BadData
    return name


def _rename(role: Role, name: str) -> None:
    try:
        change_role(role, None, name=name)
    except ValidationError as error:
        raise ScimProblem(409, "Group already exists", "uniqueness") from error


def _change_members(role: Role, operation: Operation) -> None:
    chosen = set(_chosen_ids(operation.chosen)) if operation.chosen is not None else None
    given = _ids(operation.value)
    if operation.op == "add":
        _give(role, given if chosen is None else chosen)
    elif operation.op == "replace":
        _set_members(role, given)
    elif chosen is None and operation.value is None:
        _set_members(role, set())
    else:
        _take(role, given if chosen is None else chosen)


def _set_members(role: Role, wanted: set[int]) -> None:
    has = set(role.memberships.values_list("membership__user", flat=True))
    _take(role, has - wanted)
    _give(role, wanted - has)


def _give(role: Role, user_ids: Iterable[int]) -> None:
    """Give the role to those who are members of the organization and do not have it."""
    members = role.organization.memberships.select_related("user").filter(user__in=user_ids)
    for member in members.exclude(roles__role=role).order_by("user"):
        give_role(role, member, None)


def _take(role: Role, user_ids: Iterable[int]) -> None:
    given = RoleMembership.objects.select_related("role__organization", "membership__user")
    for each in given.filter(role=role, membership__user__in=user_ids):
        take_role(each, None)


def _set_external_id(domain: Domain, role: Role, external_id: str) -> None:
    ProvisionedGroup.objects.update_or_create(domain=domain, role=role, defaults={"external_id": external_id})


def _ids(value: Any) -> set[int]:
    """The users among members given as `[{"value": "12"}]`; what is no id of a user is left out."""
    given = [value] if isinstance(value, (dict, str)) else value or []
    if not isinstance(given, list):
        raise BadData
    texts = (each.get("value") if isinstance(each, dict) else each for each in given)
    return {int(each) for each in map(str, texts) if is_whole(each)}


def _chosen_ids(chosen: FilterNode) -> Iterator[int]:
    """The users that `members[value eq "12"]` names."""
    if isinstance(chosen, LogicalExpr):
        for term in chosen.terms:
            yield from _chosen_ids(term)
    elif isinstance(chosen, Comparison) and chosen.attr_path.attr.lower() == "value" and is_whole(str(chosen.value)):
        yield int(chosen.value)
