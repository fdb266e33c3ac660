"""Trees of many entries: what is listed is found by an index, and much is moved in few statements."""

from typing import Any

import pytest
from django.db import connection

from hedgerow.files import paths
from hedgerow.files.listing import listed_entries
from hedgerow.files.models import Entry
from tests.accounts import Account, make_account
from tests.files.calling import Tree

pytestmark = pytest.mark.django_db


def fill(account: Account, folders: int, files: int) -> None:
    """Folders in `big`, each with files."""
    places = [("folder", "big"), *(("folder", f"big/{folder:03}") for folder in range(folders))]
    places += [("doc", f"big/{folder:03}/{file:03}") for folder in range(folders) for file in range(files)]
    entries = [Entry(project=account.project, type=type) for type, _ in places]
    for entry, (_, path) in zip(entries, places, strict=True):
        entry.put_at(path)
    Entry.objects.bulk_create(entries, batch_size=500)


@pytest.mark.parametrize(
    ("asked", "index"),
    [
        ({"depth": "1"}, "entries_by_depth"),
        ({"depth": "3", "parent": "big/001"}, "entries_by_"),
        ({"parent": "big/001"}, "entries_by_path"),
        ({"path": "big/001"}, "entries_by_path"),
        ({"type": "doc", "ref": "7"}, "entries_of_an_object"),
    ],
)
def test_entries_are_found_by_an_index(asked: dict[str, str], index: str) -> None:
    account = make_account()
    fill(account, 20, 100)
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("SET LOCAL enable_seqscan = off")
        cursor.execute("ANALYZE")

    plan = listed_entries(account.project, account.user, asked).explain()

    assert index in plan, plan


def test_a_folder_is_moved_in_few_statements_whatever_is_in_it(tree: Tree, django_assert_max_num_queries: Any) -> None:
    fill(tree.account, 10, 100)
    folder = tree.entry(path="big")

    with django_assert_max_num_queries(25):
        tree.done("POST", f"{folder['id']}/move", {"new_path": "moved/deeper"})

    moved = Entry.objects.filter(project=tree.account.project, type="doc")
    assert {each.path.rsplit("/", 2)[0] for each in moved} == {"moved/deeper"}
    assert all(each.depth == paths.depth(each.path) == 4 for each in moved)
