"""Groups and group types from a batch of events, within the caller's transaction."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Final

import msgspec
from django.db import transaction

from hedgerow.eventstore.copies import enqueue
from hedgerow.groups.models import MOST_GROUP_TYPES, Group, GroupTypeMapping
from hedgerow.persons.properties import LARGEST_PROPERTIES, same_value, stored_size
from hedgerow.persons.records import chunks, engine_time
from hedgerow.persons.warnings import RecordingWarning
from hedgerow.spool.lines import PERSON_CHANGE, PERSONLESS, Line

LONGEST_NAME: Final = 400
"""Of a group key and of a group type, in characters."""

GroupId = tuple[int, int, str]
"""Project id, index of the group type, group key."""


@dataclass(frozen=True)
class GroupAssignments:
    """What the events of a batch have to be stored with."""

    group_types: dict[int, list[str]] = field(default_factory=dict)
    """The group types of each project that names groups in the batch: `group_types[team][n]` goes to `$group_<n>`."""
    warnings: list[RecordingWarning] = field(default_factory=list)


@dataclass(slots=True)
class _Identify:
    """What one `$groupidentify` event says."""

    line: Line
    group_type: str
    group_key: str
    group_set: dict[str, Any]


@dataclass(slots=True)
class _GroupState:
    """A group during the batch. `version` is the one in the records, -1 as long as the group is not there."""

    created_at: datetime
    properties: dict[str, Any] = field(default_factory=dict)
    set_at: dict[str, str] = field(default_factory=dict)
    """The time of the event that last set each property."""
    version: int = -1
    pk: int | None = None


def record_groups(lines: Sequence[Line]) -> GroupAssignments:
    """Record what the lines (in order of arrival) say about groups.

    A group type is known from its first use by an event's `$groups` or a `$groupidentify`; a project has at most five,
    a further one is ignored with a warning. A group is made and changed by `$groupidentify` only, and each property
    keeps the value of the newest event that set it, in whatever order the events arrive. Personless lines (kind 1)
    name no groups. The records and the outbox are written in the caller's transaction, all or nothing.
    """
    warnings: list[RecordingWarning] = []
    identifies = [identify for line in lines if (identify := _identify(line, warnings))]
    with transaction.atomic():
        types = _record_types(lines, identifies, warnings)
        _record_groups(identifies, types, warnings)
    return GroupAssignments(types, warnings)


def _identify(line: Line, warnings: list[RecordingWarning]) -> _Identify | None:
    if line.k != PERSON_CHANGE or line.e != "$groupidentify":
        return None
    try:
        properties = msgspec.json.decode(line.p, type=dict[str, Any])
    except (msgspec.DecodeError, RecursionError):
        return None  # `record_persons` warns of it
    group_type, group_key = _name(properties.get("$group_type")), _name(properties.get("$group_key"))
    if not group_type or not group_key:
        return None
    if len(group_key) > LONGEST_NAME:
        warnings.append(RecordingWarning(line, "group_key_too_long", {"groupKey": group_key, "eventUuid": line.u}))
        return None
    group_set = properties.get("$group_set")
    if not isinstance(group_set, dict):
        if group_set is not None:
            warnings.append(RecordingWarning(line, "invalid_group_set", {"eventUuid": line.u}))
        group_set = {}
    return _Identify(line, group_type, group_key, group_set)


def _record_types(
    lines: Sequence[Line], identifies: Sequence[_Identify], warnings: list[RecordingWarning]
) -> dict[int, list[str]]:
    identified = {id(identify.line): identify.group_type for identify in identifies}
    uses: dict[tuple[int, str], Line] = {}
    for line in lines:
        if line.k > PERSONLESS:
            if line.g:
                for group_type in line.g:
                    if (line.t, group_type) not in uses:
                        uses[line.t, group_type] = line
            if line.k == PERSON_CHANGE and id(line) in identified:
                uses.setdefault((line.t, identified[id(line)]), line)
    types = _load_types({team_id for team_id, _ in uses})
    made = []
    for (team_id, group_type), line in uses.items():
        known = types[team_id]
        if group_type in known:
            continue
        if len(known) < MOST_GROUP_TYPES and len(group_type) <= LONGEST_NAME:
            made.append(GroupTypeMapping(project_id=team_id, group_type=group_type, group_type_index=len(known)))
            known.append(group_type)
        else:
            reason = "too_many_group_types" if len(group_type) <= LONGEST_NAME else "group_type_too_long"
            warnings.append(RecordingWarning(line, reason, {"groupType": group_type, "eventUuid": line.u}))
    GroupTypeMapping.objects.bulk_create(made)
    return types


def _load_types(team_ids: Iterable[int]) -> dict[int, list[str]]:
    types: dict[int, list[str]] = {team_id: [] for team_id in team_ids}
    for chunk in chunks(types):
        rows = GroupTypeMapping.objects.filter(project_id__in=chunk).order_by("group_type_index")
        for team_id, index, group_type in rows.values_list("project_id", "group_type_index", "group_type"):
            known = types[team_id]
            # The index of a type that has been removed stays empty: old events still bear its groups.
            known += [""] * (index - len(known))
            known.append(group_type)
    return types


def _record_groups(
    identifies: Sequence[_Identify], types: Mapping[int, list[str]], warnings: list[RecordingWarning]
) -> None:
    wanted: list[tuple[GroupId, _Identify]] = []
    for identify in identifies:
        known = types[identify.line.t]
        if identify.group_type in known:
            wanted.append(((identify.line.t, known.index(identify.group_type), identify.group_key), identify))
    groups = _load_groups({group_id for group_id, _ in wanted})
    changed: dict[GroupId, _GroupState] = {}
    for group_id, identify in wanted:
        time = datetime.fromisoformat(identify.line.ts).replace(tzinfo=UTC)
        state = groups.get(group_id)
        if state is None:
            state = groups[group_id] = changed[group_id] = _GroupState(time)
        if time < state.created_at:
            state.created_at = time
            changed[group_id] = state
        if _set_properties(state, identify, warnings):
            changed[group_id] = state
    _write_groups(changed)


def _set_properties(state: _GroupState, identify: _Identify, warnings: list[RecordingWarning]) -> bool:
    """Set those properties that no newer event has set; whether there were any."""
    time = identify.line.ts
    not_older = {key: value for key, value in identify.group_set.items() if time >= state.set_at.get(key, "")}
    properties = {**state.properties, **not_older}
    if stored_size(properties) > LARGEST_PROPERTIES:
        details = {"groupKey": identify.group_key, "eventUuid": identify.line.u}
        warnings.append(RecordingWarning(identify.line, "group_properties_size_violation", details))
        return False
    set_at = {**state.set_at, **dict.fromkeys(not_older, time)}
    changed = set_at != state.set_at or not same_value(properties, state.properties)
    state.properties, state.set_at = properties, set_at
    return changed


def _load_groups(group_ids: Iterable[GroupId]) -> dict[GroupId, _GroupState]:
    keys: dict[tuple[int, int], list[str]] = {}
    for team_id, index, group_key in group_ids:
        keys.setdefault((team_id, index), []).append(group_key)
    groups = {}
    for (team_id, index), group_keys in keys.items():
        for chunk in chunks(group_keys):
            rows = Group.objects.filter(project_id=team_id, group_type_index=index, group_key__in=chunk)
            for row in rows.order_by("pk").select_for_update():
                groups[team_id, index, row.group_key] = _GroupState(
                    row.created_at, row.group_properties, row.properties_last_updated_at, row.version, row.pk
                )
    return groups


def _write_groups(groups: Mapping[GroupId, _GroupState]) -> None:
    for state in groups.values():
        state.version += 1
    Group.objects.bulk_create(
        [
            Group(
                pk=state.pk,
                project_id=team_id,
                group_type_index=index,
                group_key=group_key,
                group_properties=state.properties,
                properties_last_updated_at=state.set_at,
                created_at=state.created_at,
                version=state.version,
            )
            for (team_id, index, group_key), state in groups.items()
        ],
        batch_size=5_000,
        update_conflicts=True,
        unique_fields=["project", "group_type_index", "group_key"],
        update_fields=["group_properties", "properties_last_updated_at", "created_at", "version"],
    )
    now = datetime.now(UTC)
    enqueue(
        "groups",
        [
            group_row(team_id, index, group_key, state.properties, state.created_at, now, state.version)
            for (team_id, index, group_key), state in groups.items()
        ],
    )


def group_row(
    team_id: int,
    index: int,
    group_key: str,
    properties: Mapping[str, Any],
    created_at: datetime,
    updated_at: datetime,
    version: int,
) -> dict[str, Any]:
    """A group as the event store's table has it."""
    return {
        "team_id": team_id,
        "group_type_index": index,
        "group_key": group_key,
        "created_at": engine_time(created_at),
        "updated_at": engine_time(updated_at),
        "properties": properties,
        "properties_raw": msgspec.json.encode(properties).decode(),
        "version": version,
        "is_deleted": 0,
    }


def _name(value: object) -> str:
    """A group type or key, from any JSON value: strings as they are, others as JSON text; empty where there is none."""
    if value is None or isinstance(value, str):
        return value or ""
    if isinstance(value, float) and value.is_integer():
        value = int(value)  # as capture writes the keys of `$groups`
    return msgspec.json.encode(value, order="sorted").decode()
