"""Event definitions over HTTP."""

from collections.abc import Callable, Sequence
from typing import Any

from django.db import transaction
from django.db.models import QuerySet
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse, extend_schema
from rest_framework import mixins, serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from hedgerow.activity.views import WithActivity
from hedgerow.api.errors import NotFound, ValidationError
from hedgerow.api.views import is_uuid
from hedgerow.eventstore.client import event_store
from hedgerow.organizations.models import User
from hedgerow.taxonomy.codegen.views import WithGenerators
from hedgerow.taxonomy.core_events import CORE_EVENTS
from hedgerow.taxonomy.editing import (
    EVENT_SCOPE,
    change_event,
    delete_definition,
    note_created,
)
from hedgerow.taxonomy.event_list import EventListChoice, chosen_events, read_choice
from hedgerow.taxonomy.finding import came_back, find_event
from hedgerow.taxonomy.models import EventDefinition, EventProperty, PropertyDefinition
from hedgerow.taxonomy.serializers import (
    BulkTagsSerializer,
    BulkVerifiedSerializer,
    EventByNameSerializer,
    EventDefinitionSerializer,
    EventMetricsSerializer,
)
from hedgerow.taxonomy.usage import usage

_READ = ["event_definition:read"]
_WRITE = ["event_definition:write"]
_OBJECTS = {"type": "array", "items": {"type": "object", "additionalProperties": True}}
_BULK_ANSWER = OpenApiResponse({"type": "object", "properties": {"updated": _OBJECTS, "skipped": _OBJECTS}})


