"""`/api/projects/:project_id/file_system_shortcut/`: the caller's own, never anybody else's."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import Max, QuerySet
from django.db.models.functions import Lower
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import mixins, serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from hedgerow.api.access import caller
from hedgerow.api.asked import checked
from hedgerow.api.errors import NotFound
from hedgerow.api.views import ProjectViewSet, is_uuid
from hedgerow.files.listing import seen_by
from hedgerow.files.models import Shortcut
from hedgerow.files.serializers import (
    HIGHEST_ORDER,
    BulkUpdateSerializer,
    OrderedIdsSerializer,
    RefusalSerializer,
    ShortcutSerializer,
)
from hedgerow.organizations.models import User

_ORDERINGS = ("created_at", "-created_at")
_ALL = {200: ShortcutSerializer(many=True), 400: RefusalSerializer}


class ShortcutsViewSet(
    mixins.ListModelMixin,
    mixins.CreateModelMixin,
    mixins.RetrieveModelMixin,
    mixins.UpdateModelMixin,
    mixins.DestroyModelMixin,
    ProjectViewSet[Shortcut],
):
    """The caller's shortcuts in a project."""

    queryset = Shortcut.objects.all()
    serializer_class = ShortcutSerializer
    scope_object = "file_system_shortcut"
    lookup_value_regex = "[^/]+"

    def get_queryset(self) -> QuerySet[Shortcut]:
        """The caller's, in their order."""
        shortcuts = super().get_queryset()
        if getattr(self, "swagger_fake_view", False):
            return shortcuts
        wanted = self.request.query_params.get("ordering")
        order = (wanted,) if wanted in _ORDERINGS else ("order", Lower("path"))
        user = caller(self.request)
        return seen_by(user, self.project, shortcuts.filter(user=user)).order_by(*order, "id")

    def get_object(self) -> Shortcut:
        """The shortcut in the path. Raises NotFound."""
        if not is_uuid(self.kwargs["pk"]):
            raise NotFound()
        shortcut: Shortcut = super().get_object()
        return shortcut

    @extend_schema(parameters=[OpenApiParameter("ordering", str, enum=_ORDERINGS)], filters=False)
    def list(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """The caller's shortcuts, by their order, then by path."""
        return super().list(request, *args, **kwargs)

    def perform_create(self, serializer: serializers.BaseSerializer[Shortcut]) -> None:
        """Make it, unless the caller has the same one."""
        with self._own_locked():
            serializer.instance = self._added(serializer.validated_data)

    @extend_schema(request=OrderedIdsSerializer, responses=_ALL, filters=False)
    @action(methods=["POST"], detail=False, required_scopes=["file_system_shortcut:write"], pagination_class=None)
    def reorder(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Put the shortcuts in this order; those that are not named come after them, as they were."""
        wanted = list(dict.fromkeys(checked(OrderedIdsSerializer(data=request.data))["ordered_ids"]))
        with self._own_locked():
            own = {each.pk: each for each in self.get_queryset()}
            if unknown := [id for id in wanted if id not in own]:
                return _unknown(unknown)
            for place, id in enumerate([*wanted, *(id for id in own if id not in set(wanted))]):
                own[id].order = place
            Shortcut.objects.bulk_update(own.values(), ["order"], batch_size=100)
        return self._all()

    @extend_schema(request=BulkUpdateSerializer, responses=_ALL, filters=False)
    @action(methods=["POST"], detail=False, required_scopes=["file_system_shortcut:write"], pagination_class=None)
    def bulk_update(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Add and remove shortcuts, all or none."""
        given = checked(BulkUpdateSerializer(data=request.data))
        leaving = given.get("remove_ids", [])
        with self._own_locked():
            own = self.get_queryset().filter(pk__in=leaving)
            known = set(own.values_list("pk", flat=True))
            if unknown := [id for id in leaving if id not in known]:
                return _unknown(unknown)
            own.delete()
            for each in given.get("add", []):
                self._added(each)
        return self._all()

    @contextmanager
    def _own_locked(self) -> Iterator[None]:
        """A transaction during which no other request of the caller changes their shortcuts."""
        with transaction.atomic():
            me = User.objects.select_for_update(no_key=True).filter(pk=caller(self.request).pk)
            list(me.values_list("pk"))
            yield

    def _added(self, given: dict[str, Any]) -> Shortcut:
        """Without an order of its own it comes last, or, as long as none has one, where its path belongs."""
        own = Shortcut.objects.filter(project=self.project, user=caller(self.request))
        same = {name: given.get(name) for name in ("path", "type", "ref", "href")}
        if (there := own.filter(**same).first()) is not None:
            return there
        if (order := given.get("order")) is None:
            highest = own.aggregate(highest=Max("order"))["highest"]
            order = min(highest + 1, HIGHEST_ORDER) if highest else 0
        return Shortcut.objects.create(project=self.project, user=caller(self.request), order=order, **same)

    def _all(self) -> Response:
        return Response(self.get_serializer(self.get_queryset(), many=True).data)


def _unknown(ids: Iterable[UUID]) -> Response:
    return Response({"detail": "Unknown shortcut ids", "unknown_ids": [str(id) for id in ids]}, status=400)
