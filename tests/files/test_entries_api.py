"""Entries of the tree over HTTP: what they look like, how they are made, changed, counted, moved and linked."""

from typing import Any

import pytest

from hedgerow.files.paths import MAX_BYTES
from tests.accounts import denied, error, make_account, member_of
from tests.files.calling import Tree

pytestmark = pytest.mark.django_db

MISSING = error("not_found", "Not found.", type="invalid_request")


def test_an_entry_says_where_it_is_and_what_it_is_the_place_of(tree: Tree) -> None:
    made = tree.make("a/b/c", "doc", ref="7", href="/docs/7", meta={"color": "red"})

    assert made == {
        "id": made["id"],
        "path": "a/b/c",
        "depth": 3,
        "type": "doc",
        "ref": "7",
        "href": "/docs/7",
        "meta": {"color": "red"},
        "shortcut": False,
        "created_at": made["created_at"],
        "last_viewed_at": None,
        "user_access_level": "manager",
    }
    assert tree.get(f"{made['id']}/") == made
    assert tree.entry(path="a/b/c") == made


def test_what_is_not_said_has_a_default(tree: Tree) -> None:
    made = tree.done("POST", "", {"path": "a", "shortcut": None})

    assert (made["type"], made["ref"], made["href"], made["meta"], made["shortcut"]) == ("", None, None, {}, False)


def test_missing_folders_are_made_with_their_depths(tree: Tree) -> None:
    tree.make("a/b/c")

    folders = tree.get(type="folder")["results"]
    assert [(each["path"], each["depth"], each["ref"]) for each in folders] == [("a", 1, None), ("a/b", 2, None)]


def test_a_slash_in_a_name_is_escaped(tree: Tree) -> None:
    assert tree.make(r"a/x\/y")["depth"] == 2
    assert tree.make(r"x\/y/z")["depth"] == 2
    assert tree.paths(type="folder") == ["a", r"x\/y"]


@pytest.mark.parametrize(("given", "stored"), [("a//b", "a/b"), ("/a/b/", "a/b"), ("a\\b", r"a\\b"), ("ä/ß", "ä/ß")])
def test_a_path_is_stored_in_its_one_form_and_found_in_any(tree: Tree, given: str, stored: str) -> None:
    assert tree.make(given)["path"] == stored
    assert tree.paths(path=given, not_type="folder") == [stored]


def test_a_file_may_share_its_path_but_a_folder_is_there_once(tree: Tree) -> None:
    folder = tree.make("a", "folder")
    tree.make("a")
    tree.make("a")

    assert tree.make("a", "folder") == folder
    assert tree.paths() == ["a", "a", "a"]


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ({}, error("required", "This field is required.", "path")),
        ({"path": ""}, error("blank", "This field may not be blank.", "path")),
        ({"path": "//"}, error("blank", "This field may not be blank.", "path")),
        ({"path": None}, error("null", "This field may not be null.", "path")),
        ({"path": "a" * 1601}, error("max_length", f"Ensure this path has no more than {MAX_BYTES} bytes.", "path")),
        (
            {"path": "a", "type": "t" * 101},
            error("max_length", "Ensure this field has no more than 100 characters.", "type"),
        ),
        (
            {"path": "a", "ref": "r" * 101},
            error("max_length", "Ensure this field has no more than 100 characters.", "ref"),
        ),
        ({"path": "a\0"}, error("null_characters_not_allowed", "Null characters are not allowed.", "path")),
        ({"path": "a", "meta": {"a": "\0"}}, error("null_characters", "Null characters are not allowed.", "meta")),
        ({"path": "a", "shortcut": "perhaps"}, error("invalid_input", "Must be a valid boolean.", "shortcut")),
        (["a"], None),
    ],
)
def test_what_cannot_be_an_entry_is_refused(tree: Tree, body: Any, expected: Any) -> None:
    answer = tree.send("POST", "", body)

    assert answer.status_code == 400, answer.content
    assert expected is None or answer.json() == expected
    assert tree.paths() == []


