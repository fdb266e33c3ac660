"""Random events, cut into random batches, against a plain model of the rules that obeys one event after the other."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from typing import Any

import msgspec
import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hedgerow.persons.identity import default_person_uuid
from hedgerow.persons.models import Person, PersonDistinctId
from hedgerow.persons.people import People
from hedgerow.persons.recording import record_persons
from hedgerow.projects.models import Project
from hedgerow.spool.lines import Line
from tests.persons.lines import alias, event, identify, merge

IDS = ["a", "b", "c", "d", "e", "guest"]
"""The last one is nobody's and must not be merged."""

ids = st.sampled_from(IDS)
values = st.dictionaries(st.sampled_from(["x", "y"]), st.sampled_from([1, 2, None]), max_size=2)
property_changes = st.fixed_dictionaries(
    {}, optional={"$set": values, "$set_once": values, "$unset": st.lists(st.sampled_from(["x", "y"]), max_size=1)}
)
events = st.one_of(
    st.builds(lambda one, change: event("$set", one, change), ids, property_changes),
    st.builds(lambda one: event("click", one), ids),
    st.builds(lambda one: event("click", one, personless=True), ids),
    st.builds(
        lambda one, source: event("$pageview", one, {"utm_source": source}), ids, st.sampled_from(["ads", "mail"])
    ),
    st.builds(
        lambda one, other, change: event("$identify", one, change | {"$anon_distinct_id": other}),
        ids,
        ids,
        property_changes,
    ),
    st.builds(identify, ids),
    st.builds(alias, ids, ids),
    st.builds(merge, ids, ids),
)


@dataclass(eq=False)
class Somebody:
    """A person of the model."""

    ids: set[str]
    properties: dict[str, Any] = field(default_factory=dict)
    identified: bool = False


class Model:
    """The rules written down as plainly as possible."""

    def __init__(self) -> None:
        self.persons: list[Somebody] = []

    def person(self, distinct_id: str) -> Somebody | None:
        return next((person for person in self.persons if distinct_id in person.ids), None)

    def obey(self, line: Line) -> None:
        if line.k == 1:
            return
        properties = msgspec.json.decode(line.p)
        self._merge(line.e, line.d, properties)
        person = self.person(line.d)
        if person is None:
            person = Somebody({line.d})
            self.persons.append(person)
        if line.e == "$identify" and "$anon_distinct_id" not in properties:
            person.identified = True
        for name, value in properties.get("$set_once", {}).items():
            if person.properties.get(name) is None:
                person.properties[name] = value
        person.properties.update({name: properties[name] for name in ("utm_source",) if name in properties})
        person.properties.update(properties.get("$set", {}))
        for name in properties.get("$unset", []):
            person.properties.pop(name, None)

    def _merge(self, name: str, target_id: str, properties: dict[str, Any]) -> None:
        source_id = properties.get("$anon_distinct_id" if name == "$identify" else "alias")
        if source_id is None or source_id == target_id or "guest" in (source_id, target_id):
            return
        target, source = self.person(target_id), self.person(source_id)
        if target is None or source is None:
            person = target or source
            if person is None:
                person = Somebody(set())
                self.persons.append(person)
            person.ids |= {target_id, source_id}
            person.identified = True
            return
        target.identified = True
        if source is not target and (name == "$merge_dangerously" or not source.identified):
            target.ids |= source.ids
            target.properties = source.properties | target.properties
            self.persons.remove(source)

    def seen(self) -> set[tuple[frozenset[str], str, bool]]:
        return {seen(person.ids, person.properties, person.identified) for person in self.persons}


def seen(ids: set[str], properties: dict[str, Any], identified: bool) -> tuple[frozenset[str], str, bool]:
    """What is compared: the ids of a person, its properties but for the uuid of the first event, is_identified."""
    named = sorted((name, value) for name, value in properties.items() if not name.startswith("$"))
    return frozenset(ids), repr(named), identified


def after(lines: list[Line]) -> Model:
    model = Model()
    for line in lines:
        model.obey(line)
    return model


@given(st.lists(events, max_size=25))
@settings(max_examples=300, deadline=None)
def test_events_one_after_the_other(lines: list[Line]) -> None:
    people = People()
    for line in lines:
        if line.k > 1:
            people.obey(line, msgspec.json.decode(line.p))
    assert after(lines).seen() == {
        seen({state.distinct_id for state in person.distinct_ids}, person.properties, person.is_identified)
        for person in people.persons
        if not person.merged_away
    }


@pytest.mark.django_db
@given(batches=st.lists(st.lists(events, max_size=8), max_size=5))
@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_events_cut_into_batches(
    project: Project,
    django_capture_on_commit_callbacks: Callable[..., AbstractContextManager[list[Any]]],
    batches: list[list[Line]],
) -> None:
    """The records end the same however the events were cut, and every batch is told the persons it must be stored with.

    Each batch is committed, so what is remembered of earlier ones is used.
    """
    with transaction.atomic():
        for lines in batches:
            for line in lines:
                line.t = project.pk
            with django_capture_on_commit_callbacks(execute=True):
                assignments = record_persons(lines)
            check_assignments(project, lines, assignments.person_ids)
        assert after([line for lines in batches for line in lines]).seen() == {
            seen(
                set(person.distinct_ids.values_list("distinct_id", flat=True)), person.properties, person.is_identified
            )
            for person in Person.objects.filter(project=project)
        }
        transaction.set_rollback(True)


def check_assignments(project: Project, lines: list[Line], person_ids: dict[tuple[int, str], Any]) -> None:
    persons = dict(PersonDistinctId.objects.filter(project=project).values_list("distinct_id", "person__uuid"))
    for line in lines:
        default = default_person_uuid(project.pk, line.d)
        assert person_ids.get((project.pk, line.d), default) == persons.get(line.d, default)
