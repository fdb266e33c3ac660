"""All paths of the app: each feature registers its own routes; here they are only put together."""

from contextlib import suppress
from importlib import import_module

from django.http import HttpRequest, HttpResponse, HttpResponseServerError
from django.urls import URLPattern, URLResolver, include, path, re_path
from django.views import defaults

from hedgerow import health
from hedgerow.api import errors
from hedgerow.api.routing import ProjectRouter
from hedgerow.organizations.views.accounts import PreflightView

FEATURES = ("organizations", "projects", "loader", "persons", "groups", "taxonomy", "queries", "flags")
API = "/api/"


def _routes() -> list[URLPattern | URLResolver]:
    router = ProjectRouter()
    for feature in FEATURES:
        with suppress(ImportError):
            import_module(f"hedgerow.{feature}.routes").register(router)
    return router.urls


urlpatterns: list[URLPattern | URLResolver] = [
    path("_ready", health.ready),
    path("metrics", health.metrics),
    path("api/", include("hedgerow.api.urls")),
    path("api/", include(_routes())),
    re_path(r"^_preflight/?$", PreflightView.as_view(), name="preflight"),
]
with suppress(ImportError):
    urlpatterns.append(path("", include("hedgerow.web.urls")))


handler404 = "hedgerow.api.errors.not_found"  # pages answer by themselves for all that is not under /api/


def handler500(request: HttpRequest) -> HttpResponse | HttpResponseServerError:
    """The answer when something outside of an API view failed: JSON for programs, a page for people."""
    return errors.server_error(request) if request.path.startswith(API) else defaults.server_error(request)