def test_a_changed_entry_gets_the_folders_it_needs(tree: Tree) -> None:
    made = tree.make("a/b")

    changed = tree.done("PATCH", f"{made['id']}/", {"path": "x/y/z", "meta": None})

    assert (changed["path"], changed["depth"], changed["meta"], changed["type"]) == ("x/y/z", 3, None, "doc")
    assert tree.paths() == ["a", "x", "x/y", "x/y/z"]
    whole = tree.done("PUT", f"{made['id']}/", {"path": "b", "type": "memo"})
    assert (whole["path"], whole["type"]) == ("b", "memo")


def test_changing_the_path_of_a_folder_leaves_what_is_in_it_where_it_is(tree: Tree) -> None:
    tree.make("a/b")
    folder = tree.entry(path="a")

    assert tree.done("PATCH", f"{folder['id']}/", {"path": "z"})["id"] == folder["id"]

    assert tree.paths(type="folder") == ["a", "z"]
    assert tree.paths(type="doc") == ["a/b"]


def test_a_folder_changed_to_the_path_of_another_takes_its_place(tree: Tree) -> None:
    tree.make("z/c")
    folder = tree.make("a", "folder")

    assert tree.done("PATCH", f"{folder['id']}/", {"path": "z"})["id"] == folder["id"]

    assert tree.paths() == ["z", "z/c"]


def test_the_contents_of_a_folder_are_counted(tree: Tree) -> None:
    tree.make("a/b/c")
    tree.make("a/d")
    tree.make("ab/c")
    folder = tree.entry(path="a")

    counted = tree.done("POST", f"{folder['id']}/count")

    assert (counted["count"], counted["has_more"]) == (3, False)
    assert [each["path"] for each in counted["entries"]] == ["a/b", "a/d", "a/b/c"]
    assert tree.done("POST", "count_by_path/?path=a/")["count"] == 3
    assert tree.done("POST", "count_by_path?path=nowhere")["count"] == 0


def test_of_a_large_folder_the_first_200_entries_are_shown(tree: Tree) -> None:
    for number in range(201):
        tree.make(f"a/{number:03}")

    counted = tree.done("POST", f"{tree.entry(path='a')['id']}/count/")

    assert (counted["count"], len(counted["entries"]), counted["has_more"]) == (201, 200, True)


def test_only_folders_are_counted(tree: Tree) -> None:
    file = tree.make("a")

    answer = tree.send("POST", f"{file['id']}/count")
    assert (answer.status_code, answer.json()) == (400, {"detail": "Count can only be called on folders"})
    answer = tree.send("POST", "count_by_path")
    assert (answer.status_code, answer.json()) == (400, {"detail": "path parameter is required"})


def test_a_file_is_moved_alone(tree: Tree) -> None:
    file = tree.make("a/b")
    tree.make("a/c")

    moved = tree.done("POST", f"{file['id']}/move", {"new_path": "x/y"})

    assert (moved["id"], moved["path"], moved["depth"]) == (file["id"], "x/y", 2)
    assert tree.paths() == ["a", "a/c", "x", "x/y"]


def test_a_folder_is_moved_with_everything_in_it(tree: Tree) -> None:
    tree.make("a/b/c")
    tree.make("ab")
    folder = tree.entry(path="a")

    moved = tree.done("POST", f"{folder['id']}/move", {"new_path": "z/a"})

    assert (moved["id"], moved["depth"]) == (folder["id"], 2)
    assert [(each["path"], each["depth"]) for each in tree.get()["results"]] == [
        ("ab", 1),
        ("z", 1),
        ("z/a", 2),
        ("z/a/b", 3),
        ("z/a/b/c", 4),
    ]


