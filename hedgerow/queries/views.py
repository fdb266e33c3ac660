"""The query endpoint over HTTP: run a query, follow one that runs in the background, cancel it."""

from typing import Any

from drf_spectacular.utils import OpenApiParameter, OpenApiResponse, extend_schema
from rest_framework.exceptions import NotFound, ParseError
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.throttling import BaseThrottle

from hedgerow.api.errors import ValidationError
from hedgerow.api.throttling import QueryCalls, RawSQLCalls
from hedgerow.api.views import ProjectView
from hedgerow.organizations.models import User
from hedgerow.queries import background
from hedgerow.queries.errors import QueryError
from hedgerow.queries.log import query_log
from hedgerow.queries.openapi import (
    CancelledQuerySerializer,
    QueryBodySerializer,
    QueryErrorSerializer,
    QueryResponseSerializer,
    QueryStatusResponseSerializer,
    UpgradedQuerySerializer,
    UpgradeQuerySerializer,
    UserCheckSerializer,
)
from hedgerow.queries.request import check_kind, parse_request
from hedgerow.queries.runner import answer

TRUE_TEXTS = frozenset({"true", "1", "yes", ""})

_ID = OpenApiParameter("id", str, OpenApiParameter.PATH, description="The id of the query.")
_ERRORS = {
    400: OpenApiResponse(QueryErrorSerializer, description="The query cannot be answered; says why, and where."),
    500: OpenApiResponse(QueryErrorSerializer, description="The event store failed."),
}
_ANSWERS = {
    200: OpenApiResponse(QueryResponseSerializer, description="The answer."),
    202: OpenApiResponse(QueryResponseSerializer, description="The answer is being made in the background."),
    **_ERRORS,
}


class QueryEndpoint(ProjectView):
    """What the views of queries share: running one is a reading action."""

    scope_object = "query"
    required_scopes = ["query:read"]

    def get_throttles(self) -> list[BaseThrottle]:
        """Queries are limited as such, those written in HogQL further; to follow and cancel is an ordinary call."""
        if self.request.method != "POST":
            return super().get_throttles()
        limits: list[BaseThrottle] = [QueryCalls()]
        return [*limits, RawSQLCalls()] if _is_raw_sql(self.request.data) else limits

    def run(self, body: Any) -> Response:
        """The answer to a query request."""
        request = parse_request(body)
        user = self.request.user if isinstance(self.request.user, User) else None
        try:
            response = answer(self.project, request, user)
        except QueryError as error:
            raise as_validation_error(error) from None
        query_status = response.get("query_status")
        is_running = query_status is not None and not query_status["complete"]
        return Response(response, status=202 if is_running else 200)


class QueryView(QueryEndpoint):
    """`/query/`."""

    @extend_schema(operation_id="query_create", request=QueryBodySerializer, responses=_ANSWERS)
    def post(self, request: Request, project_id: str) -> Response:
        """Run a query of any kind."""
        return self.run(request.data)


