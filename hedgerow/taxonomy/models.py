"""What is known about the events and properties of a project: their names, types and when they were seen."""

import uuid
from collections.abc import Callable
from typing import Any

from django.db import models


def lowered(name: str) -> str:
    """A name as it is searched for: SQLite itself knows upper and lower case of ASCII letters only."""
    return name.lower()


def own_first(name: str) -> str:
    """A name as lists are sorted: one's own names come before those that begin with `$`."""
    return f"1{name}" if name.startswith("$") else f"0{name}"


class DerivedFromName(models.TextField):  # type: ignore[type-arg]  # Django's fields take none when run
    """A text kept beside the name of a row, made of it whenever the row is written."""

    def __init__(self, derive: Callable[[str], str], **options: Any) -> None:
        super().__init__(**{**options, "editable": False})
        self.derive = derive

    def deconstruct(self) -> Any:
        """With the function."""
        name, path, positional, options = super().deconstruct()
        return name, path, positional, {**options, "derive": self.derive}

    def pre_save(self, instance: Any, add: bool) -> str:
        """Made of the name as it is now."""
        derived = self.derive(instance.name)
        setattr(instance, self.attname, derived)
        return derived


class Described(models.Model):
    """What people say of a definition. It cannot be both verified and hidden."""

    description = models.TextField(null=True, blank=True)  # noqa: DJ001 - null on the wire
    tags = models.JSONField(default=list)
    updated_at = models.DateTimeField(null=True)
    updated_by = models.ForeignKey("organizations.User", models.SET_NULL, null=True, related_name="+")
    verified = models.BooleanField(default=False)
    verified_at = models.DateTimeField(null=True)
    verified_by = models.ForeignKey("organizations.User", models.SET_NULL, null=True, related_name="+")
    hidden = models.BooleanField(default=False)

    class Meta:
        abstract = True


class EventDefinition(Described):
    """An event name. `created_at` is when the first one came in, `last_seen_at` the time of the latest event.

    `primary_property` names the most telling property of these events; tables of them show `default_columns`.
    """

    class EnforcementMode(models.TextChoices):
        """What becomes of events that do not fit the schema."""

        ALLOW = "allow"
        REJECT = "reject"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    project = models.ForeignKey("projects.Project", models.CASCADE, related_name="event_definitions", db_index=False)
    name = models.CharField(max_length=200)
    created_at = models.DateTimeField(null=True)
    created_by = models.ForeignKey("organizations.User", models.SET_NULL, null=True, related_name="+")
    search_name = DerivedFromName(lowered)
    last_seen_at = models.DateTimeField(null=True)
    owner = models.ForeignKey("organizations.User", models.SET_NULL, null=True, related_name="+")
    enforcement_mode = models.CharField(max_length=6, choices=EnforcementMode.choices, default=EnforcementMode.ALLOW)
    primary_property = models.CharField(max_length=400, null=True, blank=True)  # noqa: DJ001 - null on the wire
    default_columns = models.JSONField(default=list)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["project", "name"], name="one_definition_per_event")]

    def __str__(self) -> str:
        return self.name


class EventSchemaProperty(models.Model):
    """A property that the events of a name are meant to carry, and of which type; other properties are free."""

    class PropertyType(models.TextChoices):
        """What the values are."""

        STRING = "String"
        NUMERIC = "Numeric"
        BOOLEAN = "Boolean"
        DATETIME = "DateTime"
        ARRAY = "Array"
        OBJECT = "Object"

    event_definition = models.ForeignKey(
        EventDefinition, models.CASCADE, related_name="schema_properties", db_index=False
    )
    name = models.CharField(max_length=400)
    property_type = models.CharField(max_length=8, choices=PropertyType.choices)
    is_required = models.BooleanField(default=False)

    class Meta:
        ordering = ["name"]
        constraints = [models.UniqueConstraint(fields=["event_definition", "name"], name="one_row_per_schema_property")]

    def __str__(self) -> str:
        return self.name


class PropertyDefinition(Described):
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
    search_name = DerivedFromName(lowered)
    sort_name = DerivedFromName(own_first)
    # -1 where the property is not a group's: a null would not be held unique.
    group_type_index = models.SmallIntegerField(default=-1)
    property_type = models.CharField(max_length=8, choices=PropertyType.choices, null=True, blank=True)  # noqa: DJ001
    is_numerical = models.BooleanField(default=False)
    # Whether a person has set the type, which then stays as it is, also where it is null.
    is_type_chosen = models.BooleanField(default=False)
    # Of events: whether some value has been an object or an array, which takes longer to read as text.
    has_members = models.BooleanField(default=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["project", "type", "group_type_index", "name"], name="one_definition_per_property"
            )
        ]
        indexes = [
            models.Index(fields=["project", "type", "group_type_index", "search_name"], name="properties_searched"),
            models.Index(
                fields=["project", "type", "group_type_index", "-verified", "sort_name"], name="properties_in_order"
            ),
            models.Index(
                fields=["project"], condition=models.Q(is_type_chosen=True), name="properties_of_chosen_types"
            ),
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
