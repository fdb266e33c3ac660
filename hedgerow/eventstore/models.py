"""The outbox: rows of the records that the event store has to learn."""

from django.db import models


class PendingCopy(models.Model):
    """One row to copy to a table of the event store; written in the transaction that changed the record."""

    table = models.CharField(max_length=32)
    row = models.JSONField()

    def __str__(self) -> str:
        return f"{self.table} {self.pk}"
