"""Personal API keys on the wire."""

from typing import Any
from uuid import UUID

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from hedgerow.api.access import reachable_organizations
from hedgerow.api.scopes import validate_scope
from hedgerow.api.views import is_uuid
from hedgerow.organizations.authentication import UsedKey
from hedgerow.organizations.models import Organization, PersonalAPIKey
from hedgerow.projects.models import Project
from hedgerow.projects.views import reachable_projects


class PersonalAPIKeySerializer(serializers.ModelSerializer[PersonalAPIKey]):
    """A key; `value` is there only in the answer that made it, which puts it into the object as `new_value`."""

    value = serializers.SerializerMethodField("get_new_value")
    mask_value = serializers.CharField(read_only=True, allow_null=True)
    user_id = serializers.IntegerField(read_only=True)
    scopes = serializers.ListField(child=serializers.CharField(max_length=100), allow_empty=False)
    scoped_teams = serializers.ListField(
        child=serializers.IntegerField(min_value=0, max_value=2**63 - 1), required=False, max_length=1000
    )
    scoped_organizations = serializers.ListField(
        child=serializers.CharField(max_length=100), required=False, max_length=1000
    )

    effective_projects = serializers.SerializerMethodField()
    effective_organizations = serializers.SerializerMethodField()

    class Meta:
        model = PersonalAPIKey
        fields = [
            "id",
            "label",
            "value",
            "mask_value",
            "created_at",
            "last_used_at",
            "last_rolled_at",
            "user_id",
            "scopes",
            "scoped_teams",
            "scoped_organizations",
            "effective_projects",
            "effective_organizations",
        ]
        read_only_fields = ["id", "created_at", "last_used_at", "last_rolled_at"]

    @extend_schema_field(serializers.CharField(allow_null=True))
    def get_new_value(self, key: PersonalAPIKey) -> str | None:
        """The key itself, once."""
        return getattr(key, "new_value", None)

    def get_effective_projects(self, key: PersonalAPIKey) -> list[int]:
        """The projects it opens at present."""
        return list(reachable_projects(key.user, UsedKey.of(key)).values_list("id", flat=True))

    def get_effective_organizations(self, key: PersonalAPIKey) -> list[UUID]:
        """The organizations it opens at present; none when it is narrowed to projects."""
        return [] if key.scoped_teams else reachable_organizations(key.user, UsedKey.of(key))

    def to_representation(self, instance: PersonalAPIKey) -> dict[str, Any]:
        """The key; its lists are never null, and no scopes at all mean every scope."""
        body: dict[str, Any] = super().to_representation(instance)
        body["scopes"] = instance.scopes or ["*"]
        return body

    def validate_scopes(self, value: list[str]) -> list[str]:
        """Scopes that exist."""
        return [validate_scope(scope) for scope in value]

    def validate_scoped_teams(self, value: list[int]) -> list[int]:
        """Projects of the caller's organizations."""
        projects = Project.objects.filter(organization__memberships__user=self.context["request"].user)
        if set(value) - set(projects.values_list("id", flat=True)):
            raise serializers.ValidationError("You must be a member of all teams that you are scoping the key to.")
        return value

    def validate_scoped_organizations(self, value: list[str]) -> list[str]:
        """The caller's organizations."""
        if not all(is_uuid(item) for item in value):
            raise serializers.ValidationError("Invalid organization UUID")
        organizations = Organization.objects.filter(memberships__user=self.context["request"].user)
        if {UUID(item) for item in value} - set(organizations.values_list("id", flat=True)):
            raise serializers.ValidationError(
                "You must be a member of all organizations that you are scoping the key to."
            )
        return [item.lower() for item in value]
