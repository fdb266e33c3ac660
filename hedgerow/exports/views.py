"""`/api/projects/:project_id/exports/`."""

from time import monotonic, sleep
from typing import Any

from django.conf import settings
from django.db.models import QuerySet
from django.http.response import HttpResponseBase
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import mixins
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from hedgerow.api.access import caller
from hedgerow.api.asked import is_on, is_whole
from hedgerow.api.errors import NotFound
from hedgerow.api.views import ProjectViewSet
from hedgerow.exports.access import check_scopes, live_exports, readable_by
from hedgerow.exports.making import ask_for_export
from hedgerow.exports.models import ExportedAsset
from hedgerow.exports.naming import VIDEOS
from hedgerow.exports.recording import record_export
from hedgerow.exports.sending import file_response
from hedgerow.exports.serializers import ExportSerializer

_LOOK_SECONDS = 0.05


class ExportsViewSet(mixins.ListModelMixin, mixins.RetrieveModelMixin, ProjectViewSet[ExportedAsset]):
    """The files that people have asked for. Who asked for one can read it, until its time is over."""

    queryset = ExportedAsset.objects.order_by("-created_at", "-id")
    serializer_class = ExportSerializer
    scope_object = "export"
    lookup_value_regex = "[^/]+"

    def get_queryset(self) -> QuerySet[ExportedAsset]:
        """The caller's exports; of a list those that the request asks for."""
        if getattr(self, "swagger_fake_view", False):
            return super().get_queryset()
        exports = live_exports().filter(project=self.project).order_by("-created_at", "-id")
        exports = readable_by(exports, self.request.user, self.project)
        if self.action != "list":
            return exports
        exports = exports.filter(created_by=caller(self.request), is_system=False)
        asked = {name: str(value).replace("\0", "") for name, value in self.request.query_params.items()}
        if asked.get("export_format") in ExportedAsset.Format.values:
            exports = exports.filter(export_format=asked["export_format"])
        if recording := asked.get("session_recording_id"):
            exports = exports.filter(export_context__session_recording_id=recording)
        if path := asked.get("context_path"):
            exports = exports.filter(export_context__path__icontains=path)
        return exports

    def get_object(self) -> ExportedAsset:
        """The export in the path. Raises NotFound."""
        given = self.kwargs["pk"]
        if not is_whole(given):
            raise NotFound()
        asset: ExportedAsset = super().get_object()
        return asset

    @extend_schema(
        parameters=[
            OpenApiParameter("export_format", str),
            OpenApiParameter("session_recording_id", str),
            OpenApiParameter("context_path", str, description="Part of the path of the API that was exported."),
        ]
    )
    def list(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """The caller's exports, the newest first."""
        return super().list(request, *args, **kwargs)

    @extend_schema(request=ExportSerializer, responses={201: ExportSerializer})
    def create(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Ask for a file. The answer waits some seconds for it; one that takes longer is told without content."""
        asked = self.get_serializer(data=request.data)
        asked.is_valid(raise_exception=True)
        check_scopes(request.auth, asked.validated_data, self.project.pk)
        asset = ask_for_export(self.project, caller(request), **asked.validated_data)
        record_export(asset)
        _wait(asset)
        return Response(self.get_serializer(asset).data, status=201)

    @extend_schema(
        parameters=[
            OpenApiParameter("download", bool, description="To be saved under its name."),
            OpenApiParameter("direct", bool, description="The bytes themselves, which are always given."),
        ],
        responses={(200, "*/*"): OpenApiTypes.BINARY, 404: OpenApiTypes.OBJECT},
        filters=False,
    )
    @action(methods=["GET"], detail=True, required_scopes=["export:read"])
    def content(self, request: Request, *args: Any, **kwargs: Any) -> HttpResponseBase:
        """The file."""
        asked_range = request.headers.get("Range", "")
        response = file_response(self.get_object(), asked_range, is_download=is_on(request, "download"))
        if response is None:
            raise NotFound()
        return response


def _wait(asset: ExportedAsset) -> None:
    """Wait for the file, or the reason why there is none, as long as the settings say."""
    if asset.export_format in VIDEOS:
        return
    until = monotonic() + settings.HEDGEROW.export_wait_seconds
    while asset.finished_at is None and monotonic() < until:
        sleep(_LOOK_SECONDS)
        asset.refresh_from_db(fields=["finished_at", "content_key", "exception"])
