"""Queries that run in the background."""

from django.db import models


class QueryJob(models.Model):
    """A query that runs, or ran, in the background; whoever knows its id and may see the project may follow it.

    `results` is the whole response as JSON text, once there is one. An `error` without `error_message` is a failure of
    the server, told to nobody. `worker` names the process that runs it and `seen_at` when that process was last known
    to be at it.
    """

    project = models.ForeignKey("projects.Project", models.CASCADE, related_name="+", db_index=False)
    query_id = models.CharField(max_length=128)
    user = models.ForeignKey("organizations.User", models.SET_NULL, null=True, related_name="+")
    cache_key = models.CharField(max_length=40)
    complete = models.BooleanField(default=False)
    error = models.BooleanField(default=False)
    error_message = models.TextField(null=True)  # noqa: DJ001 - null on the wire
    results = models.TextField(null=True)  # noqa: DJ001 - null until there are some
    start_time = models.DateTimeField()
    pickup_time = models.DateTimeField(null=True)
    end_time = models.DateTimeField(null=True)
    worker = models.CharField(max_length=64)
    seen_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["project", "query_id"], name="one_query_job_per_id")]
        indexes = [
            models.Index(fields=["project", "cache_key"], name="query_jobs_by_cache_key"),
            models.Index(fields=["seen_at"], name="query_jobs_by_age"),
        ]

    def __str__(self) -> str:
        return self.query_id
