"""A person whose project answers queries."""

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from hedgerow.eventstore.client import EventStore
    from hedgerow.projects.models import Project
    from tests.accounts import Account
    from tests.saved_insights.asking import Insights


@pytest.fixture
def account(project: "Project", event_store: "EventStore") -> "Account":
    """A member of the organization of a fresh project in UTC without events."""
    from tests.accounts import Account, add_member

    return Account(add_member(project.organization), project.organization, project)


@pytest.fixture
def insights(account: "Account") -> "Insights":
    """The insights of the account's project, as a program with a personal API key sees them."""
    from tests.saved_insights.asking import Insights

    return Insights(account, account.api())
