"""Groups over HTTP: listing, finding, making and changing them, their history and what is known of their properties."""

from typing import Any

from django.db.models import Q, QuerySet
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse, extend_schema
from rest_framework import mixins, status
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from hedgerow.activity.paging import ActivityPages
from hedgerow.activity.serializers import ActivitySerializer
from hedgerow.activity.views import SCOPES, activity_page, entries_of
from hedgerow.api.asked import checked, is_whole, object_body
from hedgerow.api.errors import NotFound, ValidationError
from hedgerow.api.views import ProjectViewSet
from hedgerow.groups.editing import SCOPE, create_group, remove_property, set_properties
from hedgerow.groups.models import Group, GroupTypeMapping
from hedgerow.groups.paging import NewestGroups
from hedgerow.groups.serializers import (
    CountedNameSerializer,
    FoundGroupSerializer,
    GroupAddress,
    GroupSerializer,
    NewGroupSerializer,
    PropertyValueSerializer,
)
from hedgerow.groups.statistics import property_names, property_values, related
from hedgerow.organizations.models import User

_INDEX = OpenApiParameter("group_type_index", int, required=True, description="Index of the group type.")
_KEY = OpenApiParameter("group_key", str, required=True, description="Key of the group.")
_ADDRESS = [_INDEX, _KEY]


