"""One mail to one person through the SMTP server of the settings."""

import smtplib
import ssl
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime, parseaddr
from urllib.parse import urlsplit

from django.conf import settings
from django.utils import timezone

from hedgerow.settings import Settings

TIME_LIMIT = 20.0
"""Seconds the SMTP server gets for each answer."""
_POLICY = SMTP.clone(max_line_length=990)
"""Headers are not broken where mail programs may not put them together again, as links are."""
_ENCODING = "quoted-printable"
_REFUSED = 500
"""Replies of SMTP servers from here on say that trying again is of no use."""


class MailError(Exception):
    """The mail was not taken; `is_final` if it would not be the next time either."""

    def __init__(self, message: str, *, is_final: bool = False) -> None:
        super().__init__(message)
        self.is_final = is_final


@dataclass(frozen=True, slots=True)
class Picture:
    """A PNG picture that stands in a mail; its HTML shows it as `cid:<content_id>`."""

    content_id: str
    png: bytes
    filename: str


@dataclass(frozen=True, slots=True)
class Mail:
    """What is sent. `message_id` (without angle brackets) is the same when the same mail is sent again."""

    message_id: str
    subject: str
    text: str
    html: str
    pictures: Sequence[Picture] = ()
    headers: Mapping[str, str] = field(default_factory=dict)


def is_configured() -> bool:
    """Whether mails can be sent at all."""
    return bool(_settings().smtp_host)


def mail_domain() -> str:
    """The domain in which this server names its mails."""
    return urlsplit(_settings().base_url).hostname or "localhost"


def send(mail: Mail, recipient: str) -> None:
    """Hand a mail to the SMTP server; it has taken the mail when this returns. Raises MailError."""
    configured = _settings()
    if not configured.smtp_host:
        raise MailError("No SMTP server is configured (HEDGEROW_SMTP_HOST).", is_final=True)
    try:
        message = _message(mail, recipient, configured)
    except (ValueError, IndexError) as error:
        raise MailError(f"{recipient!r} cannot be written to: {error}", is_final=True) from error
    try:
        with _connected(configured) as server:
            server.send_message(message)
    except smtplib.SMTPRecipientsRefused as error:
        code, reply = next(iter(error.recipients.values()))
        raise MailError(_told(code, reply), is_final=code >= _REFUSED) from error
    except smtplib.SMTPResponseException as error:
        # What the server says of its own account, not of this mail, may be put right by the operator.
        is_final = error.smtp_code >= _REFUSED and not isinstance(error, smtplib.SMTPAuthenticationError)
        raise MailError(_told(error.smtp_code, error.smtp_error), is_final=is_final) from error
    except (smtplib.SMTPException, OSError) as error:
        raise MailError(f"The SMTP server could not be used: {error}") from error


def _settings() -> Settings:
    configured: Settings = settings.HEDGEROW
    return configured


def _connected(configured: Settings) -> smtplib.SMTP:
    address = (configured.smtp_host, configured.smtp_port)
    if configured.smtp_tls == "tls":
        server: smtplib.SMTP = smtplib.SMTP_SSL(*address, timeout=TIME_LIMIT, context=ssl.create_default_context())
    else:
        server = smtplib.SMTP(*address, timeout=TIME_LIMIT)
    try:
        if configured.smtp_tls == "starttls":
            server.starttls(context=ssl.create_default_context())
        if configured.smtp_user:
            server.login(configured.smtp_user, configured.smtp_password)
    except BaseException:
        server.close()
        raise
    return server


def _message(mail: Mail, recipient: str, configured: Settings) -> EmailMessage:
    message = EmailMessage(policy=_POLICY)
    message["Subject"] = " ".join(mail.subject.split())
    name, address = parseaddr(configured.smtp_sender or f"Hedgerow <hedgerow@{mail_domain()}>")
    message["From"] = Address(name, addr_spec=address)
    message["To"] = Address(addr_spec=recipient)
    message["Date"] = format_datetime(timezone.now())
    message["Message-ID"] = f"<{mail.message_id}>"
    for header, value in mail.headers.items():
        message[header] = value
    message.set_content(mail.text, cte=_ENCODING)
    message.add_alternative(mail.html, subtype="html", cte=_ENCODING)
    html = message.get_payload()[1]  # type: ignore[index]
    for picture in mail.pictures:
        html.add_related(  # type: ignore[union-attr]
            picture.png,
            "image",
            "png",
            cid=f"<{picture.content_id}>",
            disposition="inline",
            filename=picture.filename,
        )
    return message


def _told(code: int, reply: bytes | str) -> str:
    text = reply.decode(errors="replace") if isinstance(reply, bytes) else reply
    return f"{code} {' '.join(text.split())}"
