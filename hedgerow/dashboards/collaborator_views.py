"""`/api/projects/:project_id/dashboards/:dashboard_id/collaborators/`."""

from collections.abc import Sequence
from functools import cached_property
from typing import Any

from django.db.models import QuerySet
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from hedgerow.access.rules import visible
from hedgerow.activity.recording import change
from hedgerow.api.asked import checked, is_whole, object_body
from hedgerow.api.errors import NotFound, ValidationError
from hedgerow.api.views import ProjectViewSet, is_uuid
from hedgerow.dashboards.models import Collaborator, Dashboard, RestrictionLevel
from hedgerow.dashboards.recording import SCOPE, record
from hedgerow.dashboards.rights import can_restrict, require_edit
from hedgerow.dashboards.serializers import CollaboratorSerializer
from hedgerow.organizations.models import User


class NewCollaboratorSerializer(serializers.Serializer[Any]):
    """Who is to edit the dashboard."""

    user_uuid = serializers.UUIDField()
    level = serializers.ChoiceField(choices=RestrictionLevel.choices, default=RestrictionLevel.COLLABORATORS)


class CollaboratorsViewSet(ProjectViewSet[Collaborator]):
    """Who, beside its maker and admins, may edit a restricted dashboard."""

    queryset = Collaborator.objects.select_related("user").order_by("added_at", "pk")
    serializer_class = CollaboratorSerializer
    scope_object = "dashboard"
    pagination_class = None
    lookup_field = "user_uuid"
    lookup_value_regex = "[^/.]+"

    @cached_property
    def dashboard(self) -> Dashboard:
        """The dashboard in the path. Raises NotFound."""
        given = self.kwargs["dashboard_id"]
        if not is_whole(given):
            raise NotFound()
        dashboards = Dashboard.objects.select_related("project").filter(project=self.project, deleted=False)
        dashboard = visible(dashboards, self.request.user, self.project).filter(pk=int(given)).first()
        if dashboard is None:
            raise NotFound()
        return dashboard

    def get_queryset(self) -> QuerySet[Collaborator]:
        """The dashboard's."""
        if getattr(self, "swagger_fake_view", False):
            return Collaborator.objects.none()
        return Collaborator.objects.select_related("user").filter(dashboard=self.dashboard).order_by("added_at", "pk")

    @extend_schema(responses=CollaboratorSerializer(many=True))
    def list(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Those who were added, the first one first."""
        return Response(CollaboratorSerializer(self.get_queryset(), many=True).data)

    @extend_schema(request=NewCollaboratorSerializer, responses={201: CollaboratorSerializer})
    def create(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Let somebody edit it."""
        dashboard = self.dashboard
        require_edit(dashboard, request.user)
        wanted = checked(NewCollaboratorSerializer(data=object_body(request)))
        if RestrictionLevel.EVERYONE in (dashboard.restriction_level, wanted["level"]):
            raise ValidationError("Everybody in the project can edit a dashboard that is not restricted.")
        user = self._member(str(wanted["user_uuid"]))
        if user is None:
            raise ValidationError("User not found in this organization.", attr="user_uuid")
        if can_restrict(dashboard, user):
            raise ValidationError("The dashboard's owner and project admins can edit it anyway.", attr="user_uuid")
        before = self._emails()
        collaborator, is_new = Collaborator.objects.get_or_create(dashboard=dashboard, user=user)
        if is_new:
            self._note(before)
        return Response(CollaboratorSerializer(collaborator).data, status=201)

    @extend_schema(
        parameters=[OpenApiParameter("user_uuid", OpenApiTypes.UUID, OpenApiParameter.PATH)], responses={204: None}
    )
    def destroy(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """No longer let somebody edit it."""
        require_edit(self.dashboard, request.user)
        given = self.kwargs["user_uuid"]
        collaborator = self.get_queryset().filter(user__uuid=given).first() if is_uuid(given) else None
        if collaborator is None:
            raise NotFound()
        before = self._emails()
        collaborator.delete()
        self._note(before)
        return Response(status=204)

    def _member(self, uuid: str) -> User | None:
        return User.objects.filter(uuid=uuid, memberships__organization=self.project.organization_id).first()

    def _emails(self) -> Sequence[str]:
        return [*self.get_queryset().values_list("user__email", flat=True)]

    def _note(self, before: Sequence[str]) -> None:
        changes = [change(SCOPE, "collaborators", list(before), list(self._emails()))]
        record("updated", self.dashboard, self.request.user, changes)
