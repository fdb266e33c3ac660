"""The list of persons a request asks for, as JSON or as a CSV file."""

from typing import Any, Final

import orjson
from drf_spectacular.utils import OpenApiParameter
from pydantic import TypeAdapter
from pydantic import ValidationError as PydanticError
from rest_framework.request import Request
from rest_framework.response import Response

from hedgerow.api.asked import is_whole
from hedgerow.api.csv_rendering import CSVRenderer
from hedgerow.api.errors import ValidationError
from hedgerow.api.paging import LimitOffset
from hedgerow.insights.properties import PropertiesField
from hedgerow.persons.listing import LONGEST_SEARCH, Wanted, count_persons, find_persons
from hedgerow.persons.rows import file_rows, person_rows
from hedgerow.projects.models import Project
from hedgerow.queries.errors import QueryError

MOST_FILE_ROWS: Final = 300_000
MOST_DISTINCT_IDS: Final = 1_000
"""Of one person in a list."""

_PROPERTIES: TypeAdapter[Any] = TypeAdapter(PropertiesField)

LIST_PARAMETERS: Final = [
    OpenApiParameter("limit", int),
    OpenApiParameter("offset", int),
    OpenApiParameter("search", str, description="Part of the e-mail, name, uuid or a distinct id, in any case."),
    OpenApiParameter("email", str, description="The property `email`, exactly."),
    OpenApiParameter("distinct_id", str, description="One of the distinct ids, exactly."),
    OpenApiParameter("properties", str, description="JSON list of filters on persons."),
    OpenApiParameter("cohort", int, description="Members of this cohort only."),
    OpenApiParameter("include_total", bool, description="Tell how many persons there are in `count`."),
    OpenApiParameter("format", str, enum=["csv", "json"]),
]


class PersonPages(LimitOffset):
    """`{"results", "next", "previous"}`, and `count` where it is asked for."""

    def get_paginated_response_schema(self, schema: dict[str, Any]) -> dict[str, Any]:
        """The body's schema."""
        described = super().get_paginated_response_schema(schema)
        described["required"] = ["next", "previous", "results"]
        return described


class _FilePages(PersonPages):
    default_limit = MOST_FILE_ROWS
    max_limit = MOST_FILE_ROWS


def list_page(request: Request, project: Project) -> Response:
    """The page of persons a request asks for. Raises ValidationError."""
    is_file = request.accepted_renderer.format == CSVRenderer.format or request.query_params.get("is_csv_export") == "1"
    if is_file:
        request.accepted_renderer, request.accepted_media_type = CSVRenderer(), CSVRenderer.media_type
    pages = _FilePages() if is_file else PersonPages()
    pages.request = request
    pages.limit = pages.get_limit(request) or pages.default_limit
    pages.offset = pages.get_offset(request)
    wanted = _wanted(request)
    try:
        uuids = find_persons(project, wanted, pages.limit + 1, pages.offset)
        count = count_persons(project, wanted) if "include_total" in request.query_params else None
    except QueryError as error:
        raise ValidationError(error.detail, attr="properties") from None
    rows = person_rows(project, uuids[: pages.limit], MOST_DISTINCT_IDS)
    if is_file:
        return Response(file_rows(rows))
    pages.count = pages.offset + len(uuids)
    page = {"results": rows, "next": pages.get_next_link(), "previous": pages.get_previous_link()}
    return Response(page if count is None else {**page, "count": count})


def _wanted(request: Request) -> Wanted:
    asked = {name: value.replace("\0", "") for name, value in request.query_params.dict().items()}
    search = asked.get("search", "").strip()
    if len(search) > LONGEST_SEARCH:
        raise ValidationError(f"Search query must be {LONGEST_SEARCH} characters or fewer.", attr="search")
    return Wanted(
        search=search,
        email=asked.get("email") or None,
        distinct_id=asked.get("distinct_id") or None,
        properties=_properties(asked.get("properties")),
        cohort=_cohort(asked.get("cohort")),
    )


def _cohort(text: str | None) -> int | None:
    if not text:
        return None
    if not is_whole(text):
        raise ValidationError("A valid integer is required.", attr="cohort")
    return int(text)


def _properties(text: str | None) -> Any:
    if not text:
        return None
    try:
        return _PROPERTIES.validate_python(_as_of_persons(orjson.loads(text)))
    except orjson.JSONDecodeError:
        raise ValidationError("Properties are unparsable!", attr="properties") from None
    except PydanticError as error:
        fault = error.errors(include_url=False, include_context=False, include_input=False)[0]
        place = ".".join(map(str, fault["loc"]))
        raise ValidationError(f"{place}: {fault['msg']}", attr="properties") from None


def _as_of_persons(given: Any) -> Any:
    """Filters without a type are on persons here."""
    if isinstance(given, list):
        return [_as_of_persons(each) for each in given]
    if isinstance(given, dict):
        if "values" in given:
            return {**given, "values": _as_of_persons(given["values"])}
        return {"type": "person", **given}
    return given
