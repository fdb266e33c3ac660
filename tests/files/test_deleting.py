"""Deleting through the tree, with the objects that lose their place, and taking it back."""

from typing import Any

import pytest

from hedgerow.actions.models import Action
from hedgerow.activity.models import ActivityLog
from hedgerow.cohorts.models import Cohort
from hedgerow.dashboards.placing import place_insight
from hedgerow.files.kinds import FileKind, kinds
from tests.accounts import error, make_account, member_of
from tests.files.calling import Tree

pytestmark = pytest.mark.django_db

HINT = "Send its type, ref and path to file_system/undo_delete."
NOT_RESTORABLE = "Couldn't restore this. It may already be restored, or you may not have access to it."
NO_RIGHT = "You need editor access to delete this. Ask a project admin to grant it."


@pytest.fixture(params=["action", "cohort", "dashboard", "insight"])
def kind(request: pytest.FixtureRequest) -> FileKind:
    """Each kind that has a place in the tree."""
    return next(each for each in kinds() if each.type == request.param)


def made(tree: Tree, kind: FileKind, name: str = "New") -> Any:
    """A new object of a kind."""
    return kind.model._default_manager.create(project=tree.account.project, created_by=tree.account.user, name=name)


def delete(tree: Tree, **asked: Any) -> Any:
    """The answer to deleting the only entry asked for."""
    return tree.send("DELETE", f"{tree.entry(**asked)['id']}/")


def named(tree: Tree, cohort: Cohort) -> Cohort:
    """A cohort whose criteria name another one."""
    condition = {"type": "cohort", "key": "id", "value": cohort.pk}
    filters = {"properties": {"type": "AND", "values": [{"type": "AND", "values": [condition]}]}}
    return Cohort.objects.create(project=tree.account.project, name="Of others", filters=filters)


def test_the_object_of_an_entry_goes_with_it_and_comes_back(
    tree: Tree, kind: FileKind, django_capture_on_commit_callbacks: Any
) -> None:
    item = made(tree, kind, "Q/1")
    tree.done("POST", f"{tree.entry(type=kind.type)['id']}/move", {"new_path": r"Team/Q\/1"})

    with django_capture_on_commit_callbacks(execute=True):
        answer = delete(tree, type=kind.type)

    gone = {"type": kind.type, "ref": kind.ref(item), "path": r"Team/Q\/1"}
    assert answer.status_code == 200
    assert answer.json() == {"deleted": [{**gone, "mode": "soft", "undo": HINT, "can_undo": True}]}
    item.refresh_from_db()
    assert item.deleted
    assert tree.paths(type=kind.type) == []

    with django_capture_on_commit_callbacks(execute=True):
        undone = tree.done("POST", "undo_delete", {"items": [gone]})

    assert undone == {"undone": [{"type": kind.type, "ref": kind.ref(item)}]}
    item.refresh_from_db()
    assert not item.deleted
    assert tree.paths(type=kind.type) == [r"Team/Q\/1"]
    log = list(ActivityLog.objects.filter(item_id=str(item.pk)).order_by("created_at"))
    assert [each.activity for each in log][-2:] == ["deleted", "restored"]
    assert [each["field"] for entry in log[-2:] for each in entry.detail["changes"]] == ["deleted", "deleted"]
    again = tree.send("POST", "undo_delete", {"items": [gone]})
    assert (again.status_code, again.json()) == (400, error("invalid_input", NOT_RESTORABLE))


def test_without_a_path_it_comes_back_to_the_folder_of_its_kind(tree: Tree, kind: FileKind) -> None:
    item = made(tree, kind)
    before = tree.entry(type=kind.type)["path"]
    delete(tree, type=kind.type)

    tree.done("POST", "undo_delete", {"items": [{"type": kind.type, "ref": kind.ref(item)}]})

    assert tree.paths(type=kind.type) == [before]


