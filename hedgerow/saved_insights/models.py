"""Saved insights, and who looked at them when."""

import secrets
import string

from django.db import models
from django.utils import timezone

_CHARACTERS = string.ascii_letters + string.digits
_SHORT_ID_LENGTH = 8


def new_short_id() -> str:
    """Eight random letters and digits, at least one of them a letter: a number is the id of the row."""
    while (short_id := "".join(secrets.choice(_CHARACTERS) for _ in range(_SHORT_ID_LENGTH))).isdigit():
        pass
    return short_id


class Insight(models.Model):
    """A saved question. `query` is the node as the API gives it, with its wrapper; `filters` is the old form of the
    question, and empty wherever there is a query.

    A deleted insight stays as a row, which can be restored. `order` is a place in lists that people choose by hand.
    """

    project = models.ForeignKey("projects.Project", models.CASCADE, related_name="insights", db_index=False)
    short_id = models.CharField(max_length=12, default=new_short_id)
    name = models.CharField(max_length=400, null=True, blank=True)  # noqa: DJ001 - the API tells null from ""
    derived_name = models.CharField(max_length=400, null=True, blank=True)  # noqa: DJ001 - likewise
    description = models.CharField(max_length=400, null=True, blank=True)  # noqa: DJ001 - likewise
    query = models.JSONField(null=True, blank=True)
    filters = models.JSONField(default=dict, blank=True)
    order = models.IntegerField(null=True, blank=True)
    tags = models.JSONField(default=list, blank=True)
    deleted = models.BooleanField(default=False)
    saved = models.BooleanField(default=True)
    favorited = models.BooleanField(default=False)
    is_sample = models.BooleanField(default=False)
    created_at = models.DateTimeField(default=timezone.now)
    created_by = models.ForeignKey("organizations.User", models.SET_NULL, null=True, related_name="+")
    updated_at = models.DateTimeField(auto_now=True)
    last_modified_at = models.DateTimeField(default=timezone.now)
    last_modified_by = models.ForeignKey("organizations.User", models.SET_NULL, null=True, related_name="+")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["project", "short_id"], name="one_insight_per_short_id")]

    def __str__(self) -> str:
        return self.name or self.derived_name or self.short_id


class InsightView(models.Model):
    """When somebody last looked at an insight; `user` is None for those without an account."""

    insight = models.ForeignKey(Insight, models.CASCADE, related_name="views", db_index=False)
    user = models.ForeignKey("organizations.User", models.CASCADE, null=True, related_name="+")
    last_viewed_at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["insight", "user"], name="one_view_per_insight_and_user"),
            models.UniqueConstraint(
                fields=["insight"], condition=models.Q(user=None), name="one_anonymous_view_per_insight"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.insight_id} by {self.user_id}"
