"""What compiling a query needs to know of the project it runs for."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType

NO_TYPES: Mapping[str, str] = MappingProxyType({})
NO_GROUP_TYPES: Mapping[int, Mapping[str, str]] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class ProjectContext:
    """A project as the compiler sees it.

    Property types are by property name and one of `String`, `Numeric`, `Boolean`, `DateTime`, `Duration`; a name
    without a type is read as text. Without `has_person_overrides` the `person_id` stored with an event is taken as it
    is.
    """

    team_id: int
    timezone: str = "UTC"
    week_start_day: int = 0
    """First day of the week: 0 Sunday, 1 Monday."""
    event_property_types: Mapping[str, str] = field(default_factory=lambda: NO_TYPES)
    person_property_types: Mapping[str, str] = field(default_factory=lambda: NO_TYPES)
    group_property_types: Mapping[int, Mapping[str, str]] = field(default_factory=lambda: NO_GROUP_TYPES)
    """By group type index, then by property name."""
    group_types: Sequence[str] = ()
    """Names of the project's group types, by index."""
    has_person_overrides: bool = False
