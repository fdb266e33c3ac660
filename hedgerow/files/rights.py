"""What somebody may do with what an entry of the tree stands for."""

from functools import cached_property
from typing import Any

from hedgerow.access.rules import access_of
from hedgerow.files.kinds import kinds
from hedgerow.files.models import Entry
from hedgerow.projects.models import Project


class EntryLevels:
    """The levels of one person for the entries of a project."""

    def __init__(self, user: Any, project: Project) -> None:
        self._project = project
        self._access = access_of(user, project)

    def level(self, entry: Entry) -> str:
        """As the project's access rules say; folders and the like are their makers' and the admins' to manage."""
        ruled = self._ruled.get((entry.type, entry.ref))
        if ruled is not None:
            return self._access.level_on(entry.type, ruled)
        return self._access.level(entry.type, entry.pk, entry.created_by_id)

    @cached_property
    def _ruled(self) -> dict[tuple[str, str | None], Any]:
        """By kind and ref, the objects that have rules of their own."""
        found: dict[tuple[str, str | None], Any] = {}
        for kind in kinds():
            ids = [int(id) for of, id in self._access.objects if of == kind.type]
            for item in kind.model._default_manager.filter(project=self._project, pk__in=ids) if ids else ():
                found[kind.type, kind.ref(item)] = item
        return found
