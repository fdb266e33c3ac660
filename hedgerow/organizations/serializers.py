"""Organizations, people, members, invites and keys on the wire."""

from typing import Any
from uuid import UUID

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from hedgerow.access.models import Role
from hedgerow.access.roles import set_default_role
from hedgerow.access.rules import visible_projects
from hedgerow.api.access import membership_level
from hedgerow.api.fields import ObjectField
from hedgerow.api.levels import Level
from hedgerow.organizations.features import PRODUCT_FEATURES
from hedgerow.organizations.models import Invite, Membership, Organization, StatsMethod, User
from hedgerow.projects.serializers import ProjectBasicSerializer

PLUGINS_ACCESS_LEVEL = 9
"""Every organization may do everything with plugins."""


class OrganizationBasicSerializer(serializers.ModelSerializer[Organization]):
    """What other objects say of an organization."""

    membership_level = serializers.SerializerMethodField()

    class Meta:
        model = Organization
        fields = ["id", "name", "slug", "logo_media_id", "membership_level", "members_can_use_personal_api_keys"]
        read_only_fields = fields

    @extend_schema_field(serializers.ChoiceField(choices=Level.choices, allow_null=True))
    def get_membership_level(self, organization: Organization) -> int | None:
        """The caller's level."""
        return membership_level(self.context["request"].user, organization.id)


class OrganizationSerializer(OrganizationBasicSerializer):
    """An organization with all its settings."""

    plugins_access_level = serializers.SerializerMethodField()
    teams = serializers.SerializerMethodField()
    projects = serializers.SerializerMethodField()
    available_product_features = serializers.SerializerMethodField()
    metadata = serializers.SerializerMethodField()
    customer_id = serializers.SerializerMethodField()
    member_count = serializers.SerializerMethodField()
    default_role_id = serializers.UUIDField(required=False, allow_null=True)
    is_active = serializers.SerializerMethodField()
    default_experiment_stats_method = serializers.ChoiceField(
        choices=StatsMethod.choices, required=False, allow_null=True, allow_blank=True
    )

    class Meta:
        model = Organization
        fields = [
            "id",
            "name",
            "slug",
            "logo_media_id",
            "created_at",
            "updated_at",
            "membership_level",
            "plugins_access_level",
            "teams",
            "projects",
            "available_product_features",
            "is_member_join_email_enabled",
            "metadata",
            "customer_id",
            "enforce_2fa",
            "members_can_invite",
            "members_can_use_personal_api_keys",
            "members_can_create_projects",
            "allow_publicly_shared_resources",
            "member_count",
            "is_ai_data_processing_approved",
            "default_experiment_stats_method",
            "default_role_id",
            "is_active",
        ]
        read_only_fields = ["id", "slug", "logo_media_id", "created_at", "updated_at"]

    @extend_schema_field(serializers.ChoiceField(choices=[0, 3, 6, 9]))
    def get_plugins_access_level(self, organization: Organization) -> int:
        """What the organization may do with plugins."""
        return PLUGINS_ACCESS_LEVEL

    @extend_schema_field(ProjectBasicSerializer(many=True))
    def get_teams(self, organization: Organization) -> list[dict[str, Any]]:
        """The same as `projects`."""
        return self.get_projects(organization)

    @extend_schema_field(ProjectBasicSerializer(many=True))
    def get_projects(self, organization: Organization) -> list[dict[str, Any]]:
        """Those of its projects that the caller may see, in brief."""
        seen = visible_projects(self.context["request"].user).filter(organization=organization)
        return list(ProjectBasicSerializer(seen.order_by("id"), many=True).data)

    def get_available_product_features(self, organization: Organization) -> list[dict[str, str]]:
        """Every feature: there are no plans."""
        return PRODUCT_FEATURES

    def get_metadata(self, organization: Organization) -> dict[str, str]:
        """How the instance is called."""
        return {"instance_tag": "none"}

    def get_customer_id(self, organization: Organization) -> str | None:
        """Nobody is billed."""
        return None

    def get_member_count(self, organization: Organization) -> int:
        """How many active people belong to it."""
        return organization.memberships.filter(user__is_active=True).count()

    def validate_default_role_id(self, value: UUID | None) -> UUID | None:
        """A role of the organization. A new one has none."""
        roles = Role.objects.filter(organization=self.instance) if self.instance else Role.objects.none()
        if value is not None and not roles.filter(pk=value).exists():
            raise serializers.ValidationError(f'Invalid pk "{value}" - object does not exist.', code="does_not_exist")
        return value

    def create(self, validated_data: dict[str, Any]) -> Organization:
        """Make it."""
        validated_data.pop("default_role_id", None)
        return super().create(validated_data)

    def update(self, instance: Organization, validated_data: dict[str, Any]) -> Organization:
        """Store what was given."""
        if "default_role_id" in validated_data:
            set_default_role(instance, validated_data.pop("default_role_id"), self.context["request"].user)
        return super().update(instance, validated_data)

    def get_is_active(self, organization: Organization) -> bool:
        """Organizations are never switched off."""
        return True


