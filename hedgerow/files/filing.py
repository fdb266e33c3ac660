"""Filing objects: where one stands in the tree follows from each save of it."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import TYPE_CHECKING, Any

import structlog
from django.db import transaction

from hedgerow.files import paths
from hedgerow.files.models import Entry, Shortcut
from hedgerow.files.tree import ROWS_AT_ONCE, make_folders, repair, tree_locked

if TYPE_CHECKING:
    from hedgerow.files.kinds import FileKind

log = structlog.get_logger(__name__)

LONGEST_FOLDER = 1_200
"""Bytes of the path of a folder that objects are filed in by themselves: there has to be room for names."""

_folder: ContextVar[str | None] = ContextVar("folder", default=None)


@contextmanager
def creating_in(folder: str | None) -> Iterator[None]:
    """File what is saved meanwhile for the first time in this folder (`""` is the root) instead of its kind's own."""
    token = _folder.set(folder)
    try:
        yield
    finally:
        _folder.reset(token)


def chosen_folder() -> str | None:
    """The folder chosen by `creating_in`, or None."""
    return _folder.get()


def file_saved(kind: "FileKind", item: Any) -> None:
    """Bring the tree up to date with an object that was saved. Never raises: the save counts in any case."""
    try:
        with transaction.atomic():
            if kind.is_hidden(item):
                _take_off(kind, item)
            else:
                _file(kind, item)
    except Exception:
        log.exception("not_filed", type=kind.type, item=item.pk)


def file_deleted(kind: "FileKind", item: Any) -> None:
    """Take an object that no longer exists off the tree. Never raises."""
    try:
        with transaction.atomic():
            _take_off(kind, item)
    except Exception:
        log.exception("not_taken_off", type=kind.type, item=item.pk)


def file_unfiled(project_id: int, kinds: "Iterable[FileKind]") -> int:
    """File the objects that should be in the tree and are not, and repair the tree; how many were filed."""
    with tree_locked(project_id):
        new = [_new_entry(kind, item) for kind in kinds for item in _unfiled(project_id, kind)]
        for entry in new:
            make_folders(project_id, paths.folders_of(entry.path), entry.created_by_id)
        Entry.objects.bulk_create(new, batch_size=ROWS_AT_ONCE)
        repair(project_id)
    return len(new)


def _file(kind: "FileKind", item: Any) -> None:
    entries = Entry.objects.filter(project_id=item.project_id, type=kind.type, ref=kind.ref(item), shortcut=False)
    found = list(entries)
    if found and all(_is_up_to_date(entry, kind, item) for entry in found):
        return
    with tree_locked(item.project_id):
        found = list(entries)
        for entry in found:
            entry.put_at(paths.renamed(entry.path, kind.title(item)))
            entry.href, entry.meta = kind.href(item), _meta(item)
            entry.save()
        if found:
            _rename_shortcuts(kind, item)
        else:
            entry = _new_entry(kind, item)
            make_folders(item.project_id, paths.folders_of(entry.path), entry.created_by_id)
            entry.save(force_insert=True)


def _take_off(kind: "FileKind", item: Any) -> None:
    of_item = {"project_id": item.project_id, "type": kind.type, "ref": kind.ref(item)}
    Shortcut.objects.filter(**of_item).delete()
    if Entry.objects.filter(**of_item).exists():
        with tree_locked(item.project_id):
            Entry.objects.filter(**of_item).delete()


def _is_up_to_date(entry: Entry, kind: "FileKind", item: Any) -> bool:
    path = paths.renamed(entry.path, kind.title(item))
    return (entry.path, entry.href, entry.meta) == (path, kind.href(item), _meta(item))


def _new_entry(kind: "FileKind", item: Any) -> Entry:
    folder = paths.canonical(kind.folder if (chosen := chosen_folder()) is None else chosen)
    if len(folder.encode()) > LONGEST_FOLDER:
        folder = kind.folder
    entry = Entry(
        project_id=item.project_id,
        type=kind.type,
        ref=kind.ref(item),
        href=kind.href(item),
        meta=_meta(item),
        created_at=item.created_at,
        created_by_id=item.created_by_id,
    )
    entry.put_at(paths.inside(folder, kind.title(item)))
    return entry


def _meta(item: Any) -> dict[str, Any]:
    return {"created_at": item.created_at.isoformat(), "created_by": item.created_by_id}


def _rename_shortcuts(kind: "FileKind", item: Any) -> None:
    for shortcut in Shortcut.objects.filter(project_id=item.project_id, type=kind.type, ref=kind.ref(item)):
        shortcut.path = paths.renamed(shortcut.path, kind.title(item))
        shortcut.save(update_fields=["path"])


def _unfiled(project_id: int, kind: "FileKind") -> Iterator[Any]:
    entries = Entry.objects.filter(project_id=project_id, type=kind.type, shortcut=False)
    filed = set(entries.values_list("ref", flat=True))
    items = kind.model._default_manager.filter(project_id=project_id)
    for item in items.only(*kind.fields, kind.ref_field, "project_id", "created_at", "created_by_id").order_by("pk"):
        if kind.ref(item) not in filed and not kind.is_hidden(item):
            yield item
