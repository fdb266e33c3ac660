"""Event and property definitions as the API gives and takes them."""

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from hedgerow.api.errors import ValidationError
from hedgerow.api.fields import TagsField
from hedgerow.organizations.models import User
from hedgerow.organizations.serializers import UserBasicSerializer
from hedgerow.taxonomy.models import EventDefinition, EventSchemaProperty, PropertyDefinition
from hedgerow.taxonomy.recording import LONGEST_EVENT_NAME
from hedgerow.taxonomy.sightings import LONGEST_PROPERTY_NAME

MOST_COLUMNS = 100
MOST_SCHEMA_PROPERTIES = 1_000
MOST_AT_ONCE = 500
"""Definitions one request can change."""


class _DescribedSerializer(serializers.ModelSerializer[Any]):
    """What event and property definitions have in common. Its context has the `project`."""

    tags = TagsField(required=False)
    description = serializers.CharField(required=False, allow_null=True, allow_blank=True, trim_whitespace=False)
    updated_by = UserBasicSerializer(read_only=True, allow_null=True)
    verified_by = UserBasicSerializer(read_only=True, allow_null=True)

    def validate(self, fields: dict[str, Any]) -> dict[str, Any]:
        """Nothing is both verified and hidden."""
        if fields.get("hidden") and fields.get("verified"):
            raise ValidationError(f"{self.called} cannot be both hidden and verified")
        return fields

    called: str


class _OwnerField(serializers.PrimaryKeyRelatedField[User]):
    """A member of the project's organization, by id."""

    def get_queryset(self) -> Any:
        """The members."""
        project = self.context.get("project")
        return User.objects.filter(organizations=project.organization_id) if project else User.objects.none()


class EventDefinitionSerializer(_DescribedSerializer):
    """An event definition."""

    called = "An event"

    name = serializers.CharField(max_length=LONGEST_EVENT_NAME, trim_whitespace=False)
    owner = _OwnerField(required=False, allow_null=True)
    created_by = UserBasicSerializer(read_only=True, allow_null=True)
    last_updated_at = serializers.DateTimeField(source="updated_at", read_only=True, allow_null=True)
    primary_property = serializers.CharField(
        required=False, allow_null=True, max_length=LONGEST_PROPERTY_NAME, trim_whitespace=False
    )
    default_columns = serializers.ListField(
        child=serializers.CharField(max_length=1_000), max_length=MOST_COLUMNS, required=False
    )
    is_action = serializers.SerializerMethodField()
    action_id = serializers.SerializerMethodField()
    is_calculating = serializers.SerializerMethodField()
    last_calculated_at = serializers.SerializerMethodField()
    post_to_slack = serializers.SerializerMethodField()
    media_preview_urls = serializers.SerializerMethodField()

    class Meta:
        model = EventDefinition
        fields = [
            *("id", "name", "owner", "description", "tags", "created_at", "updated_at", "updated_by", "last_seen_at"),
            *("last_updated_at", "verified", "verified_at", "verified_by", "hidden", "enforcement_mode", "is_action"),
            *("action_id", "is_calculating", "last_calculated_at", "created_by", "post_to_slack", "default_columns"),
            *("media_preview_urls", "primary_property"),
        ]
        read_only_fields = ["id", "created_at", "updated_at", "last_seen_at", "verified_at"]

    def get_is_action(self, definition: EventDefinition) -> bool:
        """What tells an event from an action in lists of both."""
        return False

    @extend_schema_field(serializers.IntegerField(allow_null=True))
    def get_action_id(self, definition: EventDefinition) -> None:
        """An event is no action."""
        return None

    def get_is_calculating(self, definition: EventDefinition) -> bool:
        """There is nothing to calculate."""
        return False

    @extend_schema_field(serializers.DateTimeField(allow_null=True))
    def get_last_calculated_at(self, definition: EventDefinition) -> None:
        """There is nothing to calculate."""
        return None

    def get_post_to_slack(self, definition: EventDefinition) -> bool:
        """Only actions can be posted."""
        return False

    @extend_schema_field(serializers.ListField(child=serializers.CharField()))
    def get_media_preview_urls(self, definition: EventDefinition) -> list[str]:
        """No pictures are kept of events."""
        return []

    def validate_name(self, name: str) -> str:
        """One that no definition of the project has yet; it stays for good."""
        if isinstance(self.instance, EventDefinition):
            if name != self.instance.name:
                raise ValidationError("`name` cannot be changed: it is what the events carry.")
        elif EventDefinition.objects.filter(project=self.context["project"], name=name).exists():
            raise ValidationError(f"Event definition with name '{name}' already exists", code="unique")
        return name


