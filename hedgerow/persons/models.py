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


class PersonEdits(models.Model):
    """The one row that whoever changes persons locks first.

    The stamp is another one after each change made by anyone but the loader, which then forgets what it remembers of
    distinct ids.
    """

    stamp = models.UUIDField(default=uuid4)

    def __str__(self) -> str:
        return str(self.stamp)
