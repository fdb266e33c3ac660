"""The project's secret token, with which server SDKs ask for flag definitions in place of a person's key."""

from typing import Any

from django.contrib.auth.models import AnonymousUser
from django.db.models import Q
from drf_spectacular.extensions import OpenApiAuthenticationExtension
from drf_spectacular.openapi import AutoSchema
from rest_framework.authentication import BaseAuthentication
from rest_framework.request import Request

from hedgerow.api.errors import AuthenticationFailed
from hedgerow.projects.models import Project
from hedgerow.projects.tokens import SECRET_PREFIX


class SecretTokenAuthentication(BaseAuthentication):
    """A project's secret token, or the one before it, in `Authorization: Bearer`. Stands for no person."""

    def authenticate(self, request: Request) -> tuple[AnonymousUser, Project] | None:
        """Nobody, and the token's project; None when there is no such token. Raises AuthenticationFailed."""
        scheme, _, token = request.headers.get("Authorization", "").partition(" ")
        token = token.strip()
        if scheme.lower() != "bearer" or not token.startswith(SECRET_PREFIX):
            return None
        project = Project.objects.filter(Q(secret_api_token=token) | Q(secret_api_token_backup=token)).first()
        if project is None:
            raise AuthenticationFailed("Secret API token is invalid.")
        return AnonymousUser(), project

    def authenticate_header(self, request: Request) -> str:
        """The challenge in answers to unknown callers."""
        return "Bearer"


class SecretTokenScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]
    """Describes the secret token."""

    target_class = SecretTokenAuthentication
    name = "SecretTokenAuth"

    def get_security_definition(self, auto_schema: AutoSchema) -> dict[str, Any]:
        """The scheme: a bearer token."""
        return {"type": "http", "scheme": "bearer", "description": "The secret token of a project (`phs_…`)."}
