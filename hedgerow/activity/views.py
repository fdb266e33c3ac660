"""The activity log over HTTP: of one object, of one kind of objects, and of a whole project."""

from typing import Any

from django.db.models import Model, Q, QuerySet
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import mixins
from rest_framework.decorators import action
from rest_framework.pagination import BasePagination
from rest_framework.request import Request
from rest_framework.response import Response

from hedgerow.activity.models import ActivityLog
from hedgerow.activity.paging import ActivityPages, LogCursor, LogPages
from hedgerow.activity.reading import as_seen_by, seen_by
from hedgerow.activity.serializers import ActivityLogSerializer, ActivitySerializer
from hedgerow.api.asked import is_whole
from hedgerow.api.errors import ValidationError
from hedgerow.api.views import ProjectViewSet
from hedgerow.projects.models import Project

SCOPES = ["activity_log:read"]
_PAGE = [
    OpenApiParameter("limit", int, description="Entries on a page."),
    OpenApiParameter("page", int, description="Number of the page, from 1."),
]


def entries_of(project_id: int, scope: str, item_id: object | None = None) -> QuerySet[ActivityLog]:
    """The entries of a kind of objects of a project, or of one of them, the newest first."""
    entries = ActivityLog.objects.filter(project_id=project_id, scope=scope).select_related("user")
    return entries if item_id is None else entries.filter(item_id=str(item_id))


def activity_page(request: Request, project: Project, entries: QuerySet[ActivityLog]) -> Response:
    """The page of a project's entries a request asks for, as the caller sees them.

    Raises ValidationError and NotFound.
    """
    pages = ActivityPages()
    found = as_seen_by(request.user, project, pages.paginate_queryset(entries, request) or ())
    return pages.get_paginated_response(ActivitySerializer(found, many=True).data)


class WithActivity(ProjectViewSet[Any]):
    """A resource whose objects have a history, at `activity/` and `:id/activity/`; `activity_scope` names its kind."""

    activity_scope: str

    def activity_item_id(self, item: Model) -> str:
        """By what the log knows an object."""
        return str(item.pk)

    @extend_schema(parameters=_PAGE, responses=ActivitySerializer(many=True), filters=False)
    @action(
        methods=["GET"],
        detail=False,
        url_path="activity",
        url_name="all-activity",
        required_scopes=SCOPES,
        pagination_class=ActivityPages,
    )
    def all_activity(self, request: Request, **path: str) -> Response:
        """What was done to any of these objects, the newest first."""
        entries = entries_of(self.project.pk, self.activity_scope)
        return activity_page(request, self.project, seen_by(request.user, self.project, entries))

    @extend_schema(parameters=_PAGE, responses=ActivitySerializer(many=True), filters=False)
    @action(
        methods=["GET"],
        detail=True,
        url_path="activity",
        url_name="activity",
        required_scopes=SCOPES,
        pagination_class=ActivityPages,
    )
    def activity(self, request: Request, **path: str) -> Response:
        """What was done to the object, the newest first."""
        item_id = self.activity_item_id(self.get_object())
        return activity_page(request, self.project, entries_of(self.project.pk, self.activity_scope, item_id))


class ActivityLogViewSet(mixins.ListModelMixin, ProjectViewSet[ActivityLog]):
    """`activity_log`: everything that was done in a project."""

    queryset = ActivityLog.objects.select_related("user")
    serializer_class = ActivityLogSerializer
    scope_object = "activity_log"

    @property
    def paginator(self) -> BasePagination:
        """By numbered pages where a page is asked for, else by cursor."""
        if not hasattr(self, "_paginator"):
            self._paginator = LogPages() if "page" in self.request.query_params else LogCursor()
        return self._paginator

    def get_queryset(self) -> QuerySet[ActivityLog]:
        """The project's entries that fit the filters, with those of its organization where they are asked for."""
        asked = self.request.query_params
        if getattr(self, "swagger_fake_view", False):
            return ActivityLog.objects.none()
        of = Q(project=self.project)
        if asked.get("include_organization_scoped") in ("1", "true"):
            of |= Q(project=None, organization=self.project.organization_id)
        entries = ActivityLog.objects.select_related("user").filter(of)
        if user := asked.get("user"):
            entries = entries.filter(user=_user_id(user))
        scopes = [scope for name in ("scope", "scopes") for scope in asked.get(name, "").split(",") if scope]
        if scopes:
            entries = entries.filter(scope__in=scopes)
        if item_id := asked.get("item_id"):
            entries = entries.filter(item_id=item_id)
        return seen_by(self.request.user, self.project, entries)

    def paginate_queryset(self, queryset: Any) -> Any:
        """A page of entries as the caller sees them."""
        return as_seen_by(self.request.user, self.project, super().paginate_queryset(queryset) or ())

    @extend_schema(
        parameters=[
            OpenApiParameter("user", int, description="Entries of this person only."),
            OpenApiParameter("scope", str, description="Entries of this kind of objects only."),
            OpenApiParameter("scopes", str, description="Entries of these kinds, separated by commas."),
            OpenApiParameter("item_id", str, description="Entries of the object of this id only."),
            OpenApiParameter("include_organization_scoped", OpenApiTypes.BOOL, description="The organization's, too."),
        ]
    )
    def list(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """The entries, the newest first."""
        return super().list(request, *args, **kwargs)


def _user_id(text: str) -> int:
    if not is_whole(text):
        raise ValidationError("A valid integer is required.", attr="user")
    return int(text)