def test_it_comes_back_under_the_name_it_had_in_the_tree(tree: Tree, kind: FileKind) -> None:
    item = made(tree, kind)
    delete(tree, type=kind.type)

    tree.done("POST", "undo_delete", {"items": [{"type": kind.type, "ref": kind.ref(item), "path": "x/y"}]})

    assert tree.paths(type=kind.type) == ["x/y"]


def test_a_shortcut_goes_alone(tree: Tree, kind: FileKind) -> None:
    item = made(tree, kind)
    tree.done("POST", f"{tree.entry(type=kind.type)['id']}/link", {"new_path": "Link"})

    assert delete(tree, path="Link").status_code == 204

    item.refresh_from_db()
    assert not item.deleted
    assert len(tree.paths(type=kind.type)) == 1


def test_an_object_with_another_place_stays(tree: Tree, kind: FileKind) -> None:
    item = made(tree, kind)
    tree.make("second", kind.type, ref=kind.ref(item))

    assert delete(tree, path="second").status_code == 204
    item.refresh_from_db()
    assert not item.deleted
    assert delete(tree, type=kind.type).status_code == 200


def test_a_folder_goes_with_everything_in_it(tree: Tree) -> None:
    items = [made(tree, kind, f"{kind.type} {number}") for kind in kinds() for number in (1, 2)]
    tree.make("Unfiled/doc")
    tree.make("Unfilede/doc")

    answer = delete(tree, path="Unfiled")

    assert answer.status_code == 200
    assert sorted(each["path"].split("/")[-1] for each in answer.json()["deleted"]) == sorted(
        item.name for item in items
    )
    assert tree.paths() == ["Unfilede", "Unfilede/doc"]
    restored = tree.done("POST", "undo_delete", {"items": answer.json()["deleted"]})
    assert len(restored["undone"]) == len(items)
    assert len(tree.paths(parent="Unfiled", not_type="folder")) == len(items)


def test_a_folder_of_plain_entries_is_just_gone(tree: Tree) -> None:
    tree.make("a/b/c")
    tree.make("a/action", "action")
    tree.make("a/unknown", "action", ref="077")
    tree.make("a/nobody", "insight", ref="nobody")

    assert delete(tree, path="a").status_code == 204
    assert tree.paths() == []


def test_a_linked_folder_goes_without_what_it_leads_to(tree: Tree) -> None:
    item = made(tree, kinds()[0])
    tree.done("POST", f"{tree.entry(path='Unfiled')['id']}/link", {"new_path": "Link"})
    folder = next(each for each in tree.paths(type="folder", parent="Link"))
    tree.make(f"{folder}/own")

    assert delete(tree, path="Link").status_code == 204

    item.refresh_from_db()
    assert not item.deleted
    assert tree.paths(search="link") == ["Link", folder, f"{folder}/own"]
    assert tree.entry(path="Link")["shortcut"] is False


def test_a_cohort_in_use_stays_and_everything_with_it(tree: Tree) -> None:
    cohort = Cohort.objects.create(project=tree.account.project, name="Ours")
    user = named(tree, cohort)
    action = Action.objects.create(project=tree.account.project, name="Paid")
    for path, entry in (("a/cohort", "cohort"), ("a/action", "action")):
        ref = str({"cohort": cohort.pk, "action": action.pk}[entry])
        tree.done("POST", f"{tree.entry(type=entry, ref=ref)['id']}/move", {"new_path": path})
    before = tree.paths()

    for path in ("a/cohort", "a"):
        answer = delete(tree, path=path)
        assert answer.status_code == 400
        assert answer.json()["detail"].startswith("This cohort is used as criteria in 1 other cohort(s): Of others.")
    assert tree.paths() == before
    action.refresh_from_db()
    assert not action.deleted
    assert not Cohort.objects.filter(pk__in=[cohort.pk, user.pk], deleted=True).exists()


