"""What a page says was done, with a way to undo it."""

import json
from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.http import HttpRequest


@dataclass(frozen=True)
class Told:
    """A message; `undo` has the `address` and the `fields` of the form that undoes what it tells of."""

    text: str
    is_error: bool
    undo: dict[str, Any] | None


def tell_undoable(request: HttpRequest, text: str, address: str, **fields: Any) -> None:
    """Tell on the next page what was done; these fields sent to the address undo it."""
    messages.success(request, text, extra_tags=json.dumps({"address": address, "fields": fields}))


def told(request: HttpRequest) -> list[Told]:
    """The messages that have not been shown yet."""
    return [
        Told(
            str(message),
            message.level >= messages.ERROR,
            json.loads(message.extra_tags) if message.extra_tags else None,
        )
        for message in messages.get_messages(request)
    ]