class UserBasicSerializer(serializers.ModelSerializer[User]):
    """What other objects say of a person."""

    hedgehog_config = ObjectField(read_only=True, allow_null=True)

    class Meta:
        model = User
        fields = [
            "id",
            "uuid",
            "distinct_id",
            "first_name",
            "last_name",
            "email",
            "is_email_verified",
            "hedgehog_config",
            "role_at_organization",
        ]
        read_only_fields = fields


class MembershipSerializer(serializers.ModelSerializer[Membership]):
    """A member of an organization."""

    user = UserBasicSerializer(read_only=True)
    is_2fa_enabled = serializers.SerializerMethodField()
    has_social_auth = serializers.SerializerMethodField()
    last_login = serializers.DateTimeField(source="user.last_login", read_only=True, allow_null=True)

    class Meta:
        model = Membership
        fields = ["id", "user", "level", "joined_at", "updated_at", "is_2fa_enabled", "has_social_auth", "last_login"]
        read_only_fields = ["id", "joined_at", "updated_at"]

    def get_is_2fa_enabled(self, membership: Membership) -> bool:
        """Whether a second factor is asked for."""
        return hasattr(membership.user, "two_factor")

    def get_has_social_auth(self, membership: Membership) -> bool:
        """Whether they have signed in through somebody else, such as an identity provider."""
        return bool(membership.user.external_identities.all())


class ProjectAccessSerializer(serializers.Serializer[Any]):
    """A project an invite is for."""

    id = serializers.IntegerField(min_value=1, max_value=2**63 - 1)
    level = serializers.ChoiceField(choices=["member", "admin"], default="member")


class InviteSerializer(serializers.ModelSerializer[Invite]):
    """An invite into an organization."""

    is_expired = serializers.BooleanField(read_only=True)
    created_by = UserBasicSerializer(read_only=True, allow_null=True)
    private_project_access = ProjectAccessSerializer(many=True, required=False, allow_null=True)
    send_email = serializers.BooleanField(write_only=True, default=True)
    combine_pending_invites = serializers.BooleanField(write_only=True, default=False)

    class Meta:
        model = Invite
        fields = [
            "id",
            "target_email",
            "first_name",
            "emailing_attempt_made",
            "level",
            "is_expired",
            "created_by",
            "created_at",
            "updated_at",
            "message",
            "private_project_access",
            "send_email",
            "combine_pending_invites",
        ]
        read_only_fields = ["id", "emailing_attempt_made", "created_at", "updated_at"]

    def validate_target_email(self, value: str) -> str:
        """The address with its domain in lower case."""
        local, _, domain = value.rpartition("@")
        return f"{local}@{domain.lower()}"
