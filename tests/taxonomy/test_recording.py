"""Event definitions made from a batch of events."""

from datetime import UTC, datetime

import pytest

from hedgerow.projects.models import Project
from hedgerow.taxonomy.models import EventDefinition
from hedgerow.taxonomy.recording import record_event_names
from tests.persons.lines import event

NOON = datetime(2026, 1, 31, 12, tzinfo=UTC)


@pytest.fixture
def team(project: Project) -> int:
    return project.pk


def last_seen(team: int, name: str) -> datetime | None:
    return EventDefinition.objects.get(project_id=team, name=name).last_seen_at


def test_each_new_name_gets_a_definition(team: int) -> None:
    record_event_names([event("a", "u", team=team), event("b", "u", team=team), event("a", "u", team=team, minutes=3)])
    definitions = EventDefinition.objects.filter(project_id=team).order_by("name")
    assert [(one.name, one.created_at) for one in definitions] == [("a", NOON), ("b", NOON)]
    assert last_seen(team, "a") == NOON.replace(minute=3)


def test_later_events_move_on_when_it_was_last_seen(team: int) -> None:
    record_event_names([event("a", "u", team=team)])
    record_event_names([event("a", "u", team=team, minutes=10)])
    assert last_seen(team, "a") == NOON.replace(minute=10)
    assert EventDefinition.objects.get(project_id=team).created_at == NOON


def test_steps_of_less_than_a_minute_are_not_written(team: int) -> None:
    record_event_names([event("a", "u", team=team)])
    record_event_names([event("a", "u", team=team, minutes=0.5)])
    assert last_seen(team, "a") == NOON


def test_events_of_the_past_do_not_move_it_back(team: int) -> None:
    record_event_names([event("a", "u", team=team)])
    record_event_names([event("a", "u", team=team, minutes=-600)])
    assert last_seen(team, "a") == NOON


def test_a_definition_made_by_hand_learns_of_its_first_event(team: int) -> None:
    EventDefinition.objects.create(project_id=team, name="planned")
    record_event_names([event("planned", "u", team=team)])
    definition = EventDefinition.objects.get(project_id=team)
    assert (definition.created_at, definition.last_seen_at) == (NOON, NOON)


def test_a_deleted_definition_comes_back_with_the_next_event(team: int) -> None:
    record_event_names([event("a", "u", team=team)])
    EventDefinition.objects.all().delete()
    record_event_names([event("a", "u", team=team)])
    assert last_seen(team, "a") == NOON


def test_names_over_200_characters_get_none(team: int) -> None:
    record_event_names([event("x" * 200, "u", team=team), event("y" * 201, "u", team=team)])
    assert EventDefinition.objects.get(project_id=team).name == "x" * 200


def test_projects_have_their_own(team: int, project: Project) -> None:
    other = Project.objects.create(organization=project.organization, name="Other").pk
    record_event_names([event("a", "u", team=team), event("a", "u", team=other), event("b", "u", team=other)])
    assert EventDefinition.objects.filter(project_id=other).count() == 2
    assert EventDefinition.objects.filter(project_id=team).count() == 1
