"""Paths of SCIM's log; those of SCIM itself are in `urls.py`, as they are not under `/api/`."""

from hedgerow.api.routing import ProjectRouter
from hedgerow.scim.log_views import ScimLogsViewSet


def register(router: ProjectRouter) -> None:
    """Mount them."""
    router.register_organization("domains/(?P<id>[0-9a-fA-F-]{36})/scim/logs", ScimLogsViewSet, "scim_logs")
