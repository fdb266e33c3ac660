"""The tree as it is shown: folders that are open with what lies in them, the others closed."""

from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field

from django.db.models import Case, Q, QuerySet, Value, When
from django.urls import reverse
from django.utils.http import urlencode

from hedgerow.files import paths
from hedgerow.files.listing import seen_by
from hedgerow.files.models import Entry, Shortcut
from hedgerow.files.search import matching
from hedgerow.files.tree import beneath
from hedgerow.organizations.models import User
from hedgerow.projects.models import Project
from hedgerow.web.objects import KINDS, object_address
from hedgerow.web.search.ranking import Hit

MOST_OPEN = 100
MOST_IN_A_FOLDER = 200
MOST_ROWS = 3_000
MOST_FOUND = 50
MOST_SHORTCUTS = 20

FOLDERS_FIRST = (
    Case(When(type=Entry.FOLDER, then=Value(0)), default=Value(1)),
    *("folded_path", "path", "id"),
)


@dataclass
class Node:
    """An entry of the tree; an open folder has `children`, and `left_out` says whether there are more of them."""

    entry: Entry
    level: int
    is_open: bool = False
    children: list["Node"] = field(default_factory=list)
    left_out: bool = False
    detail: str = ""

    @property
    def name(self) -> str:
        """What it is called."""
        return paths.name_of(self.entry.path)

    @property
    def kind(self) -> str:
        """The word for what it is."""
        return KINDS.get(self.entry.type, self.entry.type)

    @property
    def is_folder(self) -> bool:
        """Whether it can be opened and hold others. A shortcut to a folder leads to it instead."""
        return self.entry.is_folder

    @property
    def address(self) -> str:
        """Where its page is; "" where it has none."""
        return entry_address(self.entry)


def entry_address(entry: Entry) -> str:
    """Where the page of an entry is: of a folder, its contents; "" of what this server has no page for."""
    if entry.is_folder:
        return folder_address(entry.project_id, entry.path)
    return object_address(entry.project_id, entry.type, entry.ref or "")


def folder_address(project_id: int, path: str) -> str:
    """The page that shows what a folder holds; `""` is the root."""
    address = reverse("files", args=[project_id])
    return f"{address}?{urlencode({'folder': path})}" if path else address


def shown_tree(project: Project, user: User, opened: Iterable[str]) -> Node:
    """The root with everything that can be seen while these folders (by their paths) are open; one question."""
    is_open = {path for each in list(opened)[:MOST_OPEN] if (path := paths.canonical(each))}
    seen = Q(depth=1)
    for path in is_open:
        seen |= Q(beneath(path), depth=paths.depth(path) + 1)
    in_folder: defaultdict[str, list[Entry]] = defaultdict(list)
    for entry in _in_order(project, user).filter(seen)[:MOST_ROWS]:
        in_folder[paths.folder_of(entry.path)].append(entry)
    root = Node(Entry(project=project, type=Entry.FOLDER, path=""), 0, is_open=True)
    _fill(root, in_folder, is_open)
    return root


def opened_folder(project: Project, user: User, path: str) -> Node | None:
    """A folder (`""`: the root) with what lies directly in it; None where there is no such folder."""
    folder = paths.canonical(path)
    root = Entry(project=project, type=Entry.FOLDER, path="")
    found = Entry.objects.filter(project=project, type=Entry.FOLDER, path=folder).first() if folder else root
    if found is None:
        return None
    within = beneath(folder) if folder else Q()
    entries = list(_in_order(project, user).filter(within, depth=paths.depth(folder) + 1)[: MOST_IN_A_FOLDER + 1])
    node = Node(found, paths.depth(folder), is_open=True)
    _fill(node, {folder: entries}, ())
    return node


def found_entries(project: Project, user: User, text: str) -> list[Node]:
    """The entries that a text finds, each with the folder it is in."""
    entries = matching(_in_order(project, user), text, user)[:MOST_FOUND]
    return [Node(entry, 1, detail=" / ".join(paths.split(entry.path)[:-1])) for entry in entries]


def own_shortcuts(project: Project, user: User) -> list[Hit]:
    """What somebody keeps at hand."""
    own = seen_by(user, project, Shortcut.objects.filter(project=project, user=user))
    rows = own.order_by("order", "path")[:MOST_SHORTCUTS]
    hits = []
    for each in rows:
        address = (
            folder_address(project.pk, each.ref or each.path)
            if each.type == Entry.FOLDER
            else object_address(project.pk, each.type, each.ref or "")
        )
        if address:
            hits.append(Hit(paths.name_of(each.path), address, KINDS.get(each.type, each.type).capitalize()))
    return hits


def _in_order(project: Project, user: User) -> QuerySet[Entry]:
    seen = seen_by(user, project, Entry.objects.filter(project=project))
    return seen.select_related("created_by").order_by(*FOLDERS_FIRST)


def _fill(node: Node, in_folder: dict[str, list[Entry]], is_open: Collection[str]) -> None:
    entries = in_folder.get(node.entry.path, [])
    node.left_out = len(entries) > MOST_IN_A_FOLDER
    for entry in entries[:MOST_IN_A_FOLDER]:
        child = Node(entry, node.level + 1, entry.is_folder and entry.path in is_open)
        if child.is_open:
            _fill(child, in_folder, is_open)
        node.children.append(child)
