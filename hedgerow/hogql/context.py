"""What compiling a query needs to know of the project it runs for."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, Literal

from hedgerow.hogql import ast

Matching = Literal["exact", "contains", "regex"]

NO_TYPES: Mapping[str, str] = MappingProxyType({})
NO_GROUP_TYPES: Mapping[int, Mapping[str, str]] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class ActionStep:
    """One way for an event to match an action: everything that is set must hold."""

    event: str | None = None
    properties: Sequence[Mapping[str, Any]] = ()
    """Property filters as the API gives them."""
    selector: str | None = None
    tag_name: str | None = None
    text: str | None = None
    text_matching: Matching | None = None
    href: str | None = None
    href_matching: Matching | None = None
    url: str | None = None
    url_matching: Matching | None = None


@dataclass(frozen=True, slots=True)
class Action:
    """A saved event matcher: an event is one of the action if any step matches, or if there are no steps."""

    id: int
    name: str
    steps: Sequence[ActionStep] = ()


@dataclass(frozen=True, slots=True)
class Cohort:
    """A saved set of persons; its members are the rows of `cohort_people` of this version."""

    id: int
    name: str
    version: int = 0


NO_ACTIONS: Mapping[int, Action] = MappingProxyType({})
NO_COHORTS: Mapping[int, Cohort] = MappingProxyType({})


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
    actions: Mapping[int, Action] = field(default_factory=lambda: NO_ACTIONS)
    """The project's actions that are not deleted, by id."""
    cohorts: Mapping[int, Cohort] = field(default_factory=lambda: NO_COHORTS)
    """The project's cohorts that are not deleted, by id."""
    matching_action: "Callable[[Action, ProjectContext], ast.Expr] | None" = None
    """Gives the condition that an event is one of an action, for `matchesAction`; raises HogQLError if it cannot be."""
    path_cleaning_filters: Sequence[Mapping[str, Any]] = ()
    """The project's rules for shortening addresses of pages as it has stored them: `regex` becomes `alias`."""
