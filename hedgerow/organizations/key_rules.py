"""Making, rolling and finding out about personal API keys."""

from collections.abc import Set
from typing import Any

from django.utils import timezone

from hedgerow.api.errors import ValidationError
from hedgerow.organizations.keys import hash_key, make_key, mask_key
from hedgerow.organizations.models import Membership, PersonalAPIKey, User

MOST_KEYS = 10
"""Keys one person may have."""


def create_key(user: User, label: str, scopes: list[str], **narrowing: Any) -> tuple[PersonalAPIKey, str]:
    """A new key of the user and its value, which nobody can ever read again.

    Raises ValidationError when the user has ten keys already.
    """
    if user.personal_api_keys.count() >= MOST_KEYS:
        raise ValidationError(
            "You can only have 10 personal API keys. Remove an existing key before creating a new one."
        )
    value = make_key()
    key = PersonalAPIKey.objects.create(
        user=user, label=label, scopes=scopes, secure_value=hash_key(value), mask_value=mask_key(value), **narrowing
    )
    return key, value


def roll_key(key: PersonalAPIKey) -> str:
    """Give the key a new value, which is returned; the old one stops working."""
    value = make_key()
    key.secure_value, key.mask_value, key.last_rolled_at = hash_key(value), mask_key(value), timezone.now()
    key.save(update_fields=["secure_value", "mask_value", "last_rolled_at"])
    return value


def keys_reaching(member: Membership, projects: Set[int]) -> list[PersonalAPIKey]:
    """The member's keys that reach the organization or one of its `projects`, by their names."""
    organization = str(member.organization_id)
    reaching = [
        key
        for key in member.user.personal_api_keys.all()
        if (not key.scoped_teams or projects & set(key.scoped_teams))
        and (not key.scoped_organizations or organization in key.scoped_organizations)
    ]
    return sorted(reaching, key=lambda key: (key.label, key.id))
