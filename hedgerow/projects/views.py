"""Projects: listing, reading, making, changing and deleting them, and their tokens."""

from functools import cached_property
from typing import TYPE_CHECKING, Any

from django.db import transaction
from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework import mixins, serializers, status
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.viewsets import GenericViewSet

from hedgerow.access.rules import visible_projects
from hedgerow.activity.recording import snapshot
from hedgerow.api.access import caller, reachable_organizations
from hedgerow.api.errors import NotFound
from hedgerow.api.scopes import Key
from hedgerow.api.views import ScopedView, find_organization, find_project
from hedgerow.projects.changing import (
    delete_project,
    drop_backup_token,
    move_project,
    require_project_admin,
    require_project_creator,
    reset_token,
    rotate_secret_token,
)
from hedgerow.projects.history import note_changed, note_made
from hedgerow.projects.models import Project
from hedgerow.projects.serializers import (
    ChangeOrganizationSerializer,
    DemoStateSerializer,
    ProjectBasicSerializer,
    ProjectSerializer,
)

if TYPE_CHECKING:
    from hedgerow.organizations.models import Organization, User


class ProjectsViewSet(
    ScopedView,
    mixins.ListModelMixin,
    mixins.CreateModelMixin,
    mixins.RetrieveModelMixin,
    mixins.UpdateModelMixin,
    GenericViewSet[Project],
):
    """The caller's projects, at `/api/projects/` and `/api/environments/`."""

    queryset = Project.objects.order_by("id")
    scope_object = "project"
    lookup_value_regex = "[^/]+"

    @cached_property
    def project(self) -> Project | None:
        """The project in the path, None where there is none. Raises NotFound."""
        return find_project(self.request, self.kwargs["pk"]) if "pk" in self.kwargs else None

    @cached_property
    def organization(self) -> "Organization | None":
        """The organization a new project belongs to: the one the caller works in. Raises NotFound."""
        return find_organization(self.request, "@current") if self.action == "create" else None

    @property
    def narrows_by_key(self) -> bool:
        """A list shows a key only the projects it is narrowed to, instead of refusing it."""
        return self.action == "list"

    def get_queryset(self) -> QuerySet[Project]:
        """The projects the caller may see."""
        if getattr(self, "swagger_fake_view", False):
            return Project.objects.none()
        key = self.request.auth if isinstance(self.request.auth, Key) else None
        return reachable_projects(caller(self.request), key)

    def get_object(self) -> Project:
        """The project in the path; that the caller may see it has been checked."""
        assert self.project is not None
        return self.project

    def get_serializer_class(self) -> type[serializers.BaseSerializer[Project]]:
        """Lists are brief."""
        return ProjectBasicSerializer if self.action == "list" else ProjectSerializer

    @transaction.atomic
    def perform_create(self, serializer: serializers.BaseSerializer[Project]) -> None:
        """Make a project; with a session it becomes the one the caller works in."""
        assert self.organization is not None
        require_project_creator(self.request.user, self.organization)
        project = serializer.save(organization=self.organization)
        note_made(project, self.request.user)
        if not isinstance(self.request.auth, Key):
            caller(self.request).work_in(project)

    @transaction.atomic
    def perform_update(self, serializer: serializers.BaseSerializer[Project]) -> None:
        """Store the changes."""
        before = snapshot(self.get_object())
        note_changed(serializer.save(), before, self.request.user)

    @extend_schema(responses={204: None})
    def destroy(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Delete a project with all its data."""
        delete_project(self.get_object(), request.user)
        return Response(status=status.HTTP_204_NO_CONTENT)

    @extend_schema(request=None, responses=ProjectSerializer)
    @action(methods=["PATCH"], detail=True, required_scopes=["project:write"])
    def reset_token(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Replace the public token; events with the old one are refused from now on."""
        project = self.get_object()
        reset_token(project, request.user)
        return Response(self.get_serializer(project).data)

    @extend_schema(request=None, responses=ProjectSerializer)
    @action(methods=["PATCH"], detail=True, required_scopes=["project:write"])
    def rotate_secret_token(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Make a new secret token; the one before it goes on working until it is dropped."""
        project = self.get_object()
        rotate_secret_token(project, request.user)
        return Response(self.get_serializer(project).data)

    @extend_schema(request=None, responses=ProjectSerializer)
    @action(methods=["PATCH"], detail=True, required_scopes=["project:write"])
    def delete_secret_token_backup(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Drop the secret token that was replaced by the last rotation."""
        project = self.get_object()
        drop_backup_token(project, request.user)
        return Response(self.get_serializer(project).data)

    @extend_schema(request=None, responses=DemoStateSerializer)
    @action(methods=["GET"], detail=True, required_scopes=[])
    def is_generating_demo_data(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Sample data is sent through capture like any other, never generated inside."""
        return Response({"is_generating_demo_data": False})

    @extend_schema(request=ChangeOrganizationSerializer, responses=ProjectSerializer)
    @action(methods=["POST"], detail=True)
    def change_organization(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Move a project to another organization, by an admin of both. Not open to keys.

        Rules for members and roles of the former organization end.
        """
        project = self.get_object()
        require_project_admin(request.user, project)
        wanted = ChangeOrganizationSerializer(data=request.data)
        wanted.is_valid(raise_exception=True)
        organization = find_organization(request, str(wanted.validated_data["organization_id"]))
        move_project(project, organization, request.user)
        return Response(self.get_serializer(project).data)


class OrganizationProjectsViewSet(ProjectsViewSet):
    """The projects of one organization, at `/api/organizations/:organization_id/projects/`."""

    @cached_property
    def organization(self) -> "Organization":
        """The organization in the path. Raises NotFound."""
        return find_organization(self.request, self.kwargs["organization_id"])

    @cached_property
    def project(self) -> Project | None:
        """The project in the path. Raises NotFound also when it belongs to another organization."""
        project = super().project
        if project is not None and project.organization_id != self.organization.id:
            raise NotFound("Project not found.")
        return project

    def get_queryset(self) -> QuerySet[Project]:
        """The projects of the organization that the caller may see."""
        queryset = super().get_queryset()
        if getattr(self, "swagger_fake_view", False):
            return queryset
        return queryset.filter(organization=self.organization)


def reachable_projects(user: "User", key: Key | None) -> QuerySet[Project]:
    """The projects that a person, or a key of theirs, may see in lists."""
    projects = visible_projects(user).filter(organization__in=reachable_organizations(user, key)).order_by("id")
    if key is not None and key.scoped_teams:
        projects = projects.filter(id__in=key.scoped_teams)
    return projects
