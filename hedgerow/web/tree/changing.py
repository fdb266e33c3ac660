"""What can be done to the tree from the pages. Each function says in a sentence what it did."""

import json
from collections.abc import Callable
from typing import Any

from django.db import IntegrityError, transaction
from django.http import QueryDict

from hedgerow.activity.recording import changes_between, record_activity
from hedgerow.api.errors import NotFound, PermissionDenied, ValidationError
from hedgerow.dashboards.changing import change_dashboard
from hedgerow.dashboards.models import Dashboard
from hedgerow.files import paths
from hedgerow.files.deleting import delete_entry, undo_delete
from hedgerow.files.filing import file_unfiled
from hedgerow.files.kinds import FileKind, kind_of, kinds
from hedgerow.files.listing import entries_of
from hedgerow.files.models import Entry, Shortcut
from hedgerow.files.tree import OntoItselfError, add, move, stored_path
from hedgerow.organizations.models import User
from hedgerow.projects.models import Project
from hedgerow.saved_insights.models import Insight
from hedgerow.saved_insights.saving import update_insight
from hedgerow.web.records import uuid_of

LONGEST_NAME = 400


class Done:
    """What was done, in a sentence; `undo` is what `undone` is given to take it back, "" where it cannot be."""

    def __init__(self, sentence: str, undo: str = "") -> None:
        self.sentence, self.undo = sentence, undo


def changed(project: Project, user: User, sent: QueryDict) -> Done:
    """Do what `do` names. Raises ValidationError, NotFound and PermissionDenied."""
    action = _ACTIONS.get(sent.get("do", ""))
    if action is None:
        raise NotFound()
    try:
        return action(project, user, sent)
    except OntoItselfError:
        raise ValidationError("A folder cannot be moved to where it is.", attr="folder") from None


def entry_of(project: Project, user: User, sent: QueryDict) -> Entry:
    """The entry that `id` names. Raises NotFound."""
    entry = entries_of(project, user).filter(pk=uuid_of(sent.get("id", ""))).first()
    if entry is None:
        raise NotFound("This is not there any more.")
    return entry


def _made(project: Project, user: User, sent: QueryDict) -> Done:
    name = _name(sent)
    entry = Entry(project=project, type=Entry.FOLDER, created_by=user)
    path = stored_path(paths.inside(sent.get("folder", ""), name))
    if Entry.objects.filter(project=project, type=Entry.FOLDER, path=path).exists():
        raise ValidationError(f"There is a folder “{name}” already.", attr="name")
    entry.put_at(path)
    add(entry)
    return Done(f"Made the folder “{name}”.")


def _renamed(project: Project, user: User, sent: QueryDict) -> Done:
    entry, name = entry_of(project, user, sent), _name(sent)
    former = paths.name_of(entry.path)
    kind = None if entry.is_folder else kind_of(entry.type)
    item = kind.objects(project.pk, [entry.ref]).get(entry.ref) if kind and entry.ref else None
    if name == former:
        return Done(f"“{name}” keeps its name.")
    if kind is not None and item is not None:
        _rename_object(kind, item, name, user)
    else:
        move(entry, stored_path(paths.renamed(entry.path, name)), user.pk)
    return Done(f"Renamed “{former}” to “{name}”.")


def _moved(project: Project, user: User, sent: QueryDict) -> Done:
    entry = entry_of(project, user, sent)
    name, folder = paths.name_of(entry.path), paths.canonical(sent.get("folder", ""))
    if paths.folder_of(entry.path) == folder:
        return Done(f"“{name}” is there already.")
    if entry.is_folder and f"{folder}/".startswith(f"{entry.path}/"):
        raise ValidationError("A folder cannot be moved into itself.", attr="folder")
    move(entry, stored_path(paths.inside(folder, name)), user.pk)
    return Done(f"Moved “{name}” to {_words_of(folder)}.")


def _deleted(project: Project, user: User, sent: QueryDict) -> Done:
    entry = entry_of(project, user, sent)
    name = paths.name_of(entry.path)
    gone = delete_entry(project, entry, user)
    items = [{"type": each.kind.type, "ref": each.ref, "path": each.path} for each in gone if each.kind.restore]
    things = "1 thing" if len(gone) == 1 else f"{len(gone)} things"
    more = f" and {things} in it" if entry.is_folder and gone else ""
    return Done(f"Deleted “{name}”{more}.", json.dumps(items) if items else "")


