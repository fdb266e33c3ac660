"""What the loader tells Prometheus about itself."""

from prometheus_client import Counter, Gauge, Histogram

events_stored = Counter("hedgerow_loader_events_stored", "Events stored in the event store.", ["lane"])
duplicates_ignored = Counter("hedgerow_loader_duplicates_ignored", "Events left out as they were stored before.")
dead_letters = Counter("hedgerow_loader_dead_letters", "Events that could not be stored, by way of dead letters.")
failures = Counter("hedgerow_loader_failures", "Tries to load a batch that failed and are repeated.")
batch_seconds = Histogram(
    "hedgerow_loader_batch_seconds",
    "Time to load one batch.",
    buckets=(0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 30),
)
spool_lag_seconds = Gauge("hedgerow_spool_lag_seconds", "Age of the oldest segment that waits to be loaded.")
spool_waiting_bytes = Gauge("hedgerow_spool_waiting_bytes", "Bytes in the spool that wait to be loaded.")
