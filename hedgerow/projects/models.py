"""Projects: each owns its data and one public token."""

from zoneinfo import available_timezones

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from uuid_utils.compat import uuid7

from hedgerow.projects.tokens import make_project_token

TIMEZONES = sorted(available_timezones() - {"localtime", "Factory", "posixrules"})
"""Names of the time zones a project may be in."""


def default_data_attributes() -> list[str]:
    """The HTML attributes by which a new project's autocapture recognizes elements."""
    return ["data-attr"]


class WeekStart(models.IntegerChoices):
    """The first day of a project's weeks."""

    SUNDAY = 0
    MONDAY = 1


class Project(models.Model):
    """A project, which is also its only environment: its `id` is the project's, environment's and team's id.

    Settings that are null have never been decided; clients treat them as off or as their own default.
    """

    organization = models.ForeignKey("organizations.Organization", models.CASCADE, related_name="projects")
    uuid = models.UUIDField(default=uuid7, unique=True, editable=False)
    name = models.CharField(max_length=200, default="Default project")
    product_description = models.TextField(max_length=1000, null=True, blank=True)  # noqa: DJ001 - null on the wire
    api_token = models.CharField(max_length=200, unique=True, default=make_project_token)
    secret_api_token = models.CharField(max_length=200, null=True, blank=True, unique=True)
    secret_api_token_backup = models.CharField(max_length=200, null=True, blank=True, unique=True)
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    # Meaning of the numbers
    timezone = models.CharField(max_length=240, default="UTC")
    week_start_day = models.PositiveSmallIntegerField(choices=WeekStart.choices, null=True, blank=True)
    base_currency = models.CharField(max_length=3, default="USD")
    test_account_filters = models.JSONField(default=list)
    test_account_filters_default_checked = models.BooleanField(null=True, blank=True)
    path_cleaning_filters = models.JSONField(default=list)
    person_display_name_properties = models.JSONField(null=True, blank=True)
    modifiers = models.JSONField(null=True, blank=True)
    correlation_config = models.JSONField(default=dict, null=True, blank=True)
    human_friendly_comparison_periods = models.BooleanField(null=True, blank=True)
    experiment_recalculation_time = models.TimeField(null=True, blank=True)
    revenue_analytics_config = models.JSONField(default=dict)
    marketing_analytics_config = models.JSONField(default=dict)
    web_analytics_pre_aggregated_tables_enabled = models.BooleanField(null=True, blank=True, default=False)

    # State
    is_demo = models.BooleanField(default=False)
    ingested_event = models.BooleanField(default=False)
    completed_snippet_onboarding = models.BooleanField(default=False)
    has_completed_onboarding_for = models.JSONField(null=True, blank=True)
    onboarding_tasks = models.JSONField(null=True, blank=True)
    access_control = models.BooleanField(default=False)
    primary_dashboard = models.BigIntegerField(null=True, blank=True)
    default_data_theme = models.IntegerField(null=True, blank=True)
    live_events_columns = models.JSONField(null=True, blank=True)
    extra_settings = models.JSONField(null=True, blank=True)
    slack_incoming_webhook = models.CharField(max_length=500, null=True, blank=True)  # noqa: DJ001

    # What SDKs are told
    app_urls = models.JSONField(default=list)
    anonymize_ips = models.BooleanField(default=False)
    drop_events_older_than = models.DurationField(null=True, blank=True)
    """Events whose time lies further back than this when they arrive are dropped with a warning."""
    data_attributes = models.JSONField(default=default_data_attributes)
    autocapture_opt_out = models.BooleanField(null=True, blank=True)
    autocapture_exceptions_opt_in = models.BooleanField(null=True, blank=True)
    autocapture_exceptions_errors_to_ignore = models.JSONField(null=True, blank=True)
    autocapture_web_vitals_opt_in = models.BooleanField(null=True, blank=True)
    autocapture_web_vitals_allowed_metrics = models.JSONField(null=True, blank=True)
    capture_console_log_opt_in = models.BooleanField(null=True, blank=True)
    capture_performance_opt_in = models.BooleanField(null=True, blank=True)
    capture_dead_clicks = models.BooleanField(null=True, blank=True, default=False)
    cookieless_server_hash_mode = models.PositiveSmallIntegerField(
        null=True, blank=True, choices=[(0, "disabled"), (1, "stateless"), (2, "stateful")]
    )
    heatmaps_opt_in = models.BooleanField(null=True, blank=True)
    surveys_opt_in = models.BooleanField(null=True, blank=True)
    survey_config = models.JSONField(null=True, blank=True)
    inject_web_apps = models.BooleanField(null=True, blank=True)
    recording_domains = models.JSONField(null=True, blank=True)
    flags_persistence_default = models.BooleanField(null=True, blank=True)
    feature_flag_confirmation_enabled = models.BooleanField(null=True, blank=True, default=False)
    feature_flag_confirmation_message = models.TextField(null=True, blank=True)  # noqa: DJ001 - null on the wire
    default_evaluation_environments_enabled = models.BooleanField(null=True, blank=True, default=False)

    # Session recording
    session_recording_opt_in = models.BooleanField(default=False)
    session_recording_sample_rate = models.DecimalField(
        max_digits=3,
        decimal_places=2,
        null=True,
        blank=True,
        validators=[MinValueValidator(0), MaxValueValidator(1)],
    )
    session_recording_minimum_duration_milliseconds = models.PositiveIntegerField(
        null=True, blank=True, validators=[MaxValueValidator(30_000)]
    )
    session_recording_linked_flag = models.JSONField(null=True, blank=True)
    session_recording_network_payload_capture_config = models.JSONField(null=True, blank=True)
    session_recording_masking_config = models.JSONField(null=True, blank=True)
    session_recording_url_trigger_config = models.JSONField(null=True, blank=True)
    session_recording_url_blocklist_config = models.JSONField(null=True, blank=True)
    session_recording_event_trigger_config = models.JSONField(null=True, blank=True)
    session_recording_trigger_match_type_config = models.CharField(max_length=24, null=True, blank=True)  # noqa: DJ001
    session_recording_retention_period = models.CharField(max_length=3, default="30d")
    session_replay_config = models.JSONField(null=True, blank=True)

    class Meta:
        indexes = [models.Index(fields=["organization", "name"], name="project_by_organization")]

    def __str__(self) -> str:
        return self.name
