"""Random events, edits, splits and deletions in any order, against a plain model; and what the event store has then."""

import shutil
import uuid
from collections import defaultdict
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from typing import Any

import msgspec
import pytest
from django.conf import settings as django_settings
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hedgerow.eventstore.client import EventStore
from hedgerow.eventstore.copies import flush
from hedgerow.persons.deletion import delete_persons
from hedgerow.persons.identity import default_person_uuid
from hedgerow.persons.models import Person, PersonDistinctId
from hedgerow.persons.property_edits import remove_property, set_properties
from hedgerow.persons.recording import record_persons
from hedgerow.persons.splitting import split_off, split_up
from hedgerow.projects.models import Project
from hedgerow.spool.lines import Line
from tests.persons.test_merging_at_random import Model, Somebody, events, ids, seen, values

EARLY, LATE = "2000-01-01 00:00:00.000000", "9999-12-31 00:00:00.000000"


@dataclass
class Batch:
    """Events that are recorded together; each comes in before all deletions or after them."""

    lines: list[tuple[Line, bool]]


@dataclass
class Edit:
    """What is done through the API to the person of a distinct id, if there is one."""

    what: str
    distinct_id: str
    chosen: set[str] = field(default_factory=set)
    properties: dict[str, Any] = field(default_factory=dict)


steps = st.one_of(
    st.builds(Batch, st.lists(st.tuples(events, st.booleans()), min_size=1, max_size=6)),
    st.builds(Edit, st.sampled_from(["split", "split_up", "delete"]), ids, st.sets(ids)),
    st.builds(Edit, st.sampled_from(["set", "unset"]), ids, properties=values),
)


class EditedModel(Model):
    """The rules of events, and those of edits, as plainly as possible."""

    def __init__(self) -> None:
        super().__init__()
        self.deleted: set[str] = set()

    def receive(self, line: Line, early: bool) -> None:
        """An event that had come before its person was deleted brings nobody back."""
        if not (early and line.d in self.deleted and self.person(line.d) is None):
            self.obey(line)

    def edit(self, edit: Edit) -> None:
        person = self.person(edit.distinct_id)
        if person is None:
            return
        if edit.what == "delete":
            self.persons.remove(person)
            self.deleted |= person.ids
        elif edit.what == "set":
            person.properties.update(edit.properties)
        elif edit.what == "unset":
            person.properties.pop("x", None)
        else:
            leaving = person.ids & edit.chosen if edit.what == "split" else person.ids - {edit.distinct_id}
            person.ids -= leaving
            self.persons += [Somebody({each}) for each in leaving]


def do(edit: Edit, project: Project) -> None:
    """The edit, as the API does it."""
    person = Person.objects.filter(project=project, distinct_ids__distinct_id=edit.distinct_id).first()
    if person is None:
        return
    own = set(person.distinct_ids.values_list("distinct_id", flat=True))
    if edit.what == "delete":
        delete_persons(project, [person.pk], None, events=False, keep_person=False)
    elif edit.what == "set":
        set_properties(person, edit.properties, None)
    elif edit.what == "unset":
        remove_property(person, "x", None)
    elif edit.what == "split_up":
        split_up(person, edit.distinct_id, None)
    elif chosen := sorted(own & edit.chosen):
        split_off(person, chosen, None)


@pytest.mark.django_db
@given(given_steps=st.lists(steps, max_size=10))
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_events_and_edits_in_any_order(
    project: Project,
    event_store: EventStore,
    django_capture_on_commit_callbacks: Callable[..., AbstractContextManager[list[Any]]],
    given_steps: list[Batch | Edit],
) -> None:
    model = EditedModel()
    stored: defaultdict[str, set[uuid.UUID]] = defaultdict(set)
    with transaction.atomic():
        # The event store is not rolled back: each example has a project of its own.
        own = Project.objects.create(
            id=uuid.uuid4().int % 2_000_000_000 + 1_000, organization=project.organization, name="Own"
        )
        for step in given_steps:
            with django_capture_on_commit_callbacks(execute=True):
                if isinstance(step, Edit):
                    do(step, own)
                    model.edit(step)
                    continue
                for line, early in step.lines:
                    line.t, line.now = own.pk, EARLY if early else LATE
                    model.receive(line, early)
                assigned = record_persons([line for line, _ in step.lines]).person_ids
                for line, _ in step.lines:
                    stored[line.d].add(assigned.get((own.pk, line.d), default_person_uuid(own.pk, line.d)))
        flush(event_store)
        assert model.seen() == records(own)
        assert engine_persons(event_store, own) == {
            (person.uuid, plain(person.properties), person.version) for person in Person.objects.filter(project=own)
        }
        owners = dict(PersonDistinctId.objects.filter(project=own).values_list("distinct_id", "person__uuid"))
        assert engine_owners(event_store, own) == owners
        overrides = engine_overrides(event_store, own)
        for distinct_id, written in stored.items():
            counted = {overrides.get(distinct_id, person) for person in written}
            assert distinct_id not in owners or counted == {owners[distinct_id]}, distinct_id
        transaction.set_rollback(True)
    shutil.rmtree(django_settings.HEDGEROW.spool_dir / "live", ignore_errors=True)


def records(project: Project) -> set[tuple[frozenset[str], str, bool]]:
    return {
        seen(set(person.distinct_ids.values_list("distinct_id", flat=True)), person.properties, person.is_identified)
        for person in Person.objects.filter(project=project)
    }


def engine_persons(store: EventStore, project: Project) -> set[tuple[uuid.UUID, str, int]]:
    query = "SELECT id, properties_raw, version FROM persons FINAL WHERE team_id = {team:Int64} AND is_deleted = 0"
    rows = store.query(query, {"team": project.pk}).rows
    return {(person, plain(msgspec.json.decode(properties)), version) for person, properties, version in rows}


def plain(properties: dict[str, Any]) -> str:
    """Properties as text in one order, as databases keep their own."""
    return msgspec.json.encode(properties, order="sorted").decode()


def engine_owners(store: EventStore, project: Project) -> dict[str, uuid.UUID]:
    query = (
        "SELECT distinct_id, person_id FROM person_distinct_ids FINAL WHERE team_id = {team:Int64} AND NOT is_deleted"
    )
    return dict(store.query(query, {"team": project.pk}).rows)


def engine_overrides(store: EventStore, project: Project) -> dict[str, uuid.UUID]:
    query = "SELECT distinct_id, person_id FROM person_overrides FINAL WHERE team_id = {team:Int64}"
    return dict(store.query(query, {"team": project.pk}).rows)
