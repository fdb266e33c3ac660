"""Groups and group types from a batch of events."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from hedgerow.eventstore.client import EventStore
from hedgerow.eventstore.copies import flush
from hedgerow.eventstore.models import PendingCopy
from hedgerow.groups.models import Group, GroupTypeMapping
from hedgerow.groups.recording import GroupAssignments, record_groups
from hedgerow.projects.models import Project
from hedgerow.spool.lines import Line
from tests.persons.lines import event


@pytest.fixture
def team(project: Project) -> int:
    return project.pk


def groupidentify(team: int, group_type: Any, group_key: Any, group_set: Any = None, minutes: float = 0) -> Line:
    properties = {"$group_type": group_type, "$group_key": group_key}
    if group_set is not None:
        properties["$group_set"] = group_set
    return event("$groupidentify", f"${group_type}_{group_key}", properties, team=team, minutes=minutes)


def in_groups(team: int, /, **groups: str) -> Line:
    return event("click", "user", team=team, groups=groups)


def warning_types(assignments: GroupAssignments) -> list[str]:
    return [warning.type for warning in assignments.warnings]


def test_types_get_their_index_by_first_use(team: int) -> None:
    first = record_groups([in_groups(team, company="acme"), groupidentify(team, "team", "red")])
    assert first.group_types == {team: ["company", "team"]}
    second = record_groups([in_groups(team, project="x", company="acme")])
    assert second.group_types == {team: ["company", "team", "project"]}
    indexes = GroupTypeMapping.objects.filter(project_id=team).values_list("group_type", "group_type_index")
    assert dict(indexes) == {"company": 0, "team": 1, "project": 2}


def test_a_sixth_type_is_ignored_with_a_warning(team: int) -> None:
    assignments = record_groups([in_groups(team, **{f"type{n}": "x" for n in range(6)}), in_groups(team, type5="y")])
    assert assignments.group_types[team] == [f"type{n}" for n in range(5)]
    assert warning_types(assignments) == ["too_many_group_types"]
    assert record_groups([groupidentify(team, "type5", "x")]).warnings
    assert not Group.objects.exists()


def test_the_index_of_a_removed_type_stays_empty(team: int) -> None:
    record_groups([in_groups(team, company="acme", team="red")])
    GroupTypeMapping.objects.filter(project_id=team, group_type="company").delete()
    assert record_groups([in_groups(team, project="x")]).group_types == {team: ["", "team", "project"]}


def test_events_in_groups_make_no_group(team: int) -> None:
    record_groups([in_groups(team, company="acme")])
    assert not Group.objects.exists()


def test_personless_events_name_no_groups(team: int) -> None:
    line = in_groups(team, company="acme")
    line.k = 1
    assert record_groups([line]) == GroupAssignments()


def test_groupidentify_makes_a_group_and_merges_its_properties(team: int) -> None:
    record_groups([groupidentify(team, "company", "acme", {"plan": "free", "seats": 3})])
    record_groups([groupidentify(team, "company", "acme", {"plan": "pro"}, minutes=1)])
    group = Group.objects.get(project_id=team)
    assert (group.group_type_index, group.group_key) == (0, "acme")
    assert group.group_properties == {"plan": "pro", "seats": 3}
    assert (group.created_at, group.version) == (datetime(2026, 1, 31, 12, tzinfo=UTC), 1)


def test_the_newest_event_wins_whenever_it_arrives(team: int) -> None:
    record_groups([groupidentify(team, "company", "acme", {"plan": "pro"}, minutes=5)])
    record_groups([groupidentify(team, "company", "acme", {"plan": "free", "seats": 3}, minutes=1)])
    group = Group.objects.get(project_id=team)
    assert group.group_properties == {"plan": "pro", "seats": 3}
    assert group.created_at == datetime(2026, 1, 31, 12, 1, tzinfo=UTC)


def test_the_same_event_again_changes_nothing(team: int) -> None:
    line = groupidentify(team, "company", "acme", {"plan": "pro"})
    record_groups([line])
    record_groups([line])
    assert Group.objects.get(project_id=team).version == 0
    assert PendingCopy.objects.count() == 1


def test_other_types_in_place_of_the_properties_are_a_warning(team: int) -> None:
    assignments = record_groups([groupidentify(team, "company", "acme", ["x"])])
    assert warning_types(assignments) == ["invalid_group_set"]
    assert Group.objects.get(project_id=team).group_properties == {}


@pytest.mark.parametrize(
    ("group_type", "group_key"), [("", "acme"), (None, "acme"), ("company", ""), ("company", None)]
)
def test_nameless_groups_are_ignored(team: int, group_type: Any, group_key: Any) -> None:
    assert record_groups([groupidentify(team, group_type, group_key)]) == GroupAssignments()


def test_numbers_as_keys_are_their_text(team: int) -> None:
    record_groups([groupidentify(team, "company", 42)])
    assert Group.objects.get(project_id=team).group_key == "42"


def test_a_key_over_400_characters_is_a_warning(team: int) -> None:
    assert warning_types(record_groups([groupidentify(team, "company", "x" * 401)])) == ["group_key_too_long"]
    assert not Group.objects.exists()


def test_properties_over_the_limit_are_refused(team: int) -> None:
    assignments = record_groups(
        [groupidentify(team, "company", "acme", {name: "x" * 300_000}, minutes=n) for n, name in enumerate("ab")]
    )
    assert warning_types(assignments) == ["group_properties_size_violation"]
    assert Group.objects.get(project_id=team).group_properties.keys() == {"a"}


def test_the_copy_in_the_event_store_is_the_newest(event_store: EventStore, team: int) -> None:
    record_groups([groupidentify(team, "company", "acme", {"plan": "free"})])
    record_groups([groupidentify(team, "company", "acme", {"plan": "pro"}, minutes=1)])
    flush(event_store)
    rows = event_store.query(
        "SELECT group_type_index, group_key, properties.plan, properties_raw FROM groups FINAL"
        " WHERE team_id = {team:Int64}",
        {"team": team},
    ).rows
    assert [(index, key, plan, json.loads(raw)) for index, key, plan, raw in rows] == [
        (0, "acme", "pro", {"plan": "pro"})
    ]


def test_projects_have_their_own_types_and_groups(team: int, project: Project) -> None:
    other = Project.objects.create(organization=project.organization, name="Other").pk
    record_groups([in_groups(team, company="acme"), in_groups(other, team="red")])
    assignments = record_groups([groupidentify(team, "company", "acme"), groupidentify(other, "company", "acme")])
    assert assignments.group_types == {team: ["company"], other: ["team", "company"]}
    assert set(Group.objects.values_list("project_id", "group_type_index")) == {(team, 0), (other, 1)}
