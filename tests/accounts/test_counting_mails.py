"""How many mails may be asked for is counted exactly, however many ask at once."""

import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from django.core.cache import caches

from hedgerow.accounts.throttling import RATES, mail_is_due

ASKING = 8


@pytest.fixture
def turns() -> Iterator[None]:
    """Threads take turns as often as they can; nothing is counted yet."""
    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    caches["rate_limits"].clear()
    yield
    caches["rate_limits"].clear()
    sys.setswitchinterval(before)


@pytest.mark.usefixtures("turns")
def test_of_many_who_ask_at_once_as_many_get_a_mail_as_may() -> None:
    start = Barrier(ASKING)

    def ask(number: int) -> int:
        """Ask four times for each of ten people, as all others do meanwhile; how often a mail may be sent."""
        start.wait(10)
        return sum(mail_is_due("reset", f"{number}-{person}@example.org") for person in range(10) for _ in range(4))

    with ThreadPoolExecutor(ASKING) as threads:
        for number in range(20):
            assert sum(threads.map(ask, [number] * ASKING)) == 10 * RATES["reset"][0]
