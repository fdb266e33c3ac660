"""The tree over HTTP: the part in the side bar, its folders, the dialog about one entry, and the page of all files."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_POST
from rest_framework.exceptions import APIException

from hedgerow.files import paths
from hedgerow.files.listing import entries_of
from hedgerow.files.models import Entry
from hedgerow.files.tree import beneath
from hedgerow.organizations.models import User
from hedgerow.projects.models import Project
from hedgerow.web.records import sentence_of
from hedgerow.web.rendering import not_found, project_context, project_page, render_page
from hedgerow.web.search.page import recent_objects
from hedgerow.web.tree.changing import Done, changed, own_shortcut
from hedgerow.web.tree.nodes import Node, folder_address, found_entries, opened_folder, own_shortcuts, shown_tree

LONGEST_SEARCH = 200
MOST_FOLDERS = 1_000
MOST_RECENT = 5
CHANGED = "tree-changed"
"""What a page is told when something in the tree is different."""


@project_page
def tree(request: HttpRequest, project: Project) -> HttpResponse:
    """The part in the side bar: the folders that `open` names are open; what `find` finds, if there is such a text."""
    return _tree(request, project, request.GET.getlist("open"), request.GET.get("find", ""))


@project_page
def folder(request: HttpRequest, project: Project) -> HttpResponse:
    """What lies in the folder `path`, to be put into the tree."""
    assert isinstance(request.user, User)
    node = opened_folder(project, request.user, request.GET.get("path", ""))
    if node is None:
        return not_found(request)
    return render_page(request, "web/tree/children.html", {"node": node, "project": project})


@project_page
def entry(request: HttpRequest, project: Project, entry_id: UUID) -> HttpResponse:
    """The dialog about one entry: its name, its folder, what can be done to it."""
    assert isinstance(request.user, User)
    found = entries_of(project, request.user).filter(pk=entry_id).first()
    if found is None:
        return not_found(request)
    context = {
        "project": project,
        "node": Node(found, found.depth),
        "folder": paths.folder_of(found.path),
        "folders": _folders(project),
        "inside": entries_of(project, request.user).filter(beneath(found.path)).count() if found.is_folder else 0,
        "is_at_hand": own_shortcut(found, request.user).exists(),
    }
    return render_page(request, "web/tree/entry.html", context)


@require_POST
@project_page
def change(request: HttpRequest, project: Project) -> HttpResponse:
    """Do something to the tree: `do` says what. Answers with the tree; without scripts, leads back to the files."""
    assert isinstance(request.user, User)
    problem = ""
    try:
        done = changed(project, request.user, request.POST)
    except APIException as error:
        done, problem = Done(""), sentence_of(error)
    if not request.headers.get("HX-Request"):
        messages.add_message(request, messages.ERROR if problem else messages.SUCCESS, problem or done.sentence)
        return redirect(folder_address(project.pk, request.POST.get("back", "")))
    response = _tree(request, project, request.POST.getlist("open"), "", done, problem)
    if not problem:
        response["HX-Trigger-After-Settle"] = CHANGED
    return response


@project_page
def page(request: HttpRequest, project: Project) -> HttpResponse:
    """All files, folder by folder, or those that a search finds."""
    assert isinstance(request.user, User)
    text = request.GET.get("find", "").strip()[:LONGEST_SEARCH]
    path = paths.canonical(request.GET.get("folder", ""))
    shown = opened_folder(project, request.user, path)
    if shown is None:
        return not_found(request)
    nodes = found_entries(project, request.user, text) if text else shown.children
    trail = [("Files", "")] + [(paths.name_of(each), each) for each in (*paths.folders_of(path), path) if each]
    context = {
        **project_context(request, project, "files"),
        "nodes": nodes,
        "find": text,
        "folder": path,
        "left_out": not text and shown.left_out,
        "trail": [(name, folder_address(project.pk, each)) for name, each in trail],
        "title": trail[-1][0],
    }
    return render_page(request, "web/tree/page.html", context)


def _tree(
    request: HttpRequest, project: Project, opened: list[str], find: str, done: Done | None = None, problem: str = ""
) -> HttpResponse:
    assert isinstance(request.user, User)
    text = find.strip()[:LONGEST_SEARCH]
    context: dict[str, Any] = {"project": project, "done": done, "problem": problem, "find": text}
    if text:
        context["found"] = found_entries(project, request.user, text)
    else:
        context["root"] = shown_tree(project, request.user, opened)
        context["shortcuts"] = own_shortcuts(project, request.user)
        context["recent"] = recent_objects(request.user, project, MOST_RECENT)
    return render_page(request, "web/tree/tree.html", context)


def _folders(project: Project) -> list[tuple[str, str]]:
    """The paths of the folders, and how they are read."""
    folders: QuerySet[Entry] = Entry.objects.filter(project=project, type=Entry.FOLDER, shortcut=False)
    found = folders.order_by("folded_path", "path").values_list("path", flat=True)[:MOST_FOLDERS]
    return [(path, " / ".join(paths.split(path))) for path in found]
