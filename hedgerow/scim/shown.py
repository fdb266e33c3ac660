"""People and roles as the answers of SCIM show them."""

from collections.abc import Iterable
from typing import Any

from pydantic import ValidationError
from rest_framework.request import Request
from scim2_models import Context, Meta, Reference, ResponseParameters

from hedgerow.access.models import Role, RoleMembership
from hedgerow.domains.models import Domain
from hedgerow.organizations.models import User as Account
from hedgerow.scim.problems import ScimProblem
from hedgerow.scim.resources import Email, Group, Member, Name, User, UserGroup


def base_path(domain: Domain) -> str:
    """Where SCIM of the domain is."""
    return f"/scim/v2/{domain.pk}"


def shown_people(domain: Domain, accounts: Iterable[Any], request: Request) -> list[dict[str, Any]]:
    """People, of which `attributes` or `excludedAttributes` of the query may choose a part. Raises ScimProblem."""
    wanted, found = _wanted(request, User), list(accounts)
    roles = _roles_of(domain, found)
    return [_dump(_user(domain, each, roles.get(each.pk, [])), wanted, "groups") for each in found]


def shown_groups(domain: Domain, roles: Iterable[Any], request: Request) -> list[dict[str, Any]]:
    """Roles, likewise."""
    wanted = _wanted(request, Group)
    return [_dump(_group(domain, each), wanted, "members") for each in roles]


def _user(domain: Domain, account: Any, roles: list[Role]) -> User:
    first, last = account.first_name or None, account.last_name or None
    return User(
        id=str(account.pk),
        external_id=account.scim_external_id or None,
        user_name=account.scim_user_name,
        name=Name(given_name=first, family_name=last) if first or last else None,
        display_name=" ".join(filter(None, (first, last))) or None,
        emails=[Email(value=account.email, primary=True)],
        active=account.is_member,
        groups=[
            UserGroup(value=str(role.pk), ref=_reference(domain, "Groups", role.pk), display=role.name)
            for role in roles
        ],
        meta=Meta(resource_type="User", location=f"{base_path(domain)}/Users/{account.pk}"),
    )


def _group(domain: Domain, role: Any) -> Group:
    people: list[Account] = sorted(
        (given.membership.user for given in role.memberships.all()), key=lambda account: account.pk
    )
    return Group(
        id=str(role.pk),
        external_id=role.scim_external_id or None,
        display_name=role.name,
        members=[
            Member(value=str(each.pk), ref=_reference(domain, "Users", each.pk), display=each.email) for each in people
        ],
        meta=Meta(resource_type="Group", location=f"{base_path(domain)}/Groups/{role.pk}"),
    )


def _reference(domain: Domain, kind: str, pk: Any) -> Reference[Any]:
    return Reference(f"{base_path(domain)}/{kind}/{pk}")


def _dump(resource: User | Group, wanted: ResponseParameters[Any], listed: str) -> dict[str, Any]:
    """The resource, reduced to what is wanted. Its list is there although it is empty: some providers count on it."""
    told = resource.model_dump(scim_ctx=Context.RESOURCE_QUERY_RESPONSE, response_parameters=wanted)
    if not wanted.attributes and not wanted.excluded_attributes:
        told.setdefault(listed, [])
    return told


def _wanted(request: Request, kind: type[User] | type[Group]) -> ResponseParameters[Any]:
    query = request.query_params
    asked = {"attributes": query.get("attributes"), "excluded_attributes": query.get("excludedAttributes")}
    try:
        parameters: type[ResponseParameters[Any]] = ResponseParameters[kind]  # type: ignore[valid-type]
        return parameters.model_validate({name: value for name, value in asked.items() if value})
    except ValidationError as error:
        raise ScimProblem(400, "Invalid attributes or excludedAttributes value", "invalidValue") from error


def _roles_of(domain: Domain, accounts: list[Any]) -> dict[int, list[Role]]:
    given = RoleMembership.objects.filter(
        role__organization=domain.organization_id, membership__user__in=[account.pk for account in accounts]
    )
    roles: dict[int, list[Role]] = {}
    for each in given.select_related("role", "membership").order_by("role__name", "id"):
        roles.setdefault(each.membership.user_id, []).append(each.role)
    return roles
