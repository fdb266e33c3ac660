"""An owner, a member, and rules between them."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from hedgerow.access.models import AccessControl
    from tests.accounts import Account

Rule = Callable[..., "AccessControl | None"]


@pytest.fixture
def ada() -> "Account":
    """The owner of an organization with a project."""
    from tests.accounts import make_account

    return make_account()


@pytest.fixture
def eve(ada: "Account") -> "Account":
    """A member of the same organization."""
    from tests.accounts import member_of

    return member_of(ada)


@pytest.fixture
def rule(ada: "Account") -> Rule:
    """Makes a rule: of a level for a kind or an object (`item`); for everybody, a `member` or a `role`."""
    from hedgerow.access.changing import Subject, set_rule

    def made(
        level: str | None,
        resource: str = "project",
        item: Any = None,
        member: "Account | None" = None,
        role: Any = None,
    ) -> "AccessControl | None":
        subject = Subject(ada.project, resource, str(item.pk) if item is not None else "")
        membership = ada.organization.memberships.get(user=member.user).pk if member else None
        return set_rule(subject, level, ada.user, organization_member=membership, role=role.pk if role else None)

    return made
