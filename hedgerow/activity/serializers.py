"""Entries of the activity log as the API gives them."""

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from hedgerow.activity.models import ActivityLog
from hedgerow.organizations.serializers import UserBasicSerializer

SYSTEM = {"first_name": "System", "email": None, "is_system": True}


class ActorSerializer(serializers.Serializer[Any]):
    """Who did something, in the log of one object."""

    first_name = serializers.CharField()
    email = serializers.EmailField(allow_null=True)
    is_system = serializers.BooleanField(required=False)


class ActivitySerializer(serializers.ModelSerializer[ActivityLog]):
    """An entry of the log of one object or one kind of objects."""

    user = serializers.SerializerMethodField()

    class Meta:
        model = ActivityLog
        fields = ["user", "activity", "scope", "item_id", "detail", "created_at"]
        read_only_fields = fields

    @extend_schema_field(ActorSerializer(allow_null=True))
    def get_user(self, entry: ActivityLog) -> dict[str, Any] | None:
        """Who did it; null when that person is gone."""
        if entry.is_system:
            return SYSTEM
        return {"first_name": entry.user.first_name, "email": entry.user.email} if entry.user else None


class ActivityLogSerializer(serializers.ModelSerializer[ActivityLog]):
    """An entry of the log of everything."""

    user = UserBasicSerializer(read_only=True, allow_null=True)
    organization_id = serializers.UUIDField(read_only=True)
    was_impersonated = serializers.SerializerMethodField()
    unread = serializers.SerializerMethodField()

    class Meta:
        model = ActivityLog
        fields = [
            *("id", "organization_id", "user", "was_impersonated", "is_system", "activity", "item_id", "scope"),
            *("detail", "created_at", "unread"),
        ]
        read_only_fields = fields

    def get_was_impersonated(self, entry: ActivityLog) -> bool:
        """Nobody can act as somebody else here."""
        return False

    def get_unread(self, entry: ActivityLog) -> bool:
        """What has been read is not kept; the log does not notify."""
        return False
