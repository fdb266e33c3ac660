"""The tree of files in the side bar, and the page of all files."""

import html
import json
import re
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from hedgerow.actions.models import Action
from hedgerow.activity.models import ActivityLog
from hedgerow.cohorts.models import Cohort
from hedgerow.dashboards.models import Dashboard
from hedgerow.files.filing import creating_in
from hedgerow.files.models import Entry, Shortcut, View
from hedgerow.organizations.models import Organization
from hedgerow.projects.models import Project
from hedgerow.saved_insights.models import Insight
from tests.web.visiting import Visitor

pytestmark = pytest.mark.django_db

ITEM = re.compile(r'role="treeitem".*?aria-level="(\d)".*?class="tree-name"[^>]*>([^<]*)<', re.DOTALL)


def make_dashboard(project: Project, name: str, folder: str | None = None) -> Entry:
    """The entry of a new dashboard in a folder."""
    with creating_in(folder):
        made = Dashboard.objects.create(project=project, name=name)
    return Entry.objects.get(project=project, type="dashboard", ref=str(made.pk))


def items(page: str) -> list[tuple[int, str]]:
    """The level and name of each item that is shown."""
    return [(int(level), html.unescape(name)) for level, name in ITEM.findall(page)]


def change(visitor: Visitor, do: str, **fields: Any) -> str:
    """What the side bar shows after a change."""
    address = f"/project/{visitor.project.pk}/files/change"
    answer = visitor.client.post(address, {"do": do, **fields}, headers={"HX-Request": "true"})
    assert answer.status_code == 200, answer.content.decode()
    return str(html.unescape(answer.content.decode()))


def path_of(entry: Entry) -> str:
    return Entry.objects.get(pk=entry.pk).path


def test_folders_are_closed_until_they_are_opened(visitor: Visitor) -> None:
    make_dashboard(visitor.project, "Sign-ups", "Growth/Weekly")
    make_dashboard(visitor.project, "Money", "Revenue")
    assert items(visitor.text("files/tree")) == [(1, "Growth"), (1, "Revenue")]
    opened = visitor.text("files/tree", open=["Growth", "Growth/Weekly"])
    assert items(opened) == [(1, "Growth"), (2, "Weekly"), (3, "Sign-ups"), (1, "Revenue")]
    assert items(visitor.text("files/tree/folder", path="Growth")) == [(2, "Weekly")]
    assert visitor.get("files/tree/folder", path="Gone").status_code == 404


def test_the_tree_is_read_with_one_question_however_many_folders_are_open(visitor: Visitor) -> None:
    for number in range(30):
        make_dashboard(visitor.project, f"Board {number}", f"Folder {number}/Inner")

    def count(opened: list[str]) -> int:
        with CaptureQueriesContext(connection) as asked:
            visitor.text("files/tree", open=opened)
        return len(asked)

    count([])
    assert count([]) == count([f"Folder {number}" for number in range(30)])


def test_names_with_slashes_and_markup(visitor: Visitor) -> None:
    make_dashboard(visitor.project, "A/B <b>test</b> \\ %", "Team/X")
    opened = visitor.text("files/tree", open=["Team", "Team/X"])
    assert items(opened)[-1] == (3, "A/B <b>test</b> \\ %")
    assert "<b>test</b>" not in opened


def test_a_folder_is_made_renamed_and_moved_with_what_is_in_it(visitor: Visitor) -> None:
    board = make_dashboard(visitor.project, "Sign-ups", "Growth")
    assert "Made the folder “2026”" in change(visitor, "new_folder", name="2026")
    assert "There is a folder “2026” already" in change(visitor, "new_folder", name="2026")
    assert "Write a name" in change(visitor, "new_folder", name="  ")
    growth = Entry.objects.get(project=visitor.project, path="Growth")
    assert "Renamed “Growth” to “Growing”" in change(visitor, "rename", id=growth.pk, name="Growing")
    assert path_of(board) == "Growing/Sign-ups"
    shown = change(visitor, "move", id=growth.pk, folder="2026", open=["2026"])
    assert "Moved “Growing” to “2026”" in shown and (2, "Growing") in items(shown)
    assert path_of(board) == "2026/Growing/Sign-ups"
    assert "cannot be moved into itself" in change(visitor, "move", id=growth.pk, folder="2026/Growing/Deep")
    assert "to the top" in change(visitor, "move", id=board.pk, folder="")
    assert path_of(board) == "Sign-ups"


@pytest.mark.django_db(transaction=True)
def test_renaming_in_the_tree_renames_the_object(visitor: Visitor) -> None:
    board = make_dashboard(visitor.project, "Sign-ups", "Growth")
    change(visitor, "rename", id=board.pk, name="Joining")
    dashboard = Dashboard.objects.get(project=visitor.project)
    assert (dashboard.name, path_of(board)) == ("Joining", "Growth/Joining")
    (entry,) = ActivityLog.objects.filter(scope="Dashboard", activity="updated")
    assert entry.detail["changes"] == [
        {"type": "Dashboard", "action": "changed", "field": "name", "before": "Sign-ups", "after": "Joining"}
    ]
    insight = Insight.objects.create(project=visitor.project, name="Old")
    place = Entry.objects.get(project=visitor.project, type="insight", ref=insight.short_id)
    change(visitor, "rename", id=place.pk, name="New")
    insight.refresh_from_db()
    assert (insight.name, insight.last_modified_by) == ("New", visitor.user)
    first, second = (Action.objects.create(project=visitor.project, name=name) for name in ("One", "Two"))
    place = Entry.objects.get(project=visitor.project, type="action", ref=str(second.pk))
    assert "There is another action of this name" in change(visitor, "rename", id=place.pk, name=first.name)


