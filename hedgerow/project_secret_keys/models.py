"""A project's secret keys: programs that act for the project and for nobody in particular use them."""

from django.db import models

from hedgerow.organizations.models import User, make_identifier
from hedgerow.projects.models import Project


class ProjectSecretAPIKey(models.Model):
    """A key that opens a few things of one project, whoever made it. Only a hash of its value is kept."""

    id = models.CharField(primary_key=True, max_length=50, default=make_identifier, editable=False)
    project = models.ForeignKey(Project, models.CASCADE, related_name="secret_api_keys")
    label = models.CharField(max_length=40)
    secure_value = models.CharField(max_length=300, unique=True, editable=False)
    mask_value = models.CharField(max_length=20, editable=False)
    scopes = models.JSONField(default=list)
    created_by = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)
    last_used_at = models.DateTimeField(null=True, blank=True)
    last_rolled_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["project", "label"], name="secret_key_label_unique")]

    def __str__(self) -> str:
        return f"{self.label} ({self.mask_value})"
