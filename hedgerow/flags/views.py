"""What server SDKs ask to evaluate feature flags by themselves. A project has none, and the answers say so."""

from collections.abc import Sequence
from functools import cached_property
from hashlib import blake2b
from typing import Any

import orjson
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework.authentication import BaseAuthentication
from rest_framework.request import Request
from rest_framework.response import Response

from hedgerow.api.errors import NotFound, PermissionDenied
from hedgerow.api.throttling import FlagDefinitionCalls
from hedgerow.api.views import request_token
from hedgerow.flags.authentication import SecretTokenAuthentication
from hedgerow.groups.models import GroupTypeMapping
from hedgerow.project_secret_keys.opening import OpenToSecretKeys
from hedgerow.projects.models import Project


class FlagDefinitionsView(OpenToSecretKeys):
    """`/flags/definitions`, also known as `/api/feature_flag/local_evaluation`: all flags of the token's project."""

    scope_object = "feature_flag"
    project_key_scope = "feature_flag:read"
    throttle_classes = [FlagDefinitionCalls]
    http_method_names = ["get", "options", "head"]

    def get_authenticators(self) -> list[BaseAuthentication]:
        """Only definitions are secret; what the path can do is not."""
        if not self._gives_definitions():
            return []
        ours, *others = super().get_authenticators()
        return [ours, SecretTokenAuthentication(), *others]

    def get_permissions(self) -> Sequence[Any]:
        """A secret token lets through by itself."""
        if not self._gives_definitions() or isinstance(getattr(self.request, "auth", None), Project):
            return []
        return super().get_permissions()

    @cached_property
    def project(self) -> Project:
        """The project of the secret token, else as everywhere. Raises PermissionDenied for the token of another one."""
        own = self.request.auth
        if not isinstance(own, Project):
            return super().project
        if request_token(self.request) not in (None, own.api_token):
            raise PermissionDenied("You don't have access to the project.")
        return own

    @extend_schema(responses=OpenApiTypes.OBJECT)
    def get(self, request: Request) -> Response:
        """Flags, the group types they may use and the cohorts they reach; 304 when the client has them already."""
        group_types = GroupTypeMapping.objects.filter(project=self.project).order_by("group_type_index")
        definitions: dict[str, Any] = {
            "flags": [],
            "group_type_mapping": {str(group.group_type_index): group.group_type for group in group_types},
            "cohorts": {},
        }
        version = blake2b(orjson.dumps(definitions), digest_size=12).hexdigest()
        headers = {"ETag": f'W/"{version}"', "Cache-Control": "private, must-revalidate"}
        if version in request.headers.get("If-None-Match", ""):
            return Response(status=304, headers=headers)
        return Response(definitions, headers=headers)

    def head(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """The path exists."""
        return Response()

    def options(self, request: Any, *args: Any, **kwargs: Any) -> Response:
        """What may be asked, in the header `Allow`."""
        return Response(status=204)

    def _gives_definitions(self) -> bool:
        """Whether the request asks for them; without a request the API is only being described."""
        return self.request is None or self.request.method == "GET"


class RemoteConfigView(OpenToSecretKeys):
    """The payload of a flag that carries configuration. There is no such flag."""

    scope_object = "feature_flag"
    project_key_scope = "feature_flag:read"

    @extend_schema(responses=OpenApiTypes.STR)
    def get(self, request: Request, project_id: str, key: str) -> Response:
        """404, whatever the key."""
        # Who asks is checked before: reaching the project does it.
        raise NotFound(f"Project {self.project.pk} has no such feature flag.")
