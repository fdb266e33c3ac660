"""`/api/projects/:project_id/insights/`."""

from typing import Any

from django.db import transaction
from django.db.models import QuerySet
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import mixins
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from hedgerow.access.rules import visible
from hedgerow.activity.views import WithActivity
from hedgerow.api.access import caller
from hedgerow.api.asked import checked, is_on, is_whole
from hedgerow.api.errors import NotFound, ValidationError
from hedgerow.api.throttling import AnalyticsCalls
from hedgerow.api.views import KeptWhenDeleted
from hedgerow.dashboards.asked import looked_at
from hedgerow.dashboards.models import Tile
from hedgerow.queries import background
from hedgerow.queries.runner import reading_run
from hedgerow.saved_insights.listing import listed_insights, presentable
from hedgerow.saved_insights.models import Insight
from hedgerow.saved_insights.rights import require_edit
from hedgerow.saved_insights.serializers import (
    BasicInsightSerializer,
    CancelSerializer,
    InsightSerializer,
    InsightsSeenSerializer,
)
from hedgerow.saved_insights.viewing import last_viewed, note_views, trending
from hedgerow.sharing.objects import INSIGHT
from hedgerow.sharing.reading import OpenToShares

MOST_TRENDING = 100
MOST_DAYS = 3_650
_REFRESH = OpenApiParameter("refresh", str, description="How fresh results must be; by default nothing is computed.")


