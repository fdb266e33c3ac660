"""Users and groups as SCIM shows them. The published schemas are made from these classes."""

from typing import Annotated, Any

from pydantic import Field
from scim2_models import URN, ComplexAttribute, Mutability, Reference, Required, Resource, Uniqueness


class Name(ComplexAttribute):
    """A person's name."""

    given_name: str | None = None
    """First name."""

    family_name: str | None = None
    """Last name."""


class Email(ComplexAttribute):
    """The address of an account."""

    value: Annotated[str | None, Required.true] = None
    """The address."""

    primary: bool | None = None
    """True: an account has one address."""


class UserGroup(ComplexAttribute):
    """A role that a person has."""

    value: Annotated[str | None, Mutability.read_only] = None
    """The id of the group."""

    ref: Annotated[Reference["Group"] | None, Mutability.read_only] = Field(
        None, serialization_alias="$ref", validation_alias="$ref"
    )
    """Where the group is."""

    display: Annotated[str | None, Mutability.read_only] = None
    """The name of the group."""


class User(Resource[Any]):
    """A person of the organization."""

    __schema__ = URN("urn:ietf:params:scim:schemas:core:2.0:User")

    user_name: Annotated[str | None, Required.true, Uniqueness.server] = None
    """How the identity provider names the person; their address where it has said nothing."""

    name: Name | None = None
    """The person's name."""

    display_name: Annotated[str | None, Mutability.read_only] = None
    """First and last name."""

    emails: Annotated[list[Email] | None, Required.true] = None
    """The one address of the account. Its domain is one that the organization has verified."""

    active: Annotated[bool | None, Required.true] = None
    """Whether the person is a member of the organization; taken as true for a new person."""

    groups: Annotated[list[UserGroup] | None, Mutability.read_only] = None
    """The roles that the person has."""


class Member(ComplexAttribute):
    """Somebody who has a role."""

    value: Annotated[str | None, Mutability.immutable] = None
    """The id of the user."""

    ref: Annotated[Reference["User"] | None, Mutability.immutable] = Field(
        None, serialization_alias="$ref", validation_alias="$ref"
    )
    """Where the user is."""

    display: Annotated[str | None, Mutability.read_only] = None
    """The address of the user."""


class Group(Resource[Any]):
    """A role of the organization."""

    __schema__ = URN("urn:ietf:params:scim:schemas:core:2.0:Group")

    display_name: Annotated[str | None, Required.true, Uniqueness.server] = None
    """The name of the role."""

    members: list[Member] | None = None
    """Who has the role: members of the organization only."""
