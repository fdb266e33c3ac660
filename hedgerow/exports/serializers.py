"""Exports on the wire."""

from datetime import timedelta
from typing import Any

from django.utils import timezone
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from hedgerow.access.objects import not_hidden
from hedgerow.api.errors import ValidationError
from hedgerow.api.fields import JSONField
from hedgerow.dashboards.models import Dashboard
from hedgerow.exports.access import STUCK, check_recording
from hedgerow.exports.errors import InvalidExportError
from hedgerow.exports.models import ExportedAsset
from hedgerow.exports.naming import VIDEOS, filename
from hedgerow.exports.paths import find_path
from hedgerow.outgoing.addresses import RefusedAddress, check_url
from hedgerow.saved_insights.models import Insight

LONGEST_RECORDING_ID = 200
_NOT_IN_RECORDING_IDS = ("/", "\\", "%", "..", "\n", "\r")
_STUCK_AFTER, _STUCK_VIDEO_AFTER = timedelta(seconds=630), timedelta(minutes=75, seconds=30)


@extend_schema_field({"type": ["object", "null"], "additionalProperties": True})
class ContextField(JSONField):
    """What is exported and how, beside an insight and a dashboard."""

    def to_internal_value(self, data: Any) -> Any:
        """The object. Raises ValidationError."""
        if not isinstance(data, dict):
            raise serializers.ValidationError("export_context must be an object.")
        return super().to_internal_value(data)


class ExportSerializer(serializers.ModelSerializer[ExportedAsset]):
    """An export; asked for with what it is of, its format and its context."""

    export_context = ContextField(required=False, allow_null=True)
    has_content = serializers.SerializerMethodField()
    filename = serializers.SerializerMethodField()
    exception = serializers.SerializerMethodField()

    class Meta:
        model = ExportedAsset
        fields = [
            "id",
            "dashboard",
            "insight",
            "export_format",
            "created_at",
            "has_content",
            "export_context",
            "filename",
            "expires_after",
            "exception",
        ]
        read_only_fields = ["id", "created_at", "expires_after"]

    def get_fields(self) -> dict[str, Any]:
        """With what is not deleted, and the person may see, as what can be exported."""
        fields: dict[str, Any] = super().get_fields()
        fields["dashboard"].queryset = not_hidden(Dashboard.objects.filter(deleted=False), self.context)
        fields["insight"].queryset = not_hidden(Insight.objects.filter(deleted=False), self.context)
        return fields

    def get_has_content(self, asset: ExportedAsset) -> bool:
        """Whether the file is there."""
        return bool(asset.content_key)

    def get_filename(self, asset: ExportedAsset) -> str:
        """What the file is called."""
        return filename(asset)

    @extend_schema_field(serializers.CharField(allow_null=True))
    def get_exception(self, asset: ExportedAsset) -> str | None:
        """Why there is no file, also where nobody is at it any more."""
        if asset.exception or asset.content_key:
            return asset.exception
        limit = _STUCK_VIDEO_AFTER if asset.export_format in VIDEOS else _STUCK_AFTER
        return STUCK if timezone.now() - asset.created_at > limit else None

    def validate(self, fields: dict[str, Any]) -> dict[str, Any]:
        """Make sure that it is said what is exported, and that it is the project's and the person's to see.

        Raises ValidationError and PermissionDenied.
        """
        project = self.context["project"]
        context = fields.get("export_context") or {}
        for name in ("dashboard", "insight"):
            if fields.get(name) is not None and fields[name].project_id != project.pk:
                raise ValidationError(f"This {name} does not belong to your team.", attr=name)
        if not (fields.get("dashboard") or fields.get("insight") or context):
            raise ValidationError("Either dashboard, insight or export_context is required for an export.")
        _check_context(context, project.pk)
        if fields["export_format"] in VIDEOS and not context.get("session_recording_id"):
            raise ValidationError("Video export supports session recordings only.", attr="export_format")
        check_recording(context, self.context["request"].user, project)
        return fields


def _check_context(context: dict[str, Any], project_id: int) -> None:
    recording = context.get("session_recording_id")
    if recording and not _is_recording_id(recording):
        raise ValidationError("Invalid session_recording_id.", attr="export_context")
    if context.get("heatmap_url"):
        try:
            check_url(str(context["heatmap_url"]))
        except RefusedAddress as error:
            raise ValidationError(f"heatmap_url not allowed: {error.reason}", attr="export_context") from None
    if context.get("path"):
        try:
            find_path(context["path"], context.get("method"), project_id)
        except InvalidExportError as error:
            raise ValidationError(str(error), attr="export_context") from None


def _is_recording_id(given: Any) -> bool:
    if not isinstance(given, str) or len(given) > LONGEST_RECORDING_ID:
        return False
    return not any(part in given for part in _NOT_IN_RECORDING_IDS)