class OneQueryView(QueryEndpoint):
    """`/query/:id/`: a query by its id, or, to run one, by its kind."""

    @extend_schema(
        operation_id="query_create_by_kind",
        request=QueryBodySerializer,
        responses=_ANSWERS,
        parameters=[OpenApiParameter("id", str, OpenApiParameter.PATH, description="The kind of the query.")],
    )
    def post(self, request: Request, project_id: str, id: str) -> Response:
        """Run a query of the kind in the path."""
        body = request.data
        query = body.get("query") if isinstance(body, dict) else None
        if isinstance(query, dict) and "kind" in query and query["kind"] != id:
            raise ParseError("JSON parse error - query.kind: differs from the kind in the path")
        return self.run(body)

    @extend_schema(
        operation_id="query_retrieve",
        responses={
            200: OpenApiResponse(QueryStatusResponseSerializer, description="Complete, with the results."),
            202: OpenApiResponse(QueryStatusResponseSerializer, description="Still running."),
            400: OpenApiResponse(QueryStatusResponseSerializer, description="Ended with an error that can be mended."),
            404: OpenApiResponse(QueryErrorSerializer, description="Unknown, or forgotten after ten minutes."),
            500: OpenApiResponse(QueryStatusResponseSerializer, description="Ended with a failure of the server."),
        },
        parameters=[
            _ID,
            OpenApiParameter("show_progress", bool, description="Tell how much has been read so far."),
        ],
    )
    def get(self, request: Request, project_id: str, id: str) -> Response:
        """How far a query in the background is, with its results when it is complete."""
        job = background.find(self.project, id)
        if job is None:
            raise NotFound(f"Query {id} not found for team {self.project.pk}")
        show_progress = _is_true(request, "show_progress") or _is_true(request, "showProgress")
        body = {"query_status": background.status(job, show_progress=show_progress)}
        if not job.complete:
            return Response(body, status=202)
        if not job.error:
            return Response(body)
        return Response(body, status=400 if job.error_message else 500)

    @extend_schema(
        operation_id="query_destroy",
        responses={200: CancelledQuerySerializer},
        parameters=[
            _ID,
            OpenApiParameter("dequeue_only", bool, description="Leave it running if it has begun."),
        ],
    )
    def delete(self, request: Request, project_id: str, id: str) -> Response:
        """Cancel a query, whether it runs in the background or somebody waits for it."""
        message = background.cancel(self.project, id, dequeue_only=_is_true(request, "dequeue_only"))
        return Response({"message": message})


class UpgradeQueryView(QueryEndpoint):
    """`/query/upgrade/`."""

    @extend_schema(
        operation_id="query_upgrade_create", request=UpgradeQuerySerializer, responses={200: UpgradedQuerySerializer}
    )
    def post(self, request: Request, project_id: str) -> Response:
        """The query in the newest form of the API, which has one form only: the query itself."""
        query = request.data.get("query") if isinstance(request.data, dict) else None
        if not isinstance(query, dict):
            raise ParseError("JSON parse error - query: Input should be a valid dictionary")
        try:
            check_kind(query)
        except ValueError as error:
            raise ParseError(f"JSON parse error - query: {error}") from None
        return Response({"query": query})


class CheckAuthView(QueryEndpoint):
    """`/query/check_auth_for_async/`."""

    @extend_schema(operation_id="query_check_auth_for_async_create", request=None, responses={200: UserCheckSerializer})
    def post(self, request: Request, project_id: str) -> Response:
        """Whether the caller may run queries: an error if not."""
        return Response({"user": "ok"})


class QueryLogView(QueryEndpoint):
    """`/query/:id/log/`."""

    @extend_schema(operation_id="query_log_retrieve", responses=_ANSWERS, parameters=[_ID])
    def get(self, request: Request, project_id: str, id: str) -> Response:
        """The runs of the last day of the queries with this id, as an answer of HogQL over `query_log`."""
        query_log().store()
        query = {"kind": "HogQLQuery", "query": _LOGGED, "values": {"id": id}}
        return self.run({"query": query, "refresh": "force_blocking"})


_LOGGED = (
    "SELECT * FROM query_log WHERE query_id = {id} AND query_start_time > now() - INTERVAL 1 DAY"
    " ORDER BY query_start_time DESC"
)


def as_validation_error(error: QueryError) -> ValidationError:
    """A mistake in a query as the API tells it; `extra` holds the place in the text, counted in characters."""
    place = {"start": error.start, "end": error.end} if error.start is not None else None
    return ValidationError(error.detail, code=error.code, extra=place)


def _is_true(request: Request, name: str) -> bool:
    value = request.query_params.get(name)
    return value is not None and value.lower() in TRUE_TEXTS


def _is_raw_sql(body: Any) -> bool:
    """Whether a query request is, or takes its rows from, a query written in HogQL."""
    query = body.get("query") if isinstance(body, dict) else None
    while isinstance(query, dict) and "source" in query:
        query = query["source"]
    return isinstance(query, dict) and query.get("kind") == "HogQLQuery"
