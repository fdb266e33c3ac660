"""Any sequence of changes, against a plain model of the tree."""

from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from hedgerow.files import paths
from hedgerow.files.deleting import delete_entry
from hedgerow.files.models import Entry
from hedgerow.files.tree import OntoItselfError, add, change, link, move
from hedgerow.organizations.models import User
from hedgerow.projects.models import Project
from tests.accounts import make_account

Path = tuple[str, ...]
PATHS = st.lists(st.sampled_from(["A", "/"]), min_size=1, max_size=3).map(tuple)
PLACES = st.integers(0, 10_000)


def is_beneath(path: Path, folder: Path) -> bool:
    return len(path) > len(folder) and path[: len(folder)] == folder


class TreeMachine(RuleBasedStateMachine):
    """Files are known by their ids, folders by their paths; each with whether it is a shortcut."""

    project: Project
    user: User

    def __init__(self) -> None:
        super().__init__()
        Entry.objects.filter(project=self.project).delete()
        self.files: dict[Any, tuple[Path, bool]] = {}
        self.folders: dict[Path, bool] = {}

    def _make_folders(self, *inner: Path) -> None:
        for path in inner:
            for length in range(1, len(path)):
                self.folders.setdefault(path[:length], False)

    def _entry(self, path: Path, type: str) -> Entry:
        entry = Entry(project=self.project, type=type, created_by=self.user)
        entry.put_at(paths.join(path))
        return entry

    def _folder(self, place: int) -> tuple[Path, Entry]:
        path = sorted(self.folders)[place % len(self.folders)]
        return path, Entry.objects.get(project=self.project, type="folder", path=paths.join(path))

    def _file(self, place: int) -> tuple[Path, bool, Entry]:
        id = sorted(self.files)[place % len(self.files)]
        return (*self.files[id], Entry.objects.get(pk=id))

    @initialize(paths=st.lists(PATHS, min_size=3, max_size=6))
    def begin(self, paths: list[Path]) -> None:
        for path in paths:
            self.make_a_file(path)

    @rule(path=PATHS)
    def make_a_file(self, path: Path) -> None:
        self.files[add(self._entry(path, "doc")).pk] = (path, False)
        self._make_folders(path)

    @rule(path=PATHS)
    def make_a_folder(self, path: Path) -> None:
        add(self._entry(path, "folder"))
        self._make_folders((*path, ""))

    @precondition(lambda self: self.files)
    @rule(place=PLACES, path=PATHS, verb=st.sampled_from(["move", "change", "link"]))
    def place_a_file(self, place: int, path: Path, verb: str) -> None:
        _, shortcut, entry = self._file(place)
        new = paths.join(path)
        if verb == "move":
            move(entry, new, self.user.pk)
        elif verb == "change":
            change(entry, {"path": new}, self.user.pk)
        else:
            entry, shortcut = link(entry, new, self.user.pk), True
        self.files[entry.pk] = (path, shortcut)
        self._make_folders(path)

    @precondition(lambda self: self.folders)
    @rule(place=PLACES, new=PATHS)
    def move_a_folder(self, place: int, new: Path) -> None:
        old, entry = self._folder(place)
        if old == new:
            with pytest.raises(OntoItselfError):
                move(entry, paths.join(new), self.user.pk)
            return
        assert move(entry, paths.join(new), self.user.pk).path == paths.join(new)
        moved = {path for path in self.folders if path == old or is_beneath(path, old)}
        staying = {path: shortcut for path, shortcut in self.folders.items() if path not in moved}
        self.folders = {new + path[len(old) :]: self.folders[path] for path in sorted(moved)} | staying
        for id, (path, shortcut) in self.files.items():
            if is_beneath(path, old):
                self.files[id] = (new + path[len(old) :], shortcut)
        self._make_folders(new)

    @precondition(lambda self: self.folders and len(self.files) + len(self.folders) < 60)
    @rule(place=PLACES, new=PATHS)
    def link_a_folder(self, place: int, new: Path) -> None:
        old, entry = self._folder(place)
        if old == new:
            with pytest.raises(OntoItselfError):
                link(entry, paths.join(new), self.user.pk)
            return
        link(entry, paths.join(new), self.user.pk)
        copied = [new + path[len(old) :] for path in self.folders if path == old or is_beneath(path, old)]
        expected = sorted(new + path[len(old) :] for path, _ in self.files.values() if is_beneath(path, old))
        self._make_folders(new)
        for path in copied:
            self.folders.setdefault(path, True)
        added = Entry.objects.filter(project=self.project, type="doc", shortcut=True).exclude(pk__in=self.files)
        for each in added:
            self.files[each.pk] = (tuple(paths.split(each.path)), True)
        assert sorted(self.files[each.pk][0] for each in added) == expected

    @precondition(lambda self: self.folders)
    @rule(place=PLACES, new=PATHS)
    def change_a_folder(self, place: int, new: Path) -> None:
        old, entry = self._folder(place)
        change(entry, {"path": paths.join(new)}, self.user.pk)
        self.folders[new] = self.folders.pop(old)
        self._make_folders(new)
        if any(is_beneath(path, old) for path in self._all_paths()):
            self._make_folders((*old, ""))

    @precondition(lambda self: self.files)
    @rule(place=PLACES)
    def delete_a_file(self, place: int) -> None:
        _, _, entry = self._file(place)
        delete_entry(self.project, entry, self.user)
        del self.files[entry.pk]

    @precondition(lambda self: any(self.folders.values()))
    @rule(place=PLACES, path=PATHS)
    def delete_a_linked_folder_with_a_file_of_its_own(self, place: int, path: Path) -> None:
        linked = sorted(path for path, shortcut in self.folders.items() if shortcut)
        folder = linked[place % len(linked)]
        inner = [each for each in linked if is_beneath(each, folder)]
        self.make_a_file((*(inner[-1] if inner else folder), *path))
        self.delete_a_folder(sorted(self.folders).index(folder))

    @precondition(lambda self: self.folders)
    @rule(place=PLACES)
    def delete_a_folder(self, place: int) -> None:
        folder, entry = self._folder(place)
        delete_entry(self.project, entry, self.user)
        only_shortcuts = self.folders.pop(folder)

        def goes(path: Path, shortcut: bool) -> bool:
            return is_beneath(path, folder) and (shortcut or not only_shortcuts)

        self.files = {id: each for id, each in self.files.items() if not goes(*each)}
        self.folders = {path: shortcut for path, shortcut in self.folders.items() if not goes(path, shortcut)}
        self._make_folders(*(path for path in self._all_paths() if is_beneath(path, folder)))

    def _all_paths(self) -> list[Path]:
        return [*self.folders, *(path for path, _ in self.files.values())]

    @invariant()
    def the_tree_is_the_model(self) -> None:
        rows = list(Entry.objects.filter(project=self.project))
        files = {each.pk: (tuple(paths.split(each.path)), each.shortcut) for each in rows if not each.is_folder}
        folders = [(tuple(paths.split(each.path)), each.shortcut) for each in rows if each.is_folder]
        assert files == self.files
        assert sorted(folders) == sorted(self.folders.items())
        for each in rows:
            expected = self._entry(tuple(paths.split(each.path)), each.type)
            for name in ("path", "depth", "folded_path", "folded_name"):
                assert getattr(each, name) == getattr(expected, name)
        everything = set(self.folders)
        assert all(path[:length] in everything for path in self._all_paths() for length in range(1, len(path)))


@pytest.mark.django_db
def test_any_changes_leave_the_tree_as_the_model_says() -> None:
    account = make_account()
    machine = type("Machine", (TreeMachine,), {"project": account.project, "user": account.user})

    run_state_machine_as_test(
        machine,
        settings=settings(
            max_examples=40, stateful_step_count=20, deadline=None, suppress_health_check=[HealthCheck.too_slow]
        ),
    )
