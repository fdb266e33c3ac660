"""A loader of recordings in a process of its own that is killed at a chosen place.

    python -m tests.recordings.crashing <data directory> <cut>

First it finishes what its predecessor left, then the cut is placed, a segment is written and loaded. The cut `report`
loads what is left and prints what the stores hold as JSON.
"""

import json
import os
import signal
import sys
from collections.abc import Callable
from typing import Any, NoReturn

TEAM = 1
SESSIONS = 3


def die(*_: object) -> NoReturn:
    """End at once, as by `kill -9` or a power cut."""
    os.kill(os.getpid(), signal.SIGKILL)
    raise AssertionError("unreachable")


def die_at(function: Callable[..., Any], call: int) -> Callable[..., Any]:
    """The function, and death as soon as one of its calls has returned."""
    calls = 0

    def run(*args: Any, **kwargs: Any) -> Any:
        nonlocal calls
        calls += 1
        found = function(*args, **kwargs)
        if calls == call:
            die()
        return found

    return run


def arm(cut: str) -> None:
    """Place the cut."""
    from hedgerow.blobs.store import BlobStore
    from hedgerow.recordings.loading import RecordingLoader

    if cut == "between blobs":
        BlobStore.put = die_at(BlobStore.put, 2)  # type: ignore[method-assign]
    elif cut == "before the rows":
        RecordingLoader._insert = die  # type: ignore[method-assign]
    elif cut == "after the rows":
        RecordingLoader._insert = die_at(RecordingLoader._insert, 1)  # type: ignore[method-assign]
    elif cut == "after the warnings":
        RecordingLoader._insert = die_at(RecordingLoader._insert, 3)  # type: ignore[method-assign]
    else:
        raise ValueError(cut)


def report() -> dict[str, Any]:
    """What the stores hold."""
    from hedgerow.blobs.store import store
    from hedgerow.eventstore.client import event_store
    from hedgerow.recordings.blocks import blocks_of, lines_of

    query = event_store().query
    sessions = query("SELECT session_id, count(), sum(click_count) FROM recording_blocks GROUP BY session_id").rows
    return {
        "sessions": sessions,
        "lines": {
            session: [line.decode() for block in blocks_of(TEAM, session) for line in lines_of(block)]
            for session, *_ in sessions
        },
        "blobs": len(list(store().keys("recordings"))),
        "dead letters": query("SELECT distinct_id, count() FROM dead_letters GROUP BY distinct_id").rows,
        "warnings": query("SELECT distinct_id, count() FROM ingestion_warnings GROUP BY distinct_id").rows,
    }


def main(data_dir: str, cut: str) -> None:
    os.environ["HEDGEROW_DATA_DIR"] = data_dir
    os.environ["DJANGO_SETTINGS_MODULE"] = "hedgerow.django_settings"
    import django

    django.setup()
    from django.conf import settings

    from hedgerow.eventstore.client import event_store
    from hedgerow.organizations.models import Organization
    from hedgerow.projects.models import Project
    from hedgerow.recordings.loading import RecordingLoader
    from tests.recordings.spooling import click, piece, write_segment

    loader = RecordingLoader(settings.HEDGEROW, event_store())
    if not settings.HEDGEROW.event_store_dir.exists():
        from django.core.management import call_command

        call_command("migrate", verbosity=0)
        event_store().apply_schema()
        Project.objects.create(id=TEAM, organization=Organization.objects.create(name="Acme"), name="Shop")
    while loader.load_once():
        pass
    if cut == "report":
        print(json.dumps(report()))
        event_store().close()
        return
    name = cut.replace(" ", "-")
    good = [piece(TEAM, f"{name}-{number}", click(number), click(number + 10)) for number in range(SESSIONS)]
    write_segment(settings.HEDGEROW, [*good, piece(TEAM, name, 5, distinct_id=cut)])
    arm(cut)
    loader.load_once()


if __name__ == "__main__":
    main(*sys.argv[1:])
