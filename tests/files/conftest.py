"""The tree of a project over HTTP."""

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.files.calling import Tree


@pytest.fixture
def tree(db: None) -> "Tree":
    """The tree of a new project, for its owner."""
    from tests.accounts import make_account
    from tests.files.calling import Tree

    return Tree(make_account())
