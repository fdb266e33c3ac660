"""A loader in a process of its own that is killed at a chosen place.

    python -m tests.loader.crashing <data directory> <cut>

First it finishes what its predecessor left, then it loads the next batch and kills itself at the cut. The cut `report`
loads everything and prints what the stores hold as JSON.
"""

import json
import os
import signal
import sys
import threading
from collections.abc import Callable
from typing import Any, NoReturn

TEAM = 1


def die(*_: object) -> NoReturn:
    """End at once, as by `kill -9` or a power cut."""
    os.kill(os.getpid(), signal.SIGKILL)
    raise AssertionError("unreachable")


def then_die(function: Callable[..., Any]) -> Callable[..., NoReturn]:
    """The function, and death as soon as it has returned."""

    def run(*args: Any, **kwargs: Any) -> NoReturn:
        function(*args, **kwargs)
        die()

    return run


def arm(cut: str) -> None:
    """Place the cut."""
    from pathlib import Path

    from hedgerow.eventstore import copies
    from hedgerow.loader import loading
    from hedgerow.loader.loading import BatchLoading

    if cut == "planned":
        BatchLoading.record = die  # type: ignore[method-assign]
    elif cut == "records written, not committed":
        loading.plan_insert = then_die(loading.plan_insert)  # type: ignore[assignment]
    elif cut == "records committed":
        copies.flush = die  # type: ignore[assignment]
    elif cut == "copied, outbox not emptied":
        copies._copy = then_die(copies._copy)  # type: ignore[assignment]
    elif cut == "before the insert":
        loading.insert_events = die  # type: ignore[assignment]
    elif cut == "while a refused batch is cut":
        BatchLoading._cut = then_die(BatchLoading._cut)  # type: ignore[method-assign]
    elif cut == "events inserted":
        insert = loading.insert_events

        def insert_all_then_die(store: Any, batch: Any, plan: Any, piece: tuple[int, int], work: Path) -> int:
            count = insert(store, batch, plan, piece, work)
            if piece[1] == len(batch.lines):
                die()
            return count

        loading.insert_events = insert_all_then_die
    elif cut == "letters inserted":
        loading.insert_letters = then_die(loading.insert_letters)  # type: ignore[assignment]
    elif cut == "stored":
        BatchLoading.finish = die  # type: ignore[method-assign]
    elif cut == "one segment of several removed":
        Path.unlink = then_die(Path.unlink)  # type: ignore[method-assign]
    elif cut.startswith("after milliseconds "):
        threading.Timer(int(cut.rpartition(" ")[2]) / 1000, die).start()
    else:
        raise ValueError(cut)


def report() -> dict[str, Any]:
    """What the stores hold."""
    from hedgerow.eventstore.client import event_store
    from hedgerow.eventstore.models import PendingCopy
    from hedgerow.loader.models import LoadBatch
    from hedgerow.persons.models import Person

    query = event_store().query
    return {
        "events": query("SELECT event, count(), uniqExact(uuid) FROM events GROUP BY event").rows,
        "dead letters": query("SELECT event, count() FROM dead_letters GROUP BY event").rows,
        "warnings": query("SELECT distinct_id, count() FROM ingestion_warnings GROUP BY distinct_id").rows,
        "persons": Person.objects.count(),
        "visits": [person.properties.get("visit") for person in Person.objects.filter(is_identified=True)],
        "copied persons": query("SELECT count() FROM persons FINAL").rows[0][0],
        "strangers": query("SELECT uniqExact(person_id) FROM events WHERE distinct_id LIKE 'user %'").rows[0][0],
        "left over": LoadBatch.objects.count() + PendingCopy.objects.count(),
    }


def main(data_dir: str, cut: str) -> None:
    os.environ["HEDGEROW_DATA_DIR"] = data_dir
    os.environ["DJANGO_SETTINGS_MODULE"] = "hedgerow.django_settings"
    import django

    django.setup()
    from django.conf import settings
    from django.core.management import call_command

    from hedgerow.eventstore.client import event_store
    from hedgerow.loader.models import LoadBatch
    from hedgerow.loader.service import Loader
    from hedgerow.organizations.models import Organization
    from hedgerow.projects.models import Project

    call_command("migrate", verbosity=0)
    event_store().apply_schema()
    if not Project.objects.exists():
        Project.objects.create(id=TEAM, organization=Organization.objects.create(name="Acme"), name="Shop")
    loader = Loader(settings.HEDGEROW, event_store())
    if cut == "report":
        loader.drain()
        print(json.dumps(report()))
        event_store().close()
        return
    while LoadBatch.objects.exists():
        loader.load_once()
    arm(cut)
    loader.load_once()
    if cut.startswith("after milliseconds "):  # the batch was faster than the cut
        die()


if __name__ == "__main__":
    main(*sys.argv[1:])
