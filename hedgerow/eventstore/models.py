"""The outbox: rows of the records that the event store has to learn."""

from django.db import models


class PendingCopy(models.Model):
    """Rows to copy to a table of the event store, written in the transaction that changed the records.

    `rows` holds JSON objects, one a line, as the engine takes them.
    """

    table = models.CharField(max_length=32)
    rows = models.TextField()

    def __str__(self) -> str:
        return f"{self.table} {self.pk}"
