"""`/api/projects/:project_id/session_recordings/`."""

from django.http import HttpResponseBase
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from hedgerow.api.access import caller
from hedgerow.api.asked import checked, object_body
from hedgerow.api.errors import NotFound
from hedgerow.api.throttling import AnalyticsCalls
from hedgerow.recordings import serializers
from hedgerow.recordings.asking import RecordingsQuery, query_of_parameters
from hedgerow.recordings.listing import list_recordings, matching_events
from hedgerow.recordings.models import RecordingView
from hedgerow.recordings.presenting import told_recordings
from hedgerow.recordings.recorded import Recorded, find_recording, find_recordings
from hedgerow.recordings.removing import remove_recordings
from hedgerow.recordings.snapshots import MEDIA_TYPE, AnyAccepted, snapshots_response
from hedgerow.recordings.viewing import forget_viewed, note_viewed, views_of
from hedgerow.sharing.objects import RECORDING
from hedgerow.sharing.reading import OpenToShares

READ, WRITE = ["session_recording:read"], ["session_recording:write"]

_LIST_PARAMETERS = [
    OpenApiParameter("date_from", str, description="When they began at the earliest; three days ago by default."),
    OpenApiParameter("date_to", str),
    OpenApiParameter("session_ids", str, description="JSON list; these alone, in this order, whenever they began."),
    OpenApiParameter("person_uuid", str),
    OpenApiParameter("distinct_ids", str, description="JSON list."),
    OpenApiParameter("events", str, description="JSON list of events that must have happened, with their filters."),
    OpenApiParameter("actions", str, description="JSON list of actions."),
    OpenApiParameter("properties", str, description="JSON list of filters on events, persons, sessions, recordings."),
    OpenApiParameter("console_log_filters", str, description="JSON list of filters on the level of messages."),
    OpenApiParameter("having_predicates", str, description="JSON list of filters on durations and counts."),
    OpenApiParameter("operand", str, enum=["AND", "OR"]),
    OpenApiParameter("filter_test_accounts", bool),
    OpenApiParameter("hide_viewed_recordings", bool),
    OpenApiParameter("order", str),
    OpenApiParameter("order_direction", str, enum=["ASC", "DESC"]),
    OpenApiParameter("limit", int),
    OpenApiParameter("offset", int),
    OpenApiParameter("after", str, description="The `next_cursor` of the page before."),
    OpenApiParameter("session_recording_id", str, description="Given first, whether it fits or not."),
]


