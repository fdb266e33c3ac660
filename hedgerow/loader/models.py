"""What the loader must remember over a crash."""

from django.db import models


class LoadBatch(models.Model):
    """The plan of one batch: which segments it consists of, and how far it has come.

    `segments` never changes once written. `insert` (a JSON text of `hedgerow.loader.plan.InsertPlan`) is written with
    the records the batch has changed, so a repeated insert is the same one.
    """

    class State(models.TextChoices):
        PLANNED = "planned"
        """Its segments are chosen."""
        RECORDED = "recorded"
        """Persons, groups and definitions know its events; the event store may have some of them."""
        STORED = "stored"
        """Everything is in the event store; its segments can go."""

    token = models.UUIDField(unique=True)
    lane = models.CharField(max_length=16)
    segments = models.JSONField()
    state = models.CharField(max_length=16, choices=State.choices, default=State.PLANNED)
    insert = models.TextField(default="")
    planned_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"batch {self.pk}"


class PeriodicJob(models.Model):
    """When regular work was last done, so that a restart neither skips nor repeats it."""

    name = models.CharField(max_length=64, primary_key=True)
    done_until = models.DateTimeField()

    def __str__(self) -> str:
        return self.name