class EventDefinitionsViewSet(
    mixins.ListModelMixin,
    mixins.CreateModelMixin,
    mixins.RetrieveModelMixin,
    mixins.UpdateModelMixin,
    mixins.DestroyModelMixin,
    WithGenerators,
    WithActivity,
):
    """The event definitions of a project."""

    queryset = EventDefinition.objects.select_related("project", "created_by", "updated_by", "verified_by")
    serializer_class = EventDefinitionSerializer
    scope_object = "event_definition"
    activity_scope = EVENT_SCOPE

    def get_queryset(self) -> QuerySet[EventDefinition]:
        """The project's definitions; the list those asked for."""
        definitions = super().get_queryset()
        if self.action != "list" or getattr(self, "swagger_fake_view", False):
            return definitions
        return chosen_events(definitions, read_choice(self.request.query_params))

    def get_object(self) -> EventDefinition:
        """The definition in the path. Raises NotFound, which tells what became of a deleted one."""
        definition = find_event(self.get_queryset(), self.project.pk, self.kwargs["pk"])
        self.check_object_permissions(self.request, definition)
        return definition

    @extend_schema(parameters=[EventListChoice])
    def list(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """The event definitions, those seen last first; with a search those of shorter names first."""
        return super().list(request, *args, **kwargs)

    def perform_create(self, serializer: serializers.BaseSerializer[EventDefinition]) -> None:
        """Make a definition of an event that has not come in yet."""
        fields = dict(serializer.validated_data)
        definition = EventDefinition(project=self.project, name=fields.pop("name"), created_by=self._user)
        with transaction.atomic():
            definition.save(force_insert=True)
            note_created(definition, self._user)
            serializer.instance = change_event(definition, fields, self._user)

    def retrieve(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """The definition. With `came_back` where it was deleted before and made again by an event."""
        definition = self.get_object()
        return Response({**self.get_serializer(definition).data, **came_back(definition)})

    def perform_update(self, serializer: serializers.BaseSerializer[EventDefinition]) -> None:
        """Change the definition."""
        assert serializer.instance is not None
        with transaction.atomic():
            change_event(serializer.instance, serializer.validated_data, self._user)

    def perform_destroy(self, definition: EventDefinition) -> None:
        """Delete the definition, with its schema. Events stay; it comes back when the event is next ingested."""
        with transaction.atomic():
            delete_definition(definition, self._user)

    @extend_schema(responses=EventMetricsSerializer, filters=False)
    @action(methods=["GET"], detail=True, required_scopes=_READ)
    def metrics(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """How often the event came in and was asked for in the last 30 days."""
        return Response(EventMetricsSerializer(usage(event_store(), self.get_object())).data)

    @extend_schema(
        parameters=[OpenApiParameter("name", str, required=True, description="The exact name.")],
        responses=EventByNameSerializer,
        filters=False,
    )
    @action(methods=["GET"], detail=False, required_scopes=_READ, pagination_class=None)
    def by_name(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """The definition of a name, with the properties seen on the event."""
        name = request.query_params.get("name")
        if not name:
            raise ValidationError("Query parameter 'name' is required", code="required")
        definition = self.get_queryset().filter(name=name).first()
        if definition is None:
            raise NotFound(f"Event definition with name '{name}' not found")
        context = {**self.get_serializer_context(), "properties": self._properties_of(name)}
        found = EventByNameSerializer(definition, context=context).data
        return Response({**found, **came_back(definition)})

    @extend_schema(responses={(200, "application/json"): OpenApiTypes.OBJECT}, filters=False)
    @action(methods=["GET"], detail=False, required_scopes=_READ, pagination_class=None)
    def primary_properties(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """The most telling property of each event that has one."""
        rows = self.get_queryset().exclude(primary_property=None).exclude(primary_property="").order_by("name")
        return Response({"primary_properties": dict(rows.values_list("name", "primary_property"))})

    @extend_schema(responses={(200, "application/json"): OpenApiTypes.OBJECT}, filters=False)
    @action(methods=["GET"], detail=False, required_scopes=_READ, pagination_class=None)
    def core(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """The events that client libraries send by themselves: by name a label and a description."""
        return Response({name: known._asdict() for name, known in CORE_EVENTS.items()})

    @extend_schema(request=BulkTagsSerializer, responses=_BULK_ANSWER, filters=False)
    @action(methods=["POST"], detail=False, required_scopes=_WRITE)
    def bulk_update_tags(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Add, remove or set tags of several events."""
        wanted = BulkTagsSerializer(data=request.data)
        wanted.is_valid(raise_exception=True)
        given: list[str] = wanted.validated_data["tags"]
        verb = wanted.validated_data["action"]

        def tags(definition: EventDefinition) -> list[str]:
            if verb == "remove":
                return [tag for tag in definition.tags if tag not in given]
            return list(dict.fromkeys([*definition.tags, *given])) if verb == "add" else given

        return self._change_several(wanted.validated_data["ids"], lambda each: {"tags": tags(each)})

    @extend_schema(request=BulkVerifiedSerializer, responses=_BULK_ANSWER, filters=False)
    @action(methods=["POST"], detail=False, required_scopes=_WRITE)
    def bulk_update_verified(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Verify several events, or take their verification back."""
        wanted = BulkVerifiedSerializer(data=request.data)
        wanted.is_valid(raise_exception=True)
        verified = wanted.validated_data["verified"]
        return self._change_several(wanted.validated_data["ids"], lambda each: {"verified": verified})

    def _change_several(self, ids: Sequence[str], fields: Callable[[EventDefinition], dict[str, Any]]) -> Response:
        """Change each of the definitions; those that are not there are skipped."""
        found = {str(each.pk): each for each in self.get_queryset().filter(pk__in=[id for id in ids if is_uuid(id)])}
        updated: list[dict[str, Any]] = []
        skipped: list[dict[str, str]] = []
        with transaction.atomic():
            for id in dict.fromkeys(ids):
                definition = found.get(id.lower())
                if definition is None:
                    skipped.append({"id": id, "reason": "Event definition not found."})
                    continue
                wanted = fields(definition)
                change_event(definition, wanted, self._user)
                updated.append({"id": id, **wanted})
        return Response({"updated": updated, "skipped": skipped})

    def _properties_of(self, name: str) -> dict[str, str | None]:
        """The properties seen on the event of this name, with their types."""
        seen = EventProperty.objects.filter(project=self.project, event=name).order_by("property")
        types = PropertyDefinition.objects.filter(
            project=self.project, type=PropertyDefinition.Type.EVENT, name__in=seen.values("property")
        )
        known = dict(types.values_list("name", "property_type"))
        return {property: known.get(property) for property in seen.values_list("property", flat=True)}

    @property
    def _user(self) -> User | None:
        return self.request.user if isinstance(self.request.user, User) else None
