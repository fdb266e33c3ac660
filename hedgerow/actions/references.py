"""What uses an action: each feature that can use actions says where it does.

A feature whose objects can name actions calls `tell_of` when its app is ready, with a function that finds them. The
references of an action, and how many there are, are the sum of what these functions find.
"""

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from typing import Literal

from hedgerow.organizations.models import User

MOST_REFERENCES = 50
"""As many are listed; all are counted."""


@dataclass(frozen=True, slots=True)
class Reference:
    """An object that uses the action `action_id`; `url` is its page's path."""

    action_id: int
    type: Literal["insight", "experiment", "cohort", "hog_function"]
    id: str
    name: str
    url: str
    created_at: datetime | None = None
    created_by: User | None = None


Finder = Callable[[int, Collection[int]], Iterable[Reference]]
"""Of a project (by id) and some of its actions (by ids), the uses of these actions that are not deleted."""

_finders: dict[str, Finder] = {}


def tell_of(feature: str, finder: Finder) -> None:
    """Have the uses of actions in a feature found by `finder`; a later call for the same feature replaces it."""
    _finders[feature] = finder


def references(project_id: int, action_id: int) -> list[Reference]:
    """What uses an action, at most `MOST_REFERENCES` of them."""
    found = (each for finder in _finders.values() for each in finder(project_id, [action_id]))
    return list(islice(found, MOST_REFERENCES))


def reference_counts(project_id: int, action_ids: Collection[int]) -> Counter[int]:
    """By action id, how many objects use it."""
    return Counter(each.action_id for finder in _finders.values() for each in finder(project_id, action_ids))


def named_actions(value: object) -> set[int]:
    """The ids of the actions that are named anywhere in a JSON value, such as a query or the filters of a cohort."""
    if isinstance(value, list):
        return {id for each in value for id in named_actions(each)}
    if not isinstance(value, Mapping):
        return set()
    given = [
        value.get("actionId"),
        value.get("action_id"),
        value.get("id") if value.get("kind") == "ActionsNode" or value.get("type") == "actions" else None,
        value.get("key") if value.get("event_type") == "actions" else None,
        value.get("seq_event") if value.get("seq_event_type") == "actions" else None,
    ]
    found = {int(each) for each in given if isinstance(each, int | str) and str(each).isdecimal()}
    return found.union(*(named_actions(each) for each in value.values()))
