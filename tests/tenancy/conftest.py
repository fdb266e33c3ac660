"""Two organizations in which there is one of everything: one is curious, the other is watched."""

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from pytest_django import Settings

    from hedgerow.eventstore.client import EventStore
    from tests.tenancy.world import World


@pytest.fixture
def world(db: None, event_store: "EventStore", tmp_path: Path, settings: "Settings") -> "World":
    """Both, freshly filled. Nobody makes the files that are asked for, so nobody waits for them."""
    from tests.tenancy.world import make_world

    settings.HEDGEROW = settings.HEDGEROW.model_copy(update={"export_wait_seconds": 0})
    return make_world(event_store, tmp_path)
