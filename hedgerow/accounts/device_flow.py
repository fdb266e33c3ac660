"""Letting a command-line program in without typing a key (the device flow of RFC 8628).

The program shows a short code; a person who is signed in enters it and chooses a project; the program, which keeps
asking, is given a key that acts as the person in that project, once.
"""

import secrets
from dataclasses import dataclass

from django.db import transaction
from django.utils import timezone

from hedgerow.access.rules import visible_projects
from hedgerow.accounts.models import ANSWER_LIFE, DEVICE_CODE_LIFE, DeviceCode
from hedgerow.accounts.sealing import keyed_hash, seal, unseal
from hedgerow.activity.recording import change
from hedgerow.api.levels import Level
from hedgerow.organizations.history import KEY, note_key
from hedgerow.organizations.key_rules import create_key
from hedgerow.organizations.models import PersonalAPIKey, User

SCOPES = [
    *("event_definition:read", "property_definition:read", "error_tracking:read", "error_tracking:write"),
    "query:read",
]
"""What the key of a program may do."""
LONGEST_LABEL = 40

_LETTERS = "BCDFGHJKLMNPQRSTVWXZ"  # no vowels, so that no code is a word


class DeviceFlowError(Exception):
    """The person cannot let the program in; `code` is one of RFC 8628's kind."""

    def __init__(self, code: str, description: str) -> None:
        super().__init__(description)
        self.code = code
        self.description = description


@dataclass(frozen=True)
class Started:
    """What the program is told: its own code, and the one the person enters."""

    device_code: str
    user_code: str


@dataclass(frozen=True)
class Answer:
    """What the program gets in the end."""

    key: str
    label: str
    project_id: int


def start() -> Started:
    """Codes for a program that wants to be let in within ten minutes."""
    forget_over_codes()
    device_code = secrets.token_urlsafe(32)
    letters = "".join(secrets.choice(_LETTERS) for _ in range(8))
    user_code = f"{letters[:4]}-{letters[4:]}"
    DeviceCode.objects.create(device_code_hash=_hash(device_code), user_code=user_code)
    return Started(device_code, user_code)


@transaction.atomic
def authorize(user: User, user_code: str, project_id: int) -> PersonalAPIKey:
    """Let the program with this code in, as the person in one project; the key made. Raises DeviceFlowError.

    Raises ValidationError when the person has as many keys as they may.
    """
    code = DeviceCode.objects.select_for_update().filter(user_code=user_code.strip().upper()).first()
    if code is None:
        raise DeviceFlowError("invalid_code", "There is no program with this code.")
    if code.authorized_at is not None:
        raise DeviceFlowError("already_authorized", "This program has been let in already.")
    if code.is_expired:
        raise DeviceFlowError("expired", "This code is too old. Start the program again.")
    project = visible_projects(user).select_related("organization").filter(pk=project_id).first()
    if project is None:
        raise DeviceFlowError("invalid_project", "There is no such project, or you may not see it.")
    member = user.memberships.filter(organization=project.organization_id).first()
    is_admin = member is not None and member.level >= Level.ADMIN
    if not project.organization.members_can_use_personal_api_keys and not is_admin:
        raise DeviceFlowError("access_denied", "Your organization does not let members use personal API keys.")
    ends = f" - {timezone.now():%Y-%m-%d %H:%M}"
    label = f"CLI - {project.name}"[: LONGEST_LABEL - len(ends)] + ends
    key, value = create_key(user, label, SCOPES, scoped_teams=[project.pk])
    note_key("created", key, [change(KEY, "scopes", None, key.scopes)])
    code.key, code.project, code.sealed_key, code.authorized_at = key, project, seal(value), timezone.now()
    code.save()
    return key


def poll(device_code: str) -> Answer | None:
    """The answer for a program, which gets it once; None while nobody has let it in yet.

    Raises DeviceFlowError when it is too late, or the answer has been fetched.
    """
    code = DeviceCode.objects.select_related("key").filter(device_code_hash=_hash(device_code)).first()
    if code is not None and not code.is_expired:
        if code.key is None or code.project_id is None:
            return None
        value = unseal(code.sealed_key)
        fetched, _ = DeviceCode.objects.filter(pk=code.pk).delete()  # of two that ask at once, one gets it
        if fetched and value is not None:
            return Answer(value, code.key.label, code.project_id)
    raise DeviceFlowError("expired_token", "The code is too old or has been used. Start again.")


def forget_over_codes() -> None:
    """Remove codes whose time is over, and keys that no program has fetched in time: nobody knows them."""
    now = timezone.now()
    late = DeviceCode.objects.filter(authorized_at__lt=now - ANSWER_LIFE)
    for code in late.select_related("key"):
        with transaction.atomic():
            if code.key is not None:
                note_key("deleted", code.key)
                code.key.delete()
            code.delete()
    DeviceCode.objects.filter(authorized_at=None, created_at__lt=now - DEVICE_CODE_LIFE).delete()


def _hash(device_code: str) -> str:
    return keyed_hash("device code", device_code)
