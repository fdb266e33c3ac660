"""`/api/users/`: a person reads and changes themselves at `@me`; staff see everybody."""

from typing import Any

from django.db.models import QuerySet
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import mixins, serializers
from rest_framework.permissions import IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.viewsets import GenericViewSet

from hedgerow.accounts.history import note_account
from hedgerow.accounts.passwords import tell_of_new_password
from hedgerow.accounts.sessions import keep_session_after_new_password
from hedgerow.accounts.views.second_factor import SETTING_UP, WithSecondFactor
from hedgerow.accounts.views.sessions import WithSessions
from hedgerow.accounts.views.verification import WithEmailChange
from hedgerow.api.access import caller
from hedgerow.api.errors import Conflict, NotFound, PermissionDenied
from hedgerow.api.scopes import Key, KeyPermission
from hedgerow.api.sessions import RecentLogin
from hedgerow.api.views import ScopedView, is_uuid
from hedgerow.organizations.models import User
from hedgerow.organizations.user_serializer import UserSerializer

ME = "@me"
ONLY_ME = "As a non-staff user you're only allowed to access the `@me` user instance."
ALWAYS_CHANGEABLE = {"set_current_organization", "set_current_team", "theme_mode"}
"""Fields that an old login may change, too: where a person works and how it looks."""


class RecentLoginForSensitive(RecentLogin):
    """Asks for a recent login unless only harmless fields are changed."""

    def has_permission(self, request: Request, view: Any) -> bool:
        """True, or raises PermissionDenied."""
        if request.method == "PATCH" and isinstance(request.data, dict) and set(request.data) <= ALWAYS_CHANGEABLE:
            return True
        return super().has_permission(request, view)


class UsersViewSet(
    WithSecondFactor,
    WithSessions,
    WithEmailChange,
    ScopedView,
    mixins.ListModelMixin,
    mixins.RetrieveModelMixin,
    mixins.UpdateModelMixin,
    GenericViewSet[User],
):
    """People. A key narrowed to projects or organizations still reads its own user."""

    queryset = User.objects.order_by("id")
    serializer_class = UserSerializer
    permission_classes = [IsAuthenticated, KeyPermission, RecentLoginForSensitive]
    scope_object = "user"
    open_without_second_factor = ("retrieve", *SETTING_UP)
    lookup_field = "uuid"
    lookup_value_regex = "[^/]+"

    def get_queryset(self) -> QuerySet[User]:
        """Everybody for staff, narrowed by `is_staff` and `email`; else only the caller."""
        if getattr(self, "swagger_fake_view", False):
            return User.objects.none()
        queryset = super().get_queryset()
        if not self.request.user.is_staff:
            return queryset.filter(pk=caller(self.request).pk)
        email, staff = self.request.query_params.get("email"), self.request.query_params.get("is_staff", "")
        if email:
            queryset = queryset.filter(email__iexact=email)
        if staff.lower() in ("true", "false"):
            queryset = queryset.filter(is_staff=staff.lower() == "true")
        return queryset

    def get_object(self) -> User:
        """The caller for `@me`; anybody for staff. Raises PermissionDenied or NotFound."""
        uuid = self.kwargs["uuid"]
        if uuid == ME:
            return caller(self.request)
        if not self.request.user.is_staff:
            raise PermissionDenied(ONLY_ME)
        user = User.objects.filter(uuid=uuid).first() if is_uuid(uuid) else None
        if user is None:
            raise NotFound()
        return user

    @extend_schema(
        parameters=[OpenApiParameter("email", str), OpenApiParameter("is_staff", bool)],
    )
    def list(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """The people the caller may see."""
        return super().list(request, *args, **kwargs)

    def update(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Change what is sent. With a key neither the e-mail nor the password."""
        if isinstance(request.auth, Key):
            self._require_same_sign_in(request.data)
        return super().update(request, *args, **kwargs)

    def perform_update(self, serializer: serializers.BaseSerializer[User]) -> None:
        """Store the changes; a changed password ends every other session."""
        changes_password = "password" in serializer.validated_data
        user = serializer.save()
        if not changes_password:
            return
        keep_session_after_new_password(self.request._request, user)
        note_account(user, "password_changed")
        tell_of_new_password(user)

    @extend_schema(responses={204: None})
    def destroy(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Delete one's own account, once it belongs to no organization. Not open to keys."""
        user = self.get_object()
        if user.pk != request.user.pk:
            raise PermissionDenied()
        if isinstance(request.auth, Key):
            raise PermissionDenied("This action does not support personal API key access")
        if user.memberships.exists():
            raise Conflict("Cannot delete user with organization memberships.")
        user.delete()
        return Response(status=204)

    def _require_same_sign_in(self, given: Any) -> None:
        """Whoever finds a key must not get the account by it: raises PermissionDenied if what people sign in with is
        to be another one.
        """
        if not isinstance(given, dict):
            return
        if "password" in given or given.get("email", self.get_object().email) != self.get_object().email:
            raise PermissionDenied("Email and password cannot be changed with a personal API key.")
