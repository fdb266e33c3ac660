"""Inviting people, by mail where it is set up, and taking an invite back."""

from typing import Any

from django.db import transaction

from hedgerow.accounts.mails import SEND_INVITE
from hedgerow.accounts.throttling import require_mail_due
from hedgerow.mail.sending import is_configured
from hedgerow.organizations.history import note_invite
from hedgerow.organizations.invites import invite
from hedgerow.organizations.models import Invite, Membership, User
from hedgerow.work.jobs import enqueue


@transaction.atomic
def invite_and_mail(inviter: Membership, fields: dict[str, Any]) -> Invite:
    """A new invite with the checked fields of one; `send_email` and `combine_pending_invites` say how.

    Raises PermissionDenied when the member may not invite so, ValidationError for what cannot be,
    Throttled when this address was sent as many invites as it may be lately.
    """
    is_mailed = fields.pop("send_email") and is_configured()
    combine = fields.pop("combine_pending_invites")
    made = invite(inviter, {**fields, "emailing_attempt_made": is_mailed}, combine)
    if is_mailed:
        require_mail_due("invite", made.target_email)
        enqueue(SEND_INVITE, invite_id=str(made.pk))
    return made


@transaction.atomic
def withdraw(invite: Invite, by: User) -> None:
    """Take an invite back: nobody can join by it any more."""
    note_invite("deleted", invite, by)
    invite.delete()
