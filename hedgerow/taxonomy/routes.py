"""Paths of event and property definitions."""

from hedgerow.api.routing import ProjectRouter
from hedgerow.taxonomy.event_views import EventDefinitionsViewSet
from hedgerow.taxonomy.property_views import PropertyDefinitionsViewSet
from hedgerow.taxonomy.schema_views import EventSchemaView


def register(router: ProjectRouter) -> None:
    """Mount the definitions of a project."""
    router.register("event_definitions", EventDefinitionsViewSet, "event_definitions")
    router.register_view("event_definitions/(?P<id>[^/]+)/schema", EventSchemaView, "event_schema")
    router.register("property_definitions", PropertyDefinitionsViewSet, "property_definitions")
