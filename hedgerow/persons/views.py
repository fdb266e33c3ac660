"""Persons over HTTP: listing and finding them, correcting their properties, splitting and deleting them."""

from typing import Any

from django.db.models import QuerySet
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import status
from rest_framework.decorators import action
from rest_framework.exceptions import MethodNotAllowed
from rest_framework.renderers import BaseRenderer
from rest_framework.request import Request
from rest_framework.response import Response

from hedgerow.activity.views import WithActivity
from hedgerow.api.access import caller
from hedgerow.api.asked import checked, is_whole, object_body
from hedgerow.api.csv_rendering import CSVRenderer
from hedgerow.api.errors import NotFound, ValidationError
from hedgerow.api.paging import LimitOffset
from hedgerow.api.rendering import JSONParser, JSONRenderer
from hedgerow.api.throttling import AnalyticsCalls
from hedgerow.api.views import ProjectView, is_uuid
from hedgerow.persons.cohorts_of_person import cohorts_of
from hedgerow.persons.deletion import delete_persons
from hedgerow.persons.history_views import WithPropertyHistory
from hedgerow.persons.list_requests import LIST_PARAMETERS, PersonPages, list_page
from hedgerow.persons.models import EventDeletion, Person, PersonDistinctId
from hedgerow.persons.property_edits import SCOPE, remove_property, set_properties
from hedgerow.persons.rows import distinct_ids_of, person_detail
from hedgerow.persons.serializers import (
    DeletionFlagsSerializer,
    DeletionSerializer,
    DeletionStatusSerializer,
    DeletionSummarySerializer,
    DistinctIdsSerializer,
    DoneSerializer,
    PersonRowSerializer,
    PersonSerializer,
    PropertiesSerializer,
    PropertySerializer,
)
from hedgerow.persons.splitting import split_off, split_up
from hedgerow.persons.values import property_values

MOST_LOOKED_UP = 200
DISTINCT_IDS_LOOKED_UP = 10

_FLAGS = [
    OpenApiParameter("delete_events", bool, description="Remove the events, too, in the background."),
    OpenApiParameter("delete_recordings", bool, description="Remove the recordings, too."),
    OpenApiParameter("keep_person", bool, description="Remove only what the other two name."),
]
_NOT_CREATED = (
    "Creating persons via this API is not allowed. Please create persons by sending an $identify event."
    " See https://posthog.com/docs/product-analytics/identify for details."
)
_NO_PERSON_ID = (
    "The ID provided does not look like a personID. If you are using a distinctId, please use"
    " /persons?distinct_id={given} instead."
)


