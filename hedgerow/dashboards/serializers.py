"""Dashboards and tiles on the wire, as they are answered. What is accepted is in `hedgerow.dashboards.asked`."""

from typing import Any

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from hedgerow.api.fields import JSONField, ObjectField
from hedgerow.dashboards.models import Button, Collaborator, Dashboard, RestrictionLevel, Text
from hedgerow.dashboards.overrides import dashboard_filters, tile_variables
from hedgerow.dashboards.rights import access_level, privilege, restriction
from hedgerow.organizations.serializers import UserBasicSerializer
from hedgerow.sharing.models import SharingConfiguration

NOT_PUBLIC = ("email", "distinct_id", "hedgehog_config")
"""What those without an account are not told of people."""


class PersonField(UserBasicSerializer):
    """Somebody of the organization; in a `shared` context without what is not public."""

    def to_representation(self, instance: Any) -> dict[str, Any]:
        """The person."""
        shown = super().to_representation(instance)
        if self.context.get("shared"):
            return {name: value for name, value in shown.items() if name not in NOT_PUBLIC}
        return shown


class DashboardRowSerializer(serializers.ModelSerializer[Dashboard]):
    """A dashboard without what stands on it.

    Its context has, beside the `request`, `viewed_at`: when the caller last looked at dashboards, by id; and
    `shared_ids`, those of the dashboards that are shared. In a `shared` context it is told to those without an account.
    """

    created_by = PersonField(read_only=True, allow_null=True)
    team_id = serializers.IntegerField(source="project_id", read_only=True)
    last_viewed_at = serializers.SerializerMethodField()
    is_shared = serializers.SerializerMethodField()
    tags = serializers.ListField(child=serializers.CharField(), read_only=True)
    effective_restriction_level = serializers.SerializerMethodField()
    effective_privilege_level = serializers.SerializerMethodField()
    user_access_level = serializers.SerializerMethodField()
    access_control_version = serializers.SerializerMethodField()
    search_match_type = serializers.SerializerMethodField()

    class Meta:
        model = Dashboard
        fields = [
            *("id", "name", "description", "pinned", "created_at", "created_by", "last_accessed_at", "last_viewed_at"),
            *("is_shared", "deleted", "creation_mode", "tags", "restriction_level", "effective_restriction_level"),
            *("effective_privilege_level", "user_access_level", "access_control_version", "last_refresh", "team_id"),
            "search_match_type",
        ]
        read_only_fields = fields

    @property
    def _is_public(self) -> bool:
        return bool(self.context.get("shared"))

    @extend_schema_field(serializers.DateTimeField(allow_null=True))
    def get_last_viewed_at(self, dashboard: Dashboard) -> Any:
        """When the caller last looked at it."""
        return self.context.get("viewed_at", {}).get(dashboard.pk)

    def get_is_shared(self, dashboard: Dashboard) -> bool:
        """Whether it can be looked at without an account."""
        return dashboard.pk in self.context.get("shared_ids", ())

    @extend_schema_field(serializers.ChoiceField(choices=RestrictionLevel.choices))
    def get_effective_restriction_level(self, dashboard: Dashboard) -> int:
        """Who may edit it."""
        return int(RestrictionLevel.COLLABORATORS if self._is_public else restriction(dashboard))

    @extend_schema_field(serializers.ChoiceField(choices=RestrictionLevel.choices))
    def get_effective_privilege_level(self, dashboard: Dashboard) -> int:
        """Whether the caller may edit it (37) or only look at it (21)."""
        if self._is_public:
            return int(RestrictionLevel.EVERYONE)
        return int(privilege(dashboard, self.context["request"].user))

    @extend_schema_field(serializers.CharField(allow_null=True))
    def get_user_access_level(self, dashboard: Dashboard) -> str | None:
        """What the caller may do: `manager`, `editor` or `viewer`."""
        return None if self._is_public else access_level(dashboard, self.context["request"].user)

    def get_access_control_version(self, dashboard: Dashboard) -> str:
        """`v1` for a restricted dashboard, else `v2`."""
        return "v1" if dashboard.restriction_level > RestrictionLevel.EVERYONE else "v2"

    @extend_schema_field(serializers.ChoiceField(choices=["exact", "similar"], allow_null=True))
    def get_search_match_type(self, dashboard: Dashboard) -> str | None:
        """How it was found."""
        return getattr(dashboard, "match_type", None)


