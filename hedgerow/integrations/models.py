"""Connections of projects to other services."""

from django.db import models
from django.utils import timezone


class Integration(models.Model):
    """A service that a project may use. `config` can be shown; `secrets` is encrypted and never leaves the server."""

    class Kind(models.TextChoices):
        """Which service."""

        SLACK = "slack"

    project = models.ForeignKey("projects.Project", models.CASCADE, related_name="integrations")
    kind = models.CharField(max_length=24, choices=Kind)
    integration_id = models.CharField(max_length=200)
    config = models.JSONField(default=dict)
    secrets = models.TextField(blank=True, default="")
    errors = models.TextField(blank=True, default="")
    created_at = models.DateTimeField(default=timezone.now)
    created_by = models.ForeignKey("organizations.User", models.SET_NULL, null=True, related_name="+")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["project", "kind", "integration_id"], name="one_integration_per_service")
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.integration_id}"
