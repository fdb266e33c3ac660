"""Integrations on the wire. What opens a service is taken, and never told."""

from typing import Any

from rest_framework import serializers

from hedgerow.api.fields import ObjectField
from hedgerow.integrations.models import Integration
from hedgerow.integrations.naming import display_name
from hedgerow.organizations.serializers import UserBasicSerializer

LONGEST_TOKEN = 1_000


class TokenField(serializers.RegexField):
    """A token, which goes into the head of requests: printable ASCII without blanks."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(r"^[!-~]+\Z", max_length=LONGEST_TOKEN, **kwargs)


class IntegrationSerializer(serializers.ModelSerializer[Integration]):
    """An integration as it is told."""

    config = ObjectField(read_only=True)
    created_by = UserBasicSerializer(read_only=True, allow_null=True)
    display_name = serializers.SerializerMethodField()

    class Meta:
        model = Integration
        fields = ["id", "kind", "config", "created_at", "created_by", "errors", "display_name"]
        read_only_fields = fields

    def get_display_name(self, integration: Integration) -> str:
        """What people call it."""
        return display_name(integration)


class NewSecretsSerializer(serializers.Serializer[Any]):
    """What opens the service."""

    access_token = TokenField()


class NewIntegrationSerializer(serializers.Serializer[Any]):
    """What a new one is made of. The token stands in `access_token`, or in `secrets`."""

    kind = serializers.ChoiceField(choices=Integration.Kind.choices)
    config = ObjectField(required=False)
    access_token = TokenField(required=False)
    secrets = NewSecretsSerializer(required=False)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """With the token in one place. Raises ValidationError."""
        token = attrs.get("access_token") or attrs.get("secrets", {}).get("access_token")
        if not token:
            raise serializers.ValidationError(
                {"access_token": self.fields["access_token"].error_messages["required"]}, code="required"
            )
        return {"kind": attrs["kind"], "config": attrs.get("config", {}), "access_token": token}


class ChannelSerializer(serializers.Serializer[Any]):
    """A channel of Slack."""

    id = serializers.CharField()
    name = serializers.CharField()
    is_private = serializers.BooleanField()
    is_member = serializers.BooleanField()
    is_ext_shared = serializers.BooleanField()


class ChannelsSerializer(serializers.Serializer[Any]):
    """The channels that something can be sent to."""

    channels = ChannelSerializer(many=True)
