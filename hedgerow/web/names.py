"""Names that people read, for the events and properties that client libraries send by themselves."""

from collections.abc import Callable, Iterable

from hedgerow.taxonomy.core_events import CORE_EVENTS
from hedgerow.taxonomy.core_properties import CORE_PROPERTIES

EVENTS = {name: known.label for name, known in CORE_EVENTS.items()}

PROPERTIES = {name: known.label for name, known in CORE_PROPERTIES.items()}


def event_name(name: str) -> str:
    """An event's name for people."""
    return EVENTS.get(name, name)


def property_name(name: str) -> str:
    """A property's name for people."""
    return PROPERTIES.get(name, name)


def in_order(names: Iterable[str], title: Callable[[str], str], chosen: Iterable[str] = ()) -> list[tuple[str, str]]:
    """Names to choose from, each with its words: one's own before those that libraries send.

    What is `chosen` is always among them, also before it is known or when it is known no more.
    """
    named = {name: title(name) for name in [*names, *chosen] if name}
    return sorted(named.items(), key=lambda pair: (pair[0][:1] == "$", pair[1].lower()))
