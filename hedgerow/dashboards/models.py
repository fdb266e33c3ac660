"""Dashboards, the tiles on them, who may edit those that not everybody may, and the variables of SQL insights."""

from django.db import models
from django.utils import timezone
from uuid_utils.compat import uuid7


class RestrictionLevel(models.IntegerChoices):
    """Who may edit a dashboard: everybody in the project, or those who may restrict it and its collaborators."""

    EVERYONE = 21
    COLLABORATORS = 37


class Dashboard(models.Model):
    """A board of tiles. `filters` and `variables` hold for all of them.

    A deleted dashboard stays as a row; its tiles and the insights that went with it know so and come back with it.
    """

    class CreationMode(models.TextChoices):
        """How a dashboard came to be; unlisted ones belong to another object and are not in lists."""

        DEFAULT = "default"
        TEMPLATE = "template"
        DUPLICATE = "duplicate"
        UNLISTED = "unlisted"

    project = models.ForeignKey("projects.Project", models.CASCADE, related_name="dashboards")
    name = models.CharField(max_length=400, null=True, blank=True)  # noqa: DJ001 - the API tells null from ""
    description = models.TextField(blank=True, default="")
    pinned = models.BooleanField(default=False)
    deleted = models.BooleanField(default=False)
    creation_mode = models.CharField(max_length=16, choices=CreationMode, default=CreationMode.DEFAULT)
    filters = models.JSONField(default=dict, blank=True)
    variables = models.JSONField(default=dict, blank=True)
    breakdown_colors = models.JSONField(default=list, blank=True)
    data_color_theme_id = models.IntegerField(null=True, blank=True)
    quick_filter_ids = models.JSONField(default=list, blank=True)
    tags = models.JSONField(default=list, blank=True)
    restriction_level = models.PositiveSmallIntegerField(choices=RestrictionLevel, default=RestrictionLevel.EVERYONE)
    created_at = models.DateTimeField(default=timezone.now)
    created_by = models.ForeignKey("organizations.User", models.SET_NULL, null=True, related_name="+")
    last_accessed_at = models.DateTimeField(null=True, blank=True)
    last_refresh = models.DateTimeField(null=True, blank=True)
    deleted_insights = models.ManyToManyField("saved_insights.Insight", related_name="+", blank=True)

    def __str__(self) -> str:
        return self.name or "Untitled"


class Collaborator(models.Model):
    """Somebody who may edit a restricted dashboard."""

    dashboard = models.ForeignKey(Dashboard, models.CASCADE, related_name="collaborators", db_index=False)
    user = models.ForeignKey("organizations.User", models.CASCADE, related_name="+")
    added_at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["dashboard", "user"], name="one_collaboration_per_user")]

    def __str__(self) -> str:
        return f"{self.user_id} on {self.dashboard_id}"


class Authored(models.Model):
    """Content of a project that stands on tiles."""

    project = models.ForeignKey("projects.Project", models.CASCADE, related_name="+")
    created_by = models.ForeignKey("organizations.User", models.SET_NULL, null=True, related_name="+")
    last_modified_at = models.DateTimeField(default=timezone.now)
    last_modified_by = models.ForeignKey("organizations.User", models.SET_NULL, null=True, related_name="+")

    class Meta:
        abstract = True


class Text(Authored):
    """A text in Markdown."""

    body = models.CharField(max_length=4000)

    def __str__(self) -> str:
        return self.body[:40]


class Button(Authored):
    """A link that looks like a button."""

    class Placement(models.TextChoices):
        """On which side of its tile."""

        LEFT = "left"
        RIGHT = "right"

    class Style(models.TextChoices):
        """How much it stands out."""

        PRIMARY = "primary"
        SECONDARY = "secondary"

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    url = models.CharField(max_length=2000)
    text = models.CharField(max_length=200)
    placement = models.CharField(max_length=8, choices=Placement, default=Placement.LEFT)
    style = models.CharField(max_length=12, choices=Style, default=Style.PRIMARY)

    def __str__(self) -> str:
        return self.text


class Tile(models.Model):
    """A place on a dashboard for exactly one insight, text or button, which can stand on several dashboards.

    `layouts` are places on grids by width of the page: `sm` has 12 columns, `xs` one. `filters_overrides`, where not
    empty, stand for the dashboard's filters. A deleted tile keeps its place; `deleted_with_dashboard` says that it went
    only because its dashboard did.
    """

    dashboard = models.ForeignKey(Dashboard, models.CASCADE, related_name="tiles")
    insight = models.ForeignKey(
        "saved_insights.Insight", models.CASCADE, null=True, blank=True, related_name="dashboard_tiles"
    )
    text = models.ForeignKey(Text, models.CASCADE, null=True, blank=True, related_name="dashboard_tiles")
    button = models.ForeignKey(Button, models.CASCADE, null=True, blank=True, related_name="dashboard_tiles")
    layouts = models.JSONField(default=dict, blank=True)
    color = models.CharField(max_length=400, null=True, blank=True)  # noqa: DJ001 - the API tells null from ""
    filters_overrides = models.JSONField(default=dict, blank=True)
    show_description = models.BooleanField(null=True, blank=True)
    transparent_background = models.BooleanField(null=True, blank=True)
    deleted = models.BooleanField(default=False)
    deleted_with_dashboard = models.BooleanField(default=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["dashboard", "insight"], name="one_tile_per_dashboard_and_insight"),
            models.UniqueConstraint(fields=["dashboard", "text"], name="one_tile_per_dashboard_and_text"),
            models.UniqueConstraint(fields=["dashboard", "button"], name="one_tile_per_dashboard_and_button"),
            models.CheckConstraint(
                name="a_tile_has_one_content",
                condition=(
                    models.Q(insight__isnull=False, text__isnull=True, button__isnull=True)
                    | models.Q(insight__isnull=True, text__isnull=False, button__isnull=True)
                    | models.Q(insight__isnull=True, text__isnull=True, button__isnull=False)
                ),
            ),
        ]

    def __str__(self) -> str:
        return f"Tile {self.pk} of {self.dashboard_id}"


class Variable(models.Model):
    """What SQL insights can leave open: `{variables.code_name}` in their text. `values` are the choices of a list."""

    class Type(models.TextChoices):
        """How its value is asked for."""

        STRING = "String"
        NUMBER = "Number"
        BOOLEAN = "Boolean"
        LIST = "List"
        DATE = "Date"

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    project = models.ForeignKey("projects.Project", models.CASCADE, related_name="+", db_index=False)
    name = models.CharField(max_length=400)
    code_name = models.CharField(max_length=400)
    type = models.CharField(max_length=16, choices=Type)
    default_value = models.JSONField(null=True, blank=True)
    values = models.JSONField(null=True, blank=True)
    created_at = models.DateTimeField(default=timezone.now)
    created_by = models.ForeignKey("organizations.User", models.SET_NULL, null=True, related_name="+")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["project", "code_name"], name="one_variable_per_code_name")]

    def __str__(self) -> str:
        return self.name
