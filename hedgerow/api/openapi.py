"""The OpenAPI document: what drf-spectacular cannot know by itself."""

from typing import Any

from drf_spectacular.extensions import OpenApiAuthenticationExtension
from drf_spectacular.openapi import AutoSchema
from rest_framework import serializers

from hedgerow.api.scopes import scopes_needed

KEY_SCHEME = "PersonalAPIKeyAuth"


ENVIRONMENTS = "/api/environments/"


class ErrorSerializer(serializers.Serializer[Any]):
    """Why a request failed: the first thing that was wrong, and at which field."""

    type = serializers.ChoiceField(
        choices=["validation_error", "invalid_request", "authentication_error", "throttled_error", "server_error"]
    )
    code = serializers.CharField()
    detail = serializers.CharField()
    attr = serializers.CharField(allow_null=True)


class ScopedSchema(AutoSchema):
    """Adds to each operation the scopes a key needs and the shape of errors, and tells a project's two mounts apart."""

    def get_operation(self, path: str, *args: Any, **kwargs: Any) -> Any:
        """The description of an operation; ids that views give explicitly stay unique below environments."""
        operation = super().get_operation(path, *args, **kwargs)
        if operation and path.startswith(ENVIRONMENTS) and not operation["operationId"].startswith("environments_"):
            operation["operationId"] = f"environments_{operation['operationId']}"
        if operation:
            error = self.resolve_serializer(ErrorSerializer(), "response")
            content = {"application/json": {"schema": error.ref}}
            operation["responses"].setdefault("4XX", {"description": "What was wrong.", "content": content})
        return operation

    def get_operation_id(self) -> str:
        """The id of an operation, with the name of its method where that is not its path's.

        So the lists at `activity/` and `:id/activity/` are told apart.
        """
        found: str = super().get_operation_id()
        name = getattr(self.view, "action", None) or ""
        path = getattr(getattr(self.view, name, None), "url_path", name)
        return found.replace(f"_{path}_", f"_{name}_") if path.isidentifier() else found

    def get_auth(self) -> list[dict[str, Any]]:
        """The ways to authenticate: by key with these scopes where keys are welcome, else by session."""
        schemes: list[dict[str, Any]] = super().get_auth()
        scopes = scopes_needed(self.view, self.method)
        described = []
        for scheme in schemes:
            if KEY_SCHEME not in scheme:
                described.append(scheme)
            elif scopes is not None:
                described.append({KEY_SCHEME: scopes})
        return described


class PersonalAPIKeyScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]
    """Describes the personal API key."""

    target_class = "hedgerow.organizations.authentication.PersonalAPIKeyAuthentication"
    name = KEY_SCHEME

    def get_security_definition(self, auto_schema: AutoSchema) -> dict[str, Any]:
        """The scheme: a bearer token."""
        return {"type": "http", "scheme": "bearer", "description": "A personal API key (`phx_…`)."}


class SessionScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]
    """Describes the login."""

    target_class = "hedgerow.api.sessions.SessionAuthentication"
    name = "SessionAuth"
    match_subclasses = True

    def get_security_definition(self, auto_schema: AutoSchema) -> dict[str, Any]:
        """The scheme: a cookie."""
        return {"type": "apiKey", "in": "cookie", "name": "sessionid"}
