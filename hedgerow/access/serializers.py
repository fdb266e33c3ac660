"""Roles and access rules on the wire."""

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from hedgerow.access.models import AccessControl, Role, RoleMembership
from hedgerow.access.rules import OBJECTS
from hedgerow.organizations.serializers import MembershipSerializer, UserBasicSerializer


class RoleMembershipSerializer(serializers.ModelSerializer[RoleMembership]):
    """That a member has a role."""

    role_id = serializers.UUIDField(read_only=True)
    organization_member = MembershipSerializer(source="membership", read_only=True)
    user = UserBasicSerializer(source="membership.user", read_only=True)

    class Meta:
        model = RoleMembership
        fields = ["id", "role_id", "organization_member", "user", "joined_at", "updated_at"]
        read_only_fields = fields


class NewRoleMembershipSerializer(serializers.Serializer[Any]):
    """Who is to have a role."""

    user_uuid = serializers.CharField(max_length=36)


class RoleSerializer(serializers.ModelSerializer[Role]):
    """A role with those who have it. Who made it is not told: clients expect null."""

    name = serializers.CharField(max_length=200)
    created_by = serializers.SerializerMethodField()
    members = serializers.SerializerMethodField()

    class Meta:
        model = Role
        fields = ["id", "name", "created_at", "created_by", "members", "is_default"]
        read_only_fields = ["id", "created_at", "is_default"]

    @extend_schema_field(serializers.CharField(allow_null=True))
    def get_created_by(self, role: Role) -> None:
        """Always null."""
        return None

    @extend_schema_field(RoleMembershipSerializer(many=True))
    def get_members(self, role: Role) -> Any:
        """Those who have it, the first ones first."""
        active = [given for given in role.memberships.all() if given.membership.user.is_active]
        active.sort(key=lambda given: (given.joined_at, given.pk))
        return RoleMembershipSerializer(active, many=True).data


class AccessControlSerializer(serializers.ModelSerializer[AccessControl]):
    """A rule; `organization_member` is the id of a membership."""

    resource_id = serializers.SerializerMethodField()
    organization_member = serializers.UUIDField(source="membership_id", read_only=True, allow_null=True)
    role = serializers.UUIDField(source="role_id", read_only=True, allow_null=True)
    created_by = serializers.SerializerMethodField()

    class Meta:
        model = AccessControl
        fields = [
            "access_level",
            "resource",
            "resource_id",
            "organization_member",
            "role",
            "created_by",
            "created_at",
            "updated_at",
        ]
        read_only_fields = fields

    @extend_schema_field(serializers.CharField(allow_null=True))
    def get_resource_id(self, rule: AccessControl) -> str | None:
        """The object, null for all of the kind."""
        return rule.resource_id or None

    @extend_schema_field(serializers.UUIDField(allow_null=True))
    def get_created_by(self, rule: AccessControl) -> str | None:
        """The uuid of who made it."""
        return str(rule.created_by.uuid) if rule.created_by else None


class AccessControlsSerializer(serializers.Serializer[Any]):
    """The rules for something, and what they come to for the caller."""

    access_controls = AccessControlSerializer(many=True)
    available_access_levels = serializers.ListField(child=serializers.CharField())
    default_access_level = serializers.CharField()
    user_access_level = serializers.CharField()
    user_can_edit_access_levels = serializers.BooleanField()


class ChangedRuleSerializer(serializers.Serializer[Any]):
    """A rule to be made, changed or, with the level null, removed: of a member, of a role or, with neither, of all."""

    access_level = serializers.CharField(max_length=16, allow_null=True)
    organization_member = serializers.UUIDField(required=False, allow_null=True)
    role = serializers.UUIDField(required=False, allow_null=True)


class ChangedKindRuleSerializer(ChangedRuleSerializer):
    """The same for a kind of objects."""

    resource = serializers.ChoiceField(choices=OBJECTS)
