"""What a page's form sent: lists of fields of the same name, in the order they stand on the page."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any, TypeVar

from django.http import QueryDict

from hedgerow.api.asked import is_whole

Item = TypeVar("Item")


class Form:
    """The fields sent, the row to be added or dropped, if any."""

    def __init__(self, asked: QueryDict) -> None:
        self.asked = asked
        self.added = asked.get("add", "")
        self.dropped = asked.get("drop", "")

    def text(self, name: str, usual: str = "") -> str:
        """The field's text."""
        return (self.asked.get(name) or usual).strip()

    def all(self, name: str) -> list[str]:
        """The texts of all fields of the name."""
        return list(self.asked.getlist(name))

    def at(self, name: str, index: int) -> str:
        """The text of the field of the name in a row; "" where there is none."""
        found = self.asked.getlist(name)
        return found[index] if index < len(found) else ""

    def is_on(self, name: str) -> bool:
        """Whether a box is ticked."""
        return self.asked.get(name) == "on"

    def one_of(self, name: str, known: Mapping[str, Any] | Sequence[str], usual: str) -> str:
        """The field's text if it is a known one."""
        value = self.asked.get(name)
        return value if value is not None and value in known else usual

    def whole(self, name: str) -> int | None:
        """The whole number in the field; None where there is none."""
        text = self.text(name)
        return int(text) if is_whole(text) and len(text) < 10 else None

    def day(self, name: str) -> str:
        """The day in the field; "" where there is none."""
        try:
            return date.fromisoformat(self.text(name)).isoformat()
        except ValueError:
            return ""

    def without_dropped(self, part: str, rows: list[Item]) -> list[Item]:
        """The rows of a part without the one to be dropped (`drop=series:2`)."""
        return [row for index, row in enumerate(rows) if self.dropped != f"{part}:{index}"]
