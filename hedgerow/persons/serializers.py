"""Persons as the API gives and takes them."""

from typing import Any

from rest_framework import serializers

from hedgerow.api.fields import JSONField, ObjectField
from hedgerow.persons.models import EventDeletion

MOST_DELETED = 1_000
LONGEST_NAME = 1_000


class PersonSerializer(serializers.Serializer[Any]):
    """A person as `hedgerow.persons.rows.person_detail` tells of it."""

    id = serializers.IntegerField()
    name = serializers.CharField()
    distinct_ids = serializers.ListField(child=serializers.CharField())
    properties = ObjectField()
    created_at = serializers.DateTimeField()
    uuid = serializers.UUIDField()
    last_seen_at = serializers.DateTimeField(allow_null=True)
    is_identified = serializers.BooleanField()


class PersonRowSerializer(PersonSerializer):
    """A person in a list, where the uuid is the id."""

    type = serializers.CharField()
    id = serializers.UUIDField()  # type: ignore[assignment]
    matched_recordings = serializers.ListField()
    value_at_data_point = serializers.FloatField(allow_null=True)


class _PropertiesField(ObjectField):
    default_error_messages = {"not_an_object": 'Expected a dictionary of items but got type "{input_type}".'}

    def to_internal_value(self, data: Any) -> Any:
        if not isinstance(data, dict):
            self.fail("not_an_object", input_type=type(data).__name__)
        return super().to_internal_value(data)


class PropertiesSerializer(serializers.Serializer[Any]):
    """Properties to be set."""

    properties = _PropertiesField()


class PropertySerializer(serializers.Serializer[Any]):
    """One property to be set."""

    key = serializers.CharField(max_length=LONGEST_NAME, trim_whitespace=False)
    value = JSONField()

    def to_internal_value(self, data: Any) -> Any:
        """The property; null is no value."""
        if isinstance(data, dict) and data.get("value") is None:
            data = {key: value for key, value in data.items() if key != "value"}
        return super().to_internal_value(data)


class DeletionSerializer(serializers.Serializer[Any]):
    """Which persons are to be deleted, and what of theirs."""

    ids = serializers.ListField(child=serializers.UUIDField(), required=False, allow_null=True)
    distinct_ids = serializers.ListField(
        child=serializers.CharField(trim_whitespace=False), required=False, allow_null=True
    )
    delete_events = serializers.BooleanField(default=False)
    delete_recordings = serializers.BooleanField(default=False)
    keep_person = serializers.BooleanField(default=False)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Persons are named in one way, and not too many."""
        named = [name for name in ("ids", "distinct_ids") if attrs.get(name)]
        if len(named) > 1:
            raise serializers.ValidationError("You must provide either distinct_ids or ids, not both")
        if not named:
            raise serializers.ValidationError("You need to specify either distinct_ids or ids")
        if len(attrs[named[0]]) > MOST_DELETED:
            raise serializers.ValidationError(f"You can only pass {MOST_DELETED} {named[0]} in one call")
        return attrs


class DeletionFlagsSerializer(serializers.Serializer[Any]):
    """What of a person is to be deleted, in the query of a request; a flag without a value is set."""

    delete_events = serializers.BooleanField(default=False)
    delete_recordings = serializers.BooleanField(default=False)
    keep_person = serializers.BooleanField(default=False)


class DeletionSummarySerializer(serializers.Serializer[Any]):
    """What became of a request to delete persons."""

    persons_found = serializers.IntegerField()
    persons_deleted = serializers.IntegerField()
    events_queued_for_deletion = serializers.BooleanField()
    recordings_queued_for_deletion = serializers.BooleanField()
    deletion_errors = serializers.ListField(child=ObjectField())


class DeletionStatusSerializer(serializers.ModelSerializer[EventDeletion]):
    """Whether the events of a person are gone yet."""

    status = serializers.SerializerMethodField()

    class Meta:
        model = EventDeletion
        fields = ["person_uuid", "created_at", "status", "delete_verified_at"]
        read_only_fields = fields

    def get_status(self, deletion: EventDeletion) -> str:
        """`completed` once they are known to be gone."""
        return "pending" if deletion.delete_verified_at is None else "completed"


class DoneSerializer(serializers.Serializer[Any]):
    """It is done."""

    success = serializers.BooleanField()


class DistinctIdsSerializer(serializers.Serializer[Any]):
    """Distinct ids to be looked up."""

    distinct_ids = serializers.ListField(
        child=serializers.CharField(trim_whitespace=False, allow_blank=True), required=False
    )
