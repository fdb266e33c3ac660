"""Callers known by a project's secret key."""

from dataclasses import dataclass

from django.contrib.auth.models import AnonymousUser
from rest_framework.authentication import BaseAuthentication
from rest_framework.request import Request

from hedgerow.api.errors import PermissionDenied
from hedgerow.organizations.authentication import note_use
from hedgerow.organizations.keys import hash_key
from hedgerow.project_secret_keys.models import ProjectSecretAPIKey
from hedgerow.projects.models import Project
from hedgerow.projects.tokens import SECRET_PREFIX


@dataclass(frozen=True)
class UsedSecretKey:
    """The secret key of a request. It stands for its project alone."""

    project: Project
    scopes: list[str]


class ProjectSecretKeyAuthentication(BaseAuthentication):
    """A project's secret key in `Authorization: Bearer`. It stands for nobody; `OpenToSecretKeys` views take it."""

    def authenticate(self, request: Request) -> tuple[AnonymousUser, UsedSecretKey] | None:
        """Nobody, and the key; None when it is no such key. Raises PermissionDenied where keys of projects are not
        taken."""
        scheme, _, value = request.headers.get("Authorization", "").partition(" ")
        value = value.strip()
        if scheme.lower() != "bearer" or not value.startswith(SECRET_PREFIX):
            return None
        key = ProjectSecretAPIKey.objects.select_related("project").filter(secure_value=hash_key(value)).first()
        if key is None:
            return None
        if not hasattr((request.parser_context or {}).get("view"), "project_key_scope"):
            raise PermissionDenied("This action does not support project secret API key access")
        note_use(key)
        return AnonymousUser(), UsedSecretKey(key.project, key.scopes)

    def authenticate_header(self, request: Request) -> str:
        """The challenge in answers to unknown callers."""
        return "Bearer"
