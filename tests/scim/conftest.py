from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.accounts import Account
    from tests.scim.provider import Provider


@pytest.fixture
def ada(db: None) -> "Account":
    """The owner of an organization."""
    from tests.accounts import make_account

    return make_account()


@pytest.fixture
def provider(ada: "Account") -> "Provider":
    """The identity provider of a verified domain of hers."""
    from tests.scim.provider import Provider

    return Provider(ada.organization)
