"""Jobs that are waiting, running or have failed, and when schedules are due. A job that is done is gone."""

from django.db import models
from django.db.models import Q
from django.utils import timezone


class Job(models.Model):
    """One call of a kind's function with `arguments`, from `run_at` on.

    While a worker is at it, it holds a lease and renews it; a lease that has run out is a worker that died. `attempts`
    counts the calls so far. A job with `failed_at` will not be tried again.
    """

    kind = models.CharField(max_length=100)
    arguments = models.JSONField(default=dict)
    run_at = models.DateTimeField(default=timezone.now)
    created_at = models.DateTimeField(default=timezone.now)
    attempts = models.PositiveIntegerField(default=0)
    worker = models.CharField(max_length=100, blank=True, default="")
    leased_until = models.DateTimeField(null=True, blank=True)
    failed_at = models.DateTimeField(null=True, blank=True)
    last_error = models.TextField(blank=True, default="")

    class Meta:
        indexes = [models.Index(fields=["run_at"], condition=Q(failed_at=None), name="jobs_to_do")]

    def __str__(self) -> str:
        return f"{self.kind} {self.pk}"


class Schedule(models.Model):
    """When a job of a kind is made next, whichever process makes it."""

    kind = models.CharField(max_length=100, primary_key=True)
    due_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.kind} at {self.due_at:%Y-%m-%d %H:%M:%S}"
