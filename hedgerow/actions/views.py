"""`/api/projects/:project_id/actions/`."""

from typing import Any

from django.db.models import QuerySet
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import mixins, serializers
from rest_framework.decorators import action
from rest_framework.renderers import BaseRenderer
from rest_framework.request import Request
from rest_framework.response import Response

from hedgerow.actions.models import Action
from hedgerow.actions.references import reference_counts, references
from hedgerow.actions.serializers import ActionListSerializer, ActionSerializer, ReferenceSerializer
from hedgerow.activity.recording import changes_between, record_activity, snapshot
from hedgerow.activity.views import WithActivity
from hedgerow.api.asked import is_on
from hedgerow.api.csv_rendering import CSVRenderer
from hedgerow.api.rendering import JSONRenderer
from hedgerow.api.views import KeptWhenDeleted
from hedgerow.files.kinds import kinds


class ActionsViewSet(
    mixins.ListModelMixin,
    mixins.CreateModelMixin,
    mixins.RetrieveModelMixin,
    mixins.UpdateModelMixin,
    KeptWhenDeleted,
    WithActivity,
):
    """The actions of a project. A deleted one is not listed, but can still be looked at and restored."""

    queryset = Action.objects.select_related("created_by").order_by("-last_calculated_at", "name", "id")
    serializer_class = ActionSerializer
    scope_object = "action"
    activity_scope = "Action"
    pagination_class = None

    def get_renderers(self) -> list[BaseRenderer]:
        """What is read can be had as CSV, too."""
        return [JSONRenderer(), CSVRenderer()] if self.action in ("list", "retrieve") else super().get_renderers()

    def get_queryset(self) -> QuerySet[Action]:
        """The project's actions; the list leaves deleted ones out."""
        actions = super().get_queryset()
        return actions.filter(deleted=False) if self.action == "list" else actions

    @extend_schema(
        parameters=[
            OpenApiParameter(
                "include_reference_count", bool, description="Adds `reference_count` to each: how many things use it."
            )
        ],
        responses={(200, "application/json"): ActionListSerializer, (200, "text/csv"): OpenApiTypes.STR},
    )
    def list(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """All actions that are not deleted."""
        actions = self.get_serializer(self.get_queryset(), many=True).data
        if is_on(request, "include_reference_count"):
            counts = reference_counts(self.project.pk, [each["id"] for each in actions])
            for each in actions:
                each["reference_count"] = counts[each["id"]]
        return Response({"results": actions})

    def perform_create(self, serializer: serializers.BaseSerializer[Action]) -> None:
        """Make the action."""
        self._record("created", serializer.save())

    def perform_update(self, serializer: serializers.BaseSerializer[Action]) -> None:
        """Change the action; to hide it counts as deleting it."""
        assert serializer.instance is not None
        before = snapshot(serializer.instance)
        changed = serializer.save()
        is_deleted = changed.deleted and not before["deleted"]
        changes = changes_between(self.activity_scope, before, snapshot(changed))
        self._record("deleted" if is_deleted else "updated", changed, changes=changes)

    @extend_schema(responses={(200, "application/json"): ActionSerializer, (200, "text/csv"): OpenApiTypes.STR})
    def retrieve(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """One action, also a deleted one."""
        return super().retrieve(request, *args, **kwargs)

    @extend_schema(responses=ReferenceSerializer(many=True))
    @action(methods=["GET"], detail=True, required_scopes=["action:read"])
    def references(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """What uses the action, at most 50 things."""
        hidden = {kind.type: set(kind.hidden_refs(request.user, self.project)) for kind in kinds()}
        found = references(self.project.pk, self.get_object().pk)
        found = [each for each in found if each.id not in hidden.get(each.type, ())]
        return Response(ReferenceSerializer(found, many=True).data)

    def _record(self, activity: str, changed: Action, **known: Any) -> None:
        record_activity(
            scope=self.activity_scope,
            activity=activity,
            item_id=changed.pk,
            user=self.request.user,
            project=self.project,
            name=changed.name,
            **known,
        )
