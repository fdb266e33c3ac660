"""What a capture process counts about itself."""

from prometheus_client import CollectorRegistry, Counter, Histogram, disable_created_metrics, generate_latest


class Metrics:
    """Counters of one process, labelled with its number, since each process behind the port has its own."""

    def __init__(self, worker: int) -> None:
        disable_created_metrics()  # type: ignore[no-untyped-call]
        self._registry = CollectorRegistry()
        label = str(worker)

        def counter(name: str, help_text: str, *labels: str) -> Counter:
            return Counter(name, help_text, ["worker", *labels], registry=self._registry)

        self._requests = counter("hedgerow_capture_requests", "Requests answered.", "endpoint", "status")
        self._dropped = counter("hedgerow_capture_events_dropped", "Events not stored.", "reason")
        self.accepted = counter("hedgerow_capture_events_accepted", "Events on disk.").labels(label)
        self.body_bytes = counter("hedgerow_capture_body_bytes", "Bytes of capture bodies as sent.").labels(label)
        self.spool_bytes = counter("hedgerow_spool_written_bytes", "Bytes written to the spool.").labels(label)
        self._sync_seconds = Histogram(
            "hedgerow_spool_sync_seconds",
            "Time a group of requests waited for the disk.",
            ["worker"],
            registry=self._registry,
            buckets=(0.0005, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5),
        ).labels(label)
        self._worker = label
        self._request_counters: dict[tuple[str, int], Counter] = {}

    def request(self, endpoint: str, status: int) -> None:
        """Count an answer."""
        counter = self._request_counters.get((endpoint, status))
        if counter is None:
            counter = self._request_counters[endpoint, status] = self._requests.labels(
                self._worker, endpoint, str(status)
            )
        counter.inc()

    def dropped(self, reason: str, count: int) -> None:
        """Count events that are not stored."""
        self._dropped.labels(self._worker, reason).inc(count)

    def sync(self, seconds: float, size: int) -> None:
        """Count a group commit; called by the spool's writer."""
        self._sync_seconds.observe(seconds)
        self.spool_bytes.inc(size)

    def text(self) -> bytes:
        """All counters in Prometheus' text format."""
        return generate_latest(self._registry)
