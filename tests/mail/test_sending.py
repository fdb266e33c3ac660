"""Mails as a real SMTP server gets them."""

from collections.abc import Iterator
from dataclasses import replace

import pytest
from django.conf import settings
from pytest_django import Settings

from hedgerow.mail.sending import Mail, MailError, Picture, is_configured, send
from tests.mail.receiving import Mailbox, mailbox, part
from tests.serving import free_port

MAIL = Mail("one@hedgerow.test", "Signups\nof today", "12 signups", '<p>12 signups <img src="cid:chart"></p>')


@pytest.fixture
def box(settings: Settings) -> Iterator[Mailbox]:
    """A mail server that the settings name."""
    with mailbox() as running:
        settings.HEDGEROW = settings.HEDGEROW.model_copy(
            update={"smtp_host": "127.0.0.1", "smtp_port": running.port, "smtp_tls": "none"}
        )
        yield running


def test_a_mail_arrives_with_both_texts_and_its_picture(box: Mailbox) -> None:
    """Readers show the text or the HTML; the picture comes along with the HTML, under its Content-ID."""
    picture = Picture("chart", b"\x89PNG picture", "chart.png")
    send(replace(MAIL, pictures=[picture], headers={"List-Unsubscribe": "<http://hedgerow.test/u>"}), "ada@example.com")
    ((address, message),) = box.received
    assert address == message["To"] == "ada@example.com"
    assert message["Subject"] == "Signups of today"
    assert message["From"] == "Hedgerow <hedgerow@hedgerow.test>"
    assert message["Message-ID"] == "<one@hedgerow.test>"
    assert message["List-Unsubscribe"] == "<http://hedgerow.test/u>"
    assert part(message, "plain").strip() == "12 signups"
    assert "cid:chart" in part(message, "html")
    (image,) = [found for found in message.walk() if found.get_content_type() == "image/png"]
    assert image["Content-ID"] == "<chart>"
    assert image.get_content() == b"\x89PNG picture"
    assert image.get_content_disposition() == "inline"


def test_the_same_mail_sent_again_has_the_same_id(box: Mailbox) -> None:
    """So that a mail that arrives twice can be seen to be one."""
    send(MAIL, "ada@example.com")
    send(MAIL, "ada@example.com")
    assert box.ids == ["<one@hedgerow.test>"] * 2


def test_refusals_say_whether_trying_again_is_of_use(box: Mailbox) -> None:
    """Replies of 4xx pass, those of 5xx do not."""
    box.reply = lambda address: "550 No such person" if address.startswith("gone") else "451 Later, please"
    with pytest.raises(MailError, match="550 No such person") as gone:
        send(MAIL, "gone@example.com")
    assert gone.value.is_final
    with pytest.raises(MailError, match="451 Later, please") as later:
        send(MAIL, "ada@example.com")
    assert not later.value.is_final
    assert box.received == []


@pytest.mark.parametrize("address", ["", "no address", "a@b\r\nBcc: eve@example.com", "a@example.com, b@example.com"])
def test_what_is_no_address_is_not_written_to(box: Mailbox, address: str) -> None:
    """Nothing in an address becomes a header or a second receiver."""
    with pytest.raises(MailError) as error:
        send(MAIL, address)
    assert error.value.is_final
    assert box.received == []


def test_a_server_that_is_away_may_be_back_later(settings: Settings) -> None:
    """Nobody listens at the port."""
    update = {"smtp_host": "127.0.0.1", "smtp_port": free_port(), "smtp_tls": "none"}
    settings.HEDGEROW = settings.HEDGEROW.model_copy(update=update)
    with pytest.raises(MailError, match="could not be used") as error:
        send(MAIL, "ada@example.com")
    assert not error.value.is_final


def test_a_server_without_tls_is_not_trusted_with_a_mail_that_wants_it(box: Mailbox, settings: Settings) -> None:
    """With `starttls`, nothing is sent in the clear."""
    settings.HEDGEROW = settings.HEDGEROW.model_copy(update={"smtp_tls": "starttls"})
    with pytest.raises(MailError, match="STARTTLS"):
        send(MAIL, "ada@example.com")
    assert box.received == []


def test_without_a_server_no_mail_is_sent() -> None:
    """The error names the setting."""
    assert not settings.HEDGEROW.smtp_host
    assert not is_configured()
    with pytest.raises(MailError, match="HEDGEROW_SMTP_HOST"):
        send(MAIL, "ada@example.com")


def test_long_links_in_headers_stay_whole(box: Mailbox) -> None:
    """Mail programs read them as they stand, and a line of a mail is no longer than it may be."""
    link = f"<http://hedgerow.test/unsubscribe?token={'x' * 300}>"
    send(replace(MAIL, html=f"<p>{'é' * 3_000}</p>", headers={"List-Unsubscribe": link}), "ada@example.com")
    assert f"List-Unsubscribe: {link}\r\n".encode() in box.raw[0]
    assert max(map(len, box.raw[0].split(b"\r\n"))) < 998
    assert "é" * 3_000 in part(box.received[0][1], "html")
