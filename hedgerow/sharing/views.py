"""`sharing/` below a dashboard, a saved insight and a recording."""

from collections.abc import Callable
from typing import Any

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from hedgerow.api.access import caller
from hedgerow.api.asked import is_whole
from hedgerow.api.errors import NotFound
from hedgerow.api.views import ProjectViewSet
from hedgerow.projects.models import Project
from hedgerow.sharing import configuring
from hedgerow.sharing.models import SharingConfiguration
from hedgerow.sharing.objects import Shareable, find_dashboard, find_insight, find_recording
from hedgerow.sharing.serializers import (
    MadePasswordSerializer,
    NewPasswordSerializer,
    SharePasswordSerializer,
    SharingConfigurationSerializer,
)

READ = ["sharing_configuration:read"]
WRITE = ["sharing_configuration:write"]
_SHARING = "sharing"
_PASSWORD_ID = OpenApiParameter("password_id", int, OpenApiParameter.PATH)


class SharingViewSet(ProjectViewSet[SharingConfiguration]):
    """How one object is shared. `find` finds it by what stands in the path. Looking never stores anything."""

    queryset = SharingConfiguration.objects.all()
    serializer_class = SharingConfigurationSerializer
    scope_object = "sharing_configuration"
    lookup_value_regex = "[^/]+"
    pagination_class = None
    find: Callable[[Project, str, Any], Shareable]

    @property
    def required_scopes(self) -> list[str]:  # type: ignore[override]
        """To look needs less than everything else, also where both are at one path."""
        return READ if getattr(self, "action", None) == "sharing" else WRITE

    @extend_schema(responses=SharingConfigurationSerializer)
    @action(methods=["GET"], detail=True, url_path=_SHARING)
    def sharing(self, request: Request, **path: str) -> Response:
        """How it is shared."""
        shared = self._shared
        return self._told(configuring.current(shared) or SharingConfiguration(**shared.reference))

    @extend_schema(request=SharingConfigurationSerializer, responses=SharingConfigurationSerializer)
    @sharing.mapping.patch
    def change_sharing(self, request: Request, **path: str) -> Response:
        """Share it or not, ask for a password or not, and choose how it is shown."""
        shared = self._edited
        asked = SharingConfigurationSerializer(data=request.data, partial=True)
        asked.is_valid(raise_exception=True)
        return self._told(configuring.change(shared, caller(request), asked.validated_data))

    @extend_schema(request=None, responses={200: SharingConfigurationSerializer})
    @action(methods=["POST"], detail=True, url_path=f"{_SHARING}/refresh")
    def refresh(self, request: Request, **path: str) -> Response:
        """A new address; the old one works for five more minutes."""
        return self._told(configuring.refresh(self._edited, caller(request)))

    @extend_schema(request=NewPasswordSerializer, responses={201: MadePasswordSerializer})
    @action(methods=["POST"], detail=True, url_path=f"{_SHARING}/passwords")
    def passwords(self, request: Request, **path: str) -> Response:
        """One more password that opens it, told in plain text only now."""
        shared = self._edited
        asked = NewPasswordSerializer(data=request.data)
        asked.is_valid(raise_exception=True)
        given, note = asked.validated_data.get("raw_password"), asked.validated_data.get("note") or ""
        try:
            password, plain = configuring.add_password(shared, caller(request), given, note)
        except configuring.PasswordsNotRequiredError:
            return Response({"error": "Password protection must be enabled before creating passwords"}, status=400)
        told = SharePasswordSerializer(password).data
        return Response(
            {
                **SharingConfigurationSerializer(password.configuration).data,
                **{name: told[name] for name in ("id", "note", "created_at", "created_by_email")},
                "password": plain,
            },
            status=201,
        )

    @extend_schema(parameters=[_PASSWORD_ID], request=None, responses={204: None, 404: OpenApiTypes.OBJECT})
    @action(
        methods=["DELETE"],
        detail=True,
        url_path=rf"{_SHARING}/passwords/(?P<password_id>[^/]+)",
    )
    def password(self, request: Request, password_id: str, **path: str) -> Response:
        """Let a password open nothing any more, and nobody who came in by it."""
        shared = self._edited
        if not is_whole(password_id):
            raise NotFound("Password not found")
        configuring.revoke_password(shared, caller(request), int(password_id))
        return Response(status=204)

    @property
    def _shared(self) -> Shareable:
        return type(self).find(self.project, self.kwargs[self.lookup_url_kwarg or ""], self.request.user)

    @property
    def _edited(self) -> Shareable:
        shared = self._shared
        shared.require_edit(self.request.user)
        return shared

    def _told(self, configuration: SharingConfiguration) -> Response:
        return Response(SharingConfigurationSerializer(configuration).data)


class DashboardSharingViewSet(SharingViewSet):
    """How a dashboard is shared."""

    lookup_url_kwarg = "dashboard_id"
    find = staticmethod(find_dashboard)


class InsightSharingViewSet(SharingViewSet):
    """How a saved insight is shared."""

    lookup_url_kwarg = "insight_id"
    find = staticmethod(find_insight)


class RecordingSharingViewSet(SharingViewSet):
    """How a recording is shared."""

    lookup_url_kwarg = "recording_id"
    find = staticmethod(find_recording)
