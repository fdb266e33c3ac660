"""Splitting a person: distinct ids that were taken for one human become persons of their own, with their past events.

The person keeps its uuid, properties and memberships; what is known of the others comes from their new events.
"""

from collections.abc import Collection, Sequence
from datetime import UTC, datetime
from typing import Any, Final

from hedgerow.activity.recording import record_activity
from hedgerow.api.errors import ValidationError
from hedgerow.eventstore.copies import enqueue
from hedgerow.organizations.models import User
from hedgerow.persons.editing import editing_persons_at_once
from hedgerow.persons.former import new_uuids, remember
from hedgerow.persons.identity import default_person_uuid
from hedgerow.persons.models import Person, PersonDistinctId
from hedgerow.persons.property_edits import SCOPE, locked
from hedgerow.persons.records import person_copy, state_of
from hedgerow.work import jobs

MOST_AT_ONCE: Final = 1_000
"""Distinct ids that are moved before the answer; more are moved in the background."""

_VERSIONS_AHEAD: Final = 101
"""How far a new person's version is ahead of the one it was split from, and so of all that were merged into that."""


def split_off(person: Person, distinct_ids: Sequence[str], by: User | None) -> None:
    """Make each of these distinct ids a person of its own. Raises ValidationError for ids that are not the person's."""
    _split(person, list(dict.fromkeys(distinct_ids)), by, told={"distinct_ids_to_split": list(distinct_ids)})


def split_up(person: Person, main_distinct_id: str | None, by: User | None) -> None:
    """Leave the person only one distinct id, by default its first, and make each other one a person of its own.

    Raises ValidationError when the person does not have that distinct id.
    """
    own = _distinct_ids(person)
    if main_distinct_id is not None and main_distinct_id not in own:
        raise ValidationError(f"not on this person: {[main_distinct_id]}", attr="main_distinct_id")
    stays = own[0] if main_distinct_id is None and own else main_distinct_id
    _split(person, [each for each in own if each != stays], by, told={})


def move_later(person_pk: int, distinct_ids: Collection[str]) -> None:
    """Go on with a split of many distinct ids, if the person is still there."""
    with editing_persons_at_once():
        person = Person.objects.select_for_update().filter(pk=person_pk).first()
        if person is not None:
            _move_to_own_persons(person, distinct_ids)


def _split(person: Person, distinct_ids: list[str], by: User | None, told: dict[str, Any]) -> None:
    with editing_persons_at_once():
        person = locked(person)
        own = _distinct_ids(person)
        if foreign := [each for each in distinct_ids if each not in set(own)]:
            raise ValidationError(f"not on this person: {foreign}", attr="distinct_ids_to_split")
        _move_to_own_persons(person, distinct_ids[:MOST_AT_ONCE])
        for first in range(MOST_AT_ONCE, len(distinct_ids), MOST_AT_ONCE):
            later = distinct_ids[first : first + MOST_AT_ONCE]
            jobs.enqueue("persons.split", person_pk=person.pk, distinct_ids=later)
        after = {"distinct_ids": own, **told}
        record_activity(
            scope=SCOPE,
            activity="split_person",
            item_id=person.pk,
            user=by,
            project=person.project,
            name=str(person.uuid),
            changes=[{"type": SCOPE, "action": "split", "field": None, "before": None, "after": after}],
        )


def _move_to_own_persons(person: Person, distinct_ids: Collection[str]) -> None:
    """Move those of the distinct ids that the person has."""
    links = list(person.distinct_ids.filter(distinct_id__in=distinct_ids).order_by("pk"))
    uuids = new_uuids(person.project_id, [link.distinct_id for link in links])
    now = datetime.now(UTC)
    made = Person.objects.bulk_create(
        Person(
            project_id=person.project_id,
            uuid=uuid,
            created_at=now,
            version=max(person.version + _VERSIONS_AHEAD, known + 1),
        )
        for uuid, known in uuids.values()
    )
    for link, own in zip(links, made, strict=True):
        link.person = own
        link.version += 1
    PersonDistinctId.objects.bulk_update(links, ["person", "version"])
    _note_uuids(person, links)
    rows = [_link_copy(link) for link in links]
    enqueue("persons", [person_copy(state_of(own)) for own in made])
    enqueue("person_distinct_ids", [{**row, "is_deleted": 0} for row in rows])
    # Their past events may have been stored with the person, or with another one that was merged into it.
    enqueue("person_overrides", rows)


def _distinct_ids(person: Person) -> list[str]:
    return list(person.distinct_ids.order_by("pk").values_list("distinct_id", flat=True))


def _note_uuids(person: Person, links: Collection[PersonDistinctId]) -> None:
    """Note the uuids that are no longer, or never were, the default uuid of a distinct id of the one who has them."""
    others = {}
    for link in links:
        default = default_person_uuid(person.project_id, link.distinct_id)
        if default == person.uuid:
            others[person.uuid] = person.version
        if default != link.person.uuid:
            others[link.person.uuid] = link.person.version
    if others:
        remember(person.project_id, others)


def _link_copy(link: PersonDistinctId) -> dict[str, Any]:
    return {
        "team_id": link.project_id,
        "distinct_id": link.distinct_id,
        "person_id": str(link.person.uuid),
        "version": link.version,
    }
