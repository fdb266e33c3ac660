"""What the generated files are made from: the events of a project and their schemas."""

import hashlib
from typing import NamedTuple

import msgspec

from hedgerow.taxonomy.core_events import CORE_EVENTS
from hedgerow.taxonomy.models import EventDefinition


class DescribedProperty(NamedTuple):
    """A property of an event. `type` is one of `EventSchemaProperty.PropertyType`; others are of any type."""

    name: str
    type: str
    is_required: bool


class DescribedEvent(NamedTuple):
    """An event and its schema, if it has one: required properties first, then by name."""

    name: str
    properties: tuple[DescribedProperty, ...] = ()

    @property
    def required(self) -> tuple[DescribedProperty, ...]:
        """Properties that every such event carries."""
        return tuple(each for each in self.properties if each.is_required)

    @property
    def optional(self) -> tuple[DescribedProperty, ...]:
        """Properties that such an event may carry."""
        return tuple(each for each in self.properties if not each.is_required)


def described_events(project_id: int) -> list[DescribedEvent]:
    """The events of a project, by name.

    Hidden ones are left out, and of those whose names begin with `$` the ones that are neither well known nor have a
    schema: applications do not send them by themselves.
    """
    definitions = EventDefinition.objects.filter(project=project_id, hidden=False)
    events = [_described(definition) for definition in definitions.only("name").prefetch_related("schema_properties")]
    # Not in the order of the database, which depends on its collation.
    return sorted(event for event in events if _is_sent_by_applications(event))


def schema_hash(events: list[DescribedEvent]) -> str:
    """SHA-256 of the names and schemas, in hexadecimal: another one means that the file should be made anew."""
    return hashlib.sha256(msgspec.json.encode(events)).hexdigest()


def _described(definition: EventDefinition) -> DescribedEvent:
    rows = definition.schema_properties.all()
    properties = (DescribedProperty(row.name, row.property_type, row.is_required) for row in rows)
    return DescribedEvent(
        definition.name, tuple(sorted(properties, key=lambda each: (not each.is_required, each.name)))
    )


def _is_sent_by_applications(event: DescribedEvent) -> bool:
    return bool(event.properties) or not event.name.startswith("$") or event.name in CORE_EVENTS
