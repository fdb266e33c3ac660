"""The first set-up from the command line or the set-up page: a person, an organization, a project and a key.

Keys are stored as hashes, yet every run of the set-up must tell a key that works. So the key it makes (labelled
`setup`) is also kept in a file of the data directory that only we can read, beside the database and the secret key; a
run finds it there as long as it works and otherwise makes a new one in its place. Deleting the key in the settings, or
the file, is harmless.
"""

import os
from dataclasses import dataclass
from pathlib import Path

from django.conf import settings
from django.db import transaction

from hedgerow.api.levels import Level
from hedgerow.api.scopes import EVERYTHING
from hedgerow.organizations.key_rules import create_key, roll_key
from hedgerow.organizations.keys import hash_key
from hedgerow.organizations.models import Membership, Organization, User
from hedgerow.projects.models import Project
from hedgerow.projects.publishing import publish_projects

KEY_LABEL = "setup"


@dataclass(frozen=True)
class SetupResult:
    """What there is after a set-up."""

    email: str
    organization_id: str
    project_id: int
    project_api_key: str
    personal_api_key: str


def set_up(email: str, password: str, organization: str, project: str) -> SetupResult:
    """Make what is missing of the person, the organization they own, its project and a key for everything.

    An existing person gets `password` as their password, which makes this the way back in for an operator who lost it.
    The rules for good passwords are not applied. Safe to run again and beside a running server, which knows the project
    at once.
    """
    with transaction.atomic():
        user = _user(email, password)
        own = _organization(user, organization)
        found = own.projects.filter(name=project).order_by("id").first()
        chosen = found or Project.objects.create(organization=own, name=project)
        if user.current_project_id is None:
            user.work_in(chosen)
        key = _key(user)
    publish_projects()
    return SetupResult(user.email, str(own.id), chosen.id, chosen.api_token, key)


def _user(email: str, password: str) -> User:
    user = User.objects.filter(email__iexact=email.strip()).first()
    if user is None:
        name = email.partition("@")[0].replace(".", " ").title()
        return User.objects.create_user(email, password, first_name=name[:128], is_staff=not User.objects.exists())
    if not user.check_password(password):
        user.set_password(password)
        user.save(update_fields=["password"])
    return user


def _organization(user: User, name: str) -> Organization:
    found = Organization.objects.filter(name=name, memberships__user=user).order_by("created_at").first()
    if found is not None:
        return found
    organization = Organization.objects.create(name=name)
    Membership.objects.create(organization=organization, user=user, level=Level.OWNER)
    return organization


def _key(user: User) -> str:
    """The key of an earlier run while it works, else a new one."""
    path: Path = settings.HEDGEROW.data_dir / f"setup_key_{user.pk}"
    known = path.read_text().strip() if path.exists() else ""
    keys = user.personal_api_keys.filter(label=KEY_LABEL)
    if known and keys.filter(secure_value=hash_key(known)).exists():
        return known
    existing = keys.first()
    value = roll_key(existing) if existing else create_key(user, KEY_LABEL, [EVERYTHING])[1]
    draft = path.with_suffix(f".{os.getpid()}")
    draft.unlink(missing_ok=True)
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write(value)
    draft.replace(path)
    return value
