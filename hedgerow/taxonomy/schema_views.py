"""The schema of an event over HTTP: the properties it is meant to carry."""

from typing import Any

from django.db import transaction
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from hedgerow.api.views import ProjectView
from hedgerow.organizations.models import User
from hedgerow.taxonomy.editing import note_schema
from hedgerow.taxonomy.finding import find_event
from hedgerow.taxonomy.models import EventDefinition, EventSchemaProperty
from hedgerow.taxonomy.serializers import SchemaPropertySerializer, SchemaSerializer


class EventSchemaView(ProjectView):
    """`event_definitions/:id/schema/`. By the enforcement mode, events that do not fit are warned of or refused."""

    scope_object = "event_definition"

    @extend_schema(responses=SchemaSerializer)
    def get(self, request: Request, id: str, **path: str) -> Response:
        """The schema; without properties where none has been set."""
        return Response({"properties": _properties(self._definition(id))})

    @extend_schema(request=SchemaSerializer, responses=SchemaSerializer)
    def put(self, request: Request, id: str, **path: str) -> Response:
        """Replace the schema; it holds for events that are loaded from now on."""
        definition = self._definition(id)
        wanted = SchemaSerializer(data=request.data)
        wanted.is_valid(raise_exception=True)
        with transaction.atomic():
            before = _properties(definition)
            definition.schema_properties.all().delete()
            EventSchemaProperty.objects.bulk_create(
                EventSchemaProperty(event_definition=definition, **each) for each in wanted.validated_data["properties"]
            )
            after = _properties(definition)
            note_schema(definition, before, after, request.user if isinstance(request.user, User) else None)
        return Response({"properties": after})

    def _definition(self, id: str) -> EventDefinition:
        definitions = EventDefinition.objects.filter(project=self.project).select_related("project")
        return find_event(definitions, self.project.pk, id)


def _properties(definition: EventDefinition) -> list[dict[str, Any]]:
    rows = SchemaPropertySerializer(definition.schema_properties.all(), many=True).data
    return [dict(row) for row in rows]
