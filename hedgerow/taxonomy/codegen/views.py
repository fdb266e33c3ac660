"""The generated files over HTTP."""

from types import ModuleType
from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from hedgerow.api.views import ProjectViewSet
from hedgerow.taxonomy.codegen import golang, python, typescript
from hedgerow.taxonomy.codegen.described import described_events, schema_hash
from hedgerow.taxonomy.models import EventDefinition

_SCOPES = ["event_definition:read"]


class GeneratedFileSerializer(serializers.Serializer[Any]):
    """A source file and what it was made from."""

    content = serializers.CharField(help_text="The text of the file.")
    event_count = serializers.IntegerField(help_text="Events in the file.")
    schema_hash = serializers.CharField(help_text="Changes with the names and schemas of the events.")
    generator_version = serializers.CharField(help_text="Changes with how files are written.")


class WithGenerators(ProjectViewSet[EventDefinition]):
    """The part of event definitions that writes source files, at `golang/`, `python/` and `typescript/`."""

    @extend_schema(responses=GeneratedFileSerializer, filters=False)
    @action(methods=["GET"], detail=False, required_scopes=_SCOPES, pagination_class=None)
    def golang(self, request: Request, **path: str) -> Response:
        """A Go file of constructors of events for posthog-go."""
        return self._generated(golang)

    @extend_schema(responses=GeneratedFileSerializer, filters=False)
    @action(methods=["GET"], detail=False, required_scopes=_SCOPES, pagination_class=None)
    def python(self, request: Request, **path: str) -> Response:
        """A Python module that extends the client of the `posthog` package with checked events."""
        return self._generated(python)

    @extend_schema(responses=GeneratedFileSerializer, filters=False)
    @action(methods=["GET"], detail=False, required_scopes=_SCOPES, pagination_class=None)
    def typescript(self, request: Request, **path: str) -> Response:
        """A TypeScript module that wraps posthog-js with checked events."""
        return self._generated(typescript)

    def _generated(self, language: ModuleType) -> Response:
        events = described_events(self.project.pk)
        return Response(
            {
                "content": language.source(events),
                "event_count": len(events),
                "schema_hash": schema_hash(events),
                "generator_version": language.VERSION,
            }
        )
