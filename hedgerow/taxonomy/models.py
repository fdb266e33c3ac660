"""What is known about the events and properties of a project: their names, types and when they were seen."""

import uuid

from django.db import models


class EventDefinition(models.Model):
    """An event name. `created_at` is when the first one came in, `last_seen_at` the time of the latest event."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    project = models.ForeignKey("projects.Project", models.CASCADE, related_name="event_definitions", db_index=False)
    name = models.CharField(max_length=200)
    created_at = models.DateTimeField(null=True)
    last_seen_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["project", "name"], name="one_definition_per_event")]

    def __str__(self) -> str:
        return self.name


class PropertyDefinition(models.Model):
    """A property of a project's events, persons or groups of one type. A null `property_type` is not known yet."""

    class Type(models.TextChoices):
        """What carries the property."""

        EVENT = "event"
        PERSON = "person"
        GROUP = "group"
        SESSION = "session"

    class PropertyType(models.TextChoices):
        """How the values compare."""

        STRING = "String"
        NUMERIC = "Numeric"
        BOOLEAN = "Boolean"
        DATETIME = "DateTime"
        DURATION = "Duration"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    project = models.ForeignKey("projects.Project", models.CASCADE, related_name="property_definitions", db_index=False)
    name = models.CharField(max_length=400)
    type = models.CharField(max_length=8, choices=Type.choices, default=Type.EVENT)
    # -1 where the property is not a group's: a null would not be held unique.
    group_type_index = models.SmallIntegerField(default=-1)
    property_type = models.CharField(max_length=8, choices=PropertyType.choices, null=True, blank=True)  # noqa: DJ001
    is_numerical = models.BooleanField(default=False)
    # Of events: whether some value has been an object or an array, which takes longer to read as text.
    has_members = models.BooleanField(default=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["project", "type", "group_type_index", "name"], name="one_definition_per_property"
            )
        ]

    def __str__(self) -> str:
        return self.name


class EventProperty(models.Model):
    """A property that has been seen on an event."""

    project = models.ForeignKey("projects.Project", models.CASCADE, related_name="+", db_index=False)
    event = models.CharField(max_length=200)
    property = models.CharField(max_length=400)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["project", "event", "property"], name="one_row_per_event_and_property")
        ]
        indexes = [models.Index(fields=["project", "property"], name="events_with_a_property")]

    def __str__(self) -> str:
        return f"{self.event}: {self.property}"
