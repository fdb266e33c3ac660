"""`/api/projects/:project_id/dashboard_templates/`."""

from typing import Any
from uuid import UUID

from django.utils.cache import patch_cache_control
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import mixins, serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from hedgerow.activity.views import WithActivity
from hedgerow.api.access import caller
from hedgerow.api.asked import checked
from hedgerow.api.errors import NotFound
from hedgerow.api.scopes import Key
from hedgerow.api.views import KeptWhenDeleted, is_uuid
from hedgerow.dashboard_templates.copying import copy_template
from hedgerow.dashboard_templates.listing import find, listed_templates
from hedgerow.dashboard_templates.models import DashboardTemplate
from hedgerow.dashboard_templates.rules import check_may_edit
from hedgerow.dashboard_templates.saving import SCOPE, change_template, make_template
from hedgerow.dashboard_templates.schema import JSON_SCHEMA
from hedgerow.dashboard_templates.serializers import CopySerializer, DashboardTemplateSerializer

_SCHEMA_SECONDS = 120


class DashboardTemplatesViewSet(
    mixins.CreateModelMixin,
    mixins.RetrieveModelMixin,
    mixins.UpdateModelMixin,
    KeptWhenDeleted,
    WithActivity,
):
    """The templates a project is offered: its own, and those for all. A deleted one is not listed, but can be looked at
    and restored."""

    queryset = DashboardTemplate.objects.all()
    serializer_class = DashboardTemplateSerializer
    scope_object = "dashboard_template"
    activity_scope = SCOPE
    lookup_value_regex = "[^/]+"

    def get_object(self) -> DashboardTemplate:
        """The template in the path. Raises NotFound."""
        given = self.kwargs["pk"]
        template = find(self.project, UUID(given)) if is_uuid(given) else None
        if template is None:
            raise NotFound()
        return template

    @extend_schema(
        parameters=[
            OpenApiParameter("scope", str, enum=DashboardTemplate.Scope.values),
            OpenApiParameter("search", str, description="Part of the name, a tag or the description, in any case."),
            OpenApiParameter("ordering", str, enum=["template_name", "-template_name", "created_at", "-created_at"]),
            OpenApiParameter("is_featured", bool),
        ],
        responses=DashboardTemplateSerializer(many=True),
    )
    def list(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """The templates that are not deleted: the project's and those for all."""
        assert self.paginator is not None
        templates: Any = listed_templates(self.project, request.query_params)
        page: Any = self.paginator.paginate_queryset(templates, request, view=self)
        return self.get_paginated_response(self.get_serializer(page, many=True).data)

    def perform_create(self, serializer: serializers.BaseSerializer[DashboardTemplate]) -> None:
        """Make the template."""
        make_template(serializer, self.project, caller(self.request))

    def update(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Change the template; also hides it (`deleted`) or brings it back."""
        check_may_edit(self.get_object(), caller(request))
        return super().update(request, *args, **kwargs)

    def perform_update(self, serializer: serializers.BaseSerializer[DashboardTemplate]) -> None:
        """Change the template, and note whether it was hidden or brought back."""
        change_template(serializer, self.project, caller(self.request))

    @extend_schema(responses=OpenApiTypes.OBJECT, filters=False)
    @action(methods=["GET"], detail=False, required_scopes=["dashboard_template:read"], pagination_class=None)
    def json_schema(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """What a template looks like, as JSON Schema."""
        response = Response(JSON_SCHEMA)
        patch_cache_control(response, max_age=_SCHEMA_SECONDS)
        return response

    @extend_schema(request=CopySerializer, responses={201: DashboardTemplateSerializer})
    @action(methods=["POST"], detail=False, required_scopes=["dashboard_template:write"])
    def copy_between_projects(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Copy a template of another project of the organization into this one."""
        id = checked(CopySerializer(data=request.data))["source_template_id"]
        key = request.auth if isinstance(request.auth, Key) else None
        copy = copy_template(id, self.project, caller(request), key)
        return Response(self.get_serializer(copy).data, status=201)
