"""Subscriptions on the wire. Their context has, beside the request, the `project`."""

from datetime import UTC, datetime
from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from hedgerow.access.objects import not_hidden
from hedgerow.dashboards.models import Dashboard
from hedgerow.organizations.serializers import UserBasicSerializer
from hedgerow.saved_insights.models import Insight
from hedgerow.subscriptions.models import Subscription
from hedgerow.subscriptions.naming import resource_name
from hedgerow.subscriptions.recurrence import WEEKDAYS, summary
from hedgerow.subscriptions.rules import check_resource, check_summary, checked_integration, checked_target
from hedgerow.subscriptions.saving import change_subscription, create_subscription

MOST_INTERVAL = 1_000
MOST_COUNT = 2**31 - 1
MOST_POSITION = 366
LONGEST_TARGET = 20_000
EARLIEST = datetime(1970, 1, 1, tzinfo=UTC)


@extend_schema_field({"type": "array", "items": {"type": "integer"}})
class InsightIdsField(serializers.Field[Any, Any, Any, Any]):
    """Ids of insights, each once."""

    default_error_messages = {
        "not_a_list": "Expected a list of insight IDs.",
        "not_integers": "All items must be integers.",
    }

    def to_internal_value(self, data: Any) -> list[int]:
        """The ids in the order given. Raises ValidationError."""
        if not isinstance(data, list):
            raise serializers.ValidationError(self.error_messages["not_a_list"])
        if not all(type(item) is int for item in data):
            raise serializers.ValidationError(self.error_messages["not_integers"])
        return list(dict.fromkeys(data))

    def to_representation(self, value: list[int]) -> list[int]:
        """As stored."""
        return value


class InviteMessageField(serializers.CharField):
    """Goes with the invitation and is not told again."""

    def get_attribute(self, instance: Subscription) -> None:
        """Null in answers."""
        return None


class SubscriptionSerializer(serializers.ModelSerializer[Subscription]):
    """A subscription."""

    insight_short_id = serializers.CharField(source="insight.short_id", read_only=True, allow_null=True, default=None)
    resource_name = serializers.SerializerMethodField()
    dashboard_export_insights = InsightIdsField(required=False)
    target_value = serializers.CharField(max_length=LONGEST_TARGET)
    interval = serializers.IntegerField(min_value=1, max_value=MOST_INTERVAL, required=False)
    byweekday = serializers.ListField(child=serializers.ChoiceField(choices=WEEKDAYS), required=False, allow_null=True)
    bysetpos = serializers.IntegerField(required=False, allow_null=True)
    count = serializers.IntegerField(min_value=1, max_value=MOST_COUNT, required=False, allow_null=True)
    created_by = UserBasicSerializer(read_only=True, allow_null=True)
    summary = serializers.SerializerMethodField()
    integration_id = serializers.IntegerField(required=False, allow_null=True)
    invite_message = InviteMessageField(required=False, allow_null=True, allow_blank=True)

    class Meta:
        model = Subscription
        fields = [
            *("id", "dashboard", "insight", "insight_short_id", "resource_name", "dashboard_export_insights"),
            *("target_type", "target_value", "frequency", "interval", "byweekday", "bysetpos", "count", "start_date"),
            *("until_date", "created_at", "created_by", "deleted", "title", "summary", "next_delivery_date"),
            *("integration_id", "invite_message", "summary_enabled", "summary_prompt_guide", "enabled"),
        ]
        read_only_fields = ["id", "created_at", "next_delivery_date"]

    def get_fields(self) -> dict[str, Any]:
        """With what is not deleted, and the person may see, as what can be subscribed to."""
        fields: dict[str, Any] = super().get_fields()
        fields["dashboard"].queryset = not_hidden(Dashboard.objects.filter(deleted=False), self.context)
        fields["insight"].queryset = not_hidden(Insight.objects.filter(deleted=False), self.context)
        return fields

    @extend_schema_field(serializers.CharField(allow_null=True))
    def get_resource_name(self, subscription: Subscription) -> str | None:
        """What its insight or dashboard is called."""
        return resource_name(subscription)

    def get_summary(self, subscription: Subscription) -> str:
        """When it is sent, in words."""
        return summary(subscription)

    def validate_byweekday(self, days: list[str] | None) -> list[str] | None:
        """Each day once."""
        return None if days is None else list(dict.fromkeys(days))

    def validate_bysetpos(self, position: int | None) -> int | None:
        """A place in a month or a year. Raises ValidationError."""
        if position is not None and not 1 <= abs(position) <= MOST_POSITION:
            raise serializers.ValidationError("bysetpos must be between 1 and 366, or between -366 and -1.")
        return position

    def validate_start_date(self, start: datetime) -> datetime:
        """No earlier than there is anything to report. Raises ValidationError."""
        if start < EARLIEST:
            raise serializers.ValidationError("start_date must not be before 1970.")
        return start

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """The request with everything checked that can be, before anything is written.

        Raises ValidationError and PermissionDenied.
        """
        project = self.context["project"]
        draft = Subscription(project=project)
        if self.instance is None:
            attrs.pop("deleted", None)
        else:
            for field in Subscription._meta.concrete_fields:
                setattr(draft, field.attname, getattr(self.instance, field.attname))
        for name, value in attrs.items():
            if name not in ("invite_message", "integration_id"):
                setattr(draft, name, value)
        check_resource(draft, attrs, project)
        if "integration_id" in attrs or "target_type" in attrs:
            wanted = attrs.pop("integration_id", draft.integration_id)
            attrs["integration"] = checked_integration(wanted, draft.target_type, project)
        if "target_value" in attrs or "target_type" in attrs:
            attrs["target_value"] = checked_target(draft.target_type, draft.target_value)
        if attrs.get("summary_enabled"):
            check_summary(project)
        return attrs

    def create(self, validated_data: dict[str, Any]) -> Subscription:
        """Make it."""
        message = validated_data.pop("invite_message", None) or ""
        subscription = Subscription(project=self.context["project"], **validated_data)
        return create_subscription(subscription, self.context["request"].user, invite_message=message)

    def update(self, instance: Subscription, validated_data: dict[str, Any]) -> Subscription:
        """Change it."""
        message = validated_data.pop("invite_message", None) or ""
        return change_subscription(instance, validated_data, self.context["request"].user, invite_message=message)


class SummaryQuotaSerializer(serializers.Serializer[Any]):
    """How many subscriptions have a summary written; there is no limit."""

    active_count = serializers.IntegerField()
    limit = serializers.IntegerField(allow_null=True)
    at_limit = serializers.BooleanField()


class UnsubscribedSerializer(serializers.Serializer[Any]):
    """Whether a link was good."""

    success = serializers.BooleanField()