def test_a_folder_moved_to_another_is_merged_with_it(tree: Tree) -> None:
    for path in ("a/x/1", "a/x/2", "a/y/3", "z/x/1", "z/w"):
        tree.make(path)

    moved = tree.done("POST", f"{tree.entry(path='a')['id']}/move", {"new_path": "z"})

    assert moved["id"] == tree.entry(path="z")["id"]
    assert tree.paths(type="folder") == ["z", "z/x", "z/y"]
    assert tree.paths(type="doc") == ["z/w", "z/x/1", "z/x/1", "z/x/2", "z/y/3"]


def test_a_folder_can_be_moved_into_one_of_its_own(tree: Tree) -> None:
    tree.make("a/b/c")
    tree.make("a/d")

    tree.done("POST", f"{tree.entry(path='a')['id']}/move", {"new_path": "a/b"})

    assert tree.paths(type="folder") == ["a", "a/b", "a/b/b"]
    assert tree.paths(type="doc") == ["a/b/b/c", "a/b/d"]


def test_a_folder_can_be_moved_to_where_its_own_folder_is(tree: Tree) -> None:
    tree.make("a/a/a/c")
    tree.make("a/d")
    tree.make("a/a/d")

    tree.done("POST", f"{tree.entry(path='a/a')['id']}/move", {"new_path": "a"})

    assert tree.paths(type="folder") == ["a", "a/a"]
    assert tree.paths(type="doc") == ["a/a/c", "a/d", "a/d"]


def test_a_link_to_a_file_is_a_shortcut(tree: Tree) -> None:
    file = tree.make("a", ref="7", href="/docs/7", meta={"color": "red"})

    linked = tree.done("POST", f"{file['id']}/link", {"new_path": "z/b"})

    assert linked["id"] != file["id"]
    assert linked["shortcut"] is True
    assert [linked[name] for name in ("path", "type", "ref", "href", "meta")] == [
        "z/b",
        *(file[name] for name in ("type", "ref", "href", "meta")),
    ]
    assert tree.send("DELETE", f"{linked['id']}/").status_code == 204
    assert tree.paths() == ["a", "z"]


def test_a_link_to_a_folder_has_shortcuts_to_everything_in_it(tree: Tree) -> None:
    tree.make("a/b/c")
    tree.make("z/a/b", "folder")

    linked = tree.done("POST", f"{tree.entry(path='a')['id']}/link", {"new_path": "z/a"})

    assert linked["id"] == tree.entry(path="z/a")["id"]
    assert tree.paths() == ["a", "a/b", "a/b/c", "z", "z/a", "z/a/b", "z/a/b/c"]
    assert tree.entry(path="z/a/b/c")["shortcut"] is True
    assert tree.entry(path="a/b/c")["shortcut"] is False


def test_a_link_into_the_folder_itself_ends(tree: Tree) -> None:
    tree.make("a/b")

    tree.done("POST", f"{tree.entry(path='a')['id']}/link", {"new_path": "a/c"})

    assert tree.paths() == ["a", "a/b", "a/c", "a/c/b"]


@pytest.mark.parametrize("verb", ["move", "link"])
def test_moving_and_linking_need_another_path(tree: Tree, verb: str) -> None:
    folder = tree.make("a", "folder")

    bodies: list[Any] = [{}, {"new_path": ""}, {"new_path": 7}, []]
    for body in bodies:
        answer = tree.send("POST", f"{folder['id']}/{verb}", body)
        assert (answer.status_code, answer.json()) == (400, {"detail": "new_path is required"})
    answer = tree.send("POST", f"{folder['id']}/{verb}", {"new_path": "a/"})
    assert (answer.status_code, answer.json()) == (400, {"detail": f"Cannot {verb} folder into itself"})


