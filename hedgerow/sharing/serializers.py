"""How something is shared, on the wire."""

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from hedgerow.api.fields import JSONField
from hedgerow.sharing.models import SharePassword, SharingConfiguration
from hedgerow.sharing.settings import read_settings

SHORTEST_PASSWORD = 8
LONGEST_PASSWORD = 200
LONGEST_NOTE = 100
MAKER_GONE = "deleted user"


@extend_schema_field(
    {
        "type": "object",
        "properties": {
            **{
                name: {"type": "boolean"}
                for name in ("detailed", "hideExtraDetails", "legend", "noHeader", "showInspector", "whitelabel")
            },
            "theme": {"type": "string", "enum": ["light", "dark", "system"]},
        },
    }
)
class SettingsField(JSONField):
    """The choices of how something shared is shown."""

    def to_internal_value(self, data: Any) -> dict[str, Any]:
        """The known ones. Raises ValidationError."""
        try:
            return read_settings(data)
        except ValueError as error:
            raise serializers.ValidationError(str(error)) from None


class SharePasswordSerializer(serializers.ModelSerializer[SharePassword]):
    """A password without the password."""

    created_by_email = serializers.SerializerMethodField()

    class Meta:
        model = SharePassword
        fields = ["id", "created_at", "note", "created_by_email", "is_active"]
        read_only_fields = fields

    def get_created_by_email(self, password: SharePassword) -> str:
        """Who made it."""
        return password.created_by.email if password.created_by else MAKER_GONE


class SharingConfigurationSerializer(serializers.ModelSerializer[SharingConfiguration]):
    """How something is shared; of what was never shared, a row that is not stored."""

    enabled = serializers.BooleanField(required=False)
    access_token = serializers.SerializerMethodField()
    settings = SettingsField(required=False, allow_null=True)
    password_required = serializers.BooleanField(required=False)
    created_at = serializers.SerializerMethodField()
    share_passwords = serializers.SerializerMethodField()

    class Meta:
        model = SharingConfiguration
        fields = ["created_at", "enabled", "access_token", "settings", "password_required", "share_passwords"]

    @extend_schema_field(serializers.CharField(allow_null=True))
    def get_access_token(self, configuration: SharingConfiguration) -> str | None:
        """What stands at the end of the public address."""
        return configuration.access_token or None

    @extend_schema_field(serializers.DateTimeField(allow_null=True))
    def get_created_at(self, configuration: SharingConfiguration) -> Any:
        """When somebody first said something about sharing."""
        if configuration.pk is None:
            return None
        return serializers.DateTimeField().to_representation(configuration.created_at)

    @extend_schema_field(SharePasswordSerializer(many=True))
    def get_share_passwords(self, configuration: SharingConfiguration) -> list[dict[str, Any]]:
        """The passwords that open it, the newest first."""
        if configuration.pk is None:
            return []
        active = configuration.passwords.filter(is_active=True).select_related("created_by")
        return list(SharePasswordSerializer(active.order_by("-created_at", "-pk"), many=True).data)


class NewPasswordSerializer(serializers.Serializer[Any]):
    """A password to be made; without one the server makes it up."""

    raw_password = serializers.CharField(
        required=False, allow_blank=True, allow_null=True, trim_whitespace=False, max_length=LONGEST_PASSWORD
    )
    note = serializers.CharField(required=False, allow_blank=True, allow_null=True, max_length=LONGEST_NOTE)

    def validate_raw_password(self, given: str | None) -> str | None:
        """Raises ValidationError for a password that is too short."""
        if given and len(given) < SHORTEST_PASSWORD:
            raise serializers.ValidationError(f"Password must be at least {SHORTEST_PASSWORD} characters long.")
        return given


class MadePasswordSerializer(SharingConfigurationSerializer):
    """A new password in plain text, told this once, and how the object is shared."""

    id = serializers.IntegerField(read_only=True)
    password = serializers.CharField(read_only=True)
    note = serializers.CharField(read_only=True)
    created_by_email = serializers.CharField(read_only=True)

    class Meta(SharingConfigurationSerializer.Meta):
        fields = ["id", "password", "note", "created_by_email", *SharingConfigurationSerializer.Meta.fields]
