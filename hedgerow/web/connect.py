"""How to send events to a project, and whether the first one has come."""

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.template import Context, Engine

from hedgerow.capture.sdk_files import sdk_file
from hedgerow.projects.models import Project
from hedgerow.web.questions import ask_for_latest
from hedgerow.web.rendering import project_context, project_page, render_page

SNIPPETS = Path(__file__).parent / "snippets"


@dataclass(frozen=True)
class Snippet:
    """Code ready to be pasted: where it goes, what to install before, and the text itself."""

    key: str
    title: str
    where: str
    install: str
    code: str


_KINDS = (
    ("web", "HTML", "Paste it before </head> on every page. Page views and clicks are captured by themselves.", ""),
    ("javascript", "JavaScript", "Where your app starts.", "npm install posthog-js"),
    ("python", "Python", "Where your program starts.", "pip install posthog"),
    ("node", "Node.js", "Where your server starts.", "npm install posthog-node"),
    ("curl", "HTTP", "Any language that can post JSON will do.", ""),
)


@project_page
def page(request: HttpRequest, project: Project) -> HttpResponse:
    """The project's key and ready snippets."""
    host = settings.HEDGEROW.site_url.rstrip("/") or f"{request.scheme}://{request.get_host()}"
    context = {
        **project_context(request, project, "connect"),
        "host": host,
        "snippets": snippets(host, project.api_token),
        "has_browser_library": sdk_file(settings.HEDGEROW, "array.js") is not None,
        **_first_event(project),
    }
    return render_page(request, "web/connect.html", context)


@project_page
def first_event(request: HttpRequest, project: Project) -> HttpResponse:
    """The part of the page that says whether an event has come; asked for again until one has."""
    return render_page(request, "web/parts/first_event.html", {"project": project, **_first_event(project)})


def snippets(host: str, project_api_key: str) -> list[Snippet]:
    """The snippets, with this server's address and the project's key filled in."""
    values = Context({"host": host, "key": project_api_key}, autoescape=False)
    return [
        Snippet(key, title, where, install, Engine().from_string(_text(key)).render(values).strip())
        for key, title, where, install in _KINDS
    ]


def _text(key: str) -> str:
    return (SNIPPETS / f"{key}.txt").read_text()


def _first_event(project: Project) -> dict[str, object]:
    query = {"kind": "EventsQuery", "select": ["event", "timestamp"], "orderBy": ["timestamp DESC"], "limit": 1}
    rows = ask_for_latest(project, query).rows
    if not rows:
        return {"latest": None}
    name, at = rows[0]
    return {"latest": {"name": name, "at": datetime.fromisoformat(str(at)).astimezone(ZoneInfo(project.timezone))}}
