"""Dashboards as a stream of events: frames of `data: …`, each with one JSON value."""

from collections.abc import Mapping
from typing import Any

from rest_framework.renderers import BaseRenderer

from hedgerow.api.rendering import JSONRenderer

MEDIA_TYPE = "text/event-stream"


def frame(value: Any) -> bytes:
    """One event."""
    return b"data: " + JSONRenderer().render(value) + b"\n\n"


class EventStreamRenderer(BaseRenderer):
    """An ordinary answer as the only event of a stream; asked for by `format=txt`."""

    media_type = MEDIA_TYPE
    format = "txt"
    charset = "utf-8"
    render_style = "binary"

    def render(
        self,
        data: Any,
        accepted_media_type: str | None = None,
        renderer_context: Mapping[str, Any] | None = None,
    ) -> bytes:
        """The frame; nothing where there is no content."""
        return b"" if data is None else frame(data)
