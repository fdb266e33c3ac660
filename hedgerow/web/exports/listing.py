"""The list of the files that somebody has asked for."""

from dataclasses import dataclass
from datetime import datetime

from django.http import HttpRequest, HttpResponse
from django.urls import reverse

from hedgerow.access.objects import of_seen_objects
from hedgerow.exports.access import live_exports
from hedgerow.exports.links import public_link
from hedgerow.exports.models import ExportedAsset
from hedgerow.exports.naming import extension
from hedgerow.exports.serializers import ExportSerializer
from hedgerow.organizations.models import User
from hedgerow.projects.models import Project
from hedgerow.web.records import ROWS, offset_of, pages_of
from hedgerow.web.rendering import project_context, project_page, render_page

KINDS = {
    "dashboard": "Dashboard",
    "insight": "Insight",
    "recording": "Recording",
    "heatmap": "Heatmap",
    "query": "Query",
}


@dataclass(frozen=True)
class Told:
    """A file that was asked for, as pages tell of it.

    `share` of the rows, from 0 to 1, are in it, None where it is not known how many there are. `problem` says why there
    is none, `link` opens it without an account.
    """

    id: int
    title: str
    kind: str
    source: str
    """The page of what it shows; "" where there is none."""
    filename: str
    format: str
    asked_at: datetime
    expires: datetime
    size: int | None
    rows: int
    share: float | None
    is_ready: bool
    problem: str
    link: str

    @property
    def is_at_work(self) -> bool:
        """Whether it is being made."""
        return not self.is_ready and not self.problem


@project_page
def page(request: HttpRequest, project: Project) -> HttpResponse:
    """The person's exports, the newest first; those that are being made are looked at again and again."""
    assert isinstance(request.user, User)
    mine = live_exports().filter(project=project, created_by=request.user, is_system=False)
    mine = of_seen_objects(mine, request.user, project)
    offset = offset_of(request)
    found = list(mine.order_by("-created_at", "-pk")[offset : offset + ROWS + 1])
    exports = [told_of(each) for each in found[:ROWS]]
    context = {
        **project_context(request, project, "exports"),
        "exports": exports,
        "is_any_at_work": any(each.is_at_work for each in exports),
        "pages": pages_of(request, offset, len(exports), has_more=len(found) > ROWS),
    }
    return render_page(request, "web/exports/list.html", context)


def told_of(asset: ExportedAsset) -> Told:
    """An export in words."""
    fields = ExportSerializer(asset).data
    kind, title, source = _shown(asset)
    total = asset.rows_total
    return Told(
        id=asset.pk,
        title=title or fields["filename"],
        kind=KINDS[kind],
        source=source,
        filename=fields["filename"],
        format=extension(asset).upper(),
        asked_at=asset.created_at,
        expires=asset.expires_after,
        size=asset.size,
        rows=0 if kind == "recording" else asset.rows_done,
        share=min(1.0, asset.rows_done / total) if total else None,
        is_ready=fields["has_content"],
        problem=fields["exception"] or "",
        link=public_link(asset) if fields["has_content"] else "",
    )


def _shown(asset: ExportedAsset) -> tuple[str, str, str]:
    """What it is of: the kind, the name and the page."""
    context = asset.export_context or {}
    if asset.insight is not None:
        page = reverse("saved_insight", args=[asset.project_id, asset.insight.short_id])
        return "insight", str(asset.insight), page
    if asset.dashboard is not None:
        page = reverse("dashboard", args=[asset.project_id, asset.dashboard.pk])
        return "dashboard", str(asset.dashboard), page
    if context.get("session_recording_id"):
        page = reverse("recording", args=[asset.project_id, str(context["session_recording_id"])])
        return "recording", str(context["session_recording_id"]), page
    if context.get("heatmap_url"):
        return "heatmap", str(context["heatmap_url"]), ""
    name = context.get("filename")
    return "query", name if isinstance(name, str) else "", ""
