"""How something is shared: switched on and off, given another token, shown in a certain way, kept behind passwords.

Every change is in the activity log. The rights to make it are checked by the callers (`Shareable.require_edit`).
"""

import secrets
from datetime import timedelta
from typing import Any

from django.contrib.auth.hashers import make_password
from django.db import transaction
from django.utils import timezone

from hedgerow.activity.recording import change as changed_field
from hedgerow.activity.recording import record_activity
from hedgerow.api.errors import NotFound, PermissionDenied
from hedgerow.organizations.models import User
from hedgerow.projects.models import Project
from hedgerow.sharing.models import SharePassword, SharingConfiguration
from hedgerow.sharing.objects import Shareable

GRACE = timedelta(seconds=300)
"""How long a token that was replaced still works."""

_TOKEN_BYTES = 22
"""Thirty characters of an address."""
_PASSWORD_BYTES = 16


class PasswordsNotRequiredError(Exception):
    """A password was to be made for a share that asks for none."""


def current(shared: Shareable) -> SharingConfiguration | None:
    """How something is shared; None as long as nobody has said anything about it."""
    return shared.configurations.filter(expires_at=None).first()


@transaction.atomic
def change(shared: Shareable, user: User, asked: dict[str, Any]) -> SharingConfiguration:
    """Change what is `asked`: any of `enabled`, `settings` and `password_required`.

    Switching sharing off or asking for a password ends the tokens that were replaced lately, too. Raises
    PermissionDenied when the organization allows no sharing.
    """
    if asked.get("enabled") and not shared.project.organization.allow_publicly_shared_resources:
        raise PermissionDenied("Public sharing is disabled for this organization.")
    configuration = _locked(shared)
    before = {name: getattr(configuration, name) for name in asked}
    for name, value in asked.items():
        setattr(configuration, name, value)
    configuration.save()
    replaced = shared.configurations.exclude(pk=configuration.pk)
    is_locked_now = configuration.password_required and before.get("password_required") is False
    if is_locked_now or asked.get("enabled") is False:
        replaced.delete()
    elif "settings" in asked:
        replaced.update(settings=configuration.settings)
    _note_change(shared, user, before, asked)
    return configuration


@transaction.atomic
def refresh(shared: Shareable, user: User) -> SharingConfiguration:
    """Give it a new token with the same settings and passwords; the old one works on for a while."""
    known = current(shared)
    old = _locked(shared)
    if known is None:
        new = old
    else:
        shared.configurations.filter(expires_at__lte=timezone.now()).delete()
        passwords = list(old.passwords.filter(is_active=True).order_by("created_at", "pk"))
        old.expires_at = timezone.now() + GRACE
        old.save(update_fields=["expires_at"])
        new = SharingConfiguration.objects.create(
            project=shared.project,
            access_token=_new_token(),
            enabled=old.enabled,
            settings=old.settings,
            password_required=old.password_required,
            **shared.reference,
        )
        for password in passwords:
            password.pk, password.configuration = None, new
        SharePassword.objects.bulk_create(passwords)
    _note(shared, user, "access token refreshed")
    return new


def add_password(shared: Shareable, user: User, given: str | None, note: str) -> tuple[SharePassword, str]:
    """A new password, and its plain text, which is made up where none is given and known to nobody later.

    Raises PasswordsNotRequiredError.
    """
    configuration = current(shared)
    if configuration is None or not configuration.password_required:
        raise PasswordsNotRequiredError
    plain = given or secrets.token_urlsafe(_PASSWORD_BYTES)
    hashed = make_password(plain)  # slow on purpose, so not while records are locked
    with transaction.atomic():
        configuration = _locked(shared)
        password = configuration.passwords.create(password_hash=hashed, note=note, created_by=user)
        _note(shared, user, "share password created", [_password_change(None, password)])
    return password, plain


@transaction.atomic
def revoke_password(shared: Shareable, user: User, password_id: int) -> None:
    """Let a password open nothing any more, under no token. Raises NotFound."""
    configuration = current(shared)
    active = configuration.passwords.filter(pk=password_id, is_active=True) if configuration else None
    password = active.first() if active is not None else None
    if password is None:
        raise NotFound("Password not found")
    everywhere = SharePassword.objects.filter(configuration__in=shared.configurations)
    everywhere.filter(password_hash=password.password_hash).update(is_active=False)
    _note(shared, user, "share password deleted", [_password_change(password, None)])


def _locked(shared: Shareable) -> SharingConfiguration:
    """The current row, made where there is none, which nobody else changes during this transaction."""
    Project.objects.select_for_update().get(pk=shared.project.pk)
    found = current(shared)
    if found is not None:
        return found
    return SharingConfiguration.objects.create(project=shared.project, access_token=_new_token(), **shared.reference)


def _new_token() -> str:
    return secrets.token_urlsafe(_TOKEN_BYTES)


def _note_change(shared: Shareable, user: User, before: dict[str, Any], after: dict[str, Any]) -> None:
    """Switching it on or off is an activity of its own; what else differs is told as one."""
    different = [name for name in after if before[name] != after[name]]
    if "enabled" in different:
        verb = "enabled" if after["enabled"] else "disabled"
        switched = changed_field(shared.scope, "sharing", before["enabled"], after["enabled"])
        _note(shared, user, f"sharing {verb}", [switched])
    others = [name for name in different if name != "enabled"]
    if others:
        changes = [changed_field(shared.scope, f"sharing_{name}", before[name], after[name]) for name in others]
        _note(shared, user, "sharing updated", changes)


def _password_change(before: SharePassword | None, after: SharePassword | None) -> dict[str, Any]:
    def told(password: SharePassword | None) -> dict[str, Any] | None:
        return {"id": password.pk, "note": password.note} if password else None

    return changed_field("SharePassword", "share_password", told(before), told(after))


def _note(shared: Shareable, user: User, activity: str, changes: list[dict[str, Any]] | None = None) -> None:
    record_activity(
        scope=shared.scope,
        activity=activity,
        item_id=shared.item_id,
        user=user,
        project=shared.project,
        name=shared.name,
        short_id=shared.short_id,
        item_type=shared.kind,
        changes=changes,
    )
