"""What a project has to choose from: its events, actions, properties and types of groups."""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from typing import Any, TypeVar

from django.db.models import Model, QuerySet

from hedgerow.access.rules import visible
from hedgerow.actions.models import Action
from hedgerow.cohorts.models import Cohort
from hedgerow.groups.models import GroupTypeMapping
from hedgerow.projects.models import Project
from hedgerow.taxonomy.models import EventDefinition, PropertyDefinition
from hedgerow.web.insights.references import Reference
from hedgerow.web.names import event_name, in_order, property_name

MAX_CHOICES = 500

M = TypeVar("M", bound=Model)

Options = list[tuple[str, str]]
"""Values with their words."""

OptionGroups = list[tuple[str, Options]]

_ELEMENT_KEYS = {"text": "Text", "tag_name": "Kind of element", "href": "Link", "selector": "CSS selector"}
SESSION_PROPERTIES = {
    "$session_duration": "Session duration",
    "$channel_type": "Channel",
    "$is_bounce": "Bounced",
    "$entry_pathname": "Entry path",
    "$entry_current_url": "Entry address",
    "$entry_referring_domain": "Entry referring domain",
    "$entry_utm_source": "Entry UTM source",
    "$entry_utm_medium": "Entry UTM medium",
    "$entry_utm_campaign": "Entry UTM campaign",
    "$exit_pathname": "Exit path",
    "$exit_current_url": "Exit address",
    "$pageview_count": "Page views in the session",
}
_EVENT_FIELDS = {"distinct_id": "Distinct id", "event": "Event name", "$session_id": "Session id"}


@dataclass(frozen=True)
class Choices:
    """The choices of one project, each read when first needed: those that `reader` may see, all where it is nobody."""

    project: Project
    reader: Any = None

    @cached_property
    def events(self) -> list[str]:
        """The names of its events."""
        return list(EventDefinition.objects.filter(project=self.project).values_list("name", flat=True)[:MAX_CHOICES])

    @property
    def usual_event(self) -> str:
        """What to begin with: page views where there are any, else all events."""
        return "$pageview" if "$pageview" in self.events else ""

    @cached_property
    def actions(self) -> dict[int, str]:
        """The names of its actions by id."""
        found = self._seen(Action.objects.filter(project=self.project, deleted=False)).order_by("name")
        return dict(found.values_list("id", "name")[:MAX_CHOICES])

    @cached_property
    def cohorts(self) -> dict[int, str]:
        """The names of its cohorts by id."""
        found = self._seen(Cohort.objects.filter(project=self.project, deleted=False)).order_by("name", "id")
        return {key: name or f"Cohort {key}" for key, name in found.values_list("id", "name")[:MAX_CHOICES]}

    @cached_property
    def group_types(self) -> dict[int, str]:
        """Its types of groups by index."""
        groups = GroupTypeMapping.objects.filter(project=self.project).order_by("group_type_index")
        return {group.group_type_index: group.name_plural or group.group_type for group in groups}

    def event_options(self, chosen: Iterable[str]) -> OptionGroups:
        """Actions and events; what is chosen is among them, also when it is not known."""
        actions = [(f"action:{key}", name) for key, name in self.actions.items()]
        known = {value for value, _ in actions}
        events = in_order(self.events, event_name, (each for each in chosen if each not in known))
        return [("Actions", actions), ("Events", events)] if actions else [("Events", events)]

    def filter_options(self, chosen: Iterable[str]) -> OptionGroups:
        """Everything a filter can be about."""
        more: OptionGroups = [
            ("Clicked element", [(f"element:{key}", title) for key, title in _ELEMENT_KEYS.items()]),
            ("Event", [(f"event_metadata:{key}", title) for key, title in _EVENT_FIELDS.items()]),
            ("HogQL", [("hogql:", "HogQL condition")]),
        ]
        if self.cohorts:
            more.append(("Cohorts", [("cohort:id", "Cohort")]))
        return _with_chosen([*self._properties(), *more], chosen)

    def event_filter_options(self, chosen: Iterable[str]) -> OptionGroups:
        """What filters of single events can be about."""
        more: OptionGroups = [
            ("Clicked element", [(f"element:{key}", title) for key, title in _ELEMENT_KEYS.items()]),
            ("HogQL", [("hogql:", "HogQL condition")]),
        ]
        return _with_chosen([self._known_properties[0], *more], chosen)

    @property
    def person_properties(self) -> list[str]:
        """The names of the properties of its persons."""
        _, options = self._known_properties[1]
        return [value.partition(":")[2] for value, _ in options]

    def breakdown_options(self, chosen: Iterable[str]) -> OptionGroups:
        """Everything numbers can be broken down by."""
        more: OptionGroups = [("HogQL", [("hogql:", "HogQL expression")])]
        if self.cohorts:
            named = [(f"cohort:{key}", name) for key, name in self.cohorts.items()]
            more.append(("Cohorts", [("cohort:all", "All users"), *named]))
        return _with_chosen([*self._properties(), *more], chosen)

    def number_options(self, chosen: Iterable[str]) -> OptionGroups:
        """The properties that can be calculated with."""
        numeric = PropertyDefinition.objects.filter(project=self.project, is_numerical=True)
        named = {"event": "Event properties", "person": "Person properties"}
        groups = [
            (title, _options(key, numeric.filter(type=key).values_list("name", flat=True)))
            for key, title in named.items()
        ]
        return _with_chosen([*groups, ("Session", [("session:$session_duration", "Session duration")])], chosen)

    def _seen(self, objects: QuerySet[M]) -> QuerySet[M]:
        return objects if self.reader is None else visible(objects, self.reader, self.project)

    def _properties(self) -> OptionGroups:
        return [
            *self._known_properties,
            ("Session", [(f"session:{key}", title) for key, title in SESSION_PROPERTIES.items()]),
        ]

    @cached_property
    def _known_properties(self) -> OptionGroups:
        known = PropertyDefinition.objects.filter(project=self.project)

        def names(kind: str, index: int = -1) -> list[str]:
            of_kind = known.filter(type=kind, group_type_index=index).values_list("name", flat=True)
            return list(of_kind[:MAX_CHOICES])

        return [
            ("Event properties", _options("event", names("event"))),
            ("Person properties", _options("person", names("person"))),
            *(
                (f"Properties of {name}", _options(f"group-{index}", names("group", index)))
                for index, name in self.group_types.items()
            ),
        ]


def _options(kind: str, names: Iterable[str]) -> Options:
    return [(f"{kind}:{name}", title) for name, title in in_order(names, property_name)]


def _with_chosen(groups: OptionGroups, chosen: Iterable[str]) -> OptionGroups:
    """The groups, before them what is chosen and in none of them."""
    known = {value for _, options in groups for value, _ in options}
    missing = [text for text in dict.fromkeys(chosen) if text and text not in known]
    named = [(text, property_name(reference.name) if (reference := Reference.read(text)) else text) for text in missing]
    shown = [(title, options) for title, options in groups if options]
    return [("Chosen", named), *shown] if named else shown
