"""`/api/projects/:project_id/dashboards/`."""

from typing import Any

from django.db.models import QuerySet
from django.utils import timezone
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import mixins
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from hedgerow.api.access import caller
from hedgerow.api.asked import checked, is_on, object_body
from hedgerow.api.errors import ValidationError
from hedgerow.dashboards.asked import ChangedDashboardSerializer, NewDashboardSerializer
from hedgerow.dashboards.board import BoardView
from hedgerow.dashboards.changing import change_dashboard
from hedgerow.dashboards.listing import listed_ids
from hedgerow.dashboards.making import USED_TOGETHER, create_dashboard
from hedgerow.dashboards.models import Dashboard
from hedgerow.dashboards.presenting import full_dashboard, row_context
from hedgerow.dashboards.rights import require_edit
from hedgerow.dashboards.serializers import DashboardRowSerializer, DashboardSerializer
from hedgerow.dashboards.tile_views import TileActions
from hedgerow.sharing.reading import OpenToShares

LOOKING = [
    OpenApiParameter("refresh", str, description="How fresh results must be; by default nothing is computed."),
    OpenApiParameter("filters_override", str, description="JSON of filters that count for this answer only."),
    OpenApiParameter("variables_override", str, description="JSON of values of SQL variables, likewise."),
]


class DashboardsViewSet(mixins.ListModelMixin, TileActions, OpenToShares, BoardView):
    """The dashboards of a project. A deleted one is gone for everything but the request that brings it back."""

    serializer_class = DashboardSerializer
    shared_kind = "dashboard"

    def get_queryset(self) -> QuerySet[Dashboard]:
        """The project's dashboards, without deleted ones unless this request is to restore one."""
        dashboards = super().get_queryset()
        return dashboards if self._restores else dashboards.filter(deleted=False)

    @property
    def _restores(self) -> bool:
        body = self.request.data if self.action in ("update", "partial_update") else None
        return isinstance(body, dict) and body.get("deleted") is False

    @extend_schema(
        parameters=[
            OpenApiParameter("search", str, description="Part of the name, the description or a tag, or nearly so."),
            OpenApiParameter("tags", str, many=True, description="Those with any of these tags."),
            OpenApiParameter("creation_mode", str, enum=Dashboard.CreationMode.values),
            OpenApiParameter("exclude_generated", bool),
            OpenApiParameter("pinned", bool),
        ],
        responses=DashboardRowSerializer(many=True),
    )
    def list(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """The dashboards without their tiles: pinned ones first, then by name."""
        matches = listed_ids(self.get_queryset(), request.query_params)
        page = self.paginate_queryset(list(matches))
        known = self.get_queryset().in_bulk(page or [])
        dashboards = [known[pk] for pk in page or [] if pk in known]
        for dashboard in dashboards:
            dashboard.match_type = matches[dashboard.pk]  # type: ignore[attr-defined]
        context = self.get_serializer_context()
        rows = DashboardRowSerializer(dashboards, many=True, context={**context, **row_context(context, dashboards)})
        return self.get_paginated_response(rows.data)

    @extend_schema(request=NewDashboardSerializer, responses={201: DashboardSerializer})
    def create(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Make a dashboard: an empty one, one by a template, or a copy of another."""
        body = object_body(request)
        if body.get("use_template") and body.get("use_dashboard"):
            raise ValidationError(USED_TOGETHER)
        fields = checked(NewDashboardSerializer(data=body))
        folder = fields.pop("_create_in_folder", None)
        dashboard = create_dashboard(self.project, caller(request), folder=folder, **fields)
        return Response(self.full(dashboard), status=201)

    @extend_schema(
        parameters=[*LOOKING, OpenApiParameter("basic", bool, description="Leaves the results of insights out.")],
        responses=DashboardSerializer,
    )
    def retrieve(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """One dashboard with its tiles and their results."""
        dashboard = self.get_object()
        context = self.looking_context()
        self.note_access(dashboard, context["refresh"])
        return Response(full_dashboard(dashboard, context, with_results=not is_on(request, "basic")))

    @extend_schema(request=ChangedDashboardSerializer, parameters=LOOKING, responses=DashboardSerializer)
    def update(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Change what is sent, and nothing else."""
        return self._change(request)

    @extend_schema(request=ChangedDashboardSerializer, parameters=LOOKING, responses=DashboardSerializer)
    def partial_update(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Change what is sent. `{"deleted": true}` deletes the dashboard, `{"deleted": false}` brings it back."""
        return self._change(request)

    @extend_schema(request=OpenApiTypes.OBJECT, responses={200: DashboardSerializer})
    @action(methods=["POST"], detail=False, required_scopes=["dashboard:write"])
    def create_from_template_json(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Make a dashboard by the recipe in `template`."""
        from hedgerow.dashboard_templates.schema import check_template

        body = object_body(request)
        if not isinstance(body.get("template"), dict):
            raise ValidationError("Expected an object.", attr="template")
        folder = body.get("_create_in_folder")
        if folder is not None and not isinstance(folder, str):
            raise ValidationError("Not a valid string.", attr="_create_in_folder")
        check_template(body["template"])
        user = caller(request)
        return Response(self.full(create_dashboard(self.project, user, template=body["template"], folder=folder)))

    def note_access(self, dashboard: Dashboard, refresh: str) -> None:
        """Remember that somebody looked at it, and that its results were asked for anew."""
        dashboard.last_accessed_at = timezone.now()
        if refresh.startswith("force_") and refresh != "force_cache":
            dashboard.last_refresh = dashboard.last_accessed_at
        told = {"last_accessed_at": dashboard.last_accessed_at, "last_refresh": dashboard.last_refresh}
        Dashboard.objects.filter(pk=dashboard.pk).update(**told)

    def _change(self, request: Request) -> Response:
        context = self.looking_context()
        dashboard = self.get_object()
        require_edit(dashboard, request.user)
        fields = checked(ChangedDashboardSerializer(data=object_body(request)))
        change_dashboard(dashboard, caller(request), **fields)
        return Response(full_dashboard(dashboard, context))
