"""`/api/personal_api_keys/`: people manage their keys with a session; a key may only read itself."""

from typing import Any

from django.db import transaction
from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework import mixins, serializers
from rest_framework.decorators import action
from rest_framework.permissions import BasePermission, IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView
from rest_framework.viewsets import GenericViewSet

from hedgerow.activity.recording import change, changes_between, snapshot
from hedgerow.api.access import caller
from hedgerow.api.errors import PermissionDenied
from hedgerow.api.scopes import Key
from hedgerow.api.sessions import RecentLogin
from hedgerow.api.views import CURRENT, ScopedView
from hedgerow.organizations.history import KEY, KEY_SECRETS, note_key
from hedgerow.organizations.key_rules import create_key, roll_key
from hedgerow.organizations.key_serializer import PersonalAPIKeySerializer
from hedgerow.organizations.models import PersonalAPIKey


class ReadsItselfOnly(BasePermission):
    """A key may read itself, by its id or as `@current`, and nothing else here."""

    def has_permission(self, request: Request, view: APIView) -> bool:
        """True, or raises PermissionDenied."""
        key: Any = request.auth
        itself = getattr(view, "action", None) == "retrieve" and view.kwargs["pk"] in (CURRENT, getattr(key, "id", ""))
        if isinstance(key, Key) and not itself:
            raise PermissionDenied("This action does not support Personal API Key access")
        return True


class PersonalAPIKeysViewSet(
    ScopedView,
    mixins.ListModelMixin,
    mixins.CreateModelMixin,
    mixins.RetrieveModelMixin,
    mixins.UpdateModelMixin,
    mixins.DestroyModelMixin,
    GenericViewSet[PersonalAPIKey],
):
    """The caller's own keys."""

    queryset = PersonalAPIKey.objects.order_by("-created_at", "-id")
    serializer_class = PersonalAPIKeySerializer
    permission_classes = [IsAuthenticated, ReadsItselfOnly, RecentLogin]
    required_scopes = []
    pagination_class = None
    lookup_value_regex = "[^/]+"

    def get_queryset(self) -> QuerySet[PersonalAPIKey]:
        """The caller's keys."""
        if getattr(self, "swagger_fake_view", False):
            return PersonalAPIKey.objects.none()
        return super().get_queryset().filter(user=self.request.user.pk)

    def get_object(self) -> PersonalAPIKey:
        """The key in the path; `@current` is the one the request was made with. Raises Http404."""
        if self.kwargs["pk"] == CURRENT and isinstance(self.request.auth, Key):
            self.kwargs["pk"] = self.request.auth.id  # type: ignore[attr-defined]
        return super().get_object()

    @transaction.atomic
    def perform_create(self, serializer: serializers.BaseSerializer[PersonalAPIKey]) -> None:
        """Make the key and show its value in the answer."""
        key, value = create_key(caller(self.request), **serializer.validated_data)
        key.new_value = value  # type: ignore[attr-defined]
        serializer.instance = key
        note_key("created", key, [change(KEY, "scopes", None, key.scopes)])

    @transaction.atomic
    def perform_update(self, serializer: serializers.BaseSerializer[PersonalAPIKey]) -> None:
        """Change what the key is called and may do."""
        assert serializer.instance is not None
        before = snapshot(serializer.instance)
        key = serializer.save()
        note_key("updated", key, changes_between(KEY, before, snapshot(key), masked=KEY_SECRETS))

    @transaction.atomic
    def perform_destroy(self, key: PersonalAPIKey) -> None:
        """Remove the key."""
        note_key("deleted", key)
        key.delete()

    @extend_schema(request=None, responses=PersonalAPIKeySerializer)
    @action(methods=["POST"], detail=True)
    def roll(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Give the key a new value."""
        key = self.get_object()
        before = snapshot(key)
        with transaction.atomic():
            key.new_value = roll_key(key)  # type: ignore[attr-defined]
            note_key("updated", key, changes_between(KEY, before, snapshot(key), masked=KEY_SECRETS))
        return Response(self.get_serializer(key).data)
