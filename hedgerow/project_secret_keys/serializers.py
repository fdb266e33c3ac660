"""A project's secret keys on the wire."""

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from hedgerow.project_secret_keys.models import ProjectSecretAPIKey
from hedgerow.project_secret_keys.rules import check_scopes


class ProjectSecretAPIKeySerializer(serializers.ModelSerializer[ProjectSecretAPIKey]):
    """A key; `value` is there only in the answer that made it, which puts it into the object as `new_value`."""

    value = serializers.SerializerMethodField("get_new_value")
    created_by = serializers.IntegerField(source="created_by_id", read_only=True, allow_null=True)
    scopes = serializers.ListField(child=serializers.CharField(max_length=100), allow_empty=False)

    class Meta:
        model = ProjectSecretAPIKey
        fields = [
            "id",
            "label",
            "value",
            "mask_value",
            "created_at",
            "created_by",
            "last_used_at",
            "last_rolled_at",
            "scopes",
        ]
        read_only_fields = ["id", "mask_value", "created_at", "last_used_at", "last_rolled_at"]

    @extend_schema_field(serializers.CharField(allow_null=True))
    def get_new_value(self, key: ProjectSecretAPIKey) -> str | None:
        """The key itself, once."""
        return getattr(key, "new_value", None)

    def validate_scopes(self, value: list[str]) -> list[str]:
        """Scopes that such a key may have."""
        return check_scopes(value)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """A label that no other key of the project has."""
        label = attrs.get("label")
        others = ProjectSecretAPIKey.objects.filter(project=self.context["project"], label=label)
        if self.instance is not None:
            others = others.exclude(pk=self.instance.pk)
        if label is not None and others.exists():
            raise serializers.ValidationError(
                {"label": f"Project secret API key with label '{label}' already exists."}, code="invalid_input"
            )
        return attrs
