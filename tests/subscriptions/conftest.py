"""An account, and a mail server that the settings name."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest
from pytest_django import Settings

from tests.mail.receiving import Mailbox, mailbox

if TYPE_CHECKING:
    from tests.accounts import Account
    from tests.subscriptions.asking import Subscriptions


@pytest.fixture
def account(db: None) -> "Account":
    """Somebody with a project."""
    from tests.accounts import make_account

    return make_account()


@pytest.fixture
def subscriptions(account: "Account") -> "Iterator[Subscriptions]":
    """The subscriptions of the account's project, as a program with a personal API key sees them."""
    from django.core.cache import caches

    from tests.subscriptions.asking import Subscriptions

    yield Subscriptions(account, account.api())
    caches["rate_limits"].clear()  # in which the rate limits are counted


@pytest.fixture
def box(settings: Settings) -> Iterator[Mailbox]:
    """A mail server that the settings name."""
    with mailbox() as running:
        update = {"smtp_host": "127.0.0.1", "smtp_port": running.port, "smtp_tls": "none"}
        settings.HEDGEROW = settings.HEDGEROW.model_copy(update=update)
        yield running
