"""What the activity log says of people and roles that an identity provider made, changed or removed."""

from typing import Any

from hedgerow.access.models import Role
from hedgerow.activity.recording import Change, record_activity
from hedgerow.domains.models import Domain
from hedgerow.organizations.models import User

PROVISIONED, REPLACED, UPDATED = "scim_provisioned", "scim_replaced", "scim_updated"
DEPROVISIONED = "scim_deprovisioned"


def note_person(activity: str, domain: Domain, user: User, changes: list[Change] | None = None) -> None:
    """That the identity provider of the domain did something to a person."""
    _note("User", activity, domain, user.uuid, user.email, changes)


def note_role(activity: str, domain: Domain, role: Role, changes: list[Change] | None = None) -> None:
    """That the identity provider of the domain did something to a role."""
    _note("Role", activity, domain, role.pk, role.name, changes)


def _note(scope: str, activity: str, domain: Domain, item_id: Any, name: str, changes: list[Change] | None) -> None:
    record_activity(
        scope=scope,
        activity=activity,
        item_id=item_id,
        user=None,
        organization=domain.organization,
        name=name,
        changes=changes,
    )
