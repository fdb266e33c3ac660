"""Paging of lists by `limit` and `offset`."""

from typing import Any

from rest_framework.pagination import LimitOffsetPagination
from rest_framework.request import Request

DEFAULT_LIMIT = 100
MAX_LIMIT = 10_000
MAX_OFFSET = 2**63 - 1 - MAX_LIMIT


class LimitOffset(LimitOffsetPagination):
    """`{"count", "next", "previous", "results"}`; a limit or offset that makes no sense counts as not given.

    `next` and `previous` are absolute, at the scheme and host by which the caller reached the server.
    """

    default_limit = DEFAULT_LIMIT
    max_limit = MAX_LIMIT

    def get_offset(self, request: Request) -> int:
        """The offset asked for, kept within what a database can count."""
        return min(super().get_offset(request), MAX_OFFSET)

    def get_paginated_response_schema(self, schema: dict[str, Any]) -> dict[str, Any]:
        """The body's schema."""
        described = super().get_paginated_response_schema(schema)
        for name in ("next", "previous"):
            described["properties"][name] = {"type": ["string", "null"], "format": "uri"}
        described["required"] = ["count", "next", "previous", "results"]
        return described
