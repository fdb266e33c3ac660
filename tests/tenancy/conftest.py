"""Two organizations in which there is one of everything: one is curious, the other is watched."""

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from hedgerow.eventstore.client import EventStore
    from tests.tenancy.world import World


@pytest.fixture
def world(db: None, event_store: "EventStore", tmp_path: Path) -> "World":
    """Both, freshly filled."""
    from tests.tenancy.world import make_world

    return make_world(event_store, tmp_path)
