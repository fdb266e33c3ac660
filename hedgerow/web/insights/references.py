"""Properties as the editor names them in one text: `event:$browser`, `person:plan`, `group-0:name`, `hogql:…`."""

from dataclasses import dataclass
from typing import Any

KINDS = {
    "event": "Event property",
    "person": "Person property",
    "session": "Session property",
    "event_metadata": "Event field",
    "element": "Clicked element",
    "feature": "Feature flag",
    "cohort": "Cohort",
    "hogql": "HogQL",
}


@dataclass(frozen=True)
class Reference:
    """A property: of what, its name, and for a group's the type of group."""

    kind: str
    name: str
    group_type_index: int | None = None

    @classmethod
    def read(cls, text: str) -> "Reference | None":
        """The property a text names; a text without a kind is an event's property. None for nothing."""
        kind, colon, name = text.partition(":")
        if colon and kind in KINDS:
            return cls(kind, name) if name or kind == "hogql" else None
        head, _, index = kind.partition("-")
        if colon and head == "group" and index.isdigit() and name:
            return cls("group", name, int(index))
        return cls("event", text) if text else None

    @classmethod
    def of(cls, kind: str | None, name: object, group_type_index: int | None) -> "Reference":
        """The property a query names."""
        return cls(kind or "event", str(name), group_type_index if kind == "group" else None)

    @property
    def text(self) -> str:
        """The one text that names it."""
        kind = f"group-{self.group_type_index}" if self.kind == "group" else self.kind
        return f"{kind}:{self.name}"

    def filled(self, name_key: str, **more: Any) -> dict[str, Any]:
        """The property as a query names it, its name under `name_key`."""
        found = {name_key: self.name, "type": self.kind, **more}
        return found if self.group_type_index is None else {**found, "group_type_index": self.group_type_index}
