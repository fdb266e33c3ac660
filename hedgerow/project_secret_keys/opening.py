"""Views that take a project's secret keys."""

from collections.abc import Sequence
from functools import cached_property
from typing import Any

from drf_spectacular.extensions import OpenApiAuthenticationExtension
from drf_spectacular.openapi import AutoSchema
from rest_framework.request import Request

from hedgerow.api.errors import PermissionDenied
from hedgerow.api.scopes import allows
from hedgerow.api.views import ProjectView
from hedgerow.project_secret_keys.authentication import ProjectSecretKeyAuthentication, UsedSecretKey
from hedgerow.projects.models import Project


class OpenToSecretKeys(ProjectView):
    """A view of a project that takes the project's secret keys with `project_key_scope` as well."""

    project_key_scope: str

    def get_permissions(self) -> Sequence[Any]:
        """A secret key has been made for one project and a few things; a person's rights are not asked for."""
        if isinstance(getattr(self.request, "auth", None), UsedSecretKey):
            return []
        return super().get_permissions()

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        """Check what the key is for. Raises PermissionDenied."""
        super().initial(request, *args, **kwargs)
        key = request.auth
        if not isinstance(key, UsedSecretKey):
            return
        if self.project != key.project:
            raise PermissionDenied(f"API key does not have access to the requested project: ID {self.project.pk}.")
        if not allows(key.scopes, self.project_key_scope):
            raise PermissionDenied(f"API key missing required scope '{self.project_key_scope}'")

    @cached_property
    def project(self) -> Project:
        """The project the request is about; one that names none is about the key's."""
        key = self.request.auth
        named = self.kwargs.get("project_id", "@current") != "@current" or self._names_a_token()
        if isinstance(key, UsedSecretKey) and not named:
            return key.project
        return super().project

    def _names_a_token(self) -> bool:
        return any(self.request.query_params.get(name) for name in ("token", "api_key"))


class ProjectSecretKeyScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]
    """Describes the key."""

    target_class = ProjectSecretKeyAuthentication
    name = "ProjectSecretAPIKeyAuth"

    def get_security_definition(self, auto_schema: AutoSchema) -> dict[str, Any]:
        """The scheme: a bearer token."""
        return {"type": "http", "scheme": "bearer", "description": "A secret key of a project (`phs_…`)."}
