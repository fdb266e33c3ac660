"""A mail server that the settings name, and the jobs that send mails."""

from collections.abc import Callable, Iterator

import pytest
from pytest_django import Settings

from tests.mail.receiving import Mailbox, mailbox


@pytest.fixture
def box(settings: Settings) -> Iterator[Mailbox]:
    """A mail server that the settings name."""
    from django.core.cache import caches

    with mailbox() as running:
        update = {"smtp_host": "127.0.0.1", "smtp_port": running.port, "smtp_tls": "none"}
        settings.HEDGEROW = settings.HEDGEROW.model_copy(update=update)
        yield running
    caches["rate_limits"].clear()  # in which mails are counted


@pytest.fixture
def work(db: None) -> Callable[[], None]:
    """Does the jobs that wait."""

    def do_all() -> None:
        from hedgerow.work.jobs import KINDS, Attempt
        from hedgerow.work.models import Job

        for waiting in Job.objects.order_by("pk"):
            waiting.delete()
            KINDS[waiting.kind].function(Attempt(number=1, is_last=False, tag="test"), **waiting.arguments)

    return do_all
