"""Where objects stand in the tree, which follows from saving them."""

from typing import Any

import pytest

from hedgerow.actions.models import Action
from hedgerow.cohorts.models import Cohort
from hedgerow.files.filing import creating_in
from hedgerow.files.kinds import FileKind, kinds
from hedgerow.files.models import Entry
from hedgerow.files.paths import MAX_BYTES
from tests.files.calling import Tree

pytestmark = pytest.mark.django_db

KINDS = {
    "action": ("Unfiled/Actions", "/data-management/actions/{ref}"),
    "cohort": ("Unfiled/Cohorts", "/cohorts/{ref}"),
    "dashboard": ("Unfiled/Dashboards", "/dashboard/{ref}"),
    "insight": ("Unfiled/Insights", "/insights/{ref}"),
}


def made(tree: Tree, kind: FileKind, name: str = "New", **fields: Any) -> Any:
    """A new object of a kind, saved as anything may save it."""
    return kind.model._default_manager.create(
        project=tree.account.project, created_by=tree.account.user, name=name, **fields
    )


def changed(tree: Tree, kind: FileKind, item: Any, **fields: Any) -> None:
    for name, value in fields.items():
        setattr(item, name, value)
    item.save()


@pytest.fixture(params=sorted(KINDS))
def kind(request: pytest.FixtureRequest) -> FileKind:
    """Each kind that has a place in the tree."""
    return next(each for each in kinds() if each.type == request.param)


def test_every_kind_is_tested() -> None:
    assert {each.type for each in kinds()} == KINDS.keys()


def test_a_saved_object_is_filed_in_the_folder_of_its_kind(tree: Tree, kind: FileKind) -> None:
    item = made(tree, kind, "Q/1")

    folder, href = KINDS[kind.type]
    entry = tree.entry(type=kind.type)
    assert (entry["path"], entry["depth"]) == (rf"{folder}/Q\/1", 3)
    assert (entry["ref"], entry["href"]) == (kind.ref(item), href.format(ref=kind.ref(item)))
    assert entry["meta"] == {"created_at": item.created_at.isoformat(), "created_by": tree.account.user.pk}
    assert tree.get(type=kind.type)["users"][0]["email"] == tree.account.user.email
    assert tree.paths(type="folder") == ["Unfiled", folder]


def test_a_renamed_object_stays_in_the_folder_it_was_moved_to(tree: Tree, kind: FileKind) -> None:
    item = made(tree, kind, "Old")
    tree.done("POST", f"{tree.entry(type=kind.type)['id']}/move", {"new_path": "Team/Mine/Old"})
    shortcut = {"path": "Favourites/Old", "type": kind.type, "ref": kind.ref(item)}
    tree.done("POST", "", shortcut, "file_system_shortcut")

    changed(tree, kind, item, name="New/name")

    assert tree.paths(type=kind.type) == [r"Team/Mine/New\/name"]
    shown = tree.get("", "file_system_shortcut")["results"]
    assert [each["path"] for each in shown] == [r"Favourites/New\/name"]


def test_a_deleted_object_is_taken_off_with_its_shortcuts_and_comes_back(tree: Tree, kind: FileKind) -> None:
    item = made(tree, kind)
    tree.done("POST", f"{tree.entry(type=kind.type)['id']}/link", {"new_path": "Link"})
    tree.done("POST", "", {"path": "New", "type": kind.type, "ref": kind.ref(item)}, "file_system_shortcut")

    changed(tree, kind, item, deleted=True)
    assert tree.paths(not_type="folder") == []
    assert tree.get("", "file_system_shortcut")["count"] == 0

    changed(tree, kind, item, deleted=False)
    assert tree.paths(type=kind.type) == [f"{KINDS[kind.type][0]}/New"]


def test_a_removed_object_is_taken_off(tree: Tree, kind: FileKind) -> None:
    made(tree, kind).delete()

    assert tree.paths(type=kind.type) == []


