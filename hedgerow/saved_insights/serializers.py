"""Saved insights on the wire: in full with their answer, and in brief.

Their context has the `request`, the `project`, and optionally `refresh` (how fresh results must be; by default nothing
is computed), `filters_override`, `variables_override`, and `reading`, a `reading_run` for all that are told. With a
`dashboard` and a `tile` of it, an insight is told as it is shown there. `shared` makes it what those without an account
are told.
"""

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from hedgerow.api.errors import ValidationError
from hedgerow.api.fields import JSONField, ObjectField, TagsField
from hedgerow.dashboards.models import RestrictionLevel, Tile
from hedgerow.dashboards.overrides import tile_filters, tile_variables
from hedgerow.files.filing import creating_in
from hedgerow.organizations.models import User
from hedgerow.organizations.serializers import UserBasicSerializer
from hedgerow.saved_insights.listing import newest_view
from hedgerow.saved_insights.models import Insight
from hedgerow.saved_insights.results import insight_result
from hedgerow.saved_insights.rights import access_level, live_tiles, privilege, restriction, seen_tiles
from hedgerow.saved_insights.saving import create_insight, update_insight

MOST_DASHBOARDS = 500
_NOT_SHARED = ("email", "distinct_id", "hedgehog_config")
"""What those without an account are not told of a person."""


class TileReferenceSerializer(serializers.ModelSerializer[Tile]):
    """On which tile something stands."""

    dashboard_id = serializers.IntegerField(read_only=True)

    class Meta:
        model = Tile
        fields = ["id", "dashboard_id", "deleted"]
        read_only_fields = fields


class _Common(serializers.ModelSerializer[Insight]):
    """What the full and the brief form have in common."""

    dashboard_tiles = serializers.SerializerMethodField()
    created_by = serializers.SerializerMethodField()
    user_access_level = serializers.SerializerMethodField()
    last_viewed_at = serializers.SerializerMethodField()

    @extend_schema_field(TileReferenceSerializer(many=True))
    def get_dashboard_tiles(self, insight: Insight) -> Any:
        """The tiles that show it; to the public only the one of the dashboard it is told with."""
        return TileReferenceSerializer(self.told_tiles(insight), many=True).data

    @extend_schema_field(UserBasicSerializer(allow_null=True))
    def get_created_by(self, insight: Insight) -> Any:
        """Who made it."""
        return self.person(insight.created_by)

    @extend_schema_field(serializers.CharField(allow_null=True))
    def get_user_access_level(self, insight: Insight) -> str | None:
        """What the caller may do with it; null for those without an account."""
        if self.is_shared:
            return None
        return access_level(insight, self.context["request"].user)

    @extend_schema_field(serializers.DateTimeField(allow_null=True))
    def get_last_viewed_at(self, insight: Insight) -> str | None:
        """When anybody last looked at it."""
        at = None if self.is_shared else newest_view(insight)
        return None if at is None else serializers.DateTimeField().to_representation(at)

    @property
    def is_shared(self) -> bool:
        """Whether it is told to those without an account."""
        return bool(self.context.get("shared"))

    def told_tiles(self, insight: Insight) -> list[Tile]:
        """The tiles that may be told of."""
        if not self.is_shared:
            return seen_tiles(insight, self.context["request"].user)
        tiles = live_tiles(insight)
        shown = self.context.get("tile")
        return [tile for tile in tiles if shown is not None and tile.pk == shown.pk]

    def person(self, user: User | None) -> dict[str, Any] | None:
        """A person as they may be told of."""
        if user is None:
            return None
        told = dict(UserBasicSerializer(user).data)
        return {name: value for name, value in told.items() if not (self.is_shared and name in _NOT_SHARED)}


class BasicInsightSerializer(_Common):
    """An insight in brief, without its answer."""

    dashboards = serializers.SerializerMethodField()
    last_refresh = serializers.SerializerMethodField()
    refreshing = serializers.SerializerMethodField()

    class Meta:
        model = Insight
        fields = [
            "id",
            "short_id",
            "name",
            "derived_name",
            "filters",
            "query",
            "dashboards",
            "dashboard_tiles",
            "description",
            "last_refresh",
            "refreshing",
            "saved",
            "tags",
            "updated_at",
            "created_by",
            "created_at",
            "last_modified_at",
            "favorited",
            "user_access_level",
            "last_viewed_at",
        ]
        read_only_fields = fields

    def get_dashboards(self, insight: Insight) -> list[int]:
        """The ids of the dashboards it stands on."""
        return [tile.dashboard_id for tile in self.told_tiles(insight)]

    @extend_schema_field(serializers.DateTimeField(allow_null=True))
    def get_last_refresh(self, insight: Insight) -> None:
        """Answers are not looked up for the brief form."""
        return None

    def get_refreshing(self, insight: Insight) -> bool:
        """Answers are not looked up for the brief form."""
        return False


