"""How long subscriptions take that are due at once: `python -m benchmarks subscriptions`, or with another number of
them `python -m benchmarks.subscriptions [subscriptions]`.

Makes a project with two hundred thousand events, twelve insights and as many subscriptions by mail, each to one of the
insights, dispatches them, and lets the worker of jobs deliver them all the way: questions, pictures, and mails to a
real SMTP server.
"""

import argparse
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from datetime import timedelta
from typing import TYPE_CHECKING

from benchmarks.results import Figure
from benchmarks.stored import stored_events

if TYPE_CHECKING:
    from hedgerow.projects.models import Project

SUBSCRIPTIONS = 1_000
EVENTS = 200_000
INSIGHTS = 12
DISPATCHED_WITHIN = 60.0
"""Seconds in which a thousand are to be dispatched."""


@contextmanager
def mail_server() -> Iterator[int]:
    """The port of an SMTP server that takes every mail and forgets it."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = int(probe.getsockname()[1])
    command = [sys.executable, "-m", "aiosmtpd", "-n", "-l", f"127.0.0.1:{port}", "-c", "aiosmtpd.handlers.Sink"]
    with subprocess.Popen(command) as server:
        try:
            while True:
                with suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
                    break
                time.sleep(0.05)
            yield port
        finally:
            server.terminate()


def subscribe(project: "Project", count: int) -> None:
    """Make the subscriptions, all due now."""
    from django.utils import timezone

    from hedgerow.saved_insights.models import Insight
    from hedgerow.subscriptions.models import Subscription

    events = ("$pageview", "product viewed", "cart filled", "order placed")
    insights = [
        Insight.objects.create(
            project=project,
            name=f"{event} by {interval}",
            query={
                "kind": "TrendsQuery",
                "series": [{"kind": "EventsNode", "event": event}],
                "interval": interval,
                "dateRange": {"date_from": "-30d"},
            },
        )
        for event in events
        for interval in ("day", "week", "hour")
    ]
    due = timezone.now() - timedelta(minutes=1)
    Subscription.objects.bulk_create(
        Subscription(
            project=project,
            insight=insights[number % len(insights)],
            target_type="email",
            target_value=f"reader-{number}@example.com",
            frequency="daily",
            start_date=due,
            next_delivery_date=due,
        )
        for number in range(count)
    )


def deliver(count: int) -> list[Figure]:
    """Dispatch and deliver, and say how long both took."""
    from django.conf import settings

    from hedgerow.subscriptions.dispatching import dispatch_due
    from hedgerow.subscriptions.models import Delivery, Sending
    from hedgerow.work.worker import Worker

    began = time.monotonic()
    assert dispatch_due() == count
    dispatched = time.monotonic() - began
    worker = Worker(settings.HEDGEROW.work_threads, alone=True)
    began = time.monotonic()
    worker.start()
    try:
        while left := Delivery.objects.filter(status=Delivery.Status.STARTING).count():
            print(f"{time.monotonic() - began:7.1f} s  {count - left:>6,} delivered", flush=True)
            time.sleep(5)
    finally:
        worker.stop(lambda tag: None)
    seconds = time.monotonic() - began
    sent = Sending.objects.filter(state=Sending.State.SENT).count()
    assert Delivery.objects.filter(status=Delivery.Status.COMPLETED).count() == sent == count
    beside = f"mails with pictures accepted after {seconds:.0f} s more, {sent / seconds:.1f} a second"
    return [Figure(f"{count:,} due subscriptions: dispatched", dispatched, "s", DISPATCHED_WITHIN, False, beside)]


def measure(count: int = SUBSCRIPTIONS) -> list[Figure]:
    """How long so many take, all the way."""
    with mail_server() as port:
        os.environ |= {
            "HEDGEROW_SMTP_HOST": "127.0.0.1",
            "HEDGEROW_SMTP_PORT": str(port),
            "HEDGEROW_SMTP_TLS": "none",
            "HEDGEROW_SITE_URL": "http://hedgerow.test",
        }
        with stored_events(EVENTS) as stored:
            subscribe(stored.projects[EVENTS], count)
            return deliver(count)


def main(arguments: Sequence[str] | None = None) -> None:
    """Run it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("subscriptions", type=int, nargs="?", default=SUBSCRIPTIONS)
    for figure in measure(parser.parse_args(arguments).subscriptions):
        print(f"{figure.what} in {figure.measured:.1f} {figure.unit}; {figure.beside}")


if __name__ == "__main__":
    main()
