"""Paging of groups: by cursor, the newest first."""

from typing import Any

from rest_framework.exceptions import NotFound
from rest_framework.pagination import CursorPagination
from rest_framework.request import Request


class NewestGroups(CursorPagination):
    """`{"next", "previous", "results"}` with `previous` always null; a cursor that cannot be read starts over."""

    page_size = 100
    ordering = ("-created_at", "-id")

    def decode_cursor(self, request: Request) -> Any:
        """Where the page begins; None for the first one."""
        try:
            return super().decode_cursor(request)
        except NotFound:
            return None

    def get_previous_link(self) -> None:
        """Lists of groups go one way."""
        return None