class InsightSerializer(_Common):
    """An insight with its answer."""

    query = JSONField(required=False, allow_null=True)
    filters = ObjectField(required=False)
    dashboards = serializers.ListField(
        child=serializers.IntegerField(min_value=-(2**63), max_value=2**63 - 1),
        required=False,
        max_length=MOST_DASHBOARDS,
        help_text="All dashboards it stands on, by id.",
    )
    tags = TagsField(required=False)
    last_modified_by = serializers.SerializerMethodField()
    effective_restriction_level = serializers.SerializerMethodField()
    effective_privilege_level = serializers.SerializerMethodField()
    alerts = serializers.SerializerMethodField()
    search_match_type = serializers.SerializerMethodField()
    _create_in_folder = serializers.CharField(write_only=True, required=False, allow_blank=True)

    class Meta:
        model = Insight
        fields = [
            "id",
            "short_id",
            "name",
            "derived_name",
            "query",
            "filters",
            "order",
            "deleted",
            "dashboards",
            "dashboard_tiles",
            "created_at",
            "created_by",
            "description",
            "updated_at",
            "tags",
            "favorited",
            "saved",
            "last_modified_at",
            "last_modified_by",
            "is_sample",
            "effective_restriction_level",
            "effective_privilege_level",
            "user_access_level",
            "alerts",
            "last_viewed_at",
            "search_match_type",
            "_create_in_folder",
        ]
        read_only_fields = ["id", "short_id", "created_at", "updated_at", "last_modified_at", "is_sample"]

    def to_internal_value(self, data: Any) -> dict[str, Any]:
        """The fields, with `null` for the dashboards and tags taken as not sent."""
        if isinstance(data, dict):
            data = {
                key: data[key] for key in data if not (key in ("dashboards", "tags", "filters") and data[key] is None)
            }
        fields: dict[str, Any] = super().to_internal_value(data)
        return fields

    def create(self, fields: dict[str, Any]) -> Insight:
        """Make the insight, by the caller."""
        with creating_in(fields.pop("_create_in_folder", None)):
            return create_insight(self.context["project"], self.context["request"].user, **fields)

    def update(self, insight: Insight, fields: dict[str, Any]) -> Insight:
        """Change the insight."""
        fields.pop("_create_in_folder", None)
        return update_insight(insight, self.context["request"].user, **fields)

    def to_representation(self, insight: Insight) -> dict[str, Any]:
        """All fields, with the answer to the question as it is asked in this place."""
        # What stands on dashboards is no field of the model: it follows from the tiles.
        insight.dashboards = [tile.dashboard_id for tile in self.told_tiles(insight)]  # type: ignore[attr-defined]
        told: dict[str, Any] = super().to_representation(insight)
        told |= self._result(insight)
        if (tile := self.context.get("tile")) is not None:
            told |= {"color": tile.color, "layouts": tile.layouts}
        if self.is_shared:
            del told["alerts"]
        return told

    def _result(self, insight: Insight) -> dict[str, Any]:
        filters = self.context.get("filters_override")
        variables = self.context.get("variables_override")
        dashboard, tile = self.context.get("dashboard"), self.context.get("tile")
        if dashboard is not None and tile is not None:
            filters = tile_filters(dashboard, tile, filters)
            variables = tile_variables(dashboard, variables)
        user = getattr(self.context.get("request"), "user", None)
        return insight_result(
            insight,
            self.context["project"],
            user=user if isinstance(user, User) else None,
            refresh=self.context.get("refresh") or "force_cache",
            filters_override=filters,
            variables_override=variables,
            reading=self.context.get("reading"),
        )

    @extend_schema_field(UserBasicSerializer(allow_null=True))
    def get_last_modified_by(self, insight: Insight) -> Any:
        """Who last changed its name, description or question."""
        return self.person(insight.last_modified_by)

    @extend_schema_field(serializers.ChoiceField(choices=RestrictionLevel.choices))
    def get_effective_restriction_level(self, insight: Insight) -> int:
        """The strictest restriction of its dashboards."""
        return int(RestrictionLevel.COLLABORATORS if self.is_shared else restriction(insight))

    @extend_schema_field(serializers.ChoiceField(choices=RestrictionLevel.choices))
    def get_effective_privilege_level(self, insight: Insight) -> int:
        """Whether the caller may edit it (37) or only look at it (21)."""
        if self.is_shared:
            return int(RestrictionLevel.EVERYONE)
        return int(privilege(insight, self.context["request"].user))

    @extend_schema_field(serializers.ListField(child=serializers.DictField()))
    def get_alerts(self, insight: Insight) -> list[Any]:
        """There are none."""
        return []

    @extend_schema_field(serializers.ChoiceField(choices=["exact", "similar"], allow_null=True))
    def get_search_match_type(self, insight: Insight) -> str | None:
        """How it fits what was searched for in a list."""
        return "exact" if self.context.get("is_searched") else None


class InsightsSeenSerializer(serializers.Serializer[Any]):
    """Insights that somebody looks at."""

    insight_ids = serializers.ListField(
        child=serializers.IntegerField(min_value=-(2**63), max_value=2**63 - 1), allow_empty=False, max_length=2500
    )


class CancelSerializer(serializers.Serializer[Any]):
    """The query to cancel."""

    client_query_id = serializers.CharField()

    def to_internal_value(self, data: Any) -> dict[str, Any]:
        """The id. Raises ValidationError."""
        if not isinstance(data, dict) or not data.get("client_query_id"):
            raise ValidationError("Field is required.", attr="client_query_id")
        fields: dict[str, Any] = super().to_internal_value(data)
        return fields
