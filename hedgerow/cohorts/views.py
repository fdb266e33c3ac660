"""`/api/projects/:project_id/cohorts/`."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import orjson
from django.db.models import QuerySet
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from pydantic import TypeAdapter
from pydantic import ValidationError as PydanticError
from rest_framework import mixins
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from hedgerow.activity.views import WithActivity
from hedgerow.api.access import caller
from hedgerow.api.asked import is_on, is_whole
from hedgerow.api.csv_rendering import CSVRenderer
from hedgerow.api.errors import NotFound, ValidationError
from hedgerow.api.paging import MAX_OFFSET, LimitOffset
from hedgerow.api.rendering import JSONRenderer
from hedgerow.api.views import KeptWhenDeleted, is_uuid
from hedgerow.cohorts.filling import static_copy
from hedgerow.cohorts.listing import LONGEST_SEARCH, listed_cohorts
from hedgerow.cohorts.lists import add_persons, remove_person
from hedgerow.cohorts.models import Cohort
from hedgerow.cohorts.person_rows import member_ids, person_rows
from hedgerow.cohorts.saving import record_list_change
from hedgerow.cohorts.serializers import CalculationSerializer, CohortSerializer
from hedgerow.cohorts.uses import used_in
from hedgerow.insights.properties import PropertyCondition
from hedgerow.persons.models import Person
from hedgerow.persons.rows import file_rows
from hedgerow.queries.context import project_context
from hedgerow.queries.errors import QueryError, query_errors

MOST_ADDED = 1_000
MOST_CSV_ROWS = 300_000
MOST_ROWS = 10_000
DEFAULT_ROWS = 100


_FILTERS = TypeAdapter(list[PropertyCondition])
_PARTS_LEFT_OUT = ("filters", "query", "groups")


class CohortsViewSet(
    mixins.ListModelMixin,
    mixins.CreateModelMixin,
    mixins.RetrieveModelMixin,
    mixins.UpdateModelMixin,
    KeptWhenDeleted,
    WithActivity,
):
    """The cohorts of a project. A deleted one is not listed, but can be looked at and restored."""

    queryset = Cohort.objects.select_related("created_by", "project").order_by("-created_at", "-id")
    serializer_class = CohortSerializer
    scope_object = "cohort"
    activity_scope = "Cohort"
    lookup_value_regex = "[^/]+"

    def get_queryset(self) -> QuerySet[Cohort]:
        """The project's cohorts; of a list those that the request asks for."""
        cohorts = super().get_queryset()
        if self.action != "list" or getattr(self, "swagger_fake_view", False):
            return cohorts
        return listed_cohorts(cohorts, self.project.pk, self.request.query_params)

    def get_object(self) -> Cohort:
        """The cohort in the path. Raises NotFound."""
        given = self.kwargs["pk"]
        if not is_whole(given):
            raise NotFound()
        cohort: Cohort = super().get_object()
        return cohort

    def get_serializer(self, *args: Any, **kwargs: Any) -> Any:
        """A brief list leaves out how the members are found."""
        serializer: Any = super().get_serializer(*args, **kwargs)
        if self.action == "list" and is_on(self.request, "basic"):
            for name in _PARTS_LEFT_OUT:
                serializer.child.fields.pop(name)
        return serializer

    @extend_schema(
        parameters=[
            OpenApiParameter("type", str, enum=["static", "dynamic"]),
            OpenApiParameter("created_by_id", int),
            OpenApiParameter("search", str, description="Part of the name, in any case."),
            OpenApiParameter("hide_behavioral_cohorts", bool),
            OpenApiParameter("basic", bool, description="Leaves out `filters`, `query` and `groups`."),
        ]
    )
    def list(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """The cohorts that are not deleted, the newest first."""
        return super().list(request, *args, **kwargs)

    @extend_schema(request=OpenApiTypes.OBJECT, responses=OpenApiTypes.OBJECT)
    @action(methods=["PATCH"], detail=True, required_scopes=["cohort:write"])
    def add_persons_to_static_cohort(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Put persons (`person_ids`, uuids) on the list of a static cohort."""
        cohort = self.get_object()
        if not cohort.is_static:
            raise ValidationError("Can only add users to static cohorts")
        given = request.data.get("person_ids") if isinstance(request.data, dict) else None
        if not isinstance(given, list):
            raise ValidationError("person_ids must be a list")
        if not given:
            raise ValidationError("person_ids cannot be empty")
        if len(given) > MOST_ADDED:
            raise ValidationError("List size exceeds limit")
        for place, each in enumerate(given):
            if not isinstance(each, str) or not is_uuid(each):
                raise ValidationError("Must be a valid UUID.", attr=f"person_ids__{place}")
        known = Person.objects.filter(project=self.project, uuid__in=given).values_list("uuid", flat=True)
        if not add_persons(cohort, known):
            raise ValidationError("No valid users to add to cohort")
        record_list_change(cohort, "persons_added_manually", request.user)
        return Response({"success": True})

    @extend_schema(request=OpenApiTypes.OBJECT, responses=OpenApiTypes.OBJECT)
    @action(methods=["PATCH"], detail=True, required_scopes=["cohort:write"])
    def remove_person_from_static_cohort(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Take a person (`person_id`, uuid) off the list of a static cohort, whether they are on it or not."""
        cohort = self.get_object()
        if not cohort.is_static:
            raise ValidationError("Can only remove users from static cohorts")
        given = request.data.get("person_id") if isinstance(request.data, dict) else None
        if given is None:
            raise ValidationError("person_id is required")
        if not isinstance(given, str):
            raise ValidationError("person_id must be a string")
        if not is_uuid(given):
            raise ValidationError("person_id must be a valid UUID")
        person = Person.objects.filter(project=self.project, uuid=given).first()
        if person is None:
            raise NotFound("Person with this UUID does not exist in the cohort's team")
        if remove_person(cohort, person):
            record_list_change(cohort, "person_removed_manually", request.user)
        return Response({"success": True})

    @extend_schema(
        parameters=[OpenApiParameter("limit", int), OpenApiParameter("offset", int)],
        responses=CalculationSerializer(many=True),
        filters=False,
    )
    @action(methods=["GET"], detail=True, required_scopes=["cohort:read"], pagination_class=LimitOffset)
    def calculation_history(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """The cohort's calculations, the newest first."""
        rows = self.get_object().calculations.order_by("-started_at", "-version")
        page = self.paginate_queryset(rows)
        return self.get_paginated_response(CalculationSerializer(page, many=True).data)

    @extend_schema(
        parameters=[
            OpenApiParameter("limit", int),
            OpenApiParameter("offset", int),
            OpenApiParameter("search", str, description="Part of the e-mail, name, id or a distinct id, in any case."),
            OpenApiParameter("properties", str, description="JSON list of filters on persons."),
            OpenApiParameter("format", str, enum=["csv", "json"]),
        ],
        responses={(200, "application/json"): OpenApiTypes.OBJECT, (200, "text/csv"): OpenApiTypes.STR},
        filters=False,
    )
    @action(
        methods=["GET"],
        detail=True,
        required_scopes=["cohort:read", "person:read"],
        renderer_classes=[JSONRenderer, CSVRenderer],
    )
    def persons(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """The members, the newest first, as JSON or CSV."""
        cohort = self.get_object()
        is_csv = request.accepted_renderer.format == "csv" or is_on(request, "is_csv_export")
        if is_csv:
            request.accepted_renderer = CSVRenderer()
            request.accepted_media_type = CSVRenderer.media_type
        limit = _number(
            request, "limit", MOST_CSV_ROWS if is_csv else DEFAULT_ROWS, MOST_CSV_ROWS if is_csv else MOST_ROWS
        )
        offset = _number(request, "offset", 0, MAX_OFFSET)
        uuids = self._member_ids(cohort, limit + 1, offset)
        rows = person_rows(self.project, uuids[:limit])
        if is_csv:
            return Response(file_rows(rows))
        pages = LimitOffset()
        pages.request, pages.limit, pages.offset, pages.count = request, limit, offset, offset + len(uuids)
        return Response({"results": rows, "next": pages.get_next_link(), "previous": pages.get_previous_link()})

    @extend_schema(responses=OpenApiTypes.OBJECT)
    @action(methods=["GET"], detail=True, required_scopes=["cohort:read"], url_path="used_in")
    def used_in(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """The feature flags, insights and cohorts that name the cohort."""
        return Response(used_in(self.get_object(), request.user))

    @extend_schema(request=None, responses=CohortSerializer)
    @action(methods=["GET", "POST"], detail=True, required_scopes=["cohort:write"])
    def duplicate_as_static_cohort(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """A new static cohort with the present members of this one, which are copied in the background."""
        copy = static_copy(self.get_object(), caller(request))
        return Response(self.get_serializer(copy).data, status=201 if request.method == "POST" else 200)

    def _member_ids(self, cohort: Cohort, limit: int, offset: int) -> Sequence[UUID]:
        search = self.request.query_params.get("search", "")
        if len(search) > LONGEST_SEARCH:
            raise ValidationError(f"Search query must be {LONGEST_SEARCH} characters or fewer.", attr="search")
        properties = _person_filters(self.request.query_params.get("properties"))
        context = project_context(self.project)
        try:
            with query_errors():
                return member_ids(
                    context,
                    cohort.pk,
                    datetime.now(UTC),
                    limit=limit,
                    offset=offset,
                    search=search,
                    properties=properties,
                )
        except QueryError as error:
            raise ValidationError(error.detail, attr="properties") from None


def _number(request: Request, name: str, default: int, most: int) -> int:
    given = request.query_params.get(name, "")
    if not (is_whole(given)) or (name == "limit" and int(given) == 0):
        return default
    return min(int(given), most)


def _person_filters(text: str | None) -> list[PropertyCondition]:
    if not text:
        return []
    try:
        return _FILTERS.validate_python(orjson.loads(text))
    except orjson.JSONDecodeError:
        raise ValidationError("Properties are unparsable!", attr="properties") from None
    except PydanticError as error:
        fault = error.errors(include_url=False, include_context=False, include_input=False)[0]
        place = ".".join(map(str, fault["loc"]))
        raise ValidationError(f"{place}: {fault['msg']}", attr="properties") from None
