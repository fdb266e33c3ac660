"""All paths of the app: each feature registers its own routes; here they are only put together."""

from importlib import import_module
from importlib.util import find_spec

from django.urls import URLPattern, URLResolver, include, path

from hedgerow.api.routing import ProjectRouter

FEATURES = ("organizations", "projects", "loader", "persons", "groups", "taxonomy", "queries")


def _routes() -> list[URLPattern | URLResolver]:
    router = ProjectRouter()
    for feature in FEATURES:
        if find_spec(f"hedgerow.{feature}.routes"):
            import_module(f"hedgerow.{feature}.routes").register(router)
    return router.urls


urlpatterns: list[URLPattern | URLResolver] = [
    path("api/", include("hedgerow.api.urls")),
    path("api/", include(_routes())),
]
if find_spec("hedgerow.web.urls"):
    urlpatterns.append(path("", include("hedgerow.web.urls")))

handler404 = "hedgerow.api.errors.not_found"
handler500 = "hedgerow.api.errors.server_error"
