"""`/api/projects/:id/project_secret_api_keys/`: members see a project's secret keys, its admins manage them."""

from typing import Any

from django.db import transaction
from drf_spectacular.utils import extend_schema
from rest_framework import mixins, serializers
from rest_framework.decorators import action
from rest_framework.permissions import SAFE_METHODS, BasePermission
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from hedgerow.access.rules import is_project_admin
from hedgerow.activity.recording import snapshot
from hedgerow.api.access import caller
from hedgerow.api.sessions import RecentLogin
from hedgerow.api.views import ProjectViewSet
from hedgerow.project_secret_keys.history import note_changed, note_deleted, note_made
from hedgerow.project_secret_keys.models import ProjectSecretAPIKey
from hedgerow.project_secret_keys.rules import create_key, roll_key
from hedgerow.project_secret_keys.serializers import ProjectSecretAPIKeySerializer
from hedgerow.projects.changing import NOT_ADMIN


class AdminsWrite(BasePermission):
    """Members read, admins of the project write."""

    message = NOT_ADMIN

    def has_permission(self, request: Request, view: APIView) -> bool:
        """Whether the caller may."""
        assert isinstance(view, ProjectSecretAPIKeysViewSet)
        return request.method in SAFE_METHODS or is_project_admin(request.user, view.project)


class ProjectSecretAPIKeysViewSet(
    mixins.ListModelMixin,
    mixins.CreateModelMixin,
    mixins.RetrieveModelMixin,
    mixins.UpdateModelMixin,
    mixins.DestroyModelMixin,
    ProjectViewSet[ProjectSecretAPIKey],
):
    """The secret keys of a project."""

    queryset = ProjectSecretAPIKey.objects.order_by("-created_at", "-id")
    serializer_class = ProjectSecretAPIKeySerializer
    permission_classes = [*ProjectViewSet.permission_classes, AdminsWrite, RecentLogin]
    scope_object = "project"
    lookup_value_regex = "[^/]+"

    @transaction.atomic
    def perform_create(self, serializer: serializers.BaseSerializer[ProjectSecretAPIKey]) -> None:
        """Make the key and show its value in the answer."""
        key, value = create_key(self.project, by=caller(self.request), **serializer.validated_data)
        key.new_value = value  # type: ignore[attr-defined]
        serializer.instance = key
        note_made(key, self.request.user)

    @transaction.atomic
    def perform_update(self, serializer: serializers.BaseSerializer[ProjectSecretAPIKey]) -> None:
        """Change what the key is called and may do."""
        assert serializer.instance is not None
        before = snapshot(serializer.instance)
        note_changed(serializer.save(), before, self.request.user)

    @transaction.atomic
    def perform_destroy(self, key: ProjectSecretAPIKey) -> None:
        """Remove the key; it stops working at once."""
        note_deleted(key, self.request.user)
        key.delete()

    @extend_schema(request=None, responses=ProjectSecretAPIKeySerializer)
    @action(methods=["POST"], detail=True, required_scopes=["project:write"])
    def roll(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Give the key a new value."""
        key = self.get_object()
        before = snapshot(key)
        with transaction.atomic():
            key.new_value = roll_key(key)  # type: ignore[attr-defined]
            note_changed(key, before, request.user)
        return Response(self.get_serializer(key).data)