class PersonsViewSet(WithActivity, WithPropertyHistory):
    """The persons of a project. In paths a person's `id` or `uuid` names them."""

    queryset = Person.objects.all()
    serializer_class = PersonSerializer
    scope_object = "person"
    throttle_classes = [AnalyticsCalls]
    activity_scope = SCOPE
    lookup_value_regex = "[^/]+"
    parser_classes = [JSONParser]
    pagination_class = PersonPages
    filter_backends = []

    @property
    def allowed_methods(self) -> list[str]:
        """What may be done here; creating is refused with an explanation."""
        refused = "POST" if self.action in ("list", "create") else ""
        return [method for method in super().allowed_methods if method != refused]

    def get_renderers(self) -> list[BaseRenderer]:
        """Lists can be files, too."""
        return [JSONRenderer(), CSVRenderer()] if self.action == "list" else [JSONRenderer()]

    def get_object(self) -> Person:
        """The person in the path. Raises ValidationError for what is no id, NotFound."""
        return self._person(self.kwargs["pk"])

    @extend_schema(parameters=LIST_PARAMETERS, responses=PersonRowSerializer(many=True))
    def list(self, request: Request, **path: str) -> Response:
        """The persons who fit, the newest first, as JSON or CSV."""
        return list_page(request, self.project)

    @extend_schema(responses=PersonSerializer)
    def retrieve(self, request: Request, **path: str) -> Response:
        """A person."""
        person = self.get_object()
        return Response(person_detail(self.project, person, distinct_ids_of([person])[person.pk]))

    @extend_schema(request=None, responses={405: None})
    def create(self, request: Request, **path: str) -> Response:
        """Persons come into being by events only."""
        raise MethodNotAllowed("POST", _NOT_CREATED)

    @extend_schema(request=PropertiesSerializer, responses={202: None})
    def update(self, request: Request, **path: str) -> Response:
        """Set properties; those that are not named stay as they are."""
        wanted = checked(PropertiesSerializer(data=request.data))
        set_properties(self.get_object(), wanted["properties"], caller(request))
        return Response(status=status.HTTP_202_ACCEPTED)

    @extend_schema(request=PropertiesSerializer, responses={202: None})
    def partial_update(self, request: Request, **path: str) -> Response:
        """Set properties; those that are not named stay as they are."""
        return self.update(request, **path)

    @extend_schema(parameters=_FLAGS, responses={202: None})
    def destroy(self, request: Request, **path: str) -> Response:
        """Delete a person."""
        given = {name: value or "true" for name, value in request.query_params.items()}
        flags = checked(DeletionFlagsSerializer(data=given))
        person = self.get_object()
        delete_persons(
            self.project,
            [person.pk],
            caller(request),
            events=flags["delete_events"],
            recordings=flags["delete_recordings"],
            keep_person=flags["keep_person"],
        )
        return Response(status=status.HTTP_202_ACCEPTED)

    @extend_schema(request=PropertySerializer, responses={202: None})
    @action(methods=["POST"], detail=True, required_scopes=["person:write"])
    def update_property(self, request: Request, **path: str) -> Response:
        """Set one property."""
        wanted = checked(PropertySerializer(data=request.data))
        set_properties(self.get_object(), {wanted["key"]: wanted["value"]}, caller(request))
        return Response(status=status.HTTP_202_ACCEPTED)

    @extend_schema(request=OpenApiTypes.OBJECT, responses={201: DoneSerializer})
    @action(methods=["POST"], detail=True, required_scopes=["person:write"])
    def delete_property(self, request: Request, **path: str) -> Response:
        """Remove the property named by `$unset`."""
        name = object_body(request).get("$unset")
        if name is None:
            raise ValidationError("This field is required.", code="required", attr="$unset")
        if not isinstance(name, str):
            raise ValidationError("Not a valid string.", attr="$unset")
        remove_property(self.get_object(), name, caller(request))
        return Response({"success": True}, status=status.HTTP_201_CREATED)

    @extend_schema(request=OpenApiTypes.OBJECT, responses={201: DoneSerializer})
    @action(methods=["POST"], detail=True, required_scopes=["person:write"])
    def split(self, request: Request, **path: str) -> Response:
        """Make distinct ids persons of their own: those in `distinct_ids_to_split`, or all but `main_distinct_id`."""
        body = object_body(request)
        main, split = body.get("main_distinct_id"), body.get("distinct_ids_to_split")
        if main is not None and split is not None:
            raise ValidationError("main_distinct_id cannot be combined with distinct_ids_to_split")
        if split is None:
            if main is not None and not isinstance(main, str):
                raise ValidationError("Not a valid string.", attr="main_distinct_id")
            split_up(self.get_object(), main or None, caller(request))
        else:
            if not isinstance(split, list) or not all(isinstance(each, str) for each in split):
                raise ValidationError("must be a list of strings", attr="distinct_ids_to_split")
            if not split:
                raise ValidationError("must not be empty", attr="distinct_ids_to_split")
            split_off(self.get_object(), split, caller(request))
        return Response({"success": True}, status=status.HTTP_201_CREATED)

    @extend_schema(request=None, responses={202: None})
    @action(methods=["POST"], detail=True, required_scopes=["person:write"])
    def delete_events(self, request: Request, **path: str) -> Response:
        """Remove the events of a person in the background; the person stays."""
        delete_persons(self.project, [self.get_object().pk], caller(request), events=True, keep_person=True)
        return Response(status=status.HTTP_202_ACCEPTED)

    @extend_schema(request=None, responses={202: None})
    @action(methods=["POST"], detail=True, required_scopes=["person:write"])
    def delete_recordings(self, request: Request, **path: str) -> Response:
        """Remove what was recorded of a person in the background; the person stays."""
        delete_persons(self.project, [self.get_object().pk], caller(request), recordings=True, keep_person=True)
        return Response(status=status.HTTP_202_ACCEPTED)

    @extend_schema(request=DeletionSerializer, responses={202: DeletionSummarySerializer})
    @action(methods=["POST"], detail=False, required_scopes=["person:write"])
    def bulk_delete(self, request: Request, **path: str) -> Response:
        """Delete persons named by uuid (`ids`) or by `distinct_ids`; unknown ones are not an error."""
        wanted = checked(DeletionSerializer(data=request.data))
        if wanted.get("ids"):
            persons = Person.objects.filter(project=self.project, uuid__in=wanted["ids"])
        else:
            links = PersonDistinctId.objects.filter(project=self.project, distinct_id__in=wanted["distinct_ids"])
            persons = Person.objects.filter(pk__in=links.values("person"))
        events, recordings, keeps = (wanted[name] for name in ("delete_events", "delete_recordings", "keep_person"))
        found = delete_persons(
            self.project,
            list(persons.values_list("pk", flat=True)),
            caller(request),
            events=events,
            recordings=recordings,
            keep_person=keeps,
        )
        summary: dict[str, Any] = {
            "persons_found": found,
            "persons_deleted": 0 if keeps else found,
            "events_queued_for_deletion": events and found > 0,
            "recordings_queued_for_deletion": recordings and found > 0,
            "deletion_errors": [],
        }
        return Response(summary, status=status.HTTP_202_ACCEPTED)

    @extend_schema(
        parameters=[
            OpenApiParameter("status", str, enum=["pending", "completed", "all"]),
            OpenApiParameter("person_uuid", str, description="Of this person only."),
            OpenApiParameter("limit", int),
            OpenApiParameter("offset", int),
        ],
        responses=DeletionStatusSerializer(many=True),
    )
    @action(methods=["GET"], detail=False, required_scopes=["person:read"], pagination_class=LimitOffset)
    def deletion_status(self, request: Request, **path: str) -> Response:
        """How far the removal of events has come that was asked for, the newest first."""
        deletions = EventDeletion.objects.filter(project=self.project).order_by("-created_at", "-pk")
        asked = request.query_params.get("status", "all")
        if asked not in ("pending", "completed", "all"):
            raise ValidationError(f'"{asked}" is not a valid choice.', code="invalid_choice", attr="status")
        if asked != "all":
            deletions = deletions.filter(delete_verified_at__isnull=asked == "pending")
        if uuid := request.query_params.get("person_uuid"):
            if not is_uuid(uuid):
                raise ValidationError("Must be a valid UUID.", attr="person_uuid")
            deletions = deletions.filter(person_uuid=uuid)
        page = self.paginate_queryset(deletions)
        return self.get_paginated_response(DeletionStatusSerializer(page, many=True).data)

    @extend_schema(
        parameters=[OpenApiParameter("person_id", str, required=True, description="Id or uuid of the person.")],
        responses=OpenApiTypes.OBJECT,
    )
    @action(methods=["GET"], detail=False, required_scopes=["person:read", "cohort:read"], pagination_class=None)
    def cohorts(self, request: Request, **path: str) -> Response:
        """The cohorts a person belongs to."""
        given = request.query_params.get("person_id")
        if not given:
            raise ValidationError("This field is required.", code="required", attr="person_id")
        return Response({"results": cohorts_of(self._person(given), request.user)})

    @extend_schema(
        parameters=[
            OpenApiParameter("key", str, required=True, description="Name of the property."),
            OpenApiParameter("value", str, description="Only values that contain this text, in any case."),
        ],
        responses=OpenApiTypes.OBJECT,
    )
    @action(methods=["GET"], detail=False, required_scopes=["person:read"], pagination_class=None)
    def values(self, request: Request, **path: str) -> Response:
        """The most frequent values of a property of persons."""
        asked = request.query_params
        found = property_values(self.project, asked.get("key", ""), asked.get("value", ""))
        return Response({"results": found, "refreshing": False}, headers={"Cache-Control": "max-age=10"})

    @extend_schema(request=DistinctIdsSerializer, responses=OpenApiTypes.OBJECT)
    @action(methods=["POST"], detail=False, required_scopes=["person:read"])
    def batch_by_distinct_ids(self, request: Request, **path: str) -> Response:
        """The persons of up to 200 distinct ids, by distinct id."""
        given = _texts(request, "distinct_ids")[:MOST_LOOKED_UP]
        links = PersonDistinctId.objects.filter(project=self.project, distinct_id__in=given)
        persons = {link.distinct_id: link.person for link in links.select_related("person")}
        return Response({"results": self._details({each: persons[each] for each in given if each in persons})})

    @extend_schema(request=OpenApiTypes.OBJECT, responses=OpenApiTypes.OBJECT)
    @action(methods=["POST"], detail=False, required_scopes=["person:read"])
    def batch_by_uuids(self, request: Request, **path: str) -> Response:
        """The persons of up to 200 uuids, by uuid."""
        given = _texts(request, "uuids")[:MOST_LOOKED_UP]
        if not all(is_uuid(each) for each in given):
            raise ValidationError("One or more UUIDs are invalid.")
        persons = {str(each.uuid): each for each in Person.objects.filter(project=self.project, uuid__in=given)}
        return Response(
            {"results": self._details({each: persons[each.lower()] for each in given if each.lower() in persons})}
        )

    @extend_schema(request=OpenApiTypes.OBJECT, responses={202: None})
    @action(methods=["POST"], detail=False, required_scopes=["person:write"])
    def reset_person_distinct_id(self, request: Request, **path: str) -> Response:
        """Let a distinct id of a deleted person be used again, which it can be anyway."""
        if not object_body(request).get("distinct_id"):
            raise ValidationError("distinct_id is required")
        return Response(status=status.HTTP_202_ACCEPTED)

    def _person(self, given: str) -> Person:
        persons: QuerySet[Person] = Person.objects.filter(project=self.project)
        if is_uuid(given):
            person = persons.filter(uuid=given).first()
        elif is_whole(given):
            person = persons.filter(pk=int(given)).first()
        else:
            raise ValidationError(_NO_PERSON_ID.format(given=given))
        if person is None:
            raise NotFound("Not found.")
        return person

    def _details(self, persons: dict[str, Person]) -> dict[str, Any]:
        distinct_ids = distinct_ids_of(persons.values())
        return {
            key: person_detail(self.project, person, distinct_ids[person.pk], DISTINCT_IDS_LOOKED_UP)
            for key, person in persons.items()
        }


class PersonsFileView(ProjectView):
    """`persons.csv`: the list as a file, whatever the caller accepts."""

    scope_object = "person"
    throttle_classes = [AnalyticsCalls]
    renderer_classes = [CSVRenderer]

    def perform_content_negotiation(self, request: Request, force: bool = False) -> tuple[CSVRenderer, str]:
        """There is only one form."""
        return CSVRenderer(), CSVRenderer.media_type

    @extend_schema(parameters=LIST_PARAMETERS, responses={(200, "text/csv"): OpenApiTypes.STR})
    def get(self, request: Request, **path: str) -> Response:
        """The persons who fit, the newest first."""
        return list_page(request, self.project)


def _texts(request: Request, name: str) -> list[str]:
    given = object_body(request).get(name, [])
    if not isinstance(given, list) or not all(isinstance(each, str) for each in given):
        raise ValidationError("must be a list of strings", attr=name)
    return given
