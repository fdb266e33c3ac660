"""Which entries a list has: filters, orders, pages, the search language, and what people looked at."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hedgerow.files.models import Entry
from hedgerow.files.search import Word, words
from tests.accounts import add_member, error, make_account, member_of
from tests.files.calling import Tree

pytestmark = pytest.mark.django_db


def test_entries_are_listed_by_path_whatever_its_letter_case(tree: Tree) -> None:
    for path in ("b", "A", "a/c", "C", "ä", "Ö"):
        tree.make(path)

    assert tree.paths() == ["A", "a", "a/c", "b", "C", "ä", "Ö"]
    assert tree.paths(order_by="-path") == ["Ö", "ä", "C", "b", "a/c", "a", "A"]


def test_with_a_depth_folders_come_first(tree: Tree) -> None:
    for path in ("b", "c/d", "a", "c/b"):
        tree.make(path)

    assert tree.paths(depth=1) == ["c", "a", "b"]
    assert tree.paths(depth=2) == ["c/b", "c/d"]
    assert tree.paths(depth="two") == ["a", "b", "c", "c/b", "c/d"]


def test_a_parent_is_a_folder_and_not_the_beginning_of_a_name(tree: Tree) -> None:
    for path in ("a/b/c", "ab/c", "A/d", "a0", r"a\/b"):
        tree.make(path)

    assert tree.paths(parent="a") == ["a/b", "a/b/c"]
    assert tree.paths(parent="a/") == ["a/b", "a/b/c"]
    assert tree.paths(parent="a", depth=2) == ["a/b"]
    assert tree.paths(parent="a", type="doc") == ["a/b/c"]


@pytest.mark.parametrize("sign", ["%", "_", "\\\\", "*", "["])
def test_signs_of_patterns_stand_for_themselves(tree: Tree, sign: str) -> None:
    tree.make(f"a{sign}/x")
    tree.make("ab/x")

    assert tree.paths(parent=f"a{sign}", type="doc") == [f"a{sign}/x"]
    assert tree.paths(search=f"path:a{sign}", type="doc") == [f"a{sign}/x"]
    assert tree.paths(search=f"a{sign}", type="doc") == [f"a{sign}/x"]


def test_types_and_refs(tree: Tree) -> None:
    tree.make("a", "hog_function/destination", ref="7")
    tree.make("b", "hog_function/site_app", ref="8", shortcut=True)
    tree.make("c", "HOG_FUNCTION/x", ref="8")

    assert tree.paths(type="hog_function/site_app") == ["b"]
    assert tree.paths(not_type="hog_function/site_app") == ["a", "c"]
    assert tree.paths(type__startswith="hog_function/") == ["a", "b"]
    assert tree.paths(ref="8") == ["c", "b"]
    assert tree.paths(ref="8", type="hog_function/site_app") == ["b"]


def test_times_of_making(tree: Tree) -> None:
    now = datetime.now(UTC)
    for days, path in enumerate(["now", "yesterday", "earlier"]):
        entry = tree.make(path)
        Entry.objects.filter(pk=entry["id"]).update(created_at=now - timedelta(days=days))

    assert tree.paths(created_at__gt=(now - timedelta(hours=36)).isoformat()) == ["now", "yesterday"]
    assert tree.paths(created_at__lt=(now - timedelta(hours=36)).isoformat()) == ["earlier"]
    assert tree.paths(order_by="created_at") == ["earlier", "yesterday", "now"]
    assert tree.paths(order_by="anything") == ["now", "yesterday", "earlier"]
    answer = tree.client.get(tree.url(), {"created_at__gt": "soon"})
    assert answer.status_code == 400
    expected = "Expected a date and time, such as 2026-01-31T12:00:00Z."
    assert answer.json() == error("invalid_input", expected, "created_at__gt")


def test_pages(tree: Tree) -> None:
    for path in ("a", "b", "c"):
        tree.make(path)

    first = tree.get(limit=2)
    assert (first["count"], [each["path"] for each in first["results"]], first["previous"]) == (3, ["a", "b"], None)
    second = tree.client.get(first["next"]).json()
    assert ([each["path"] for each in second["results"]], second["next"]) == (["c"], None)


def test_a_page_names_who_made_its_objects(tree: Tree) -> None:
    stranger, colleague = make_account("Other").user, add_member(tree.account.organization)
    tree.make("a", meta={"created_by": tree.account.user.pk})
    tree.make("b", meta={"created_by": colleague.pk})
    tree.make("c", meta={"created_by": stranger.pk})
    for number, odd in enumerate(["1", True, 2**63 - 1, -1, [1], None]):
        tree.make(f"d{number}", meta={"created_by": odd})
    tree.make("e", meta=[1])

    page = tree.get()

    assert [each["id"] for each in page["users"]] == [tree.account.user.pk, colleague.pk]
    assert page["users"][0]["email"] == tree.account.user.email
    assert tree.get(path="c")["users"] == []


@pytest.mark.parametrize(
    ("search", "found"),
    [
        ("quarter", ["Team/Quarter 1", "Team/Quarter 2"]),
        ("QUARTER 2", ["Team/Quarter 2"]),
        ('"quarter 1"', ["Team/Quarter 1"]),
        ("'rter 1'", ["Team/Quarter 1"]),
        ("quarter -2", ["Team/Quarter 1"]),
        ("quarter !2", ["Team/Quarter 1"]),
        ('quarter -"er 1"', ["Team/Quarter 2"]),
        ("don't", [r"Don't/Q\/1"]),
        ("team", ["Team/Quarter 1", "Team/Quarter 2", "Über/ÄRGER team"]),
        ("name:team", ["Über/ÄRGER team"]),
        ("path:team", ["Team/Quarter 1", "Team/Quarter 2"]),
        ("-path:team -name:team", [r"Don't/Q\/1", "Straße"]),
        ("über ärger", ["Über/ÄRGER team"]),
        ("NAME:ÄRGER", ["Über/ÄRGER team"]),
        ("STRASSE", ["Straße"]),
        ("q/1", [r"Don't/Q\/1"]),
        (r"q\/1", [r"Don't/Q\/1"]),
        ("name:q/1", [r"Don't/Q\/1"]),
        ("t/q", [r"Don't/Q\/1"]),
        ("m/q", ["Team/Quarter 1", "Team/Quarter 2"]),
        ("path:1", []),
        ("name:", ["Team/Quarter 1", "Team/Quarter 2", r"Don't/Q\/1", "Straße", "Über/ÄRGER team"]),
        ("memo", ["Team/Quarter 2"]),
        ("type:memo", ["Team/Quarter 2"]),
        ("type:mem", []),
        ("-type:doc", ["Team/Quarter 2", "Über/ÄRGER team"]),
        ("type:hog_function/", ["Über/ÄRGER team"]),
        ("type:destination", ["Über/ÄRGER team"]),
        ("type:Destination", []),
        ("ref:7", ["Team/Quarter 1"]),
        ("-ref:7 quarter", ["Team/Quarter 2"]),
        ("user:me", ["Team/Quarter 1", "Team/Quarter 2", r"Don't/Q\/1", "Straße", "Über/ÄRGER team"]),
        ("user:nobody", []),
        ("%", []),
    ],
)
def test_searching(tree: Tree, search: str, found: list[str]) -> None:
    tree.make("Team/Quarter 1", ref="7")
    tree.make("Team/Quarter 2", "memo", ref="8")
    tree.make(r"Don't/Q\/1")
    tree.make("Straße")
    tree.make("Über/ÄRGER team", "hog_function/destination")

    assert sorted(tree.paths(search=search, not_type="folder")) == sorted(found)


def test_searching_in_names_only(tree: Tree) -> None:
    tree.make("Team/Plan", "planned")
    tree.make("Plan/Team")

    assert tree.paths(search="plan", not_type="folder") == ["Plan/Team", "Team/Plan"]
    assert tree.paths(search="plan", search_name_only="true", not_type="folder") == ["Team/Plan"]


def test_searching_for_who_made_it(tree: Tree) -> None:
    ada = member_of(tree.account)
    ada.user.first_name, ada.user.last_name = "Ådne", "Løv"
    ada.user.save()
    Tree(ada).make("hers")
    tree.make("mine")

    for search in ("user:ådne", 'author:"ÅDNE løv"', f"user:{ada.user.email.upper()}", "-user:me"):
        assert tree.paths(search=search) == ["hers"], search
    assert Tree(ada).paths(search="user:me") == ["hers"]
    assert tree.paths(search="-user:ådne") == ["mine"]


@pytest.mark.parametrize(
    ("search", "expected"),
    [
        ("", []),
        ("  a  b ", [Word("a"), Word("b")]),
        ('name:"a b" c', [Word("a b", "name"), Word("c")]),
        ('-name:"a b"', [Word("a b", "name", True)]),
        ("!a -b", [Word("a", None, True), Word("b", None, True)]),
        ("- !", [Word("-"), Word("!")]),
        ('"a', [Word('"a')]),
        ('it\'s "a b"', [Word("it's"), Word("a b")]),
        ('""', []),
        ("Type:x other:y", [Word("x", "type"), Word("other:y")]),
    ],
)
def test_words_of_a_search(search: str, expected: list[Word]) -> None:
    assert words(search) == expected


@given(st.text("ab \"'-!:\\/", max_size=12))
def test_any_text_is_a_search(search: str) -> None:
    assert all(word.text for word in words(search))


@pytest.mark.parametrize(
    "search", ["'", '"', "-", "\\", "/", "-/", "name:/", "path:\\", "user:\\", "type:/", "%_", "ref:'"]
)
def test_odd_searches_are_answered(tree: Tree, search: str) -> None:
    tree.make(r"a/b\/c\\d")

    for name_only in ("true", "false"):
        tree.get(search=search, search_name_only=name_only)


def test_what_somebody_looked_at_comes_first(tree: Tree) -> None:
    for number, path in enumerate(["a", "b", "c"]):
        tree.make(path, ref=str(number))
    tree.make("shortcuts/a", ref="0", shortcut=True)
    tree.make("folder/never")
    for ref, moment in (("0", "2026-01-01T00:00:00Z"), ("2", "2026-01-02T00:00:00Z")):
        seen = {"type": "doc", "ref": ref, "viewed_at": moment}
        assert tree.send("POST", "log_view", seen).status_code == 204

    page = tree.get(order_by="-last_viewed_at")
    assert [each["path"] for each in page["results"]] == ["c", "a"]
    assert (page["count"], page["next"], page["previous"]) == (2, None, None)
    assert page["results"][0]["last_viewed_at"] == "2026-01-02T00:00:00Z"
    assert tree.paths(order_by="last_viewed_at") == ["a", "c"]
    assert [each["path"] for each in tree.get(order_by="-last_viewed_at", limit=1)["results"]] == ["c"]
    assert tree.paths(order_by="-last_viewed_at", search="name:a") == ["a"]
    assert tree.entry(path="a")["last_viewed_at"] == "2026-01-01T00:00:00Z"
    assert tree.entry(path="b")["last_viewed_at"] is None


def test_what_people_looked_at_is_told_to_themselves_only(tree: Tree) -> None:
    tree.make("a", ref="1")
    for type, ref in (("doc", "1"), ("doc", "2"), ("memo", "1"), ("doc", "1")):
        tree.send("POST", "log_view", {"type": type, "ref": ref})

    views = tree.get("log_view")
    assert [(each["type"], each["ref"]) for each in views] == [("doc", "1"), ("memo", "1"), ("doc", "2")]
    assert sorted(each["viewed_at"] for each in views) == [each["viewed_at"] for each in reversed(views)]
    assert [each["ref"] for each in tree.get("log_view", type="doc")] == ["1", "2"]
    assert len(tree.get("log_view", limit=1)) == 1
    colleague = Tree(member_of(tree.account))
    assert colleague.get("log_view") == []
    assert colleague.entry(path="a")["last_viewed_at"] is None


@pytest.mark.parametrize("body", [{}, {"type": "doc"}, {"type": "doc", "ref": ""}, {"type": "t" * 151, "ref": "1"}, []])
def test_a_view_is_of_something(tree: Tree, body: object) -> None:
    assert tree.send("POST", "log_view", body).status_code == 400
    assert tree.get("log_view") == []
