"""Properties of a person set and removed through the API: the records, the copy, and an event that tells of it."""

from collections.abc import Mapping
from typing import Any

from django.conf import settings

from hedgerow.activity.recording import change, record_activity
from hedgerow.api.errors import NotFound, Unavailable, ValidationError
from hedgerow.eventstore.copies import enqueue
from hedgerow.organizations.models import User
from hedgerow.persons.editing import editing_persons_at_once
from hedgerow.persons.models import Person
from hedgerow.persons.properties import (
    LARGEST_PROPERTIES,
    Properties,
    PropertyChange,
    changed_properties,
    stored_size,
)
from hedgerow.persons.records import person_copy, state_of
from hedgerow.spool.lines import PERSON
from hedgerow.spool.own_events import write_own_event

SCOPE = "Person"


def set_properties(person: Person, properties: Mapping[str, Any], by: User | None) -> None:
    """Set these properties and leave the others. Raises ValidationError when they become too large."""
    told = {"$set": dict(properties)}
    _edit(person, PropertyChange({}, properties, ()), "updated", "$set", told, by)


def remove_property(person: Person, name: str, by: User | None) -> None:
    """Remove a property; nothing happens when there is none of the name."""
    told = {"$unset": [name]}
    _edit(person, PropertyChange({}, {}, (name,)), "delete_property", "$delete_person_property", told, by)


def _edit(
    person: Person, wanted: PropertyChange, activity: str, event: str, told: Mapping[str, Any], by: User | None
) -> None:
    with editing_persons_at_once():
        person = locked(person)
        before = person.properties
        after = changed_properties(before, wanted)
        if after is before:
            return
        if stored_size(after) > LARGEST_PROPERTIES:
            raise ValidationError(f"Larger than {LARGEST_PROPERTIES:,} bytes.", attr="properties")
        person.properties = after
        person.version += 1
        person.save(update_fields=["properties", "version"])
        enqueue("persons", [person_copy(state_of(person))])
        _tell(person, event, told)
        record_activity(
            scope=SCOPE,
            activity=activity,
            item_id=person.pk,
            user=by,
            project=person.project,
            name=str(person.uuid),
            changes=[_change(before, after, [*wanted.set, *wanted.unset])],
        )


def locked(person: Person) -> Person:
    """The person as it is now, kept from changes until the transaction ends. Raises NotFound when it is gone."""
    found = Person.objects.select_for_update(of=("self",)).select_related("project").filter(pk=person.pk).first()
    if found is None:
        raise NotFound("Not found.")
    return found


def _change(before: Properties, after: Properties, names: list[str]) -> dict[str, Any]:
    """What has become of the properties named."""
    old, new = ({name: each[name] for name in names if name in each} for each in (before, after))
    return change(SCOPE, "properties", old, new)


def _tell(person: Person, event: str, properties: Mapping[str, Any]) -> None:
    """Write the event by which the person's history has the change. Raises Unavailable when that cannot be done.

    The person has changed already, so the event is of the kind that the loader stores without obeying it.
    """
    distinct_id = person.distinct_ids.order_by("pk").values_list("distinct_id", flat=True).first()
    if distinct_id is None:
        return
    try:
        write_own_event(settings.HEDGEROW.spool_dir, person.project_id, event, distinct_id, properties, kind=PERSON)
    except OSError:
        raise Unavailable("The change cannot be stored at the moment.") from None