class GroupsViewSet(mixins.ListModelMixin, ProjectViewSet[Group]):
    """The groups of a project."""

    queryset = Group.objects.all()
    serializer_class = GroupSerializer
    pagination_class = NewestGroups
    scope_object = "group"

    def get_queryset(self) -> QuerySet[Group]:
        """The project's groups, of one type and with the key or name asked for."""
        groups = super().get_queryset()
        if self.action != "list" or getattr(self, "swagger_fake_view", False):
            return groups
        asked = self.request.query_params
        groups = groups.filter(group_type_index=_index(self.request))
        if search := asked.get("search"):
            groups = groups.filter(Q(group_key__icontains=search) | Q(group_properties__name__icontains=search))
        if key := asked.get("group_key"):
            groups = groups.filter(group_key__icontains=key)
        return groups

    @extend_schema(
        parameters=[
            _INDEX,
            OpenApiParameter("search", str, description="Part of the key or of the property `name`."),
            OpenApiParameter("group_key", str, description="Part of the key."),
        ]
    )
    def list(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """The groups of a type, the newest first."""
        return super().list(request, *args, **kwargs)

    @extend_schema(request=NewGroupSerializer, responses={201: GroupSerializer})
    def create(self, request: Request, **path: str) -> Response:
        """Make a group."""
        wanted = checked(NewGroupSerializer(data=request.data))
        group_type = self._group_type(wanted["group_type_index"])
        group = create_group(group_type, wanted["group_key"], wanted["group_properties"] or {}, self._user)
        return Response(GroupSerializer(group).data, status=status.HTTP_201_CREATED)

    @extend_schema(parameters=_ADDRESS, responses=FoundGroupSerializer, filters=False)
    @action(methods=["GET"], detail=False, required_scopes=["group:read"], pagination_class=None)
    def find(self, request: Request, **path: str) -> Response:
        """A group by its type and key."""
        return Response(FoundGroupSerializer(self._group(request.query_params.dict())).data)

    @extend_schema(
        parameters=_ADDRESS, request=PropertyValueSerializer, responses={200: GroupSerializer}, filters=False
    )
    @action(methods=["POST"], detail=False, required_scopes=["group:write"])
    def update_property(self, request: Request, **path: str) -> Response:
        """Set one property (`key`, `value`), or several (`group_properties`)."""
        body = object_body(request)
        group = self._group(self._address(request))
        if isinstance(body.get("group_properties"), dict) and "key" not in body:
            address = {"group_type_index": group.group_type_index, "group_key": group.group_key}
            wanted = checked(NewGroupSerializer(data={**body, **address}))["group_properties"]
        else:
            one = checked(PropertyValueSerializer(data=body))
            wanted = {one["key"]: one["value"]}
        return Response(GroupSerializer(set_properties(group, wanted, self._user)).data)

    @extend_schema(parameters=_ADDRESS, request=None, responses={200: GroupSerializer}, filters=False)
    @action(methods=["POST"], detail=False, required_scopes=["group:write"])
    def delete_property(self, request: Request, **path: str) -> Response:
        """Remove the property named by `$unset`."""
        name = object_body(request).get("$unset")
        if not isinstance(name, str):
            raise ValidationError("Not a valid string.", code="invalid", attr="$unset")
        group = self._group(self._address(request))
        return Response(GroupSerializer(remove_property(group, name, self._user)).data)

    @extend_schema(request=NewGroupSerializer, responses={200: GroupSerializer}, filters=False)
    @action(methods=["POST"], detail=False, required_scopes=["group:write"])
    def upsert_properties(self, request: Request, **path: str) -> Response:
        """Set properties of a group, which is made if it is not there."""
        wanted = checked(NewGroupSerializer(data=request.data))
        properties = wanted["group_properties"] or {}
        group_type = self._group_type(wanted["group_type_index"])
        known = self._find(group_type.group_type_index, wanted["group_key"])
        if known is None:
            group = create_group(group_type, wanted["group_key"], properties, self._user)
        else:
            group = set_properties(known, properties, self._user)
        return Response(GroupSerializer(group).data)

    @extend_schema(
        responses=OpenApiResponse({"type": "object", "additionalProperties": {"type": "array", "items": {}}}),
        filters=False,
    )
    @action(methods=["GET"], detail=False, required_scopes=["group:read"], pagination_class=None)
    def property_definitions(self, request: Request, **path: str) -> Response:
        """The names of properties of each type, with how many groups have them."""
        return Response(property_names(self.project))

    @extend_schema(
        parameters=[
            _INDEX,
            OpenApiParameter("key", str, required=True, description="Name of the property."),
            OpenApiParameter("value", str, description="Only values that contain this text."),
        ],
        responses=CountedNameSerializer(many=True),
        filters=False,
    )
    @action(methods=["GET"], detail=False, required_scopes=["group:read"], pagination_class=None)
    def property_values(self, request: Request, **path: str) -> Response:
        """The most frequent values of a property."""
        name = request.query_params.get("key")
        if not name:
            raise ValidationError("This query parameter is required.", code="required", attr="key")
        contained = request.query_params.get("value", "")
        return Response(property_values(self.project, _index(request), name, contained))

    @extend_schema(
        parameters=[_INDEX, OpenApiParameter("id", str, description="Id or key of the group.")],
        responses=ActivitySerializer(many=True),
        filters=False,
    )
    @action(methods=["GET"], detail=False, required_scopes=SCOPES, pagination_class=ActivityPages)
    def activity(self, request: Request, **path: str) -> Response:
        """What was done to the groups, to those of a type, or to one of them; the newest first."""
        entries = entries_of(self.project.pk, SCOPE)
        asked = request.query_params
        groups = super().get_queryset()
        if "group_type_index" in asked:
            groups = groups.filter(group_type_index=_index(request))
        if item := asked.get("id") or asked.get("group_key"):
            is_id = is_whole(item)
            groups = groups.filter(Q(group_key=item) | Q(pk=int(item)) if is_id else Q(group_key=item))
        elif "group_type_index" not in asked:
            return activity_page(request, self.project, entries)
        ids = [str(pk) for pk in groups.values_list("pk", flat=True)]
        return activity_page(request, self.project, entries.filter(item_id__in=ids))

    @extend_schema(
        parameters=[
            OpenApiParameter("group_type_index", int, description="Index of the group type; without it a person."),
            OpenApiParameter("id", str, required=True, description="Key of the group, or uuid of the person."),
        ],
        responses=OpenApiResponse({"type": "array", "items": {}}),
        filters=False,
    )
    @action(methods=["GET"], detail=False, required_scopes=["group:read"], pagination_class=None)
    def related(self, request: Request, **path: str) -> Response:
        """Persons and groups seen in the same events in the last 90 days."""
        item = request.query_params.get("id")
        if not item:
            raise ValidationError("This query parameter is required.", code="required", attr="id")
        index = _index(request) if request.query_params.get("group_type_index") else None
        return Response(related(self.project, index, item))

    @property
    def _user(self) -> User | None:
        return self.request.user if isinstance(self.request.user, User) else None

    def _group_type(self, index: int) -> GroupTypeMapping:
        group_type = GroupTypeMapping.objects.filter(project=self.project, group_type_index=index).first()
        if group_type is None:
            raise NotFound("There is no group type of this index.")
        return group_type

    def _address(self, request: Request) -> dict[str, Any]:
        """The group meant, by the query or, where that does not say, by the body."""
        body = object_body(request)
        named: dict[str, Any] = {name: body[name] for name in ("group_type_index", "group_key") if name in body}
        return named | request.query_params.dict()

    def _group(self, address: dict[str, Any]) -> Group:
        wanted = checked(GroupAddress(data=address))
        group = self._find(wanted["group_type_index"], wanted["group_key"])
        if group is None:
            raise NotFound("Not found.")
        return group

    def _find(self, index: int, key: str) -> Group | None:
        groups = Group.objects.filter(project=self.project).select_related("project")
        return groups.filter(group_type_index=index, group_key=key).first()


def _index(request: Request) -> int:
    """The group type asked for. Raises ValidationError."""
    address = GroupAddress(
        data={"group_type_index": request.query_params.get("group_type_index", ""), "group_key": "-"}
    )
    if "group_type_index" not in request.query_params:
        raise ValidationError("This query parameter is required.", code="required", attr="group_type_index")
    index: int = checked(address)["group_type_index"]
    return index
