"""All paths of the app: each feature registers its own routes; here they are only put together."""

from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern, URLResolver, include, path, re_path

from hedgerow import health
from hedgerow.access import routes as access
from hedgerow.accounts import routes as accounts
from hedgerow.accounts.views.preflight import PreflightView
from hedgerow.actions import routes as actions
from hedgerow.activity import routes as activity
from hedgerow.api import errors
from hedgerow.api.routing import ProjectRouter
from hedgerow.cohorts import routes as cohorts
from hedgerow.dashboard_templates import routes as dashboard_templates
from hedgerow.dashboards import routes as dashboards
from hedgerow.domains import routes as domains
from hedgerow.exports import routes as exports
from hedgerow.files import routes as files
from hedgerow.flags import routes as flags
from hedgerow.groups import routes as groups
from hedgerow.integrations import routes as integrations
from hedgerow.loader import routes as loader
from hedgerow.organizations import routes as organizations
from hedgerow.persons import routes as persons
from hedgerow.project_secret_keys import routes as project_secret_keys
from hedgerow.projects import routes as projects
from hedgerow.queries import routes as queries
from hedgerow.recordings import routes as recordings
from hedgerow.saved_insights import routes as saved_insights
from hedgerow.scim import routes as scim
from hedgerow.sharing import routes as sharing
from hedgerow.sso import routes as sso
from hedgerow.subscriptions import routes as subscriptions
from hedgerow.taxonomy import routes as taxonomy
from hedgerow.web.rendering import failed

FEATURES = (
    *(organizations, projects, loader, queries, flags, activity, actions, persons, groups, cohorts, taxonomy),
    *(saved_insights, dashboards, dashboard_templates, sharing, files, integrations, exports, subscriptions),
    *(recordings, access, project_secret_keys, accounts, domains, sso, scim),
)


def _routes() -> list[URLPattern | URLResolver]:
    router = ProjectRouter()
    for feature in FEATURES:
        feature.register(router)
    return router.urls


urlpatterns: list[URLPattern | URLResolver] = [
    path("_ready", health.ready),
    path("metrics", health.metrics),
    path("api/", include("hedgerow.api.urls")),
    path("api/", include(_routes())),
    re_path(r"^_preflight/?$", PreflightView.as_view(), name="preflight"),
    path("scim/v2/", include("hedgerow.scim.urls")),
    path("", include("hedgerow.web.urls")),
]
handler404 = "hedgerow.api.errors.not_found"  # pages answer by themselves for all that is not under /api/


def handler500(request: HttpRequest) -> HttpResponse:
    """The answer when something outside of an API view failed: JSON for programs, a page for people."""
    return errors.server_error(request) if request.path.startswith("/api/") else failed(request)
