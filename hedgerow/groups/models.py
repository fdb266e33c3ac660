"""Groups (a company, a team …) and their types."""

from django.core.validators import MaxValueValidator
from django.db import models
from django.utils import timezone

from hedgerow.persons.fast_json import FastDecoder, FastEncoder

MOST_GROUP_TYPES = 5
"""Group types a project can have; further ones are ignored."""


class GroupTypeMapping(models.Model):
    """A kind of group of a project. Its index, given in the order of first use, names the column of the events."""

    project = models.ForeignKey("projects.Project", models.CASCADE, related_name="group_types", db_index=False)
    group_type = models.CharField(max_length=400)
    group_type_index = models.PositiveSmallIntegerField(validators=[MaxValueValidator(MOST_GROUP_TYPES - 1)])
    name_singular = models.CharField(max_length=400, null=True, blank=True)  # noqa: DJ001 - null on the wire
    name_plural = models.CharField(max_length=400, null=True, blank=True)  # noqa: DJ001 - null on the wire
    default_columns = models.JSONField(null=True)
    """Columns shown of its groups in lists; None where nobody has chosen any."""
    detail_dashboard = models.ForeignKey("dashboards.Dashboard", models.SET_NULL, null=True, related_name="+")
    """What is shown with each of its groups."""
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["project", "group_type"], name="one_index_per_group_type"),
            models.UniqueConstraint(fields=["project", "group_type_index"], name="one_group_type_per_index"),
        ]

    def __str__(self) -> str:
        return self.group_type


class Group(models.Model):
    """One group and its properties.

    `properties_last_updated_at` holds the time of the event that last set each property, so that events which arrive
    late do not undo newer ones.
    """

    project = models.ForeignKey("projects.Project", models.CASCADE, related_name="groups", db_index=False)
    group_type_index = models.PositiveSmallIntegerField(validators=[MaxValueValidator(MOST_GROUP_TYPES - 1)])
    group_key = models.CharField(max_length=400)
    group_properties = models.JSONField(default=dict, encoder=FastEncoder, decoder=FastDecoder)
    properties_last_updated_at = models.JSONField(default=dict, encoder=FastEncoder, decoder=FastDecoder)
    created_at = models.DateTimeField(default=timezone.now)
    version = models.BigIntegerField(default=0)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["project", "group_type_index", "group_key"], name="one_group_per_key")
        ]
        indexes = [
            models.Index(fields=["project", "group_type_index", "-created_at", "-id"], name="groups_newest_first"),
        ]

    def __str__(self) -> str:
        return self.group_key
