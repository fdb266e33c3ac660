"""A project with a dashboard and an insight to share, its API, and a visitor without an account."""

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from hedgerow.eventstore.client import EventStore
    from hedgerow.projects.models import Project
    from tests.sharing.sharing import Sharer


@pytest.fixture(autouse=True)
def quick_hashes(settings: pytest.FixtureRequest) -> None:
    """Hash passwords fast: how slow they are is Django's business, and tests make many."""
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]  # type: ignore[attr-defined]


@pytest.fixture
def sharer(project: "Project", event_store: "EventStore") -> "Sharer":
    """Somebody with a key to a fresh project in which $pageview happened twice today."""
    from hedgerow.organizations.models import User
    from tests.queries.asking import make_api
    from tests.sharing.sharing import Sharer

    api = make_api(project, event_store, scopes=["*"])
    api.store_events([{"distinct_id": "ada"}, {"distinct_id": "grace"}])
    return Sharer(api, User.objects.get(memberships__organization=project.organization))
