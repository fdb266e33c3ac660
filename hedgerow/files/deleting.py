"""Deleting entries together with the objects that they are the place of, and taking that back."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db import transaction

from hedgerow.api.errors import PermissionDenied, ValidationError
from hedgerow.files import paths
from hedgerow.files.filing import creating_in
from hedgerow.files.kinds import FileKind, kind_of, kinds
from hedgerow.files.models import Entry, Shortcut
from hedgerow.files.tree import beneath, fresh, keep_folders, make_folders, tree_locked
from hedgerow.organizations.models import User
from hedgerow.projects.models import Project

NO_RIGHT = "You need editor access to delete this. Ask a project admin to grant it."
NOT_RESTORABLE = "Couldn't restore this. It may already be restored, or you may not have access to it."


@dataclass(frozen=True)
class Deleted:
    """An object that went with its entry."""

    kind: FileKind
    item: Any
    path: str

    @property
    def ref(self) -> str:
        """By what the entry named it."""
        return self.kind.ref(self.item)


def delete_entry(project: Project, entry: Entry, user: User) -> list[Deleted]:
    """Remove an entry, a folder with all that lies beneath it, and the objects that have no other place in the tree.

    A shortcut goes alone, a folder that is one with the shortcuts beneath it. Everything or nothing is done. Raises
    PermissionDenied, NotFound when it has just been deleted, and ValidationError when an object cannot be deleted.
    """
    with transaction.atomic():
        _lock_objects(project, _going(entry))
        with tree_locked(project.pk):
            entry = fresh(entry)
            going = _going(entry)
            found = _losing_their_place(project, going)
            if not all(each.kind.may_edit(each.item, user) for each in found):
                raise PermissionDenied(NO_RIGHT)
            _delete_objects(found, user)
            _remove(entry, user)
            return found


def undo_delete(project: Project, items: Sequence[Mapping[str, Any]], user: User) -> None:
    """Restore deleted objects (`type`, `ref`), each at its canonical `path` if it is given, all or none.

    Raises ValidationError when one cannot be restored.
    """
    with transaction.atomic():
        types = [kind.type for kind in kinds()]
        for item in sorted(items, key=lambda item: types.index(item["type"]) if item["type"] in types else -1):
            _restore(project, item["type"], item["ref"], item.get("path"), user)


def _going(entry: Entry) -> list[Entry]:
    """Of the entries that go with this one, those that are the place of an object."""
    if entry.shortcut:
        return []
    if not entry.is_folder:
        return [entry]
    places = Entry.objects.filter(beneath(entry.path), project_id=entry.project_id, shortcut=False, ref__isnull=False)
    return list(places.filter(type__in=[kind.type for kind in kinds()]).order_by("path", "id"))


def _objects(project: Project, entries: Iterable[Entry]) -> list[Deleted]:
    """The objects that these entries are places of, each once; those that use others before these."""
    places: dict[tuple[str, str], str] = {}
    for entry in entries:
        if entry.ref is not None:
            places.setdefault((entry.type, entry.ref), entry.path)
    found = []
    for kind in reversed(kinds()):
        refs = [ref for type, ref in places if type == kind.type]
        items = kind.objects(project.pk, refs) if refs else {}
        found += [
            Deleted(kind, item, places[kind.type, ref]) for ref, item in items.items() if not kind.is_hidden(item)
        ]
    return found


def _lock_objects(project: Project, entries: Iterable[Entry]) -> None:
    """Before the tree is locked: who saves an object has its row first, and then wants the tree."""
    for kind, pks in _by_kind(_objects(project, entries)):
        rows = kind.model._default_manager.select_for_update(no_key=True).filter(pk__in=pks)
        list(rows.order_by("pk").values_list("pk"))


def _by_kind(found: Sequence[Deleted]) -> list[tuple[FileKind, list[Any]]]:
    return [(kind, pks) for kind in kinds() if (pks := [each.item.pk for each in found if each.kind is kind])]


def _losing_their_place(project: Project, going: Sequence[Entry]) -> list[Deleted]:
    """The objects that have no place but the ones that go."""
    found = _objects(project, going)
    gone = {entry.pk for entry in going}
    kept: set[tuple[str, str]] = set()
    for kind, _ in _by_kind(found):
        refs = [each.ref for each in found if each.kind is kind]
        rows = Entry.objects.filter(project=project, type=kind.type, ref__in=refs, shortcut=False)
        kept |= {(kind.type, str(ref)) for pk, ref in rows.values_list("pk", "ref") if pk not in gone}
    return [each for each in found if (each.kind.type, each.ref) not in kept]


def _delete_objects(found: Sequence[Deleted], user: User) -> None:
    """Some may be refused only as long as others are there that use them, so these are tried again."""
    waiting = list(found)
    while waiting:
        refused: list[Deleted] = []
        reason: ValidationError | None = None
        for each in waiting:
            try:
                with transaction.atomic():
                    each.kind.delete(each.item, user)
            except ValidationError as error:
                refused.append(each)
                reason = reason or error
        if reason is not None and len(refused) == len(waiting):
            raise reason
        waiting = refused


def _remove(entry: Entry, user: User) -> None:
    entries = Entry.objects.filter(project_id=entry.project_id)
    if entry.is_folder:
        below = entries.filter(beneath(entry.path))
        (below.filter(shortcut=True) if entry.shortcut else below).delete()
        shortcuts = Shortcut.objects.filter(project_id=entry.project_id, type=Entry.FOLDER, ref__isnull=False)
        gone = [pk for pk, ref in shortcuts.values_list("pk", "ref") if f"{ref}/".startswith(f"{entry.path}/")]
        shortcuts.filter(pk__in=gone).delete()
    entries.filter(pk=entry.pk).delete()
    if entry.is_folder:
        keep_folders(entry.project_id, entry.path, user.pk)


def _restore(project: Project, type: str, ref: str, path: str | None, user: User) -> None:
    kind = kind_of(type)
    if kind is None or kind.restore is None:
        raise ValidationError(NOT_RESTORABLE)
    item = kind.objects(project.pk, [ref]).get(ref)
    if item is None or not kind.is_hidden(item) or not kind.may_edit(item, user):
        raise ValidationError(NOT_RESTORABLE)
    with creating_in(None if path is None else paths.folder_of(path)):
        kind.restore(item, user)
    item.refresh_from_db()
    if kind.is_hidden(item):
        raise ValidationError(NOT_RESTORABLE)
    if path is not None:
        _put_back(project, kind, ref, path, user)


def _put_back(project: Project, kind: FileKind, ref: str, path: str, user: User) -> None:
    """Under the very name it had in the tree."""
    with tree_locked(project.pk):
        for entry in Entry.objects.filter(project=project, type=kind.type, ref=ref, shortcut=False):
            entry.put_at(path)
            make_folders(project.pk, paths.folders_of(path), user.pk)
            entry.save()
