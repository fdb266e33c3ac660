"""Ingestion warnings over HTTP."""

from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from hedgerow.api.views import ProjectView
from hedgerow.eventstore.client import event_store
from hedgerow.loader.warnings import warning_summaries


class IngestionWarningSerializer(serializers.Serializer[object]):
    """One warning."""

    type = serializers.CharField()
    timestamp = serializers.DateTimeField()
    details = serializers.JSONField(help_text="What is known of it, `eventUuid` and `distinctId` among it.")


class IngestionWarningSummarySerializer(serializers.Serializer[object]):
    """All warnings of one type within the last 30 days."""

    type = serializers.CharField()
    lastSeen = serializers.DateTimeField()  # noqa: N815 - as clients know it
    count = serializers.IntegerField()
    sparkline = serializers.ListField(
        child=serializers.ListField(child=serializers.JSONField(), min_length=2, max_length=2),
        help_text="Pairs of the number of warnings and the day (UTC), in order of the days that have any.",
    )
    warnings = IngestionWarningSerializer(many=True, help_text="The newest 50.")


class IngestionWarningsSerializer(serializers.Serializer[object]):
    """The answer."""

    results = IngestionWarningSummarySerializer(many=True)


class IngestionWarningsView(ProjectView):
    """`/ingestion_warnings/`."""

    scope_object = "ingestion_warning"

    @extend_schema(
        operation_id="ingestion_warnings_list",
        parameters=[
            OpenApiParameter("q", str, description="Text to look for in type, event uuid, distinct id and details.")
        ],
        responses=IngestionWarningsSerializer,
    )
    def get(self, request: Request, project_id: str) -> Response:
        """What was dropped or changed on the way in during the last 30 days, summed up by type."""
        summaries = warning_summaries(event_store(), self.project.pk, request.query_params.get("q", ""))
        return Response(IngestionWarningsSerializer({"results": summaries}).data)
