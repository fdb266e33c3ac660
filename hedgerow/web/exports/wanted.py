"""What a page asks to have as a file."""

from dataclasses import dataclass, field
from typing import Any

from django.http import HttpRequest, QueryDict

from hedgerow.api.asked import is_whole
from hedgerow.dashboards.models import Dashboard, Tile
from hedgerow.exports.models import ExportedAsset
from hedgerow.projects.models import Project
from hedgerow.recordings.filming import can_film
from hedgerow.recordings.recorded import find_recording
from hedgerow.recordings.rights import can_see as can_see_recordings
from hedgerow.saved_insights.rights import can_see
from hedgerow.web.dashboards.board import dashboard_of
from hedgerow.web.dashboards.look import Look
from hedgerow.web.insights.choices import Choices
from hedgerow.web.saved_insights.head import found_insight
from hedgerow.web.saved_insights.questions import saved_node, sent_node
from hedgerow.web.saved_insights.wording import derived_name

Format = ExportedAsset.Format

FORMATS: dict[str, tuple[str, str, str]] = {
    "png": (Format.PNG, "Picture", "for slides and messages"),
    "pdf": (Format.PDF, "Document", "to print or to send"),
    "csv": (Format.CSV, "Table", "for every program"),
    "xlsx": (Format.XLSX, "Spreadsheet", "for Excel and others"),
    "json": (Format.JSON, "Data", "for programs"),
    "mp4": (Format.MP4, "Film", "for every device"),
    "webm": (Format.WEBM, "Film", "small, for browsers"),
    "gif": (Format.GIF, "Moving picture", "for messages and tickets"),
}
"""By their word, the formats people are offered: how the API calls them, what they are and what for."""
OF_ANSWERS = ("png", "pdf", "csv", "xlsx", "json")
PICTURES = ("png", "pdf")
"""The formats there are of a whole dashboard."""
OF_RECORDINGS = ("mp4", "webm", "gif", "png", "json")


@dataclass(frozen=True)
class Wanted:
    """What is to be exported: its name, the fields that the API takes for it, and the words of the formats it has.

    `leaves_out_look` says that filters or values that are only in the page's address do not count in the file, `note`
    what else is good to know.
    """

    title: str
    fields: dict[str, Any] = field(default_factory=dict)
    formats: tuple[str, ...] = OF_ANSWERS
    leaves_out_look: bool = False
    note: str = ""


def wanted_of(request: HttpRequest, project: Project) -> Wanted | None:
    """What a page asks for: `of-dashboard`, one `of-tile` of it, `of-insight`, `of-recording`, or the question of
    its editor.

    An insight with a question in the editor is exported with that one. None for what is not there.
    """
    asked = request.GET
    if "of-dashboard" in asked:
        dashboard = dashboard_of(project, _number(asked.get("of-dashboard", "")), request.user)
        return _of_dashboard(dashboard, asked, request.user) if dashboard else None
    if "of-insight" in asked:
        return _of_insight(project, asked, request.user)
    if "of-recording" in asked:
        return _of_recording(project, asked) if can_see_recordings(project, request.user) else None
    choices = Choices(project, request.user)
    return _of_question(sent_node(asked, choices), choices)


def _of_dashboard(dashboard: Dashboard, asked: QueryDict, user: Any) -> Wanted:
    look = Look.of(asked, dashboard)
    fields: dict[str, Any] = {"dashboard": dashboard.pk}
    if look.variables:
        fields["export_context"] = {"variables_override": look.variables}
    has_own_filters = look.kept != Look.of(QueryDict(), dashboard).kept
    if "of-tile" not in asked:
        return Wanted(str(dashboard), fields, PICTURES, has_own_filters)
    tiles = Tile.objects.filter(dashboard=dashboard, deleted=False, insight__deleted=False).select_related("insight")
    tile = tiles.filter(pk=_number(asked.get("of-tile", ""))).first()
    if tile is None or tile.insight is None or not can_see(tile.insight, user):
        return Wanted(str(dashboard), fields, PICTURES, has_own_filters)
    return Wanted(str(tile.insight), {**fields, "insight": tile.insight.pk}, leaves_out_look=has_own_filters)


def _of_insight(project: Project, asked: QueryDict, user: Any) -> Wanted | None:
    insight = found_insight(project, asked.get("of-insight", ""), user)
    if insight is None:
        return None
    fields: dict[str, Any] = {"insight": insight.pk}
    saved = saved_node(insight)
    if "base" in asked or asked.get("as") == "sql":
        node = sent_node(asked, Choices(project, user), saved)
        if node.get("source") != saved.get("source"):
            fields["export_context"] = {"source": node}
    return Wanted(str(insight), fields)


def _of_question(node: dict[str, Any], choices: Choices) -> Wanted:
    title = derived_name(node, choices)
    is_sql = (node.get("source") or {}).get("kind") == "HogQLQuery"
    return Wanted(title, {"export_context": {"source": node, "filename": "query" if is_sql else title}})


def _of_recording(project: Project, asked: QueryDict) -> Wanted | None:
    """With pictures and films only where the server can make them."""
    recorded = find_recording(project, asked.get("of-recording", ""))
    if recorded is None:
        return None
    moment = asked.get("moment", "")
    context = {"session_recording_id": recorded.session_id, "timestamp": moment, "filename": "recording"}
    if not can_film():
        note = "Films and pictures need a browser and ffmpeg, which this server has not been told of."
        return Wanted("recording", {"export_context": context}, ("json",), note=note)
    note = "A film is four times as fast and without the pauses. It begins where the player stands, as a picture does."
    return Wanted("recording", {"export_context": context}, OF_RECORDINGS, note=note)


def _number(text: str) -> int:
    """The id in a text, one of nothing where it is none."""
    return int(text) if is_whole(text) else 0
