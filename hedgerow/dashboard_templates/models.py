"""Templates of dashboards."""

from django.db import models
from django.utils import timezone
from uuid_utils.compat import uuid7


class DashboardTemplate(models.Model):
    """A recipe for a dashboard; of a project, or of none if it came with the product. A deleted one can be restored."""

    class Scope(models.TextChoices):
        """To whom a template is offered."""

        TEAM = "team"
        GLOBAL = "global"
        FEATURE_FLAG = "feature_flag"

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    project = models.ForeignKey("projects.Project", models.CASCADE, null=True, related_name="dashboard_templates")
    template_name = models.CharField(max_length=400, null=True, blank=True)  # noqa: DJ001 - the API tells null from ""
    dashboard_description = models.CharField(max_length=400, null=True, blank=True)  # noqa: DJ001 - likewise
    dashboard_filters = models.JSONField(null=True, blank=True)
    tags = models.JSONField(null=True, blank=True)
    tiles = models.JSONField(default=list)
    variables = models.JSONField(null=True, blank=True)
    image_url = models.CharField(max_length=8201, null=True, blank=True)  # noqa: DJ001 - likewise
    scope = models.CharField(max_length=24, choices=Scope, default=Scope.TEAM)
    availability_contexts = models.JSONField(null=True, blank=True)
    is_featured = models.BooleanField(default=False)
    deleted = models.BooleanField(null=True, default=False)
    created_at = models.DateTimeField(default=timezone.now)
    created_by = models.ForeignKey("organizations.User", models.SET_NULL, null=True, related_name="+")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["project", "template_name"],
                condition=models.Q(deleted=False),
                name="one_template_per_name_in_a_project",
            )
        ]

    def __str__(self) -> str:
        return self.template_name or "Untitled"
