"""A person on the wire, as they see themselves: who they are, where they belong and work, what they like."""

from datetime import datetime
from typing import Any

from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError as DjangoValidationError
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers
from rest_framework.fields import get_error_detail

from hedgerow.access.rules import visible_projects
from hedgerow.accounts.second_factor import has_second_factor
from hedgerow.accounts.verification import change_email
from hedgerow.api.access import membership_level
from hedgerow.api.errors import PermissionDenied
from hedgerow.api.fields import ObjectField
from hedgerow.api.sessions import login_is_recent_until
from hedgerow.domains.ownership import enforced_provider
from hedgerow.organizations.models import Organization, User
from hedgerow.organizations.serializers import OrganizationBasicSerializer, OrganizationSerializer
from hedgerow.projects.models import Project
from hedgerow.projects.serializers import ProjectBasicSerializer
from hedgerow.sso.models import ExternalIdentity

OCCUPATIONS = ("engineering", "data", "product", "founder", "leadership", "marketing", "sales", "other")
"""What people say they do in their organization."""


class UserSerializer(serializers.ModelSerializer[User]):
    """A person with all their settings."""

    email = serializers.EmailField(max_length=254)
    distinct_id = serializers.CharField(read_only=True, allow_null=True)
    has_password = serializers.BooleanField(source="has_usable_password", read_only=True)
    notification_settings = ObjectField(required=False)
    events_column_config = ObjectField(required=False)
    has_seen_product_intro_for = ObjectField(required=False, allow_null=True)
    hedgehog_config = ObjectField(required=False, allow_null=True)
    toolbar_mode = serializers.ChoiceField(
        choices=["disabled", "toolbar"], required=False, allow_null=True, allow_blank=True
    )
    theme_mode = serializers.ChoiceField(
        choices=["light", "dark", "system"], required=False, allow_null=True, allow_blank=True
    )
    role_at_organization = serializers.ChoiceField(
        choices=OCCUPATIONS, required=False, allow_null=True, allow_blank=True
    )
    team = ProjectBasicSerializer(source="project", read_only=True, allow_null=True)
    organization = OrganizationSerializer(read_only=True, allow_null=True)
    organizations = serializers.SerializerMethodField()
    is_impersonated = serializers.SerializerMethodField()
    is_impersonated_until = serializers.SerializerMethodField()
    sensitive_session_expires_at = serializers.SerializerMethodField()
    is_2fa_enabled = serializers.SerializerMethodField()
    has_social_auth = serializers.SerializerMethodField()
    has_sso_enforcement = serializers.SerializerMethodField()
    scene_personalisation = serializers.SerializerMethodField()
    set_current_organization = serializers.UUIDField(write_only=True, required=False)
    set_current_team = serializers.IntegerField(write_only=True, required=False, min_value=0, max_value=2**63 - 1)
    password = serializers.CharField(write_only=True, required=False, max_length=128, trim_whitespace=False)
    current_password = serializers.CharField(write_only=True, required=False, max_length=128, trim_whitespace=False)

    class Meta:
        model = User
        fields = [
            "date_joined",
            "uuid",
            "distinct_id",
            "first_name",
            "last_name",
            "email",
            "pending_email",
            "is_email_verified",
            "notification_settings",
            "anonymize_data",
            "toolbar_mode",
            "has_password",
            "id",
            "is_staff",
            "is_impersonated",
            "is_impersonated_until",
            "sensitive_session_expires_at",
            "team",
            "organization",
            "organizations",
            "set_current_organization",
            "set_current_team",
            "password",
            "current_password",
            "events_column_config",
            "is_2fa_enabled",
            "has_social_auth",
            "has_sso_enforcement",
            "has_seen_product_intro_for",
            "scene_personalisation",
            "theme_mode",
            "hedgehog_config",
            "role_at_organization",
        ]
        read_only_fields = ["date_joined", "uuid", "pending_email", "is_email_verified", "id"]

    @extend_schema_field(OrganizationBasicSerializer(many=True))
    def get_organizations(self, user: User) -> list[dict[str, Any]]:
        """The organizations they belong to."""
        organizations = Organization.objects.filter(memberships__user=user).order_by("memberships__joined_at", "id")
        return list(OrganizationBasicSerializer(organizations, many=True, context=self.context).data)

    def get_is_impersonated(self, user: User) -> bool:
        """Nobody can act as somebody else."""
        return False

    def get_is_impersonated_until(self, user: User) -> datetime | None:
        """Never."""
        return None

    def get_sensitive_session_expires_at(self, user: User) -> datetime | None:
        """Until when this login may change what is sensitive; None when there is no session."""
        return login_is_recent_until(self.context["request"])

    def get_is_2fa_enabled(self, user: User) -> bool:
        """Whether a second factor is asked for."""
        return has_second_factor(user)

    def get_has_social_auth(self, user: User) -> bool:
        """Whether they log in through somebody else."""
        return ExternalIdentity.objects.filter(user=user).exists()

    def get_has_sso_enforcement(self, user: User) -> bool:
        """Whether they must log in through somebody else."""
        return enforced_provider(user.email) is not None

    def get_scene_personalisation(self, user: User) -> list[dict[str, Any]]:
        """Nothing is personalised."""
        return []

    def validate_email(self, value: str) -> str:
        """An e-mail nobody else has."""
        taken = User.objects.filter(email__iexact=value)
        if self.instance is not None:
            taken = taken.exclude(pk=self.instance.pk)
        if taken.exists():
            raise serializers.ValidationError("There is already an account with this email address.", code="unique")
        return value

    def validate_is_staff(self, value: bool) -> bool:
        """Only staff make or unmake staff."""
        if not self.context["request"].user.is_staff:
            raise PermissionDenied("You are not a staff user, contact your instance admin.")
        return value

    def validate_set_current_organization(self, value: Any) -> Organization:
        """An organization they belong to."""
        organization = Organization.objects.filter(pk=value).first()
        if organization is None or membership_level(self.context["request"].user, organization.id) is None:
            raise serializers.ValidationError(f"Object with id={value} does not exist.", code="does_not_exist")
        return organization

    def validate_set_current_team(self, value: int) -> Project:
        """A project that they may see."""
        project = visible_projects(self.context["request"].user).filter(pk=value).first()
        if project is None:
            raise serializers.ValidationError(f"Object with id={value} does not exist.", code="does_not_exist")
        return project

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Check what concerns several fields: the place to work in, and the password."""
        organization, project = attrs.get("set_current_organization"), attrs.get("set_current_team")
        if organization and project and project.organization_id != organization.id:
            raise serializers.ValidationError(
                {"set_current_team": "Team must belong to the same organization in set_current_organization."}
            )
        current = attrs.pop("current_password", None)
        if "password" in attrs and self.instance is not None:
            self._check_password_change(self.instance, current, attrs["password"])
        return attrs

    def update(self, instance: User, validated_data: dict[str, Any]) -> User:
        """Store what was given."""
        organization = validated_data.pop("set_current_organization", None)
        project = validated_data.pop("set_current_team", None)
        password, email = validated_data.pop("password", None), validated_data.pop("email", None)
        if password is not None:
            instance.set_password(password)
        if organization is not None:
            instance.current_organization, instance.current_project = organization, None
        if project is not None:
            instance.current_organization_id, instance.current_project = project.organization_id, project
        user = super().update(instance, validated_data)
        if email is not None:
            change_email(user, email)
        return user

    def _check_password_change(self, user: User, current: str | None, password: str) -> None:
        if user.has_usable_password():
            if current is None:
                message = "This field is required when updating your password."
                raise serializers.ValidationError({"current_password": message}, code="required")
            if not user.check_password(current):
                raise serializers.ValidationError(
                    {"current_password": "Your current password is incorrect."}, code="incorrect_password"
                )
        try:
            validate_password(password, user)
        except DjangoValidationError as error:
            raise serializers.ValidationError({"password": get_error_detail(error)}) from error
