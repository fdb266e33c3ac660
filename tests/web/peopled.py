"""Persons and groups as the loader would have stored them, for the pages about people."""

from datetime import UTC, datetime
from typing import Any

from hedgerow.eventstore.copies import enqueue, flush
from hedgerow.persons.identity import default_person_uuid
from hedgerow.persons.models import Person, PersonDistinctId
from hedgerow.persons.records import person_copy, state_of
from hedgerow.taxonomy.models import PropertyDefinition
from tests.web.visiting import Visitor


def make_person(visitor: Visitor, *distinct_ids: str, **properties: Any) -> Person:
    """A person with these distinct ids and properties, in the records and in the event store."""
    project = visitor.project
    person = Person.objects.create(
        project=project,
        uuid=default_person_uuid(project.pk, distinct_ids[0]),
        properties=properties,
        is_identified=True,
        created_at=datetime.now(UTC),
    )
    for distinct_id in distinct_ids:
        PersonDistinctId.objects.create(project=project, person=person, distinct_id=distinct_id)
    for name in properties:
        PropertyDefinition.objects.get_or_create(project=project, name=name, type="person")
    enqueue("persons", [person_copy(state_of(person))])
    links = [
        {
            "team_id": project.pk,
            "distinct_id": distinct_id,
            "person_id": str(person.uuid),
            "version": 0,
            "is_deleted": 0,
        }
        for distinct_id in distinct_ids
    ]
    enqueue("person_distinct_ids", links)
    flush(visitor.events.store)
    return person
