from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest
from pytest_django import Settings

from tests.domains.dns_player import PlayedDNS, playing_dns

if TYPE_CHECKING:
    from tests.accounts import Account


@pytest.fixture
def dns(settings: Settings) -> Iterator[PlayedDNS]:
    """The DNS server that domains are looked up at."""
    with playing_dns() as played:
        settings.HEDGEROW = settings.HEDGEROW.model_copy(update={"dns_server": played.address})
        yield played


@pytest.fixture
def ada(db: None) -> "Account":
    """The owner of an organization."""
    from tests.accounts import make_account

    return make_account()
