"""Deleting persons: they, their distinct ids and their memberships go at once, their events in the background."""

from collections import defaultdict
from collections.abc import Collection
from datetime import UTC, datetime
from uuid import UUID

from hedgerow.activity.recording import record_activity
from hedgerow.eventstore.copies import enqueue
from hedgerow.organizations.models import User
from hedgerow.persons.editing import editing_persons_at_once
from hedgerow.persons.former import remember
from hedgerow.persons.identity import default_person_uuid
from hedgerow.persons.models import EventDeletion, Person, PersonDistinctId
from hedgerow.persons.property_edits import SCOPE
from hedgerow.persons.records import chunks, person_copy, state_of
from hedgerow.persons.signals import persons_deleted
from hedgerow.projects.models import Project
from hedgerow.recordings.removing import remove_recordings_of
from hedgerow.work import jobs


def delete_persons(
    project: Project,
    person_pks: Collection[int],
    by: User | None,
    *,
    events: bool = False,
    recordings: bool = False,
    keep_person: bool = False,
) -> int:
    """Delete persons of the project, or with `keep_person` only what else is asked for; how many there were.

    With `events` their events received so far are removed, too, and with `recordings` what was recorded of their
    sessions; without they stay and count as before. A distinct id that is seen again makes a person of the same uuid,
    which has nothing of the old one.
    """
    now = datetime.now(UTC)
    count = 0
    with editing_persons_at_once():
        for chunk in chunks(person_pks):
            persons = list(Person.objects.filter(project=project, pk__in=chunk).order_by("pk").select_for_update())
            links = _links(persons)
            count += len(persons)
            if events:
                _ask_for_deletion(persons, links, now)
            if recordings:
                remove_recordings_of(project, [link.distinct_id for each in links.values() for link in each], by)
            if not keep_person:
                _delete(project, persons, links, now)
            for person in persons:
                for activity in _activities(events, recordings, keep_person):
                    _note(activity, project, person, by)
    return count


def _activities(events: bool, recordings: bool, keep_person: bool) -> list[str]:
    """What the log says of a person: that it was deleted, or what of it."""
    if not keep_person:
        return ["deleted"]
    return [name for name, was_asked in (("deleted_events", events), ("deleted_recordings", recordings)) if was_asked]


def _links(persons: Collection[Person]) -> dict[int, list[PersonDistinctId]]:
    links = defaultdict(list)
    for link in PersonDistinctId.objects.filter(person__in=[person.pk for person in persons]).order_by("pk"):
        links[link.person_id].append(link)
    return links


def _ask_for_deletion(persons: Collection[Person], links: dict[int, list[PersonDistinctId]], now: datetime) -> None:
    EventDeletion.objects.bulk_create(
        EventDeletion(
            project_id=person.project_id,
            person_uuid=person.uuid,
            distinct_ids=[link.distinct_id for link in links[person.pk]],
            created_at=now,
        )
        for person in persons
    )
    jobs.enqueue("persons.delete_events", unless_waiting=True)


def _delete(
    project: Project,
    persons: Collection[Person],
    links: dict[int, list[PersonDistinctId]],
    now: datetime,
) -> None:
    persons_deleted.send(Person, person_pks=[person.pk for person in persons])
    versions: dict[UUID, int] = {}
    gone = []
    for person in persons:
        person.version += 1
        versions[person.uuid] = max(person.version, versions.get(person.uuid, 0))
        for link in links[person.pk]:
            link.version += 1
            default = default_person_uuid(project.pk, link.distinct_id)
            versions[default] = max(person.version, link.version, versions.get(default, 0))
            gone.append(
                {
                    "team_id": project.pk,
                    "distinct_id": link.distinct_id,
                    "person_id": str(person.uuid),
                    "version": link.version,
                    "is_deleted": 1,
                }
            )
    remember(project.pk, versions, deleted_at=now)
    enqueue("persons", [person_copy(state_of(person), is_deleted=True) for person in persons])
    enqueue("person_distinct_ids", gone)
    Person.objects.filter(pk__in=[person.pk for person in persons]).delete()


def _note(activity: str, project: Project, person: Person, by: User | None) -> None:
    record_activity(
        scope=SCOPE,
        activity=activity,
        item_id=person.pk,
        user=by,
        project=project,
        name=str(person.uuid),
    )