class InsightsViewSet(
    mixins.ListModelMixin,
    mixins.CreateModelMixin,
    mixins.RetrieveModelMixin,
    mixins.UpdateModelMixin,
    OpenToShares,
    KeptWhenDeleted,
    WithActivity,
):
    """The saved insights of a project, each found by its id or its short id. A deleted one can only be restored."""

    queryset = Insight.objects.all()
    serializer_class = InsightSerializer
    scope_object = "insight"
    viewers_may = frozenset({"cancel"})
    throttle_classes = [AnalyticsCalls]
    shared_kind = INSIGHT
    activity_scope = "Insight"
    lookup_value_regex = "[^/]+"

    def get_queryset(self) -> QuerySet[Insight]:
        """The project's insights with all that is told of each; of a list those that the request asks for."""
        insights = super().get_queryset()
        if getattr(self, "swagger_fake_view", False):
            return insights
        if self.action == "list":
            return listed_insights(presentable(insights), self.project, self.request.user, self.request.query_params)
        return presentable(insights)

    def get_object(self) -> Insight:
        """The insight in the path. Raises NotFound, also for a deleted one unless the request restores it."""
        given = self.kwargs["pk"]
        insights = self.get_queryset()
        if not self._restores:
            insights = insights.filter(deleted=False)
        if self.action in ("update", "partial_update"):
            insights = insights.select_for_update(of=("self",))
        insight = insights.filter(**({"pk": int(given)} if is_whole(given) else {"short_id": given})).first()
        if insight is None:
            raise NotFound()
        self.check_object_permissions(self.request, insight)
        return insight

    def get_serializer_class(self) -> type[Any]:
        """The brief form where it is asked for in a list."""
        return BasicInsightSerializer if self.action == "list" and is_on(self.request, "basic") else InsightSerializer

    def get_serializer_context(self) -> dict[str, Any]:
        """With the project, how fresh results must be, and what is put over the questions."""
        context = dict(super().get_serializer_context())
        if self.request is None or getattr(self, "swagger_fake_view", False):
            return context
        return {
            **context,
            "project": self.project,
            "reading": reading_run(self.project),
            **looked_at(self._looking),
            "is_searched": self.action == "list" and bool(self.request.query_params.get("search")),
        }

    @extend_schema(
        parameters=[
            OpenApiParameter("basic", bool, description="In brief, without results."),
            _REFRESH,
            OpenApiParameter("short_id", str),
            OpenApiParameter("saved", bool, description="Saved ones and those on dashboards, or the others."),
            OpenApiParameter("search", str, description="Part of a name, the description or a tag, in any case."),
            OpenApiParameter("created_by", str, description="Ids of people, as a JSON list."),
            OpenApiParameter("user", str, description="Any value: the caller's own."),
            OpenApiParameter("favorited", str, description="Any value: favourites only."),
            OpenApiParameter("insight", str, description="TRENDS, FUNNELS and so on, SQL, or JSON for other queries."),
            OpenApiParameter("date_from", str, description="Last modified since; a date or a relative one."),
            OpenApiParameter("date_to", str, description="Last modified until."),
            OpenApiParameter("created_date_from", str),
            OpenApiParameter("created_date_to", str),
            OpenApiParameter("last_viewed_date_from", str),
            OpenApiParameter("last_viewed_date_to", str),
            OpenApiParameter("dashboards", str, description="Ids as a JSON list: on all of these."),
            OpenApiParameter("tags", str, description="A JSON list: with any of these."),
            OpenApiParameter("events", str, description="A JSON list: about any of these."),
            OpenApiParameter("feature_flag", str, description="Key of a flag that the question names."),
            OpenApiParameter("hide_feature_flag_insights", bool),
            OpenApiParameter("order", str, description="A field, with - before it for descending."),
        ]
    )
    def list(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """The insights that are not deleted."""
        return super().list(request, *args, **kwargs)

    @extend_schema(
        parameters=[
            _REFRESH,
            OpenApiParameter("from_dashboard", int, description="As it is shown on this dashboard."),
            OpenApiParameter("filters_override", str, description="A JSON object put over the question's filters."),
            OpenApiParameter("variables_override", str, description="A JSON object of SQL variables by id."),
        ]
    )
    def retrieve(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """One insight with its answer."""
        return Response(self._told(self.get_object()))

    def create(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Save an insight."""
        serializer = InsightSerializer(data=request.data, context=self.get_serializer_context())
        serializer.is_valid(raise_exception=True)
        return Response(self._told(self._again(serializer.save())), status=201)

    def update(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Change an insight; what is not sent stays, also with `PUT`."""
        with transaction.atomic():
            insight = self.get_object()
            require_edit(insight, request.user)
            context = self.get_serializer_context()
            serializer = InsightSerializer(insight, data=request.data, partial=True, context=context)
            serializer.is_valid(raise_exception=True)
            serializer.save()
        return Response(self._told(self._again(insight)))

    @extend_schema(responses=BasicInsightSerializer(many=True), filters=False)
    @action(methods=["GET"], detail=False, pagination_class=None, required_scopes=["insight:read"])
    def my_last_viewed(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """The five insights that the caller looked at last, the last first."""
        return Response(self._in_brief(last_viewed(self.get_queryset().filter(deleted=False), request.user)))

    @extend_schema(request=InsightsSeenSerializer, responses={201: None})
    @action(methods=["POST"], detail=False, required_scopes=["insight:read"])
    def viewed(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Note that the caller looks at these insights; those that are not the project's are passed over."""
        ids = checked(InsightsSeenSerializer(data=request.data))["insight_ids"]
        known = Insight.objects.filter(project=self.project, deleted=False, pk__in=ids)
        note_views(visible(known, request.user, self.project).values_list("pk", flat=True), caller(request))
        return Response(status=201)

    @extend_schema(request=None, responses={201: None})
    @action(methods=["POST"], detail=True, url_path="viewed", url_name="one-viewed", required_scopes=["insight:read"])
    def one_viewed(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Note that the caller looks at the insight."""
        note_views([self.get_object().pk], caller(request))
        return Response(status=201)

    @extend_schema(
        parameters=[OpenApiParameter("days", int), OpenApiParameter("limit", int)],
        responses=BasicInsightSerializer(many=True),
        filters=False,
    )
    @action(methods=["GET"], detail=False, required_scopes=["insight:read"])
    def trending(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """The insights that most people looked at in the last days."""
        days, limit = (_count(request, name, default) for name, default in (("days", 7), ("limit", 10)))
        insights = self.get_queryset().filter(deleted=False)
        found = self._in_brief(trending(insights, min(days, MOST_DAYS), min(limit, MOST_TRENDING)))
        return Response({"count": len(found), "next": None, "previous": None, "results": found})

    @extend_schema(request=CancelSerializer, responses={201: None})
    @action(methods=["POST"], detail=False, required_scopes=["insight:write"])
    def cancel(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Cancel the query that was started with this id, if it still runs."""
        background.cancel(self.project, checked(CancelSerializer(data=request.data))["client_query_id"])
        return Response(status=201)

    @property
    def _looking(self) -> dict[str, str]:
        """The parameters; a write may say in its body how fresh the result must be."""
        parameters: dict[str, str] = self.request.query_params.dict()
        body = self.request.data if self.request.method != "GET" else None
        if isinstance(body, dict) and body.get("refresh") is not None:
            parameters.setdefault("refresh", str(body["refresh"]).lower())
        return parameters

    @property
    def _restores(self) -> bool:
        """Whether the request brings a deleted insight back."""
        body = self.request.data if self.action in ("update", "partial_update") else None
        return isinstance(body, dict) and body.get("deleted") is False

    def _again(self, insight: Insight) -> Insight:
        """The insight as it is in the records now."""
        return presentable(Insight.objects.filter(project=self.project)).get(pk=insight.pk)

    def _told(self, insight: Insight) -> dict[str, Any]:
        return dict(InsightSerializer(insight, context={**self.get_serializer_context(), **self._place(insight)}).data)

    def _place(self, insight: Insight) -> dict[str, Any]:
        """The dashboard and the tile that the request comes from, if the insight stands there."""
        given = self.request.query_params.get("from_dashboard")
        if not given:
            return {}
        if not is_whole(given):
            raise ValidationError("A valid integer is required.", attr="from_dashboard")
        tiles = Tile.objects.filter(insight=insight, deleted=False, dashboard_id=int(given))
        tile = tiles.filter(dashboard__project=self.project, dashboard__deleted=False).first()
        return {} if tile is None else {"dashboard": tile.dashboard, "tile": tile}

    def _in_brief(self, insights: QuerySet[Insight]) -> Any:
        return BasicInsightSerializer(insights, many=True, context=self.get_serializer_context()).data


def _count(request: Request, name: str, default: int) -> int:
    given = request.query_params.get(name) or str(default)
    if not (is_whole(given) and int(given) > 0):
        raise ValidationError("days and limit must be valid integers")
    return int(given)