def test_deleting_and_taking_it_back(visitor: Visitor) -> None:
    board = make_dashboard(visitor.project, "Sign-ups", "Growth/Weekly")
    growth = Entry.objects.get(project=visitor.project, path="Growth")
    assert "Delete with 2 things in it" in visitor.text(f"files/entry/{growth.pk}")
    shown = change(visitor, "delete", id=growth.pk)
    assert "Deleted “Growth” and 1 thing in it." in shown and items(shown) == []
    assert Dashboard.objects.get(project=visitor.project).deleted
    undo = re.search(r'name="items" value="(.*?)"><button', shown)
    assert undo is not None
    restored = change(visitor, "undo", items=undo[1], open=["Growth", "Growth/Weekly"])
    assert "Restored “Sign-ups”." in restored
    assert items(restored) == [(1, "Growth"), (2, "Weekly"), (3, "Sign-ups")]
    assert not Dashboard.objects.get(project=visitor.project).deleted
    assert "Couldn't restore this" in change(visitor, "undo", items=undo[1])
    for nonsense in ("", "{", "[1]", "[{}]", json.dumps([{"type": "x", "ref": "y", "path": "z"}])):
        assert "told alert" in change(visitor, "undo", items=nonsense)
    assert "not there any more" in change(visitor, "delete", id=board.pk)


def test_ones_own_shortcuts_and_what_was_looked_at_last(visitor: Visitor) -> None:
    board = make_dashboard(visitor.project, "Sign-ups", "Growth")
    cohort = Cohort.objects.create(project=visitor.project, name="Power users")
    View.objects.create(project=visitor.project, user=visitor.user, type="cohort", ref=str(cohort.pk))
    growth = Entry.objects.get(project=visitor.project, path="Growth")
    change(visitor, "keep_at_hand", id=board.pk)
    shown = change(visitor, "keep_at_hand", id=growth.pk)
    shortcuts, recent = shown.split("<h3>Recent</h3>")
    assert f'href="/project/{visitor.project.pk}/dashboard/{board.ref}">Sign-ups<' in shortcuts
    assert f'href="/project/{visitor.project.pk}/files?folder=Growth">Growth<' in shortcuts
    assert "Power users" in recent
    assert "Remove from my shortcuts" in visitor.text(f"files/entry/{board.pk}")
    change(visitor, "put_away", id=board.pk)
    assert list(Shortcut.objects.values_list("path", flat=True)) == ["Growth"]


def test_searching(visitor: Visitor) -> None:
    make_dashboard(visitor.project, "Sign-ups", "Growth/Weekly")
    Cohort.objects.create(project=visitor.project, name="Signed up")
    found = visitor.text("files/tree", find="sign type:dashboard")
    assert items(found) == [(1, "Sign-ups")] and "Growth / Weekly" in found
    assert "Nothing is called “zzz”" in visitor.text("files/tree", find="zzz")
    page = visitor.text("files", find="name:sign")
    assert "Sign-ups" in page and "Signed up" in page


def test_the_page_of_all_files_goes_folder_by_folder(visitor: Visitor) -> None:
    make_dashboard(visitor.project, "Sign-ups", "Growth/Weekly")
    assert "Growth" in visitor.text("files")
    page = visitor.text("files", folder="Growth/Weekly")
    assert "Sign-ups" in page and f'href="/project/{visitor.project.pk}/files?folder=Growth">Growth</a>' in page
    assert visitor.get("files", folder="Gone").status_code == 404
    address = f"/project/{visitor.project.pk}/files/change"
    answer = visitor.client.post(address, {"do": "new_folder", "name": "2026", "folder": "Growth", "back": "Growth"})
    assert answer["Location"] == f"/project/{visitor.project.pk}/files?folder=Growth"
    assert "Made the folder “2026”" in visitor.client.get(answer["Location"]).content.decode()


def test_what_is_unfiled_is_filed(visitor: Visitor) -> None:
    make_dashboard(visitor.project, "Sign-ups")
    Entry.objects.filter(project=visitor.project).delete()
    assert "Filed 1 thing that had no place." in change(visitor, "file_unfiled")
    assert "Everything is filed." in change(visitor, "file_unfiled")


def test_an_address_that_clients_gave_an_entry_is_not_followed(visitor: Visitor) -> None:
    entry = Entry(project=visitor.project, type="doc", ref="1", href="javascript:alert(1)")
    entry.put_at("Doc")
    entry.save()
    assert "javascript:" not in visitor.text("files/tree") + visitor.text("files")


def test_nothing_of_another_project_is_shown_or_changed(visitor: Visitor) -> None:
    other = Project.objects.create(organization=Organization.objects.create(name="Other"), name="Other")
    theirs = make_dashboard(other, "Theirs", "Growth")
    assert items(visitor.text("files/tree", open=["Growth"])) == []
    assert visitor.get("files", folder="Growth").status_code == 404
    assert visitor.get(f"files/entry/{theirs.pk}").status_code == 404
    for do in ("rename", "move", "delete", "keep_at_hand"):
        assert "not there any more" in change(visitor, do, id=theirs.pk, name="Mine", folder="")
    items_ = json.dumps([{"type": "dashboard", "ref": theirs.ref, "path": "Mine"}])
    assert "Couldn't restore this" in change(visitor, "undo", items=items_)
    assert path_of(theirs) == "Growth/Theirs"
    assert visitor.client.get(f"/project/{other.pk}/files").status_code == 404
