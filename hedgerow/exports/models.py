"""Exported files, made and to be made."""

from django.db import models
from django.utils import timezone


class ExportedAsset(models.Model):
    """A file that somebody (or for a subscription the system) asked for.

    It shows `dashboard`, `insight` (with both, the insight as it is on the dashboard) or what `export_context` says.
    Its bytes are the blob `content_key` once they are there; `exception` says why they are not. `rows_done` of
    `rows_total` tell how far a long one is.
    """

    class Format(models.TextChoices):
        """What kind of file."""

        PNG = "image/png"
        PDF = "application/pdf"
        CSV = "text/csv"
        XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
        WEBM = "video/webm"
        MP4 = "video/mp4"
        GIF = "image/gif"
        JSON = "application/json"

    class Failure(models.TextChoices):
        """Whose fault it is that there is no file."""

        USER = "user"
        SYSTEM = "system"
        TIMEOUT = "timeout_generation"
        UNKNOWN = "unknown"

    project = models.ForeignKey("projects.Project", models.CASCADE, related_name="+", db_index=False)
    created_by = models.ForeignKey("organizations.User", models.SET_NULL, null=True, related_name="+")
    is_system = models.BooleanField(default=False)
    dashboard = models.ForeignKey("dashboards.Dashboard", models.CASCADE, null=True, blank=True, related_name="+")
    insight = models.ForeignKey("saved_insights.Insight", models.CASCADE, null=True, blank=True, related_name="+")
    export_format = models.CharField(max_length=80, choices=Format)
    export_context = models.JSONField(null=True, blank=True)
    created_at = models.DateTimeField(default=timezone.now)
    expires_after = models.DateTimeField()
    content_key = models.CharField(max_length=200, blank=True, default="")
    size = models.BigIntegerField(null=True, blank=True)
    rows_done = models.BigIntegerField(default=0)
    rows_total = models.BigIntegerField(null=True, blank=True)
    finished_at = models.DateTimeField(null=True, blank=True)
    exception = models.TextField(null=True, blank=True)  # noqa: DJ001 - null on the wire
    exception_type = models.CharField(max_length=200, blank=True, default="")
    failure_type = models.CharField(max_length=24, choices=Failure, blank=True, default="")

    class Meta:
        indexes = [
            models.Index(fields=["project", "created_by", "-created_at"], name="exports_of_a_person"),
            models.Index(fields=["expires_after"], name="exports_that_expire"),
        ]

    def __str__(self) -> str:
        return f"Export {self.pk} as {self.export_format}"
