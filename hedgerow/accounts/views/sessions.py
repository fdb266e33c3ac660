"""Where a person is signed in, at `/api/users/@me/sessions/`."""

from typing import Any

from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.viewsets import GenericViewSet

from hedgerow.accounts.history import note_account
from hedgerow.accounts.models import LoginSession
from hedgerow.accounts.sessions import end_session, sessions_of
from hedgerow.api.errors import NotFound
from hedgerow.api.views import is_uuid
from hedgerow.organizations.models import User


class LoginSessionSerializer(serializers.ModelSerializer[LoginSession]):
    """A browser in which the person is signed in."""

    is_current = serializers.SerializerMethodField()

    class Meta:
        model = LoginSession
        fields = ["id", "method", "address", "user_agent", "created_at", "last_seen_at", "is_current"]

    def get_is_current(self, session: LoginSession) -> bool:
        """Whether the request came from it."""
        return session.session_key == getattr(self.context["request"].session, "session_key", None)


class WithSessions(GenericViewSet[Any]):
    """The sessions of a person; of others for those who run the instance."""

    @extend_schema(responses=LoginSessionSerializer(many=True))
    @action(methods=["GET"], detail=True, required_scopes=["user:read"], serializer_class=LoginSessionSerializer)
    def sessions(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Those that are signed in, the one used last first."""
        page = self.paginate_queryset(sessions_of(self.get_object()))
        return self.get_paginated_response(self.get_serializer(page, many=True).data)

    @extend_schema(responses={204: None}, parameters=[OpenApiParameter("session_id", str, "path")])
    @action(methods=["DELETE"], detail=True, url_path="sessions/(?P<session_id>[^/]+)", required_scopes=["user:write"])
    def end_session(self, request: Request, session_id: str, *args: Any, **kwargs: Any) -> Response:
        """Sign the person out there."""
        user: User = self.get_object()
        session = sessions_of(user).filter(pk=session_id).first() if is_uuid(session_id) else None
        if session is None:
            raise NotFound()
        end_session(session)
        note_account(user, "session_ended")
        return Response(status=204)
