"""Who may ask for an export, and who may read it."""

from typing import Any

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.db.models.fields.json import KeyTextTransform
from django.utils import timezone

from hedgerow.access.objects import of_seen_objects
from hedgerow.api.errors import PermissionDenied
from hedgerow.api.scopes import Key, allows
from hedgerow.exports.errors import InvalidExportError
from hedgerow.exports.models import ExportedAsset
from hedgerow.exports.paths import find_path, scopes_of
from hedgerow.projects.models import Project
from hedgerow.recordings.models import RemovedRecording
from hedgerow.recordings.rights import can_see as can_see_recordings

STUCK = (
    "Export failed without throwing an exception. Please try to rerun this export and contact support if it fails to "
    "complete multiple times."
)


def live_exports() -> QuerySet[ExportedAsset]:
    """The exports whose time is not over, of dashboards, insights and recordings that are not deleted."""
    of_live = (Q(dashboard=None) | Q(dashboard__deleted=False)) & (Q(insight=None) | Q(insight__deleted=False))
    related = ("project", "dashboard", "insight", "created_by")
    exports = ExportedAsset.objects.select_related(*related).filter(of_live, expires_after__gt=timezone.now())
    recording = KeyTextTransform("session_recording_id", "export_context")
    removed = RemovedRecording.objects.filter(project=OuterRef("project"), session_id=OuterRef("recording"))
    return exports.alias(recording=recording).exclude(Exists(removed))


def readable_by(exports: QuerySet[ExportedAsset], user: Any, project: Project) -> QuerySet[ExportedAsset]:
    """Of a project's exports those that somebody asked for, and those of recordings, which every member of the project
    may see; without those of objects that they may not see."""
    of_recordings = Q(export_context__session_recording_id__isnull=False)
    if can_see_recordings(project, user):
        readable = exports.filter(Q(created_by=user) | of_recordings)
    else:
        readable = exports.filter(created_by=user, export_context__session_recording_id__isnull=True)
    return of_seen_objects(readable, user, project)


def check_recording(context: dict[str, Any], user: Any, project: Project) -> None:
    """Raise PermissionDenied when a recording is to be exported that the person may not watch."""
    if context.get("session_recording_id") and not can_see_recordings(project, user):
        raise PermissionDenied("You do not have access to this session recording.")


def check_scopes(key: Any, fields: dict[str, Any], project_id: int) -> None:
    """Raise PermissionDenied if a key may ask for exports, but not read what is to be exported."""
    if not isinstance(key, Key):
        return
    for scope in _needed(fields, project_id):
        if not allows(key.scopes, scope):
            raise PermissionDenied(f"API key missing required scope '{scope}'")


def _needed(fields: dict[str, Any], project_id: int) -> list[str]:
    context = fields.get("export_context") or {}
    needed = {
        "insight:read": fields.get("insight"),
        "dashboard:read": fields.get("dashboard"),
        "session_recording:read": context.get("session_recording_id"),
        "heatmap:read": context.get("heatmap_url"),
        "query:read": context.get("source"),
    }
    scopes = [scope for scope, is_asked in needed.items() if is_asked]
    if not context.get("path"):
        return scopes
    try:
        return scopes + scopes_of(find_path(context["path"], context.get("method"), project_id))
    except InvalidExportError as error:
        raise PermissionDenied(str(error)) from None
