"""What people have done with recordings; the recordings themselves are in the event store and among the blobs."""

from django.db import models
from django.utils import timezone

LONGEST_SESSION_ID = 200


class RecordingView(models.Model):
    """Somebody has watched a recording; `viewed_at` is when they did so last."""

    project = models.ForeignKey("projects.Project", models.CASCADE, related_name="+", db_index=False)
    session_id = models.CharField(max_length=LONGEST_SESSION_ID)
    user = models.ForeignKey("organizations.User", models.CASCADE, related_name="+")
    viewed_at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["project", "session_id", "user"], name="one_view_of_a_recording_by_a_user"),
        ]

    def __str__(self) -> str:
        return f"{self.user_id} watched {self.session_id}"


class RemovedRecording(models.Model):
    """A recording that somebody has deleted: what still comes in of its session is removed, too."""

    project = models.ForeignKey("projects.Project", models.CASCADE, related_name="+", db_index=False)
    session_id = models.CharField(max_length=LONGEST_SESSION_ID)
    removed_at = models.DateTimeField(default=timezone.now, db_index=True)
    removed_by = models.ForeignKey("organizations.User", models.SET_NULL, null=True, related_name="+")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["project", "session_id"], name="a_recording_is_removed_once"),
        ]

    def __str__(self) -> str:
        return f"Removed recording {self.session_id}"
