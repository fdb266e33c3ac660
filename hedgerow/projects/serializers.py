"""Projects on the wire. A project is also the `team` and the `environment` of clients: all have the same fields."""

from datetime import timedelta
from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from hedgerow.access.changing import Subject, set_rule
from hedgerow.access.rules import access_of, is_project_admin, require_level
from hedgerow.api.access import membership_level
from hedgerow.api.fields import MAX_INTEGER, ArrayField, ObjectField
from hedgerow.api.levels import Level
from hedgerow.projects.models import TIMEZONES, Project

MERGED = ("session_replay_config", "survey_config", "revenue_analytics_config", "marketing_analytics_config")
"""Objects of which an update replaces only the keys it names."""

READ_ONLY = (
    "id",
    "uuid",
    "organization",
    "project_id",
    "api_token",
    "secret_api_token",
    "secret_api_token_backup",
    "created_at",
    "updated_at",
    "ingested_event",
    "effective_membership_level",
    "user_access_level",
    "has_group_types",
    "group_types",
    "live_events_token",
    "default_modifiers",
    "person_on_events_querying_enabled",
    "product_intents",
    "managed_viewsets",
)


class ProjectBasicSerializer(serializers.ModelSerializer[Project]):
    """What lists and other objects say of a project."""

    project_id = serializers.IntegerField(source="id", read_only=True)
    organization = serializers.UUIDField(source="organization_id", read_only=True)
    has_completed_onboarding_for = ObjectField(read_only=True, allow_null=True)

    class Meta:
        model = Project
        fields = [
            "id",
            "uuid",
            "organization",
            "project_id",
            "api_token",
            "name",
            "completed_snippet_onboarding",
            "has_completed_onboarding_for",
            "ingested_event",
            "is_demo",
            "timezone",
            "access_control",
        ]
        read_only_fields = fields


class RevenueAnalyticsConfigSerializer(serializers.Serializer[dict[str, Any]]):
    """How revenue is read from events."""

    base_currency = serializers.CharField(read_only=True)
    events = ArrayField(required=False)
    goals = ArrayField(required=False)
    filter_test_accounts = serializers.BooleanField(required=False)

    def to_representation(self, instance: dict[str, Any]) -> dict[str, Any]:
        """What was set, and the defaults of the rest."""
        body: dict[str, Any] = {"events": [], "goals": [], "filter_test_accounts": False, **instance}
        return body


class MarketingAnalyticsConfigSerializer(serializers.Serializer[dict[str, Any]]):
    """How campaigns are credited."""

    sources_map = ObjectField(required=False)
    conversion_goals = ArrayField(required=False)
    attribution_window_days = serializers.IntegerField(required=False, min_value=1, max_value=90)
    attribution_mode = serializers.ChoiceField(
        required=False, choices=["first_touch", "last_touch", "linear", "time_decay", "position_based"]
    )
    campaign_name_mappings = ObjectField(required=False)

    def to_representation(self, instance: dict[str, Any]) -> dict[str, Any]:
        """What was set, and the defaults of the rest."""
        return {
            "sources_map": {},
            "conversion_goals": [],
            "attribution_window_days": 30,
            "attribution_mode": "last_touch",
            "campaign_name_mappings": {},
            **instance,
        }


class NothingYetField(serializers.IntegerField):
    """The id of a thing of which the project has none: only null is accepted."""

    default_error_messages = {"does_not_exist": 'Invalid pk "{value}" - object does not exist.'}

    def to_internal_value(self, data: Any) -> int:
        """Raises ValidationError."""
        self.fail("does_not_exist", value=super().to_internal_value(data))


class OwnDashboardField(NothingYetField):
    """The id of a dashboard of the project that is not deleted, or null."""

    def to_internal_value(self, data: Any) -> int:
        """The id. Raises ValidationError."""
        from hedgerow.dashboards.models import Dashboard

        dashboard_id = int(serializers.IntegerField(min_value=0, max_value=MAX_INTEGER).run_validation(data))
        project = self.parent.instance if self.parent is not None else None
        if not Dashboard.objects.filter(project=project, pk=dashboard_id, deleted=False).exists():
            self.fail("does_not_exist", value=dashboard_id)
        return dashboard_id


def text_list(allow_null_items: bool = False, **options: Any) -> serializers.ListField:
    """A field for a list of texts."""
    return serializers.ListField(child=serializers.CharField(allow_null=allow_null_items, allow_blank=True), **options)


