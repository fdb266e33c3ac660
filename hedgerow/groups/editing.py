"""Groups changed through the API: the records, the event store's copy and an event that tells of it, all at once.

A change is there for the next request to read. A property set or removed here is newer than any event that happened
before, so an event that arrives late does not undo it.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

from django.conf import settings
from django.db import IntegrityError, transaction

from hedgerow.activity.recording import change, record_activity
from hedgerow.api.errors import Unavailable, ValidationError
from hedgerow.eventstore.client import EventStoreError, event_store
from hedgerow.eventstore.copies import enqueue, flush
from hedgerow.groups.models import Group, GroupTypeMapping
from hedgerow.groups.recording import group_row
from hedgerow.organizations.models import User
from hedgerow.persons.properties import LARGEST_PROPERTIES, same_value, stored_size
from hedgerow.persons.records import engine_time
from hedgerow.projects.models import Project
from hedgerow.spool.own_events import write_own_event

SCOPE = "Group"


def create_group(group_type: GroupTypeMapping, group_key: str, properties: dict[str, Any], by: User | None) -> Group:
    """A new group. Raises ValidationError when there is one of this key, or its properties are too large."""
    _check_size(properties)
    now = datetime.now(UTC)
    with _at_once():
        try:
            with transaction.atomic():
                group = Group.objects.create(
                    project=group_type.project,
                    group_type_index=group_type.group_type_index,
                    group_key=group_key,
                    group_properties=properties,
                    properties_last_updated_at=dict.fromkeys(properties, engine_time(now)),
                    created_at=now,
                )
        except IntegrityError:
            raise ValidationError("A group with this key already exists", code="unique", attr="group_key") from None
        _copy(group)
        _tell(group, "$groupidentify", {"$group_set": properties})
        _note(group, "create_group", by, [])
    return group


def set_properties(group: Group, properties: Mapping[str, Any], by: User | None) -> Group:
    """The group with these properties set. Raises ValidationError when they become too large."""
    with _at_once():
        group = _locked(group)
        before = group.group_properties
        after = {**before, **properties}
        _check_size(after)
        group.properties_last_updated_at |= dict.fromkeys(properties, engine_time(datetime.now(UTC)))
        _save(group, after)
        _tell(group, "$groupidentify", {"$group_set": dict(properties)})
        for name, value in properties.items():
            if name not in before:
                _note(group, "create_property", by, [change(SCOPE, name, None, value)])
            elif not same_value(before[name], value):
                _note(group, "update_property", by, [change(SCOPE, name, before[name], value)])
    return group


def remove_property(group: Group, name: str, by: User | None) -> Group:
    """The group without a property. Raises ValidationError when it has no such property."""
    with _at_once():
        group = _locked(group)
        if name not in group.group_properties:
            raise ValidationError(f"Property '{name}' does not exist on this group.")
        before = group.group_properties[name]
        group.properties_last_updated_at[name] = engine_time(datetime.now(UTC))
        _save(group, {key: value for key, value in group.group_properties.items() if key != name})
        _tell(group, "$delete_group_property", {"$group_unset": [name]})
        _note(group, "delete_property", by, [change(SCOPE, name, before, None)])
    return group


@contextmanager
def _at_once() -> Iterator[None]:
    """A transaction whose copies are in the event store afterwards, if it can be reached; else they follow."""
    with transaction.atomic():
        yield
    try:
        flush(event_store())
    except EventStoreError:
        return  # the loader copies them as soon as it can


def _locked(group: Group) -> Group:
    return Group.objects.select_for_update().select_related("project").get(pk=group.pk)


def _save(group: Group, properties: dict[str, Any]) -> None:
    group.group_properties = properties
    group.version += 1
    group.save(update_fields=["group_properties", "properties_last_updated_at", "version"])
    _copy(group)


def _copy(group: Group) -> None:
    row = group_row(
        group.project_id,
        group.group_type_index,
        group.group_key,
        group.group_properties,
        group.created_at,
        datetime.now(UTC),
        group.version,
    )
    enqueue("groups", [row])


def _tell(group: Group, event: str, properties: dict[str, Any]) -> None:
    """Write an event that the group has changed. Raises Unavailable when the spool cannot be written."""
    group_type = GroupTypeMapping.objects.get(project=group.project_id, group_type_index=group.group_type_index)
    told = {"$group_type": group_type.group_type, "$group_key": group.group_key, **properties}
    try:
        write_own_event(settings.HEDGEROW.spool_dir, group.project_id, event, str(group.project.uuid), told)
    except OSError:
        raise Unavailable("The change cannot be stored at the moment.") from None


def _note(group: Group, activity: str, by: User | None, changes: list[dict[str, Any]]) -> None:
    project: Project = group.project
    record_activity(
        scope=SCOPE,
        activity=activity,
        item_id=group.pk,
        user=by,
        project=project,
        name=group.group_key,
        changes=changes or None,
    )


def _check_size(properties: dict[str, Any]) -> None:
    if stored_size(properties) > LARGEST_PROPERTIES:
        raise ValidationError(f"Larger than {LARGEST_PROPERTIES:,} bytes.", attr="group_properties")
