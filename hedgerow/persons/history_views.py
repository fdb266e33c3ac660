"""The past of a person's properties over HTTP."""

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from hedgerow.api.errors import ValidationError
from hedgerow.api.views import ProjectViewSet, is_uuid
from hedgerow.insights.dates import iso, next_bucket, resolve
from hedgerow.insights.legacy_filters import query_of_filters
from hedgerow.insights.operators import conjunction, disjunction
from hedgerow.insights.properties import PropertyCondition, PropertyGroup
from hedgerow.insights.selection import kept_events, series_events
from hedgerow.insights.series import GroupNode
from hedgerow.insights.trends import TrendsQuery
from hedgerow.persons.history import properties_at, timeline
from hedgerow.persons.models import Person
from hedgerow.persons.rows import distinct_ids_of, person_detail
from hedgerow.queries.context import project_context
from hedgerow.queries.errors import QueryError, query_errors
from hedgerow.queries.request import parse_model

_LONG_AGO = datetime(1970, 1, 1, tzinfo=UTC)
_FIRST_YEAR, _LAST_YEAR = 1901, 2298
"""What the event store can compare times with, whatever their zone."""


class WithPropertyHistory(ProjectViewSet[Person]):
    """A resource of persons whose properties can be asked for as they were."""

    @extend_schema(
        parameters=[
            OpenApiParameter("events", str, description="JSON list of events, as saved insights have it."),
            OpenApiParameter("actions", str, description="JSON list of actions."),
            OpenApiParameter("properties", str, description="JSON list of filters."),
            OpenApiParameter("date_from", str),
            OpenApiParameter("date_to", str),
            OpenApiParameter("interval", str),
            OpenApiParameter("breakdown", str),
            OpenApiParameter("breakdown_type", str),
            OpenApiParameter("display", str),
        ],
        responses=OpenApiTypes.OBJECT,
        filters=False,
    )
    @action(methods=["GET"], detail=True, required_scopes=["person:read"])
    def properties_timeline(self, request: Request, **path: str) -> Response:
        """When properties that matter to an insight changed, over the events the insight looks at."""
        person: Person = self.get_object()
        try:
            return Response(self._timeline(person, request))
        except QueryError as error:
            raise ValidationError(error.detail) from None

    @extend_schema(
        parameters=[
            OpenApiParameter("timestamp", str, required=True, description="ISO time."),
            OpenApiParameter("distinct_id", str),
            OpenApiParameter("person_id", str, description="The uuid; instead of `distinct_id`."),
            OpenApiParameter("include_set_once", bool),
        ],
        responses=OpenApiTypes.OBJECT,
        filters=False,
    )
    @action(methods=["GET"], detail=False, required_scopes=["person:read"], pagination_class=None)
    def properties_at_time(self, request: Request, **path: str) -> Response:
        """A person with the properties that events had set by a time. Mistakes are told as `{"error": …}`."""
        asked = request.query_params
        distinct_id, person_id, text = (asked.get(name, "") for name in ("distinct_id", "person_id", "timestamp"))
        if distinct_id and person_id:
            return _refused("Cannot provide both distinct_id and person_id - choose one")
        if not distinct_id and not person_id:
            return _refused("Must provide either distinct_id or person_id parameter")
        if not text:
            return _refused("timestamp parameter is required (ISO format: 2023-06-15T14:30:00Z)")
        if (time := _time(text)) is None:
            return _refused("Invalid timestamp format. Use ISO format like 2023-06-15T14:30:00Z")
        person = self._find(distinct_id, person_id)
        if person is None:
            named = f"distinct_id '{distinct_id}'" if distinct_id else f"person_id '{person_id}'"
            return _refused(f"Person with {named} not found", 404)
        with_set_once = asked.get("include_set_once", "").lower() in ("true", "1")
        own = distinct_ids_of([person])[person.pk]
        queried = [distinct_id] if distinct_id else own
        try:
            past = properties_at(project_context(self.project), queried, time, with_set_once=with_set_once)
        except QueryError as error:
            return _refused(error.detail)
        metadata = {
            "queried_timestamp": iso(time),
            "include_set_once": with_set_once,
            "distinct_id_used": distinct_id or None,
            "person_id_used": person_id or None,
            "query_mode": "distinct_id" if distinct_id else "person_id",
            "distinct_ids_queried": queried,
            "distinct_ids_count": len(queried),
        }
        detail = person_detail(self.project, person, own)
        return Response({**detail, "properties": past, "point_in_time_metadata": metadata})

    def _find(self, distinct_id: str, person_id: str) -> Person | None:
        persons = Person.objects.filter(project=self.project)
        if distinct_id:
            found = persons.filter(distinct_ids__project=self.project, distinct_ids__distinct_id=distinct_id)
            return found.first()
        return persons.filter(uuid=person_id).first() if is_uuid(person_id) else None

    def _timeline(self, person: Person, request: Request) -> dict[str, Any]:
        """Raises QueryError."""
        now = datetime.now(UTC)
        context = project_context(self.project)
        with query_errors():
            filters = {**request.query_params.dict(), "insight": "TRENDS"}
            query = parse_model(TrendsQuery, query_of_filters(filters))
            period = resolve(
                query.dates,
                query.bucket_interval,
                self.project.timezone,
                now,
                week_start_day=self.project.week_start_day or 0,
                earliest=_LONG_AGO,
            )
            of_series = [series_events(each, context, now) for each in query.series]
            accounts = self.project.test_account_filters
            kept = kept_events(query.properties, query.filterTestAccounts, accounts, context, now)
            crucial = _crucial_keys(query)
        until = period.date_to
        if until <= period.date_from:
            until = next_bucket(period.date_from, query.bucket_interval)
        relevant = conjunction([disjunction(of_series), kept])
        points = timeline(context, person.uuid, period.date_from, until, relevant, crucial)
        return {
            "points": [
                {
                    "timestamp": iso(point.timestamp),
                    "properties": point.properties,
                    "relevant_event_count": point.relevant_event_count,
                }
                for point in points
            ],
            "crucial_property_keys": crucial,
            "effective_date_from": iso(period.date_from),
            "effective_date_to": iso(until),
        }


def _crucial_keys(query: TrendsQuery) -> list[str]:
    """The properties of persons that filters and breakdowns look at."""
    filters: list[PropertyCondition] = []
    filters += [query.properties] if isinstance(query.properties, PropertyGroup) else query.properties or []
    for node in query.series:
        filters += node.filters
        for part in node.nodes if isinstance(node, GroupNode) else ():
            filters += part.filters
    keys = set(_person_keys(filters))
    if query.breakdownFilter:
        keys |= {each.property for each in query.breakdownFilter.asked if each.type == "person"}
    return sorted(keys)


def _person_keys(filters: Iterable[PropertyCondition]) -> Iterable[str]:
    for each in filters:
        if isinstance(each, PropertyGroup):
            yield from _person_keys(each.values)
        elif each.type == "person" and each.key:
            yield each.key


def _time(text: str) -> datetime | None:
    try:
        time = datetime.fromisoformat(text)
    except ValueError:
        return None
    if not _FIRST_YEAR <= time.year <= _LAST_YEAR:
        return None
    return time if time.tzinfo else time.replace(tzinfo=UTC)


def _refused(text: str, status: int = 400) -> Response:
    return Response({"error": text}, status=status)