def test_cohorts_that_use_each_other_go_together(tree: Tree) -> None:
    named(tree, named(tree, Cohort.objects.create(project=tree.account.project, name="Ours")))

    assert len(delete(tree, path="Unfiled").json()["deleted"]) == 3


def test_an_action_whose_name_is_taken_does_not_come_back(tree: Tree) -> None:
    action = Action.objects.create(project=tree.account.project, name="Paid")
    other = Action.objects.create(project=tree.account.project, name="Bought")
    delete(tree, path="Unfiled")
    Action.objects.create(project=tree.account.project, name="Paid")
    items = [{"type": "action", "ref": str(each.pk)} for each in (other, action)]

    answer = tree.send("POST", "undo_delete", {"items": items})

    assert (answer.status_code, answer.json()["code"]) == (400, "unique")
    assert tree.paths(type="action") == ["Unfiled/Actions/Paid"]
    other.refresh_from_db()
    assert other.deleted


def test_only_editors_of_a_dashboard_delete_it(tree: Tree) -> None:
    dashboards = next(each for each in kinds() if each.type == "dashboard")
    dashboard = made(tree, dashboards)
    dashboard.restriction_level = 37
    dashboard.save()
    made(tree, next(each for each in kinds() if each.type == "action"))
    member = Tree(member_of(tree.account))
    before = tree.paths()

    answer = delete(member, path="Unfiled")

    assert (answer.status_code, answer.json()["detail"]) == (403, NO_RIGHT)
    assert tree.paths() == before
    assert delete(tree, path="Unfiled").status_code == 200
    item = {"type": "dashboard", "ref": str(dashboard.pk)}
    assert member.send("POST", "undo_delete", {"items": [item]}).json() == error("invalid_input", NOT_RESTORABLE)
    assert tree.done("POST", "undo_delete", {"items": [item]}) == {"undone": [item]}


@pytest.mark.parametrize(
    "items",
    [
        [{"type": "doc", "ref": "7"}],
        [{"type": "action", "ref": "7777777"}],
        [{"type": "action", "ref": "x"}],
        [{"type": "folder", "ref": "a"}],
    ],
)
def test_what_is_unknown_is_not_restored(tree: Tree, items: list[Any]) -> None:
    answer = tree.send("POST", "undo_delete", {"items": items})

    assert (answer.status_code, answer.json()) == (400, error("invalid_input", NOT_RESTORABLE))


@pytest.mark.parametrize(
    "body", [{}, {"items": []}, {"items": "x"}, {"items": [{}]}, {"items": [[]]}, [], {"items": None}]
)
def test_restoring_needs_a_list_of_objects(tree: Tree, body: Any) -> None:
    assert tree.send("POST", "undo_delete", body).status_code == 400


def test_objects_of_another_project_are_out_of_reach(tree: Tree, kind: FileKind) -> None:
    item = made(tree, kind)
    stranger = Tree(make_account("Other"))
    stranger.make("mine/theirs", kind.type, ref=kind.ref(item))

    assert delete(stranger, path="mine").status_code == 204
    item.refresh_from_db()
    assert not item.deleted
    delete(tree, type=kind.type)
    theirs = {"items": [{"type": kind.type, "ref": kind.ref(item)}]}
    assert stranger.send("POST", "undo_delete", theirs).json() == error("invalid_input", NOT_RESTORABLE)
    assert len(tree.paths(type=kind.type)) == 0


def test_a_dashboard_and_its_insight_come_back_with_the_tile(tree: Tree) -> None:
    insight = made(tree, next(each for each in kinds() if each.type == "insight"))
    dashboard = made(tree, next(each for each in kinds() if each.type == "dashboard"))
    tile = place_insight(dashboard, insight)

    deleted = delete(tree, path="Unfiled").json()["deleted"]
    assert [each["type"] for each in deleted] == ["dashboard", "insight"]
    tree.done("POST", "undo_delete", {"items": deleted})

    tile.refresh_from_db()
    assert not tile.deleted
