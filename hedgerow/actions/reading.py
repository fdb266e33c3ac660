"""The actions of a project as the query language takes them."""

from collections.abc import Iterator, Mapping
from dataclasses import fields
from functools import cached_property
from typing import Any

from hedgerow.actions.models import Action as StoredAction
from hedgerow.hogql.context import Action, ActionStep

_STEP_FIELDS = tuple(field.name for field in fields(ActionStep))


class ProjectActions(Mapping[int, Action]):
    """The actions of a project that are not deleted, by id, in the order they were made.

    They are read, all at once, when first looked at, and stay as they were then: one of these is for one question.
    """

    def __init__(self, project_id: int) -> None:
        self._project_id = project_id

    @cached_property
    def _actions(self) -> dict[int, Action]:
        stored = StoredAction.objects.filter(project_id=self._project_id, deleted=False).order_by("id")
        return {
            id: Action(id, name, [action_step(step) for step in steps])
            for id, name, steps in stored.values_list("id", "name", "steps")
        }

    def __getitem__(self, id: int) -> Action:
        return self._actions[id]

    def __iter__(self) -> Iterator[int]:
        return iter(self._actions)

    def __len__(self) -> int:
        return len(self._actions)


def action_step(stored: Mapping[str, Any]) -> ActionStep:
    """A checked step of the API's form; what is null is not set."""
    return ActionStep(**{name: stored[name] for name in _STEP_FIELDS if stored.get(name) is not None})
