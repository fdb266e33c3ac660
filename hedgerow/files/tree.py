"""Changes of a project's tree, each of which leaves it whole.

Whole means: every path that something lies beneath has exactly one folder, and depths fit paths. A change takes the
project's tree for itself (`tree_locked`), so what it has read stays true until it is done.
"""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any

from django.db import connection, transaction
from django.db.models import Exists, F, Func, IntegerField, Max, OuterRef, Q, QuerySet, Value
from django.db.models.functions import Concat, Substr

from hedgerow.api.errors import NotFound, ValidationError
from hedgerow.files import paths
from hedgerow.files.models import Entry, Shortcut
from hedgerow.projects.models import Project

ROWS_AT_ONCE = 1_000
PLACE = ("path", "depth", "folded_path", "folded_name")
TOO_LONG = f"Ensure this path has no more than {paths.MAX_BYTES} bytes."


class OntoItselfError(Exception):
    """A folder cannot be moved or linked to where it is."""


@contextmanager
def tree_locked(project_id: int) -> Iterator[None]:
    """A transaction during which nobody else changes the project's tree.

    On PostgreSQL it locks the project's row, in the way that rows which refer to it can still be written. A transaction
    on SQLite is the only one that writes anyway.
    """
    with transaction.atomic():
        list(Project.objects.select_for_update(no_key=True).filter(pk=project_id).values_list("pk"))
        yield


def beneath(folder: str) -> Q:
    """What lies in a folder (a canonical path, not the root) or deeper, found by an index."""
    if connection.vendor == "sqlite":
        return Q(path__gte=f"{folder}/", path__lt=f"{folder}0")  # LIKE has no case there; 0 comes after the slash
    return Q(path__startswith=f"{folder}/")


def stored_path(path: str, attr: str | None = None) -> str:
    """The path as it is stored. Raises ValidationError (at `attr`) for one that names nothing or is too long."""
    canonical = paths.canonical(path)
    if not canonical:
        raise ValidationError("This field may not be blank.", code="blank", attr=attr)
    if paths.is_too_long(canonical):
        raise ValidationError(TOO_LONG, code="max_length", attr=attr)
    return canonical


def make_folders(project_id: int, folders: Iterable[str], user_id: int | None) -> None:
    """Make those of these folders that are not there. Their parents have to be among them, or there already."""
    wanted = dict.fromkeys(folders)
    if not wanted:
        return
    there = set(_folders(project_id).filter(path__in=wanted).values_list("path", flat=True))
    Entry.objects.bulk_create(
        (_folder(project_id, path, user_id) for path in wanted if path not in there), batch_size=ROWS_AT_ONCE
    )


def add(entry: Entry) -> Entry:
    """Put a new entry into the tree; the folder that is there already, if it is one."""
    with tree_locked(entry.project_id):
        if entry.is_folder and (there := _folders(entry.project_id).filter(path=entry.path).first()):
            return there
        make_folders(entry.project_id, paths.folders_of(entry.path), entry.created_by_id)
        entry.save(force_insert=True)
        return entry


def change(entry: Entry, fields: dict[str, Any], user_id: int | None) -> Entry:
    """Change an entry alone. What lies beneath a folder stays where it is, in a new folder.

    Raises NotFound when it has just been deleted.
    """
    with tree_locked(entry.project_id):
        entry = fresh(entry)
        former = entry.path if entry.is_folder else None
        for name, value in fields.items():
            setattr(entry, name, value)
        entry.put_at(entry.path)
        if entry.is_folder:
            _folders(entry.project_id).filter(path=entry.path).exclude(pk=entry.pk).delete()
        make_folders(entry.project_id, paths.folders_of(entry.path), user_id)
        entry.save()
        if former is not None:
            keep_folders(entry.project_id, former, user_id)
        return entry


def move(entry: Entry, path: str, user_id: int | None) -> Entry:
    """Move an entry to a path, a folder with everything beneath it; into a folder of that path, if there is one.

    Raises OntoItselfError, NotFound when it has just been deleted, ValidationError when a path would be too long.
    """
    with tree_locked(entry.project_id):
        entry = fresh(entry)
        if entry.is_folder:
            return _move_folder(entry, path, user_id)
        entry.put_at(path)
        make_folders(entry.project_id, paths.folders_of(path), user_id)
        entry.save(update_fields=PLACE)
        return entry


def link(entry: Entry, path: str, user_id: int | None) -> Entry:
    """A shortcut to an entry at a path; to a folder, with shortcuts to everything beneath it.

    Raises OntoItselfError, NotFound when it has just been deleted, ValidationError when a path would be too long.
    """
    with tree_locked(entry.project_id):
        entry = fresh(entry)
        if not entry.is_folder:
            return add(_linked(entry, path, user_id))
        if path == entry.path:
            raise OntoItselfError
        entries = _entries(entry.project_id)
        _check_room(entries, entry.path, path)
        copies = [
            _linked(each, path + each.path[len(entry.path) :], user_id) for each in entries.filter(beneath(entry.path))
        ]
        target = add(_linked(entry, path, user_id))
        folders = {each.path for each in copies if each.is_folder}
        there = set(_folders(entry.project_id).filter(beneath(path), path__in=folders).values_list("path", flat=True))
        new = [each for each in copies if not (each.is_folder and each.path in there)]
        Entry.objects.bulk_create(new, batch_size=ROWS_AT_ONCE)
        return target


