"""Groups and group types as the API gives and takes them."""

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from hedgerow.api.fields import ArrayField, JSONField, ObjectField
from hedgerow.groups.models import MOST_GROUP_TYPES, Group, GroupTypeMapping
from hedgerow.groups.recording import LONGEST_NAME


class GroupSerializer(serializers.ModelSerializer[Group]):
    """A group."""

    class Meta:
        model = Group
        fields = ["group_type_index", "group_key", "group_properties", "created_at"]
        read_only_fields = fields


class FoundGroupSerializer(GroupSerializer):
    """A group by its key."""

    notebook = serializers.SerializerMethodField()

    class Meta(GroupSerializer.Meta):
        fields = [*GroupSerializer.Meta.fields, "notebook"]
        read_only_fields = fields

    @extend_schema_field({"type": ["object", "null"]})
    def get_notebook(self, group: Group) -> None:
        """There are no notebooks."""
        return None


class GroupAddress(serializers.Serializer[Any]):
    """Which group is meant."""

    group_type_index = serializers.IntegerField(
        min_value=0,
        max_value=MOST_GROUP_TYPES - 1,
        error_messages={"required": "This query parameter is required."},
    )
    group_key = serializers.CharField(
        max_length=LONGEST_NAME, error_messages={"required": "This query parameter is required."}
    )


class NewGroupSerializer(serializers.Serializer[Any]):
    """A group to be made, or one whose properties are to be set."""

    group_type_index = serializers.IntegerField(min_value=0, max_value=MOST_GROUP_TYPES - 1)
    group_key = serializers.CharField(max_length=LONGEST_NAME)
    group_properties = ObjectField(required=False, allow_null=True, default=dict)


class PropertyValueSerializer(serializers.Serializer[Any]):
    """One property to be set."""

    key = serializers.CharField(max_length=LONGEST_NAME)
    value = JSONField()

    def to_internal_value(self, data: Any) -> Any:
        """The property; null is no value."""
        if isinstance(data, dict) and data.get("value") is None:
            data = {key: value for key, value in data.items() if key != "value"}
        return super().to_internal_value(data)


class CountedNameSerializer(serializers.Serializer[Any]):
    """A name or value, and how many groups have it."""

    name = JSONField()
    count = serializers.IntegerField()


class GroupTypeSerializer(serializers.ModelSerializer[GroupTypeMapping]):
    """A type of groups."""

    detail_dashboard = serializers.IntegerField(source="detail_dashboard_id", read_only=True, allow_null=True)
    default_columns = ArrayField(allow_null=True, required=False)

    class Meta:
        model = GroupTypeMapping
        fields = [
            *("group_type", "group_type_index", "name_singular", "name_plural", "detail_dashboard", "default_columns"),
            "created_at",
        ]
        read_only_fields = ["group_type", "group_type_index", "created_at"]


class GroupTypeNamesSerializer(serializers.Serializer[Any]):
    """What a type of groups is called."""

    group_type_index = serializers.IntegerField(min_value=0, max_value=MOST_GROUP_TYPES - 1)
    name_singular = serializers.CharField(max_length=LONGEST_NAME, allow_null=True, allow_blank=True, required=False)
    name_plural = serializers.CharField(max_length=LONGEST_NAME, allow_null=True, allow_blank=True, required=False)


class DetailDashboardSerializer(serializers.Serializer[Any]):
    """For which type a dashboard is to be made."""

    group_type_index = serializers.IntegerField(min_value=0, max_value=MOST_GROUP_TYPES - 1)


class DefaultColumnsSerializer(serializers.Serializer[Any]):
    """Which columns lists of groups of a type show."""

    group_type_index = serializers.IntegerField(min_value=0, max_value=MOST_GROUP_TYPES - 1)
    default_columns = serializers.ListField(child=serializers.CharField(max_length=1_000), max_length=100)
