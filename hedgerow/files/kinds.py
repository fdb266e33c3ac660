"""The kinds of objects that have a place in the tree. A feature makes its own known with `register`.

From then on each save of such an object files it, see `hedgerow.files.filing`.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from django.db.models import CharField, IntegerField, Model, QuerySet
from django.db.models.functions import Cast
from django.db.models.signals import post_delete, post_save

from hedgerow.access.rules import access_of, hidden, includes
from hedgerow.api.asked import is_whole
from hedgerow.projects.models import Project

UNTITLED = "Untitled"

_ModelClass = type[Model]


@dataclass(frozen=True)
class FileKind:
    """One kind of objects.

    Its model has `project`, `created_by` and `created_at`. `fields` are those of its fields that `ref`, `name`, `href`
    and `is_hidden` look at: a save of others alone changes nothing in the tree. `ref_field` is the field that `ref` is
    the text of. `delete` and `restore` are told who wants it, check nothing but what the object itself needs, write the
    activity log and raise ValidationError for what cannot be. What has no `restore` is gone for good.
    """

    type: str
    model: _ModelClass
    folder: str
    ref_field: str
    name: Callable[[Any], str | None]
    href: Callable[[Any], str]
    is_hidden: Callable[[Any], bool]
    fields: frozenset[str]
    delete: Callable[[Any, Any], None]
    restore: Callable[[Any, Any], None] | None = None
    can_edit: Callable[[Any, Any], bool] | None = None
    """Whether somebody may; without it, as the project's access rules say."""

    def may_edit(self, item: Any, user: Any) -> bool:
        """Whether somebody may change or delete an object."""
        if self.can_edit is not None:
            return self.can_edit(item, user)
        return includes(self.type, access_of(user, item.project).level_on(self.type, item), "editor")

    def hidden_from(self, user: Any, project: Project) -> QuerySet[Any]:
        """The objects of a project that somebody may not see."""
        return hidden(self.model._default_manager.filter(project=project), user, project)

    def hidden_refs(self, user: Any, project: Project) -> QuerySet[Any, str]:
        """By what entries name these objects."""
        return self.hidden_from(user, project).values_list(Cast(self.ref_field, CharField()), flat=True)

    def ref(self, item: Any) -> str:
        """By what entries name an object."""
        return str(getattr(item, self.ref_field))

    def objects(self, project_id: int, refs: Iterable[str]) -> dict[str, Any]:
        """The objects of a project with these refs, also hidden ones, by ref."""
        is_number = isinstance(self.model._meta.get_field(self.ref_field), IntegerField)
        known = [ref for ref in refs if not is_number or _is_id(ref)]
        found = self.model._default_manager.filter(project_id=project_id, **{f"{self.ref_field}__in": known})
        by_ref = {self.ref(item): item for item in found.order_by("pk")}
        return {ref: by_ref[ref] for ref in known if ref in by_ref}

    def title(self, item: Any) -> str:
        """What an object is called in the tree."""
        return self.name(item) or UNTITLED

    @property
    def mode(self) -> str:
        """Whether a deleted object can come back (`soft`) or not (`hard`)."""
        return "hard" if self.restore is None else "soft"


_kinds: dict[str, FileKind] = {}


def register(kind: FileKind) -> None:
    """Give objects of this kind a place in the tree whenever they are saved.

    Call it when apps are ready, for a kind that uses others after these: it is deleted before and restored after them.
    """
    from hedgerow.files.filing import file_deleted, file_saved

    _kinds[kind.type] = kind

    def saved(instance: Any, raw: bool = False, update_fields: Any = None, **signal: Any) -> None:
        if not raw and (update_fields is None or kind.fields & set(update_fields)):
            file_saved(kind, instance)

    def deleted(instance: Any, **signal: Any) -> None:
        file_deleted(kind, instance)

    post_save.connect(saved, sender=kind.model, weak=False, dispatch_uid=f"files_{kind.type}")
    post_delete.connect(deleted, sender=kind.model, weak=False, dispatch_uid=f"files_{kind.type}")


def kinds() -> list[FileKind]:
    """All kinds, in the order they were registered."""
    return list(_kinds.values())


def kind_of(type: str) -> FileKind | None:
    """The kind with this type, or None: entries can be of any type, also of one that nobody knows."""
    return _kinds.get(type)


def _is_id(text: str) -> bool:
    return is_whole(text)
