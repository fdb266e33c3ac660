"""Source files that type an application's events, to be downloaded."""

from collections.abc import Callable
from typing import NamedTuple

from django.http import HttpRequest, HttpResponse

from hedgerow.projects.models import Project
from hedgerow.taxonomy.codegen import golang, python, typescript
from hedgerow.taxonomy.codegen.described import DescribedEvent, described_events
from hedgerow.web.rendering import not_found, project_page


class Language(NamedTuple):
    """A language's name, the name of its file and what writes it."""

    title: str
    file: str
    source: Callable[[list[DescribedEvent]], str]


LANGUAGES = {
    "typescript": Language("TypeScript", "typed_posthog.ts", typescript.source),
    "python": Language("Python", "typed_posthog.py", python.source),
    "golang": Language("Go", "typed_posthog.go", golang.source),
}


@project_page
def download(request: HttpRequest, project: Project, language: str) -> HttpResponse:
    """The file for a language, made of the definitions as they are now."""
    found = LANGUAGES.get(language)
    if found is None:
        return not_found(request)
    response = HttpResponse(found.source(described_events(project.pk)), content_type="text/plain; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{found.file}"'
    response["Cache-Control"] = "no-store"
    return response
