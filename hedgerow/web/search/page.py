"""The search of everything: a part of the dialog that every page has, and a page of its own."""

from dataclasses import dataclass

from django.db.models import Q
from django.http import HttpRequest, HttpResponse

from hedgerow.files.listing import seen_by
from hedgerow.files.models import Entry, View
from hedgerow.files.paths import name_of
from hedgerow.organizations.models import User
from hedgerow.projects.models import Project
from hedgerow.web.objects import KINDS, object_address
from hedgerow.web.rendering import project_context, project_page, render_page
from hedgerow.web.search.commands import first_commands
from hedgerow.web.search.ranking import Hit, best
from hedgerow.web.search.sources import SOURCES

LONGEST_SEARCH = 200
MOST_OF_A_KIND = 6
MOST_RECENT = 6


@dataclass(frozen=True)
class Found:
    """What was found of one kind, the best first."""

    title: str
    hits: list[Hit]


@project_page
def page(request: HttpRequest, project: Project) -> HttpResponse:
    """What `q` finds in the project; without it what the person looked at last and what can be begun."""
    text = " ".join(request.GET.get("q", "")[:LONGEST_SEARCH].split())
    assert isinstance(request.user, User)
    found = found_in(project, request.user, text) if text else offered_to(request.user, project)
    context = {"text": text, "found": found, "count": sum(len(each.hits) for each in found)}
    if request.headers.get("HX-Request"):
        return render_page(request, "web/search/results.html", context)
    return render_page(request, "web/search/page.html", {**project_context(request, project, "search"), **context})


def found_in(project: Project, user: User, text: str) -> list[Found]:
    """What a text finds, by kind; the kind with the best hit first."""
    found = [Found(source.title, best(source.find(project, user, text), MOST_OF_A_KIND)) for source in SOURCES]
    return sorted((each for each in found if each.hits), key=lambda each: each.hits[0].rank)


def offered_to(user: User, project: Project) -> list[Found]:
    """What somebody looked at last in the project, and what can be begun."""
    recent = Found("Looked at last", recent_objects(user, project, MOST_RECENT))
    return [each for each in (recent, Found("Begin", first_commands(project))) if each.hits]


def recent_objects(user: User, project: Project, most: int) -> list[Hit]:
    """The objects that somebody looked at last and that are still there, the latest first."""
    views = list(View.objects.filter(project=project, user=user).order_by("-viewed_at")[: 2 * most])
    if not views:
        return []
    seen = Q(*(Q(type=view.type, ref=view.ref) for view in views), _connector=Q.OR)
    entries = seen_by(user, project, Entry.objects.filter(seen, project=project, shortcut=False))
    names = {(entry.type, entry.ref): name_of(entry.path) for entry in entries}
    hits = [
        Hit(names[view.type, view.ref], address, KINDS.get(view.type, view.type).capitalize())
        for view in views
        if (view.type, view.ref) in names and (address := object_address(project.pk, view.type, view.ref))
    ]
    return hits[:most]