def _undone(project: Project, user: User, sent: QueryDict) -> Done:
    try:
        items: Any = json.loads(sent.get("items", ""))
        wanted = [{name: str(item[name]) for name in ("type", "ref", "path")} for item in items]
    except (ValueError, KeyError, TypeError):
        raise ValidationError("There is nothing to restore.") from None
    undo_delete(project, wanted, user)
    name = paths.name_of(wanted[0]["path"]) if len(wanted) == 1 else f"{len(wanted)} things"
    return Done(f"Restored “{name}”." if len(wanted) == 1 else f"Restored {name}.")


def _kept_at_hand(project: Project, user: User, sent: QueryDict) -> Done:
    entry = entry_of(project, user, sent)
    ref = entry.path if entry.is_folder else entry.ref
    wanted = {"project": project, "user": user, "type": entry.type, "ref": ref}
    Shortcut.objects.get_or_create(**wanted, defaults={"path": entry.path, "href": entry.href})
    return Done(f"“{paths.name_of(entry.path)}” is among your shortcuts.")


def _put_away(project: Project, user: User, sent: QueryDict) -> Done:
    entry = entry_of(project, user, sent)
    own_shortcut(entry, user).delete()
    return Done(f"“{paths.name_of(entry.path)}” is no longer among your shortcuts.")


def _filed(project: Project, user: User, sent: QueryDict) -> Done:
    count = file_unfiled(project.pk, kinds())
    return Done(
        f"Filed {count} thing{'s' if count != 1 else ''} that had no place." if count else "Everything is filed."
    )


def own_shortcut(entry: Entry, user: User) -> Any:
    """Somebody's own shortcut to what an entry stands for, as rows of which there is one or none."""
    ref = entry.path if entry.is_folder else entry.ref
    return Shortcut.objects.filter(project_id=entry.project_id, user=user, type=entry.type, ref=ref)


def _name(sent: QueryDict) -> str:
    name = " ".join(sent.get("name", "").split())
    if not name:
        raise ValidationError("Write a name.", attr="name")
    if len(name) > LONGEST_NAME:
        raise ValidationError(f"A name has no more than {LONGEST_NAME} letters.", attr="name")
    return name


def _rename_object(kind: FileKind, item: Any, name: str, user: User) -> None:
    """The object itself gets the name; its place in the tree follows from that."""
    if not kind.may_edit(item, user):
        raise PermissionDenied("You may not change this.")
    try:
        with transaction.atomic():
            _NAMINGS.get(kind.type, _name_simply)(item, name, user)
    except IntegrityError:
        raise ValidationError(f"There is another {kind.type} of this name.", attr="name") from None


def _name_dashboard(dashboard: Dashboard, name: str, user: User) -> None:
    change_dashboard(dashboard, user, name=name)


def _name_insight(insight: Insight, name: str, user: User) -> None:
    update_insight(insight, user, name=name)


def _name_simply(item: Any, name: str, user: User) -> None:
    scope, former = type(item).__name__, item.name
    item.name = name
    item.save(update_fields=["name"])
    record_activity(
        scope=scope,
        activity="updated",
        item_id=item.pk,
        user=user,
        project=item.project,
        name=name,
        changes=changes_between(scope, {"name": former}, {"name": name}),
    )


_NAMINGS: dict[str, Callable[[Any, str, User], None]] = {"dashboard": _name_dashboard, "insight": _name_insight}
"""How objects get another name where more follows from it."""


def _words_of(folder: str) -> str:
    return f"“{paths.name_of(folder)}”" if folder else "the top"


_ACTIONS: dict[str, Callable[[Project, User, QueryDict], Done]] = {
    "new_folder": _made,
    "rename": _renamed,
    "move": _moved,
    "delete": _deleted,
    "undo": _undone,
    "keep_at_hand": _kept_at_hand,
    "put_away": _put_away,
    "file_unfiled": _filed,
}
