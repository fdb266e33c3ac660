"""People's own shortcuts over HTTP."""

from typing import Any
from uuid import uuid4

import pytest

from tests.accounts import denied, error, make_account, member_of
from tests.files.calling import Tree

pytestmark = pytest.mark.django_db

SHORTCUTS = "file_system_shortcut"


def add(tree: Tree, path: str, **fields: Any) -> dict[str, Any]:
    """A new shortcut."""
    made: dict[str, Any] = tree.done("POST", "", {"path": path, "type": "doc", **fields}, SHORTCUTS)
    return made


def paths(tree: Tree, **asked: Any) -> list[str]:
    return [each["path"] for each in tree.get("", SHORTCUTS, **asked)["results"]]


def test_a_shortcut(tree: Tree) -> None:
    made = add(tree, "Plan", ref="7", href="/docs/7")

    assert made == {
        "id": made["id"],
        "path": "Plan",
        "type": "doc",
        "ref": "7",
        "href": "/docs/7",
        "order": 0,
        "created_at": made["created_at"],
    }
    assert tree.get(f"{made['id']}/", SHORTCUTS) == made
    page = tree.get("", SHORTCUTS)
    assert page == {"count": 1, "next": None, "previous": None, "results": [made]}


def test_the_same_shortcut_is_there_once(tree: Tree) -> None:
    made = add(tree, "Plan", ref="7")

    assert add(tree, "Plan", ref="7") == made
    assert add(tree, "Plan", ref="8") != made
    assert paths(tree) == ["Plan", "Plan"]


def test_shortcuts_are_listed_by_path_until_they_are_put_in_order(tree: Tree) -> None:
    b, a, c = (add(tree, path) for path in ("b", "A", "c"))
    assert paths(tree) == ["A", "b", "c"]
    assert paths(tree, ordering="created_at") == ["b", "A", "c"]
    assert paths(tree, ordering="-created_at") == ["c", "A", "b"]

    shown = tree.done("POST", "reorder", {"ordered_ids": [c["id"], a["id"]]}, SHORTCUTS)

    assert [(each["path"], each["order"]) for each in shown] == [("c", 0), ("A", 1), ("b", 2)]
    add(tree, "0")
    assert paths(tree) == ["c", "A", "b", "0"]
    assert tree.done("PATCH", f"{b['id']}/", {"order": -1}, SHORTCUTS)["order"] == -1
    assert paths(tree)[0] == "b"


def test_shortcuts_are_changed_and_removed(tree: Tree) -> None:
    made = add(tree, "Plan", ref="7")

    changed = tree.done("PATCH", f"{made['id']}/", {"path": "My plan", "ref": None}, SHORTCUTS)
    assert (changed["path"], changed["ref"], changed["type"]) == ("My plan", None, "doc")
    assert tree.send("DELETE", f"{made['id']}/", None, SHORTCUTS).status_code == 204
    assert paths(tree) == []


def test_many_are_added_and_removed_at_once(tree: Tree) -> None:
    gone, kept = add(tree, "gone"), add(tree, "kept")
    body = {"add": [{"path": "new", "type": "doc"}, {"path": "kept", "type": "doc"}], "remove_ids": [gone["id"]]}

    shown = tree.done("POST", "bulk_update", body, SHORTCUTS)

    assert [each["path"] for each in shown] == ["kept", "new"]
    assert shown[0] == kept
    assert tree.done("POST", "bulk_update", {}, SHORTCUTS) == shown


def test_unknown_ids_change_nothing(tree: Tree) -> None:
    own, unknown = add(tree, "own"), str(uuid4())
    others = add(Tree(member_of(tree.account)), "others")

    for rest, body in (
        ("reorder", {"ordered_ids": [own["id"], unknown, others["id"]]}),
        ("bulk_update", {"remove_ids": [own["id"], unknown, others["id"]], "add": [{"path": "new"}]}),
    ):
        answer = tree.send("POST", rest, body, SHORTCUTS)
        expected = {"detail": "Unknown shortcut ids", "unknown_ids": [unknown, others["id"]]}
        assert (answer.status_code, answer.json()) == (400, expected)
    assert paths(tree) == ["own"]


@pytest.mark.parametrize(
    ("rest", "body", "attr"),
    [
        ("", {}, "path"),
        ("", {"path": ""}, "path"),
        ("", {"path": "a", "ref": "r" * 4001}, "ref"),
        ("", {"path": "a", "order": 2**31}, "order"),
        ("reorder", {}, "ordered_ids"),
        ("reorder", {"ordered_ids": ["x"]}, "ordered_ids__0"),
        ("bulk_update", {"add": [{"path": "a"}] * 501}, "add"),
        ("bulk_update", {"add": [{}]}, "add__0__path"),
        ("bulk_update", {"remove_ids": [str(uuid4())] * 501}, "remove_ids"),
    ],
)
def test_what_cannot_be_done_is_refused(tree: Tree, rest: str, body: Any, attr: str) -> None:
    answer = tree.send("POST", rest, body, SHORTCUTS)

    assert (answer.status_code, answer.json()["attr"]) == (400, attr)
    assert paths(tree) == []


def test_shortcuts_are_nobody_elses(tree: Tree) -> None:
    made = add(tree, "Plan")
    missing = error("not_found", "Not found.", type="invalid_request")

    for other in (Tree(member_of(tree.account)), Tree(make_account("Other"))):
        assert paths(other) == []
        for method in ("GET", "PATCH", "PUT", "DELETE"):
            body = None if method == "GET" else {"path": "x"}
            assert other.send(method, f"{made['id']}/", body, SHORTCUTS).json() == missing
        answer = other.send("POST", "reorder", {"ordered_ids": [made["id"]]}, SHORTCUTS)
        assert answer.json() == {"detail": "Unknown shortcut ids", "unknown_ids": [made["id"]]}
    assert tree.send("GET", "not-a-uuid", None, SHORTCUTS).json() == missing
    stranger = make_account("Third").api()
    assert stranger.get(tree.url(resource=SHORTCUTS)).status_code == 403
    assert paths(tree) == ["Plan"]


def test_keys_need_the_scope_of_shortcuts(tree: Tree) -> None:
    made = add(tree, "Plan")
    reader, other = tree.account.api("file_system_shortcut:read"), tree.account.api("file_system:write")

    assert reader.get(tree.url(resource=SHORTCUTS)).status_code == 200
    refused = denied("API key missing required scope 'file_system_shortcut:read'")
    assert other.get(tree.url(resource=SHORTCUTS)).json() == refused
    refused = denied("API key missing required scope 'file_system_shortcut:write'")
    for rest in ("", "reorder", "bulk_update"):
        answer = reader.post(tree.url(rest, SHORTCUTS), {}, content_type="application/json")
        assert answer.json() == refused
    assert reader.delete(tree.url(made["id"], SHORTCUTS)).json() == refused


def test_a_shortcut_to_a_folder_follows_it(tree: Tree) -> None:
    tree.make("a/b/c")
    for folder in ("a", "a/b", "ab"):
        add(tree, folder.replace("/", " "), type="folder", ref=folder)

    tree.done("POST", f"{tree.entry(path='a')['id']}/move", {"new_path": "z"})

    assert [each["ref"] for each in tree.get("", SHORTCUTS)["results"]] == ["z", "z/b", "ab"]
    tree.send("DELETE", f"{tree.entry(path='z')['id']}/")
    assert paths(tree) == ["ab"]