@pytest.mark.parametrize("verb", ["move", "link"])
def test_nothing_is_moved_or_linked_to_where_paths_are_too_long(tree: Tree, verb: str) -> None:
    tree.make("a/" + "b" * 1_000)

    answer = tree.send("POST", f"{tree.entry(path='a')['id']}/{verb}", {"new_path": "c" * 1_000})

    assert answer.json() == error("max_length", "Ensure this path has no more than 1600 bytes.", "new_path")
    assert tree.paths() == ["a", "a/" + "b" * 1_000]


@pytest.mark.parametrize("id", ["not-a-uuid", "00000000-0000-0000-0000-000000000000", "7"])
def test_what_is_not_there_is_not_found(tree: Tree, id: str) -> None:
    for method, rest in (("GET", ""), ("PATCH", ""), ("DELETE", ""), ("POST", "count"), ("POST", "move")):
        answer = tree.send(method, f"{id}/{rest}", {"new_path": "a"} if rest == "move" else {"path": "b"})
        assert (answer.status_code, answer.json()) == (404, MISSING)


def test_another_project_sees_and_changes_nothing(tree: Tree) -> None:
    file, folder = tree.make("a/b"), tree.entry(path="a")
    stranger = Tree(make_account("Other"))

    assert stranger.get()["count"] == 0
    for entry in (file, folder):
        for method, rest in (("GET", ""), ("PATCH", ""), ("PUT", ""), ("DELETE", ""), ("POST", "count")):
            body: Any = None if method == "GET" else {"path": "c"}
            assert stranger.send(method, f"{entry['id']}/{rest}", body).json() == MISSING
        for verb in ("move", "link"):
            assert stranger.send("POST", f"{entry['id']}/{verb}", {"new_path": "c"}).json() == MISSING
    assert stranger.done("POST", "count_by_path?path=a")["count"] == 0
    for rest in ("", "unfiled", "log_view", f"{file['id']}/"):
        assert stranger.client.get(tree.url(rest)).status_code == 403
    assert stranger.client.post(tree.url(), {"path": "c"}, content_type="application/json").status_code == 403
    assert tree.paths() == ["a", "a/b"]


def test_keys_need_the_scope_of_what_they_do(tree: Tree) -> None:
    entry = tree.make("a/b")
    reader = tree.account.api("file_system:read")
    other = tree.account.api("insight:write")

    def status(client: Any, method: str, rest: str, body: Any = None) -> int:
        answer: Any = getattr(client, method)(tree.url(rest), body, content_type="application/json")
        if answer.status_code == 403:
            action = (
                "read"
                if client is other and (method == "get" or rest.startswith(("count", entry["id"] + "/c")))
                else "write"
            )
            assert answer.json() == denied(f"API key missing required scope 'file_system:{action}'")
        return int(answer.status_code)

    id = entry["id"]
    for method, rest in (("get", ""), ("get", f"{id}/"), ("get", "unfiled"), ("get", "log_view")):
        assert status(other, method, rest) == 403
        assert status(reader, method, rest) == 200
    assert status(other, "post", "count_by_path?path=a") == 403
    assert status(reader, "post", "count_by_path?path=a") == 200
    writes = [("post", ""), ("patch", f"{id}/"), ("delete", f"{id}/"), ("post", f"{id}/move"), ("post", f"{id}/link")]
    for method, rest in [*writes, ("post", "undo_delete"), ("post", "log_view")]:
        assert status(reader, method, rest, {}) == 403
    assert tree.paths() == ["a", "a/b"]


def test_both_names_of_a_project_and_slashes_at_the_end_or_not(tree: Tree) -> None:
    entry = tree.make("a")

    for mount in ("projects", "environments"):
        for rest in (entry["id"], f"{entry['id']}/"):
            assert tree.client.get(tree.url(rest, mount=mount)).json() == entry


def test_members_are_editors_of_what_others_made(tree: Tree) -> None:
    entry = tree.make("a")
    member = Tree(member_of(tree.account))

    assert member.get(f"{entry['id']}/")["user_access_level"] == "editor"
    assert member.make("b")["user_access_level"] == "manager"
