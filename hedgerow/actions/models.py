"""The records of actions."""

from django.db import models
from django.utils import timezone


class Action(models.Model):
    """A saved event matcher. `steps` are the checked steps as the API gives them; see `hedgerow.actions.reading`.

    A deleted action stays as a row that questions no longer find; its name is free for another one.
    """

    project = models.ForeignKey("projects.Project", models.CASCADE, related_name="actions", db_index=False)
    name = models.CharField(max_length=400)
    description = models.TextField(blank=True, default="")
    tags = models.JSONField(default=list)
    steps = models.JSONField(default=list)
    post_to_slack = models.BooleanField(default=False)
    slack_message_format = models.CharField(max_length=1200, blank=True, default="")
    created_at = models.DateTimeField(auto_now_add=True)
    created_by = models.ForeignKey("organizations.User", models.SET_NULL, null=True, related_name="+")
    deleted = models.BooleanField(default=False)
    last_calculated_at = models.DateTimeField(default=timezone.now)
    pinned_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["project", "name"], condition=models.Q(deleted=False), name="one_action_per_name"
            )
        ]
        indexes = [models.Index(fields=["project", "deleted"], name="actions_of_a_project")]

    def __str__(self) -> str:
        return self.name