def keep_folders(project_id: int, path: str, user_id: int | None) -> None:
    """Make the folder anew if something still lies beneath it, and the folders between."""
    left = _entries(project_id).filter(beneath(path)).values_list("path", flat=True)
    make_folders(project_id, (folder for each in left for folder in paths.folders_of(each)), user_id)


def repair(project_id: int) -> None:
    """Make missing folders and correct depths, wherever they came from."""
    with tree_locked(project_id):
        rows = list(_entries(project_id).only("path", "depth", "folded_path", "folded_name"))
        wrong = [each for each in rows if each.depth != paths.depth(each.path)]
        for each in wrong:
            each.put_at(each.path)
        Entry.objects.bulk_update(wrong, PLACE, batch_size=100)
        there = set(_folders(project_id).values_list("path", flat=True))
        wanted = dict.fromkeys(folder for each in rows for folder in paths.folders_of(each.path))
        missing = [_folder(project_id, path, None) for path in wanted if path not in there]
        Entry.objects.bulk_create(missing, batch_size=ROWS_AT_ONCE)


def fresh(entry: Entry) -> Entry:
    """The entry as it is now that the tree is locked. Raises NotFound."""
    found = _entries(entry.project_id).filter(pk=entry.pk).first()
    if found is None:
        raise NotFound()
    return found


def _entries(project_id: int) -> QuerySet[Entry]:
    return Entry.objects.filter(project_id=project_id)


def _folders(project_id: int) -> QuerySet[Entry]:
    return _entries(project_id).filter(type=Entry.FOLDER)


def _folder(project_id: int, path: str, user_id: int | None) -> Entry:
    folder = Entry(project_id=project_id, type=Entry.FOLDER, created_by_id=user_id)
    folder.put_at(path)
    return folder


def _linked(entry: Entry, path: str, user_id: int | None) -> Entry:
    linked = Entry(
        project_id=entry.project_id,
        type=entry.type,
        ref=entry.ref,
        href=entry.href,
        meta=entry.meta,
        shortcut=True,
        created_by_id=user_id,
    )
    linked.put_at(path)
    return linked


def _move_folder(entry: Entry, path: str, user_id: int | None) -> Entry:
    """In few statements, however much lies beneath it."""
    former, entries = entry.path, _entries(entry.project_id)
    if path == former:
        raise OntoItselfError
    _check_room(entries, former, path)
    if not path.startswith(f"{former}/"):
        _drop_doubles(entry, path)
        if (target := _folders(entry.project_id).filter(path=path).first()) is not None:
            entry.delete()
            entry = target
    levels = paths.depth(path) - paths.depth(former)
    if path.startswith(f"{former}/") or former.startswith(f"{path}/"):
        # Some of these paths are at present those of other entries that move as well: go by way of paths that none has.
        _put_beneath(entries, former, f"/{path}", levels)
        _put_beneath(entries, f"/{path}", path, 0)
    else:
        _put_beneath(entries, former, path, levels)
    if entry.path != path:
        entry.put_at(path)
        entry.save(update_fields=PLACE)
    make_folders(entry.project_id, paths.folders_of(path), user_id)
    _move_shortcuts(entry.project_id, former, path)
    return entry


def _drop_doubles(entry: Entry, path: str) -> None:
    """Drop the folders beneath the one to be moved for which there is one already where they would come to be."""
    moving = beneath(entry.path)
    moved_path = Concat(Value(path), Substr(OuterRef("path"), len(entry.path) + 1))
    staying = _folders(entry.project_id).exclude(moving).exclude(pk=entry.pk)
    doubles = _folders(entry.project_id).filter(moving).filter(Exists(staying.filter(path=moved_path)))
    _folders(entry.project_id).filter(pk__in=list(doubles.values_list("pk", flat=True))).delete()


def _put_beneath(entries: QuerySet[Entry], former: str, folder: str, levels: int) -> None:
    entries.filter(beneath(former)).update(
        path=Concat(Value(folder), Substr("path", len(former) + 1)),
        folded_path=Concat(Value(folder.casefold()), Substr("folded_path", len(former.casefold()) + 1)),
        depth=F("depth") + levels,
    )


def _move_shortcuts(project_id: int, former: str, path: str) -> None:
    """Let people's shortcuts to the folder, and to those that lay beneath it, lead where these are now."""
    start = f"{former}/"
    shortcuts = Shortcut.objects.filter(project_id=project_id, type=Entry.FOLDER)
    shortcuts = shortcuts.alias(start=Substr("ref", 1, len(start))).filter(Q(ref=former) | Q(start=start))
    shortcuts.update(ref=Concat(Value(path), Substr("ref", len(former) + 1)))


def _check_room(entries: QuerySet[Entry], former: str, path: str) -> None:
    longest = entries.filter(beneath(former)).aggregate(bytes=Max(_Bytes("path")))["bytes"] or 0
    if longest - len(former.encode()) + len(path.encode()) > paths.MAX_BYTES:
        raise ValidationError(TOO_LONG, code="max_length", attr="new_path")


class _Bytes(Func):
    """How many bytes a text has in UTF-8."""

    output_field = IntegerField()
    function = "OCTET_LENGTH"

    def as_sqlite(self, compiler: Any, connection: Any, **context: Any) -> Any:
        """As old versions of SQLite know it."""
        return self.as_sql(compiler, connection, template="LENGTH(CAST(%(expressions)s AS BLOB))", **context)