class PropertyTypeField(serializers.ChoiceField):
    """How values compare; an empty text is none."""

    def to_internal_value(self, data: Any) -> Any:
        """The type, or None."""
        return None if data == "" else super().to_internal_value(data)


class PropertyDefinitionSerializer(_DescribedSerializer):
    """A property definition."""

    called = "A property"

    property_type = PropertyTypeField(
        choices=PropertyDefinition.PropertyType.choices, required=False, allow_null=True, allow_blank=True
    )
    is_seen_on_filtered_events = serializers.SerializerMethodField(
        help_text="Whether it has been seen on the events asked for; null if none were."
    )

    class Meta:
        model = PropertyDefinition
        fields = [
            *("id", "name", "description", "tags", "is_numerical", "updated_at", "updated_by"),
            *("is_seen_on_filtered_events", "property_type", "verified", "verified_at", "verified_by", "hidden"),
        ]
        read_only_fields = ["id", "name", "updated_at", "verified_at"]

    @extend_schema_field(serializers.BooleanField(allow_null=True))
    def get_is_seen_on_filtered_events(self, definition: PropertyDefinition) -> bool | None:
        """What the list has found out."""
        seen: bool | None = getattr(definition, "is_seen_on_filtered_events", None)
        return seen


class SchemaPropertySerializer(serializers.ModelSerializer[EventSchemaProperty]):
    """A property an event is meant to carry."""

    name = serializers.CharField(max_length=LONGEST_PROPERTY_NAME, trim_whitespace=False)
    property_type = serializers.ChoiceField(choices=EventSchemaProperty.PropertyType.choices)
    is_required = serializers.BooleanField(default=False)

    class Meta:
        model = EventSchemaProperty
        fields = ["name", "property_type", "is_required"]


class SchemaSerializer(serializers.Serializer[Any]):
    """The properties that the events of a name are meant to carry; they may carry others as well."""

    properties = SchemaPropertySerializer(many=True, max_length=MOST_SCHEMA_PROPERTIES)  # type: ignore[call-arg]

    def validate_properties(self, properties: list[dict[str, Any]]) -> list[dict[str, Any]]:
        """Each is named once."""
        names = [each["name"] for each in properties]
        if len(set(names)) < len(names):
            twice = next(name for name in names if names.count(name) > 1)
            raise ValidationError(f"The property '{twice}' is named twice.", code="unique")
        return sorted(properties, key=lambda each: each["name"])


class EventMetricsSerializer(serializers.Serializer[Any]):
    """How much an event is used."""

    query_usage_30_day = serializers.IntegerField(help_text="Queries of the last 30 days that name the event.")
    volume_30_day = serializers.IntegerField(help_text="Events of the last 30 days.")
    last_seen_at = serializers.DateTimeField(allow_null=True)
    insights = serializers.IntegerField(help_text="Saved insights that name the event.")


class TypeFitSerializer(serializers.Serializer[Any]):
    """How many values of a property were looked at, and which share of them fits each type, from 0 to 1."""

    values = serializers.IntegerField()
    fits = serializers.DictField(child=serializers.FloatField())


class EventByNameSerializer(EventDefinitionSerializer):
    """An event definition with what is known of its properties."""

    event = serializers.CharField(source="name", read_only=True)
    elements = serializers.SerializerMethodField()
    properties = serializers.SerializerMethodField()

    class Meta(EventDefinitionSerializer.Meta):
        fields = [*EventDefinitionSerializer.Meta.fields, "event", "elements", "properties"]

    @extend_schema_field(serializers.ListField())
    def get_elements(self, definition: EventDefinition) -> list[Any]:
        """A definition has no elements; events have."""
        return []

    @extend_schema_field({"type": "object", "additionalProperties": {"type": ["string", "null"]}})
    def get_properties(self, definition: EventDefinition) -> dict[str, str | None]:
        """The names of the properties seen on the event, with their types."""
        properties: dict[str, str | None] = self.context["properties"]
        return properties


class BulkTagsSerializer(serializers.Serializer[Any]):
    """Tags to be added to, removed from, or set for several events."""

    ids = serializers.ListField(child=serializers.CharField(), allow_empty=False, max_length=MOST_AT_ONCE)
    action = serializers.ChoiceField(choices=["add", "remove", "set"])
    tags = TagsField()


class BulkVerifiedSerializer(serializers.Serializer[Any]):
    """Whether several events are verified."""

    ids = serializers.ListField(child=serializers.CharField(), allow_empty=False, max_length=MOST_AT_ONCE)
    verified = serializers.BooleanField()
