"""Entries of the activity log."""

from django.core.serializers.json import DjangoJSONEncoder
from django.db import models
from django.utils import timezone


class ActivityLog(models.Model):
    """One thing somebody did to one object; `user` is None for the system and for people who are gone.

    `detail` holds `name`, `short_id`, `type`, `changes`, `trigger` and, of merged persons, `merge`; None where there is
    nothing to say. An entry of an organization's own things has no project.
    """

    organization = models.ForeignKey("organizations.Organization", models.CASCADE, related_name="+", db_index=False)
    project = models.ForeignKey("projects.Project", models.CASCADE, null=True, related_name="+", db_index=False)
    user = models.ForeignKey("organizations.User", models.SET_NULL, null=True, related_name="+")
    is_system = models.BooleanField(default=False)
    activity = models.CharField(max_length=79)
    scope = models.CharField(max_length=79)
    item_id = models.CharField(max_length=400)
    detail = models.JSONField(encoder=DjangoJSONEncoder)
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["-created_at", "-id"]
        indexes = [
            models.Index(fields=["project", "scope", "item_id", "-created_at"], name="activity_of_an_object"),
            models.Index(fields=["project", "-created_at"], name="activity_of_a_project"),
            models.Index(fields=["organization", "-created_at"], name="activity_of_an_organization"),
        ]

    def __str__(self) -> str:
        return f"{self.scope} {self.item_id} {self.activity}"
