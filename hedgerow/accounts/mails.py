"""Mails about accounts: links to choose a password, to confirm an address, to join, and notices of changes.

They are sent by jobs, which try again when the mail server is away. A job is told whom to write to, never a link: what
opens an account is made when the mail is sent, and is kept nowhere.
"""

from uuid import uuid4

import structlog
from django.conf import settings
from django.template.loader import render_to_string

from hedgerow.accounts.tokens import reset_token, verification_token
from hedgerow.mail.sending import Mail, MailError, mail_domain, send
from hedgerow.organizations.models import INVITE_DAYS, Invite, User
from hedgerow.work.jobs import Attempt, job

log = structlog.get_logger(__name__)

BRAND = "Hedgerow"
SEND_RESET = "send_password_reset"
SEND_VERIFICATION = "send_email_verification"
SEND_INVITE = "send_invite"
SEND_NOTICE = "send_account_notice"

_IGNORE = "If it was not you, nothing has to be done: without this link nothing changes."


@job(SEND_RESET, at_once=2)
def send_reset(attempt: Attempt, *, email: str) -> None:
    """A link to choose a new password, when the address has an account."""
    user = User.objects.filter(email__iexact=email, is_active=True).first()
    if user is None:
        return
    paragraphs = ["Somebody, probably you, has asked for a new password of your account. The link works for a day."]
    link = f"{_base()}/reset/{user.uuid}/{reset_token.make_token(user)}"
    _write(user.email, "Choose a new password", paragraphs, "Choose a password", link, _IGNORE)


@job(SEND_VERIFICATION, at_once=2)
def send_verification(attempt: Attempt, *, user_id: int) -> None:
    """A link to confirm an address: the one the person wants to change to, else the one they have."""
    user = User.objects.filter(pk=user_id, is_active=True).first()
    if user is None or (user.is_email_verified and user.pending_email is None):
        return
    paragraphs = ["Please confirm that this address is yours. The link works for a day."]
    link = f"{_base()}/verify_email/{user.uuid}/{verification_token.make_token(user)}"
    _write(user.pending_email or user.email, "Confirm your e-mail", paragraphs, "Confirm", link, _IGNORE)


@job(SEND_INVITE, at_once=2)
def send_invite(attempt: Attempt, *, invite_id: str) -> None:
    """A link to join an organization, unless the invite has been withdrawn meanwhile."""
    invite = Invite.objects.select_related("organization", "created_by").filter(pk=invite_id).first()
    if invite is None or invite.is_expired:
        return
    inviter = invite.created_by.email if invite.created_by else "Somebody"
    subject = f"Join {invite.organization.name} on {BRAND}"
    paragraphs = [f"{inviter} invites you to {invite.organization.name}. The link works for {INVITE_DAYS} days."]
    if invite.message:
        paragraphs.append(invite.message)
    _write(invite.target_email, subject, paragraphs, "Join", f"{_base()}/signup/{invite.pk}", "")


@job(SEND_NOTICE, at_once=2)
def send_notice(attempt: Attempt, *, email: str, subject: str, text: str) -> None:
    """That something about the account has been changed."""
    _write(email, subject, [text], "", "", "If it was not you, choose a new password at once and tell your admin.")


def _write(recipient: str, subject: str, paragraphs: list[str], button: str, link: str, foot: str) -> None:
    context = {
        "brand": BRAND,
        "subject": subject,
        "paragraphs": paragraphs,
        "button": button,
        "link": link,
        "foot": foot,
    }
    mail = Mail(
        message_id=f"{uuid4().hex}.account@{mail_domain()}",
        subject=subject,
        text=render_to_string("accounts/mail.txt", context),
        html=render_to_string("accounts/mail.html", context),
    )
    try:
        send(mail, recipient)
    except MailError as error:
        if not error.is_final:
            raise
        log.warning("account_mail_refused", subject=subject, reason=str(error))


def _base() -> str:
    base: str = settings.HEDGEROW.base_url
    return base
