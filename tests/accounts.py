"""People with organizations, projects and keys for tests, and clients that call the API for them."""

import itertools
from dataclasses import dataclass
from functools import cache
from typing import Any

from django.contrib.auth.hashers import make_password
from django.test import Client

from hedgerow.api.levels import Level
from hedgerow.organizations.keys import hash_key, make_key, mask_key
from hedgerow.organizations.models import Membership, Organization, PersonalAPIKey, User
from hedgerow.projects.models import Project

PASSWORD = "correct horse battery staple"
_numbers = itertools.count(1)


@dataclass
class Account:
    """A person in an organization with a project."""

    user: User
    organization: Organization
    project: Project

    def session(self, csrf: bool = False) -> Client:
        """A client with the person's session; with `csrf` it must prove where its writes come from."""
        client = Client(enforce_csrf_checks=csrf)
        client.force_login(self.user)
        return client

    def key(self, *scopes: str, **narrowing: Any) -> str:
        """A personal API key with these scopes, by default all."""
        value = make_key()
        PersonalAPIKey.objects.create(
            user=self.user,
            label="test",
            secure_value=hash_key(value),
            mask_value=mask_key(value),
            scopes=list(scopes) or ["*"],
            **narrowing,
        )
        return value

    def api(self, *scopes: str, **narrowing: Any) -> Client:
        """A client that calls with a key."""
        return client_with(self.key(*scopes, **narrowing))


def client_with(key: str) -> Client:
    """A client that sends this key."""
    return Client(headers={"Authorization": f"Bearer {key}"})


def make_account(organization: str = "Acme", project: str = "Shop", level: Level = Level.OWNER) -> Account:
    """A new person in a new organization with a project."""
    own = Organization.objects.create(name=organization)
    return Account(add_member(own, level), own, Project.objects.create(organization=own, name=project))


def add_member(organization: Organization, level: Level = Level.MEMBER, **fields: Any) -> User:
    """A new person in an organization."""
    fields.setdefault("email", f"person{next(_numbers)}@example.com")
    user = User.objects.create(password=_hashed(PASSWORD), **fields)
    Membership.objects.create(organization=organization, user=user, level=level)
    return user


@cache
def _hashed(password: str) -> str:
    """Hashing is slow on purpose; once is enough."""
    return make_password(password)


def member_of(account: Account, level: Level = Level.MEMBER) -> Account:
    """A new person in the same organization."""
    return Account(add_member(account.organization, level), account.organization, account.project)


def error(code: str, detail: str, attr: str | None = None, type: str = "validation_error") -> dict[str, str | None]:
    """The body of an error."""
    return {"type": type, "code": code, "detail": detail, "attr": attr}


def denied(detail: str = "You do not have permission to perform this action.") -> dict[str, str | None]:
    """The body of a 403."""
    return error("permission_denied", detail, type="authentication_error")