class DashboardSerializer(DashboardRowSerializer):
    """A dashboard with its filters and tiles.

    Its context has, beside that of a row, the `tiles` as they are shown, and may have the `filters_override` and
    `variables_override` of the request.
    """

    filters = serializers.SerializerMethodField()
    variables = serializers.SerializerMethodField()
    persisted_filters = serializers.SerializerMethodField()
    persisted_variables = serializers.SerializerMethodField()
    breakdown_colors = JSONField(read_only=True)
    quick_filter_ids = serializers.ListField(child=serializers.UUIDField(), read_only=True)
    tiles = serializers.SerializerMethodField()

    class Meta(DashboardRowSerializer.Meta):
        fields = [
            *DashboardRowSerializer.Meta.fields,
            *("filters", "variables", "persisted_filters", "persisted_variables", "breakdown_colors"),
            *("data_color_theme_id", "quick_filter_ids", "tiles"),
        ]
        read_only_fields = fields

    @extend_schema_field(OpenApiTypes.OBJECT)
    def get_filters(self, dashboard: Dashboard) -> dict[str, Any]:
        """Those stored, under those of the request."""
        return dashboard_filters(dashboard, self.context.get("filters_override"))

    @extend_schema_field(ObjectField(allow_null=True))
    def get_variables(self, dashboard: Dashboard) -> dict[str, Any] | None:
        """Values of SQL variables by id: those stored, under those of the request."""
        return tile_variables(dashboard, self.context.get("variables_override")) or None

    @extend_schema_field(ObjectField(allow_null=True))
    def get_persisted_filters(self, dashboard: Dashboard) -> dict[str, Any] | None:
        """The filters that are stored."""
        return dashboard.filters or None

    @extend_schema_field(ObjectField(allow_null=True))
    def get_persisted_variables(self, dashboard: Dashboard) -> dict[str, Any] | None:
        """The values of variables that are stored."""
        return dashboard.variables or None

    @extend_schema_field(serializers.ListField(child=serializers.DictField()))
    def get_tiles(self, dashboard: Dashboard) -> list[dict[str, Any]]:
        """What stands on it, in reading order."""
        return list(self.context["tiles"])


class _ContentSerializer(serializers.ModelSerializer[Any]):
    """What texts and buttons have in common."""

    created_by = PersonField(read_only=True, allow_null=True)
    last_modified_by = PersonField(read_only=True, allow_null=True)
    team = serializers.IntegerField(source="project_id", read_only=True)
    dashboard_tiles = serializers.SerializerMethodField()

    @extend_schema_field(serializers.ListField(child=serializers.DictField()))
    def get_dashboard_tiles(self, content: Any) -> list[dict[str, Any]]:
        """Where it stands; the public learns nothing of other dashboards."""
        here = self.context["dashboard"].pk
        return [
            {"id": tile.pk, "dashboard_id": tile.dashboard_id, "deleted": tile.deleted}
            for tile in content.dashboard_tiles.all()
            if tile.dashboard_id == here or not self.context.get("shared")
        ]


class TextSerializer(_ContentSerializer):
    """A text in Markdown."""

    class Meta:
        model = Text
        fields = ["id", "body", "created_by", "last_modified_at", "last_modified_by", "team", "dashboard_tiles"]
        read_only_fields = fields


class ButtonSerializer(_ContentSerializer):
    """A link that looks like a button."""

    class Meta:
        model = Button
        fields = [
            *("id", "url", "text", "placement", "style", "created_by", "last_modified_at", "last_modified_by"),
            *("team", "dashboard_tiles"),
        ]
        read_only_fields = fields


class CollaboratorSerializer(serializers.ModelSerializer[Collaborator]):
    """Somebody who may edit a restricted dashboard."""

    user = UserBasicSerializer(read_only=True)
    level = serializers.SerializerMethodField()
    user_uuid = serializers.UUIDField(source="user.uuid", read_only=True)

    class Meta:
        model = Collaborator
        fields = ["dashboard_id", "user", "level", "added_at", "user_uuid"]
        read_only_fields = fields

    @extend_schema_field(serializers.ChoiceField(choices=RestrictionLevel.choices))
    def get_level(self, collaborator: Collaborator) -> int:
        """What they may: edit it."""
        return int(RestrictionLevel.COLLABORATORS)


def shared_ids(dashboards: Any) -> set[int]:
    """Those of the dashboards that can be looked at without an account."""
    live = SharingConfiguration.objects.filter(dashboard__in=dashboards, enabled=True, expires_at=None)
    return set(live.values_list("dashboard_id", flat=True))
