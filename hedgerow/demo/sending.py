"""Send the sample through the capture endpoint, as any client would."""

import gzip
import time
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import orjson
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskProgressColumn, TextColumn, TimeElapsedColumn

from hedgerow.demo.journey import visitor_events
from hedgerow.demo.population import visitors

BATCH_EVENTS = 1000
GIVE_UP_AFTER = 60.0
"""Seconds of refusals in a row after which sending stops with an error."""


class DemoError(Exception):
    """The server did not take the sample; the message says why."""


@dataclass(frozen=True)
class DemoSummary:
    """What was sent: events, visitors with at least one event, and the days they fall on."""

    events: int
    people: int
    first: datetime
    last: datetime


def run_demo(
    host: str,
    project_api_key: str,
    *,
    days: int = 90,
    people: int = 5000,
    seed: int = 7,
    until: datetime | None = None,
    progress: bool = True,
) -> DemoSummary:
    """Send the sample of the last `days` days with about `people` new visitors to the server at `host`.

    The same seed makes the same events with the same uuids, so sending it twice adds nothing but what has happened
    since. `until` (aware; now, if None) is the latest moment of the sample. Raises `DemoError` when the server cannot
    be reached or refuses the project's key.
    """
    until = (until or datetime.now(UTC)).astimezone(UTC)
    since = first_moment(until, days)
    population = list(visitors(seed=seed, people=people, days=days, until=until))
    events = active = 0
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        TaskProgressColumn(),
        MofNCompleteColumn(),
        TextColumn("visitors · {task.fields[events]:,} events"),
        TimeElapsedColumn(),
    )
    with (
        Progress(*columns, console=Console(stderr=True), disable=not progress) as bar,
        httpx.Client(base_url=host, timeout=30.0) as client,
    ):
        task = bar.add_task("Sending the sample", total=len(population), events=0)
        waiting: list[dict[str, Any]] = []
        for visitor in population:
            life = visitor_events(visitor, since=since, until=until)
            active += bool(life)
            waiting.extend(event.wire() for event in life)
            while len(waiting) >= BATCH_EVENTS:
                _send(client, project_api_key, waiting[:BATCH_EVENTS])
                del waiting[:BATCH_EVENTS]
                events += BATCH_EVENTS
            bar.update(task, advance=1, events=events + len(waiting))
        if waiting:
            _send(client, project_api_key, waiting)
            events += len(waiting)
    return DemoSummary(events=events, people=active, first=since, last=until)


def first_moment(until: datetime, days: int) -> datetime:
    """The start, in UTC, of the first of the `days` days that end with that of `until`."""
    return datetime.combine(until.date() - timedelta(days=days - 1), datetime.min.time(), tzinfo=UTC)


def _send(client: httpx.Client, project_api_key: str, events: list[dict[str, Any]]) -> None:
    """One batch, again and again while the server asks for patience; stable uuids make a repeat harmless."""
    body = gzip.compress(orjson.dumps({"api_key": project_api_key, "batch": events}), compresslevel=1)
    headers = {"Content-Type": "application/json", "Content-Encoding": "gzip"}
    deadline = time.monotonic() + GIVE_UP_AFTER
    while True:
        try:
            response = client.post("/batch/", content=body, headers=headers)
        except httpx.TransportError as error:
            failure = f"The server at {client.base_url} cannot be reached: {error}"
        else:
            if response.status_code == httpx.codes.OK:
                return
            failure = f"The server answered {response.status_code}: {response.text[:300]}"
            if response.status_code not in (429, 502, 503, 504):
                raise DemoError(failure)
        if time.monotonic() > deadline:
            raise DemoError(failure)
        time.sleep(1.0)
