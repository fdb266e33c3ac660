"""Settings of what may be reached, changed for a test."""

from collections.abc import Callable
from typing import Any

import pytest

Allow = Callable[..., None]


@pytest.fixture
def allow(settings: Any) -> Allow:
    """Allows hosts, addresses and networks that are not public."""

    def change(*hosts: str) -> None:
        settings.HEDGEROW = settings.HEDGEROW.model_copy(update={"outgoing_allowed_hosts": list(hosts)})

    return change
