"""The paths of the query endpoint."""

from hedgerow.api.routing import ProjectRouter
from hedgerow.queries.views import CheckAuthView, OneQueryView, QueryLogView, QueryView, UpgradeQueryView


def register(router: ProjectRouter) -> None:
    """Mount the endpoint; the paths with a meaning of their own come before those of ids and kinds."""
    router.register_view("query", QueryView, "query")
    router.register_view("query/upgrade", UpgradeQueryView, "query_upgrade")
    router.register_view("query/check_auth_for_async", CheckAuthView, "query_check_auth")
    router.register_view("query/(?P<id>[^/]+)/log", QueryLogView, "query_log")
    router.register_view("query/(?P<id>[^/]+)", OneQueryView, "query_one")