class RecordingsViewSet(OpenToShares):
    """The session recordings of a project, each named by the id of its session."""

    queryset = RecordingView.objects.none()
    serializer_class = serializers.RecordingSerializer
    scope_object = "session_recording"
    viewers_may = frozenset({"update", "partial_update", "bulk_viewed", "bulk_not_viewed"})
    throttle_classes = [AnalyticsCalls]
    shared_kind = RECORDING
    lookup_value_regex = "[^/]+"
    pagination_class = None

    @extend_schema(parameters=_LIST_PARAMETERS, responses=serializers.RecordingsPageSerializer)
    def list(self, request: Request, **path: str) -> Response:
        """The recordings that fit, the newest first."""
        query = query_of_parameters(request.query_params.dict())
        page = list_recordings(self.project, query, caller(request))
        told = told_recordings(self.project, page.recordings, caller(request), page.not_matching)
        cursor = {"next_cursor": page.next_cursor} if page.next_cursor else {}
        has_next = page.next_cursor is not None
        return Response({"results": told, "has_next": has_next, "version": serializers.LIST_VERSION, **cursor})

    @extend_schema(responses=serializers.RecordingSerializer)
    def retrieve(self, request: Request, **path: str) -> Response:
        """A recording."""
        return Response(told_recordings(self.project, [self._recording], caller(request))[0])

    @extend_schema(request=serializers.WatchedSerializer, responses=serializers.RecordingsDoneSerializer)
    def update(self, request: Request, **path: str) -> Response:
        """Note that the caller has watched it; that it was analyzed leaves nothing behind."""
        asked = checked(serializers.WatchedSerializer(data=object_body(request)))
        recording = self._recording
        if asked["viewed"]:
            note_viewed(self.project, [recording.session_id], caller(request))
        return Response({"success": True})

    @extend_schema(request=serializers.WatchedSerializer, responses=serializers.RecordingsDoneSerializer)
    def partial_update(self, request: Request, **path: str) -> Response:
        """Note that the caller has watched it."""
        return self.update(request, **path)

    @extend_schema(responses={204: None})
    def destroy(self, request: Request, **path: str) -> Response:
        """Delete it for good."""
        remove_recordings(self.project, [self._recording.session_id], caller(request))
        return Response(status=204)

    @extend_schema(request=serializers.IdsSerializer, responses=serializers.RecordingsDeletedSerializer)
    @action(methods=["POST"], detail=False, required_scopes=WRITE)
    def bulk_delete(self, request: Request, **path: str) -> Response:
        """Delete up to a hundred recordings for good."""
        ids = serializers.asked_ids(object_body(request), serializers.MOST_DELETED)
        found = find_recordings(self.project, ids)
        remove_recordings(self.project, found, caller(request))
        return Response(
            {
                "success": True,
                "deleted_count": len(found),
                "total_requested": len(ids),
                "failed_ids": [each for each in ids if each not in found],
            }
        )

    @extend_schema(request=serializers.IdsSerializer, responses=serializers.MarkedSerializer)
    @action(methods=["POST"], detail=False, required_scopes=WRITE)
    def bulk_viewed(self, request: Request, **path: str) -> Response:
        """Note that the caller has watched up to twenty recordings."""
        ids = serializers.asked_ids(object_body(request), serializers.MOST_MARKED)
        found = find_recordings(self.project, ids)
        note_viewed(self.project, found.keys(), caller(request))
        return Response({"success": True, "viewed_count": len(found), "total_requested": len(ids)})

    @extend_schema(request=serializers.IdsSerializer, responses=serializers.UnmarkedSerializer)
    @action(methods=["POST"], detail=False, required_scopes=WRITE)
    def bulk_not_viewed(self, request: Request, **path: str) -> Response:
        """Forget that the caller has watched up to twenty recordings."""
        ids = serializers.asked_ids(object_body(request), serializers.MOST_MARKED)
        count = forget_viewed(self.project, ids, caller(request))
        return Response({"success": True, "not_viewed_count": count, "total_requested": len(ids)})

    @extend_schema(request=serializers.SessionIdsSerializer, responses=serializers.ExistSerializer)
    @action(methods=["POST"], detail=False, required_scopes=READ)
    def batch_check_exists(self, request: Request, **path: str) -> Response:
        """Which of up to a hundred sessions have a recording."""
        ids = serializers.asked_ids(object_body(request), serializers.MOST_CHECKED, "session_ids")
        found = find_recordings(self.project, ids)
        return Response({"results": {each: each in found for each in ids}})

    @extend_schema(responses=serializers.ViewedSerializer)
    @action(methods=["GET"], detail=True, required_scopes=READ)
    def viewed(self, request: Request, **path: str) -> Response:
        """Whether the caller has watched it, and how many others have."""
        session_id = self._recording.session_id
        views = views_of(self.project, [session_id], caller(request))[session_id]
        return Response({"viewed": views.is_viewed, "other_viewers": len(views.others)})

    @extend_schema(parameters=_LIST_PARAMETERS, responses=serializers.MatchesSerializer)
    @action(methods=["GET"], detail=False, required_scopes=READ)
    def matching_events(self, request: Request, **path: str) -> Response:
        """The events of one recording that a list is asked for by."""
        query: RecordingsQuery = query_of_parameters(request.query_params.dict())
        return Response({"results": matching_events(self.project, query)})

    @extend_schema(
        parameters=[
            OpenApiParameter(
                "source", str, enum=["blob_v2", "blob_v2_ts"], description="Without it blocks are listed."
            ),
            OpenApiParameter("start_blob_key", int),
            OpenApiParameter("end_blob_key", int, description="The last block that is given."),
        ],
        responses={
            (200, "application/json"): serializers.SourcesSerializer,
            (200, MEDIA_TYPE): OpenApiTypes.BINARY,
            410: OpenApiTypes.OBJECT,
        },
    )
    @action(methods=["GET"], detail=True, required_scopes=READ, content_negotiation_class=AnyAccepted)
    def snapshots(self, request: Request, pk: str, **path: str) -> HttpResponseBase:
        """What was recorded: first which blocks there are, then lines of `["<window id>", <rrweb event>]`."""
        return snapshots_response(request, self.project, pk)

    @property
    def _recording(self) -> Recorded:
        found = find_recording(self.project, self.kwargs["pk"])
        if found is None:
            raise NotFound("Recording not found")
        return found
