"""What is shared, by which token, and with which passwords."""

from django.db import models
from django.db.models import Q
from django.utils import timezone


class SharingConfiguration(models.Model):
    """How one dashboard, insight or recording is shared.

    Of an object's rows the one without `expires_at` counts; the others had tokens that were replaced and work until
    then. `settings` are the choices of how it is shown.
    """

    project = models.ForeignKey("projects.Project", models.CASCADE, related_name="+")
    dashboard = models.ForeignKey(
        "dashboards.Dashboard", models.CASCADE, null=True, blank=True, related_name="sharing_configurations"
    )
    insight = models.ForeignKey(
        "saved_insights.Insight", models.CASCADE, null=True, blank=True, related_name="sharing_configurations"
    )
    recording_id = models.CharField(max_length=200, null=True, blank=True)  # noqa: DJ001 - of other objects null
    access_token = models.CharField(max_length=64, unique=True)
    enabled = models.BooleanField(default=False)
    settings = models.JSONField(null=True, blank=True)
    password_required = models.BooleanField(default=False)
    created_at = models.DateTimeField(default=timezone.now)
    expires_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["dashboard"], condition=Q(expires_at=None), name="one_current_share_of_a_dashboard"
            ),
            models.UniqueConstraint(
                fields=["insight"], condition=Q(expires_at=None), name="one_current_share_of_an_insight"
            ),
            models.UniqueConstraint(
                fields=["project", "recording_id"],
                condition=Q(expires_at=None, recording_id__isnull=False),
                name="one_current_share_of_a_recording",
            ),
        ]

    def __str__(self) -> str:
        return f"Share {self.pk} of project {self.project_id}"


class SharePassword(models.Model):
    """A password of a share; only its slow salted hash is stored. One that was taken back is not active."""

    configuration = models.ForeignKey(SharingConfiguration, models.CASCADE, related_name="passwords")
    password_hash = models.CharField(max_length=200)
    note = models.CharField(max_length=100, blank=True, default="")
    is_active = models.BooleanField(default=True)
    created_at = models.DateTimeField(default=timezone.now)
    created_by = models.ForeignKey("organizations.User", models.SET_NULL, null=True, related_name="+")

    def __str__(self) -> str:
        return self.note or f"Password {self.pk}"


class FailedTry(models.Model):
    """Somebody at an address gave a wrong password of a share; kept as long as it counts."""

    configuration = models.ForeignKey(SharingConfiguration, models.CASCADE, related_name="failed_tries", db_index=False)
    address = models.CharField(max_length=64)
    tried_at = models.DateTimeField(default=timezone.now, db_index=True)

    class Meta:
        indexes = [models.Index(fields=["configuration", "address", "tried_at"], name="failed_tries_of_an_address")]

    def __str__(self) -> str:
        return f"{self.address} at share {self.configuration_id}"
