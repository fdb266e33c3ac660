"""Persons and the distinct ids they are known by."""

from uuid import uuid4

from django.db import models
from django.utils import timezone

from hedgerow.persons.fast_json import FastDecoder, FastEncoder


class Person(models.Model):
    """One human of a project, known by any number of distinct ids.

    `version` counts the changes and starts at 0. `last_seen_at` is the hour (UTC) of the latest event.
    """

    project = models.ForeignKey("projects.Project", models.CASCADE, related_name="persons")
    uuid = models.UUIDField()
    properties = models.JSONField(default=dict, encoder=FastEncoder, decoder=FastDecoder)
    is_identified = models.BooleanField(default=False)
    created_at = models.DateTimeField(default=timezone.now)
    last_seen_at = models.DateTimeField(null=True, blank=True)
    version = models.BigIntegerField(default=0)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["project", "uuid"], name="one_person_per_uuid")]
        indexes = [models.Index(fields=["project", "-created_at", "-uuid"], name="persons_newest_first")]

    def __str__(self) -> str:
        return str(self.uuid)


class PersonDistinctId(models.Model):
    """An id that events carry, and the one person it belongs to now. `version` counts the changes of person."""

    project = models.ForeignKey("projects.Project", models.CASCADE, related_name="+", db_index=False)
    distinct_id = models.CharField(max_length=400)
    person = models.ForeignKey(Person, models.CASCADE, related_name="distinct_ids")
    version = models.BigIntegerField(default=0)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["project", "distinct_id"], name="one_person_per_distinct_id")]

    def __str__(self) -> str:
        return self.distinct_id


class FormerPerson(models.Model):
    """A uuid that somebody had, and that whoever makes a person has to look at before giving it away again.

    The event store remembers persons and distinct ids up to `version`, so new ones of this uuid, and the distinct id it
    is the default uuid of, go on from there. Events received until `deleted_at` do not bring a deleted person back. The
    distinct id itself is not kept.
    """

    project = models.ForeignKey("projects.Project", models.CASCADE, related_name="+", db_index=False)
    uuid = models.UUIDField()
    version = models.BigIntegerField()
    deleted_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["project", "uuid"], name="one_former_person_per_uuid")]

    def __str__(self) -> str:
        return str(self.uuid)


class EventDeletion(models.Model):
    """The wish that all events of a person received until `created_at` be removed from the event store.

    `distinct_ids` are those the person had then; they are forgotten when the events are known to be gone, which is at
    `delete_verified_at`.
    """

    project = models.ForeignKey("projects.Project", models.CASCADE, related_name="+", db_index=False)
    person_uuid = models.UUIDField()
    distinct_ids = models.JSONField(default=list)
    created_at = models.DateTimeField(default=timezone.now)
    delete_verified_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        indexes = [models.Index(fields=["project", "-created_at", "-id"], name="event_deletions_newest_first")]

    def __str__(self) -> str:
        return f"events of {self.person_uuid}"


class PersonEdits(models.Model):
    """The one row that whoever changes persons locks first.

    The stamp is another one after each change made by anyone but the loader, which then forgets what it remembers of
    distinct ids.
    """

    stamp = models.UUIDField(default=uuid4)

    def __str__(self) -> str:
        return str(self.stamp)