class ProjectSerializer(serializers.ModelSerializer[Project]):
    """A project with all its settings."""

    organization = serializers.UUIDField(source="organization_id", read_only=True)
    project_id = serializers.IntegerField(source="id", read_only=True)
    timezone = serializers.ChoiceField(choices=TIMEZONES, default="UTC")
    base_currency = serializers.RegexField(r"^[A-Z]{3}\Z", default="USD", help_text="ISO 4217 code.")
    app_urls = text_list(allow_null_items=True, required=False)
    recording_domains = text_list(allow_null_items=True, required=False, allow_null=True)
    live_events_columns = text_list(required=False, allow_null=True)
    person_display_name_properties = text_list(required=False, allow_null=True)
    autocapture_web_vitals_allowed_metrics = text_list(required=False, allow_null=True)
    data_attributes = text_list(required=False)
    test_account_filters = ArrayField(required=False)
    path_cleaning_filters = ArrayField(required=False)
    session_recording_url_trigger_config = ArrayField(required=False, allow_null=True)
    session_recording_url_blocklist_config = ArrayField(required=False, allow_null=True)
    session_recording_event_trigger_config = text_list(allow_null_items=True, required=False, allow_null=True)
    drop_events_older_than = serializers.DurationField(
        required=False, allow_null=True, min_value=timedelta(hours=1), help_text="`[days ]hh:mm:ss`, or seconds."
    )
    session_recording_linked_flag = ObjectField(required=False, allow_null=True)
    session_recording_network_payload_capture_config = ObjectField(required=False, allow_null=True)
    session_recording_masking_config = ObjectField(required=False, allow_null=True)
    session_recording_retention_period = serializers.ChoiceField(choices=["30d", "90d", "1y", "5y"], required=False)
    session_replay_config = ObjectField(required=False, allow_null=True)
    survey_config = ObjectField(required=False, allow_null=True)
    modifiers = ObjectField(required=False, allow_null=True)
    extra_settings = ObjectField(required=False, allow_null=True)
    correlation_config = ObjectField(required=False, allow_null=True)
    onboarding_tasks = ObjectField(required=False, allow_null=True)
    has_completed_onboarding_for = ObjectField(required=False, allow_null=True)
    autocapture_exceptions_errors_to_ignore = ArrayField(required=False, allow_null=True)
    revenue_analytics_config = RevenueAnalyticsConfigSerializer(required=False)
    marketing_analytics_config = MarketingAnalyticsConfigSerializer(required=False)
    primary_dashboard = OwnDashboardField(required=False, allow_null=True)
    default_data_theme = NothingYetField(required=False, allow_null=True)
    secret_api_token = serializers.SerializerMethodField()
    secret_api_token_backup = serializers.SerializerMethodField()
    effective_membership_level = serializers.SerializerMethodField()
    user_access_level = serializers.SerializerMethodField()
    has_group_types = serializers.SerializerMethodField()
    group_types = serializers.SerializerMethodField()
    live_events_token = serializers.SerializerMethodField()
    default_modifiers = serializers.SerializerMethodField()
    person_on_events_querying_enabled = serializers.SerializerMethodField()
    product_intents = serializers.SerializerMethodField()
    managed_viewsets = serializers.SerializerMethodField()

    class Meta:
        model = Project
        fields = [
            *READ_ONLY,
            "name",
            "product_description",
            "access_control",
            "app_urls",
            "slack_incoming_webhook",
            "anonymize_ips",
            "drop_events_older_than",
            "completed_snippet_onboarding",
            "test_account_filters",
            "test_account_filters_default_checked",
            "path_cleaning_filters",
            "is_demo",
            "timezone",
            "data_attributes",
            "person_display_name_properties",
            "correlation_config",
            "autocapture_opt_out",
            "autocapture_exceptions_opt_in",
            "autocapture_exceptions_errors_to_ignore",
            "autocapture_web_vitals_opt_in",
            "autocapture_web_vitals_allowed_metrics",
            "capture_console_log_opt_in",
            "capture_performance_opt_in",
            "capture_dead_clicks",
            "session_recording_opt_in",
            "session_recording_sample_rate",
            "session_recording_minimum_duration_milliseconds",
            "session_recording_linked_flag",
            "session_recording_network_payload_capture_config",
            "session_recording_masking_config",
            "session_recording_url_trigger_config",
            "session_recording_url_blocklist_config",
            "session_recording_event_trigger_config",
            "session_recording_trigger_match_type_config",
            "session_recording_retention_period",
            "session_replay_config",
            "survey_config",
            "surveys_opt_in",
            "heatmaps_opt_in",
            "week_start_day",
            "primary_dashboard",
            "live_events_columns",
            "recording_domains",
            "cookieless_server_hash_mode",
            "human_friendly_comparison_periods",
            "inject_web_apps",
            "extra_settings",
            "modifiers",
            "has_completed_onboarding_for",
            "flags_persistence_default",
            "feature_flag_confirmation_enabled",
            "feature_flag_confirmation_message",
            "default_evaluation_environments_enabled",
            "default_data_theme",
            "revenue_analytics_config",
            "marketing_analytics_config",
            "onboarding_tasks",
            "base_currency",
            "web_analytics_pre_aggregated_tables_enabled",
            "experiment_recalculation_time",
        ]
        read_only_fields = READ_ONLY

    def create(self, validated_data: dict[str, Any]) -> Project:
        """Make it. Who is no admin of the organization administers this project of theirs."""
        is_private = validated_data.pop("access_control", False)
        user = self.context["request"].user
        project = super().create(validated_data)
        if not is_project_admin(user, project):
            set_rule(Subject(project), "admin", user, user.memberships.get(organization=project.organization).pk)
        if is_private:
            set_rule(Subject(project), "none", user)
        return project

    def update(self, instance: Project, validated_data: dict[str, Any]) -> Project:
        """Store what was given. `access_control` is whether the project is private, which its admins decide."""
        is_private = validated_data.pop("access_control", instance.access_control)
        if is_private != instance.access_control:
            user = self.context["request"].user
            require_level(user, instance, "admin")
            set_rule(Subject(instance), "none" if is_private else None, user)
        for name, value in validated_data.items():
            if name in MERGED and value is not None:
                value = {**(getattr(instance, name) or {}), **value}
            setattr(instance, name, value)
        instance.save(update_fields=[*validated_data, "updated_at"])
        return instance

    def to_representation(self, instance: Project) -> dict[str, Any]:
        """The project as the caller may see it."""
        body: dict[str, Any] = super().to_representation(instance)
        body["revenue_analytics_config"]["base_currency"] = instance.base_currency
        return body

    def get_secret_api_token(self, project: Project) -> str | None:
        """The token, for admins only."""
        return project.secret_api_token if self._is_admin(project) else None

    def get_secret_api_token_backup(self, project: Project) -> str | None:
        """The token before the last rotation, for admins only."""
        return project.secret_api_token_backup if self._is_admin(project) else None

    @extend_schema_field(serializers.ChoiceField(choices=Level.choices, allow_null=True))
    def get_effective_membership_level(self, project: Project) -> int | None:
        """The caller's level in the project's organization."""
        return self._level(project)

    def get_user_access_level(self, project: Project) -> str | None:
        """What the caller may do with the project: `member` or `admin`."""
        level = access_of(self.context["request"].user, project).project_level
        return None if level == "none" else level

    def get_has_group_types(self, project: Project) -> bool:
        """Whether events of the project named a group."""
        return bool(self.get_group_types(project))

    def get_group_types(self, project: Project) -> list[dict[str, Any]]:
        """The kinds of groups the project's events named, in the order of their index."""
        return [
            {
                "group_type": kind.group_type,
                "group_type_index": kind.group_type_index,
                "name_singular": kind.name_singular,
                "name_plural": kind.name_plural,
            }
            for kind in project.group_types.order_by("group_type_index")
        ]

    def get_live_events_token(self, project: Project) -> str | None:
        """There is no separate live stream to sign in to."""
        return None

    def get_default_modifiers(self, project: Project) -> dict[str, Any]:
        """Queries have no modifiers by default."""
        return {}

    def get_person_on_events_querying_enabled(self, project: Project) -> bool:
        """Each event carries its person."""
        return True

    def get_product_intents(self, project: Project) -> list[dict[str, Any]]:
        """No intents are recorded."""
        return []

    def get_managed_viewsets(self, project: Project) -> dict[str, bool]:
        """No views are made by themselves."""
        return {}

    def _level(self, project: Project) -> Level | None:
        return membership_level(self.context["request"].user, project.organization_id)

    def _is_admin(self, project: Project) -> bool:
        return is_project_admin(self.context["request"].user, project)


class DemoStateSerializer(serializers.Serializer[Any]):
    """Whether sample data is being made."""

    is_generating_demo_data = serializers.BooleanField()


class ChangeOrganizationSerializer(serializers.Serializer[Any]):
    """Where a project moves to."""

    organization_id = serializers.UUIDField()
