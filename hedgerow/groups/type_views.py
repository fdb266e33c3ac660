"""Group types over HTTP: their names and the columns their lists show."""

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import mixins, status
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from hedgerow.activity.recording import changes_between, record_activity, snapshot
from hedgerow.api.errors import NotFound
from hedgerow.api.views import ProjectViewSet
from hedgerow.groups.detail_dashboard import create_detail_dashboard
from hedgerow.groups.models import GroupTypeMapping
from hedgerow.groups.serializers import (
    DefaultColumnsSerializer,
    DetailDashboardSerializer,
    GroupTypeNamesSerializer,
    GroupTypeSerializer,
)
from hedgerow.organizations.models import User

SCOPE = "GroupType"


class GroupTypesViewSet(mixins.ListModelMixin, ProjectViewSet[GroupTypeMapping]):
    """The group types of a project."""

    queryset = GroupTypeMapping.objects.order_by("group_type_index")
    serializer_class = GroupTypeSerializer
    pagination_class = None
    scope_object = "group"
    lookup_field = "group_type_index"
    lookup_value_regex = "[0-4]"

    def destroy(self, request: Request, **path: str) -> Response:
        """Forget a group type with the columns and names chosen for it; events keep what they carry."""
        group_type = self.get_object()
        self._note(group_type, "deleted")
        group_type.delete()
        return Response(status=status.HTTP_204_NO_CONTENT)

    @extend_schema(request=GroupTypeNamesSerializer(many=True), responses=GroupTypeSerializer(many=True))
    @action(methods=["PATCH"], detail=False, required_scopes=["group:write"])
    def update_metadata(self, request: Request, **path: str) -> Response:
        """Give group types names for one and for many."""
        wanted = GroupTypeNamesSerializer(data=request.data, many=True)
        wanted.is_valid(raise_exception=True)
        for names in wanted.validated_data:
            group_type = self._find(names.pop("group_type_index"))
            before = snapshot(group_type)
            for name, value in names.items():
                setattr(group_type, name, value)
            group_type.save(update_fields=list(names) or None)
            self._note(group_type, "updated", before)
        return Response(GroupTypeSerializer(self.get_queryset(), many=True).data)

    @extend_schema(request=DefaultColumnsSerializer, responses=GroupTypeSerializer)
    @action(methods=["PUT"], detail=False, required_scopes=["group:write"])
    def set_default_columns(self, request: Request, **path: str) -> Response:
        """Choose the columns lists of groups of a type show."""
        wanted = DefaultColumnsSerializer(data=request.data)
        wanted.is_valid(raise_exception=True)
        group_type = self._find(wanted.validated_data["group_type_index"])
        before = snapshot(group_type)
        group_type.default_columns = wanted.validated_data["default_columns"]
        group_type.save(update_fields=["default_columns"])
        self._note(group_type, "updated", before)
        return Response(GroupTypeSerializer(group_type).data)

    @extend_schema(request=DetailDashboardSerializer, responses=GroupTypeSerializer)
    @action(methods=["PUT"], detail=False, required_scopes=["group:write"])
    def create_detail_dashboard(self, request: Request, **path: str) -> Response:
        """Make the dashboard that is shown with each group of a type."""
        wanted = DetailDashboardSerializer(data=request.data)
        wanted.is_valid(raise_exception=True)
        group_type = self._find(wanted.validated_data["group_type_index"])
        before = snapshot(group_type)
        create_detail_dashboard(group_type, request.user)
        self._note(group_type, "updated", before)
        return Response(GroupTypeSerializer(group_type).data)

    def _find(self, index: int) -> GroupTypeMapping:
        group_type = self.get_queryset().filter(group_type_index=index).first()
        if group_type is None:
            raise NotFound("There is no group type of this index.")
        return group_type

    def _note(self, group_type: GroupTypeMapping, activity: str, before: dict[str, Any] | None = None) -> None:
        changes = None if before is None else changes_between(SCOPE, before, snapshot(group_type))
        record_activity(
            scope=SCOPE,
            activity=activity,
            item_id=group_type.group_type_index,
            user=self.request.user if isinstance(self.request.user, User) else None,
            project=self.project,
            name=group_type.group_type,
            changes=changes,
        )