def test_a_folder_can_be_chosen_for_what_is_saved_for_the_first_time(tree: Tree, kind: FileKind) -> None:
    with creating_in("Team//x"):
        first = made(tree, kind, "First")
    with creating_in(""):
        made(tree, kind, "Second")
        changed(tree, kind, first, name="Third")
    with creating_in("d" * MAX_BYTES):
        made(tree, kind, "Fourth")

    assert tree.paths(type=kind.type) == ["Second", "Team/x/Third", f"{KINDS[kind.type][0]}/Fourth"]


def test_a_long_name_is_cut(tree: Tree) -> None:
    Action.objects.create(project=tree.account.project, name="🦔" * 400)

    path = tree.entry(type="action")["path"]
    assert path == "Unfiled/Actions/" + "🦔" * ((MAX_BYTES - len("Unfiled/Actions/")) // 4)


def test_what_has_no_name_is_untitled(tree: Tree) -> None:
    Cohort.objects.create(project=tree.account.project)

    assert tree.paths(type="cohort") == ["Unfiled/Cohorts/Untitled"]


def test_a_save_of_other_fields_alone_does_not_look_at_the_tree(
    tree: Tree, kind: FileKind, django_assert_num_queries: Any
) -> None:
    item = made(tree, kind)

    with django_assert_num_queries(1):
        item.save(update_fields=["created_at"])


def test_an_object_that_cannot_be_filed_is_saved_all_the_same(tree: Tree, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(path: str) -> list[str]:
        Entry.objects.create(path=path)
        raise AssertionError("an entry without a project was stored")

    monkeypatch.setattr("hedgerow.files.paths.folders_of", broken)

    action = made(tree, next(each for each in kinds() if each.type == "action"), "Paid")

    monkeypatch.undo()
    assert Action.objects.filter(pk=action.pk, name="Paid").exists()
    assert tree.paths() == []
    assert tree.get("unfiled") == {"count": 1}


@pytest.mark.parametrize("resource", ["actions", "cohorts", "dashboards", "insights"])
def test_who_makes_an_object_chooses_its_folder(tree: Tree, resource: str) -> None:
    type = resource.rstrip("s")
    filters = {"filters": {"properties": {"type": "AND", "values": []}}} if type == "cohort" else {}
    tree.make_object(resource, name="Here", _create_in_folder="Team/Sub", **filters)
    tree.make_object(resource, name="Root", _create_in_folder="", **filters)
    tree.make_object(resource, name="Usual", **filters)

    assert tree.paths(type=type) == ["Root", "Team/Sub/Here", f"{KINDS[type][0]}/Usual"]


def test_what_is_not_filed_yet_is_filed_once(tree: Tree, kind: FileKind) -> None:
    made(tree, kind, "A/1")
    made(tree, kind, "B")
    made(tree, kind, "C", deleted=True)
    Entry.objects.all().delete()

    assert tree.get("unfiled", type="doc") == {"count": 0}
    assert tree.get("unfiled") == {"count": 2}
    assert tree.get("unfiled") == {"count": 0}

    folder = KINDS[kind.type][0]
    assert tree.paths() == ["Unfiled", folder, rf"{folder}/A\/1", f"{folder}/B"]


def test_filing_of_one_type_leaves_the_others(tree: Tree) -> None:
    for kind in kinds():
        made(tree, kind)
    Entry.objects.all().delete()

    assert tree.get("unfiled", type="cohort") == {"count": 1}
    assert tree.get("unfiled") == {"count": len(KINDS) - 1}


def test_missing_folders_and_wrong_depths_are_repaired(tree: Tree) -> None:
    tree.make("a/b/c")
    Entry.objects.filter(type="folder").delete()
    Entry.objects.update(depth=7)

    assert tree.get("unfiled") == {"count": 0}

    assert [(each["path"], each["depth"]) for each in tree.get()["results"]] == [("a", 1), ("a/b", 2), ("a/b/c", 3)]
