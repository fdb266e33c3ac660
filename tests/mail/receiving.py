"""A real SMTP server that keeps what it is sent, and refuses what a test wants it to."""

import asyncio
import email
import logging
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from email.message import EmailMessage
from email.policy import default
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import Envelope, Session

from tests.serving import free_port

Reply = Callable[[str], str | None]

logging.getLogger("mail.log").setLevel(logging.ERROR)  # where the server tells of each connection


class Mailbox:
    """The mails that arrived, in order, with the addresses they were for.

    `reply` may answer `RCPT TO` of an address with a refusal. While `held` is set, a mail is kept but not acknowledged.
    """

    def __init__(self) -> None:
        self.port = free_port()
        self.received: list[tuple[str, EmailMessage]] = []
        self.raw: list[bytes] = []
        self.reply: Reply = lambda address: None
        self.held = threading.Event()

    async def handle_RCPT(
        self, server: Any, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if refusal := self.reply(address):
            return refusal
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: Any, session: Session, envelope: Envelope) -> str:
        assert isinstance(envelope.content, bytes)
        self.raw.append(envelope.content)
        message = email.message_from_bytes(envelope.content, policy=default)
        assert isinstance(message, EmailMessage)
        self.received += [(address, message) for address in envelope.rcpt_tos]
        while self.held.is_set():
            await asyncio.sleep(0.02)
        return "250 OK"

    @property
    def addresses(self) -> list[str]:
        """Whom the mails were for, in order."""
        return [address for address, _ in self.received]

    @property
    def ids(self) -> list[str]:
        """The Message-IDs in the order of arrival."""
        return [str(message["Message-ID"]) for _, message in self.received]


@contextmanager
def mailbox() -> Iterator[Mailbox]:
    """A running server on a free port."""
    box = Mailbox()
    controller = Controller(box, hostname="127.0.0.1", port=box.port)
    controller.start()
    try:
        yield box
    finally:
        box.held.clear()
        controller.stop()


def part(message: EmailMessage, kind: str) -> str:
    """The text of a mail, `plain` or `html`."""
    body = message.get_body((kind,))
    assert body is not None
    return str(body.get_content())
