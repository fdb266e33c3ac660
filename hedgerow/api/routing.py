"""Routes: one registration mounts a project's resource under both of a project's names, slash optional."""

from collections.abc import Iterator

from django.urls import URLPattern, URLResolver, re_path
from rest_framework.routers import SimpleRouter
from rest_framework.views import APIView
from rest_framework.viewsets import ViewSetMixin

PROJECT_MOUNTS = ("projects", "environments")
"""A project has exactly one environment, with the same id: both paths lead to the same thing."""


class ProjectRouter:
    """Collects the routes of all features; `urls` go under `/api/`."""

    def __init__(self) -> None:
        self._viewsets = SimpleRouter()
        self._viewsets.trailing_slash = "/?"
        self._views: list[URLPattern] = []

    def register(self, prefix: str, viewset: type[ViewSetMixin], basename: str) -> None:
        """Mount a resource of a project, such as `event_definitions`."""
        for mount in PROJECT_MOUNTS:
            self._viewsets.register(rf"{mount}/(?P<project_id>[^/]+)/{prefix}", viewset, basename=f"{mount}_{basename}")

    def register_view(self, path: str, view: type[APIView], name: str) -> None:
        """Mount a single view of a project; `path` is a regular expression without slashes at its ends."""
        for mount in PROJECT_MOUNTS:
            pattern = rf"^{mount}/(?P<project_id>[^/]+)/{path}/?$"
            self._views.append(re_path(pattern, view.as_view(), name=f"{mount}_{name}"))

    def register_organization(self, prefix: str, viewset: type[ViewSetMixin], basename: str) -> None:
        """Mount a resource of an organization, such as `members`."""
        self._viewsets.register(
            rf"organizations/(?P<organization_id>[^/]+)/{prefix}", viewset, basename=f"organizations_{basename}"
        )

    def register_root(self, prefix: str, viewset: type[ViewSetMixin], basename: str) -> None:
        """Mount a resource that belongs to neither, such as `users`."""
        self._viewsets.register(prefix, viewset, basename=basename)

    def register_root_view(self, path: str, view: type[APIView], name: str) -> None:
        """Mount a single view right under `/api/`; `path` as for `register_view`."""
        self._views.append(re_path(rf"^{path}/?$", view.as_view(), name=name))

    @property
    def urls(self) -> "list[URLPattern | URLResolver]":
        """All that was registered; single views first, as their paths are the more special ones."""
        return list(self._all())

    def _all(self) -> "Iterator[URLPattern | URLResolver]":
        yield from self._views
        yield from self._viewsets.urls
