"""Property definitions over HTTP."""

from typing import Any

import orjson
from django.db import transaction
from django.db.models import QuerySet
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import mixins, serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from hedgerow.activity.views import WithActivity
from hedgerow.api.errors import NotFound, ValidationError
from hedgerow.api.views import is_uuid
from hedgerow.organizations.models import User
from hedgerow.taxonomy.core_properties import CORE_PROPERTIES
from hedgerow.taxonomy.editing import PROPERTY_SCOPE, change_property, delete_definition
from hedgerow.taxonomy.models import EventProperty, PropertyDefinition
from hedgerow.taxonomy.property_list import PropertyListChoice, PropertyPages, chosen_properties
from hedgerow.taxonomy.search import MOST_NAMES
from hedgerow.taxonomy.serializers import PropertyDefinitionSerializer, TypeFitSerializer
from hedgerow.taxonomy.session_properties import CORE_SESSION_PROPERTIES, ensure_session_properties
from hedgerow.taxonomy.type_fit import type_fit

_READ = ["property_definition:read"]


class PropertyDefinitionsViewSet(
    mixins.ListModelMixin,
    mixins.RetrieveModelMixin,
    mixins.UpdateModelMixin,
    mixins.DestroyModelMixin,
    WithActivity,
):
    """The property definitions of a project: of its events, persons, sessions and groups of each type."""

    queryset = PropertyDefinition.objects.select_related("project", "updated_by", "verified_by")
    serializer_class = PropertyDefinitionSerializer
    scope_object = "property_definition"
    activity_scope = PROPERTY_SCOPE
    pagination_class = PropertyPages

    def get_queryset(self) -> QuerySet[PropertyDefinition]:
        """The project's definitions; the list those asked for."""
        definitions = super().get_queryset()
        if self.action != "list" or getattr(self, "swagger_fake_view", False):
            return definitions
        choice = PropertyListChoice(data=self.request.query_params.dict())
        choice.is_valid(raise_exception=True)
        if choice.validated_data["type"] == PropertyDefinition.Type.SESSION:
            ensure_session_properties(self.project)
        return chosen_properties(definitions, self.project, choice.validated_data)

    def get_object(self) -> PropertyDefinition:
        """The definition in the path. Raises NotFound."""
        id = self.kwargs["pk"]
        definition = self.get_queryset().filter(pk=id).first() if is_uuid(id) else None
        if definition is None:
            raise NotFound("Property definition not found.")
        self.check_object_permissions(self.request, definition)
        return definition

    @extend_schema(parameters=[PropertyListChoice])
    def list(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """The property definitions; with a search the best matches first."""
        return super().list(request, *args, **kwargs)

    def perform_update(self, serializer: serializers.BaseSerializer[PropertyDefinition]) -> None:
        """Change the definition. A type set here stays, and queries compare by it from the next one on."""
        assert serializer.instance is not None
        with transaction.atomic():
            change_property(serializer.instance, serializer.validated_data, self._user)

    def perform_destroy(self, definition: PropertyDefinition) -> None:
        """Delete the definition. Values stay; it comes back when the property is next seen."""
        with transaction.atomic():
            delete_definition(definition, self._user)

    @extend_schema(
        parameters=[
            OpenApiParameter("event_names", str, many=True, required=True, description="Names, or a JSON list."),
            OpenApiParameter("property_name", str, required=True),
        ],
        responses={(200, "application/json"): OpenApiTypes.OBJECT},
        filters=False,
    )
    @action(methods=["GET"], detail=False, required_scopes=_READ, pagination_class=None)
    def seen_together(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """On which of the events the property has been seen."""
        name = request.query_params.get("property_name")
        if not name:
            raise ValidationError("This query parameter is required.", code="required", attr="property_name")
        events = _event_names(request.query_params.getlist("event_names"))
        pairs = EventProperty.objects.filter(project=self.project, event__in=events, property=name)
        seen = set(pairs.values_list("event", flat=True))
        return Response({event: event in seen for event in events})

    @extend_schema(responses=TypeFitSerializer, filters=False)
    @action(methods=["GET"], detail=True, required_scopes=_READ)
    def type_fit(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Which share of the values of late would fit each type."""
        return Response(TypeFitSerializer(type_fit(self.get_object())).data)

    @extend_schema(responses={(200, "application/json"): OpenApiTypes.OBJECT}, filters=False)
    @action(methods=["GET"], detail=False, required_scopes=_READ, pagination_class=None)
    def core(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """The properties that client libraries and the server add: by carrier and name a label and a description."""
        of_events = {name: known._asdict() for name, known in CORE_PROPERTIES.items()}
        of_sessions = {name: known._asdict() for name, known in CORE_SESSION_PROPERTIES.items()}
        return Response({"event": of_events, "person": of_events, "session": of_sessions})

    @property
    def _user(self) -> User | None:
        return self.request.user if isinstance(self.request.user, User) else None


def _event_names(given: list[str]) -> list[str]:
    """Names given one by one, or as one JSON list. Raises ValidationError."""
    if not given:
        raise ValidationError("This query parameter is required.", code="required", attr="event_names")
    names: Any = given
    if len(given) == 1 and given[0].startswith("["):
        try:
            names = orjson.loads(given[0])
        except orjson.JSONDecodeError:
            names = None
    if not isinstance(names, list) or not all(isinstance(name, str) and "\0" not in name for name in names):
        raise ValidationError("Must be a JSON list of texts.", attr="event_names")
    return names[:MOST_NAMES]
