"""What all views of dashboards are made of."""

from typing import Any

from django.db.models import QuerySet
from rest_framework.renderers import BaseRenderer

from hedgerow.activity.views import WithActivity
from hedgerow.api.asked import is_whole
from hedgerow.api.errors import NotFound
from hedgerow.api.rendering import JSONRenderer
from hedgerow.api.views import KeptWhenDeleted
from hedgerow.dashboards.asked import looked_at
from hedgerow.dashboards.models import Dashboard
from hedgerow.dashboards.presenting import full_dashboard
from hedgerow.dashboards.recording import SCOPE
from hedgerow.dashboards.rendering import EventStreamRenderer


class BoardView(KeptWhenDeleted, WithActivity):
    """A resource whose objects are the dashboards of a project."""

    queryset = Dashboard.objects.select_related("created_by", "project").prefetch_related("collaborators")
    scope_object = "dashboard"
    activity_scope = SCOPE
    lookup_value_regex = "[^/.]+"

    def get_renderers(self) -> list[BaseRenderer]:
        """JSON, or a stream of events with `format=txt`."""
        return [JSONRenderer(), EventStreamRenderer()]

    def get_object(self) -> Dashboard:
        """The dashboard in the path. Raises NotFound."""
        return self.find(self.kwargs["pk"])

    def find(self, given: Any) -> Dashboard:
        """The dashboard of this project with this id. Raises NotFound."""
        text = str(given) if isinstance(given, (int, str)) and not isinstance(given, bool) else ""
        if not is_whole(text):
            raise NotFound()
        found: QuerySet[Dashboard] = self.get_queryset()
        dashboard = found.filter(pk=int(text)).first()
        if dashboard is None:
            raise NotFound()
        return dashboard

    def looking_context(self) -> dict[str, Any]:
        """With how the request wants to see results. Raises ValidationError."""
        return {**self.get_serializer_context(), **looked_at(self.request.query_params)}

    def full(self, dashboard: Dashboard) -> dict[str, Any]:
        """A dashboard as it is answered after a change."""
        return full_dashboard(dashboard, self.looking_context())
