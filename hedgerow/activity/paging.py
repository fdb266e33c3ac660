"""Paging of the activity log: by numbered pages, or by a cursor through everything."""

from typing import Any

from django.core.paginator import InvalidPage
from django.db.models import QuerySet
from rest_framework import serializers
from rest_framework.pagination import CursorPagination, PageNumberPagination
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from hedgerow.activity.models import ActivityLog
from hedgerow.api.errors import NotFound

MOST_ENTRIES = 1_000


class PageChoice(serializers.Serializer[Any]):
    """Which page of the log of an object is wanted."""

    page = serializers.IntegerField(min_value=1, max_value=2**31 - 1, default=1)
    limit = serializers.IntegerField(min_value=1, default=10)


class ActivityPages(PageNumberPagination):
    """`{"results", "next", "previous", "total_count"}`, by `page` and `limit`.

    Raises ValidationError for what is no page number, NotFound for a page past the end.
    """

    page_size_query_param = "limit"

    def paginate_queryset(  # type: ignore[override]
        self, queryset: QuerySet[ActivityLog], request: Request, view: APIView | None = None
    ) -> list[ActivityLog]:
        """The entries of the page asked for."""
        choice = PageChoice(data=request.query_params.dict())
        choice.is_valid(raise_exception=True)
        self.request = request
        paginator = self.django_paginator_class(queryset, min(choice.validated_data["limit"], MOST_ENTRIES))
        try:
            self.page = paginator.page(choice.validated_data["page"])
        except InvalidPage:
            raise NotFound("Invalid page.") from None
        return list(self.page)

    def get_paginated_response(self, data: Any) -> Response:
        """The page with the addresses of its neighbours."""
        assert self.page is not None
        return Response(
            {
                "results": data,
                "next": self.get_next_link(),
                "previous": self.get_previous_link(),
                "total_count": self.page.paginator.count,
            }
        )

    def get_paginated_response_schema(self, schema: dict[str, Any]) -> dict[str, Any]:
        """The body's schema."""
        link = {"type": ["string", "null"], "format": "uri"}
        properties = {"results": schema, "next": link, "previous": link, "total_count": {"type": "integer"}}
        return {"type": "object", "required": list(properties), "properties": properties}


class LogPages(PageNumberPagination):
    """`{"count", "next", "previous", "results"}`, by `page` and `page_size`."""

    page_size = 100
    page_size_query_param = "page_size"
    max_page_size = MOST_ENTRIES


class LogCursor(CursorPagination):
    """`{"next", "previous", "results"}`, the newest first."""

    page_size = 100
    page_size_query_param = "page_size"
    max_page_size = MOST_ENTRIES
    ordering = ("-created_at", "-id")
