"""How much memory and time a CSV file of millions of events takes: `python -m benchmarks exports`, or with another
number of events `python -m benchmarks.exports [events]`.

Makes a project with as many events in a directory of its own, exports all of them as the durable job does, and prints
the memory of the process while it does so.
"""

import argparse
import gc
import os
import threading
from collections.abc import Sequence
from pathlib import Path
from time import monotonic
from typing import TYPE_CHECKING

from benchmarks.results import Figure
from benchmarks.stored import stored_events

if TYPE_CHECKING:
    from hedgerow.projects.models import Project

COLUMNS = "uuid, event, timestamp, distinct_id, properties"
EVENTS = 5_000_000
EVERY_SECONDS = 5.0
MOST_MEMORY = 300.0
"""MiB that a file of any length may take."""
_PAGE = os.sysconf("SC_PAGE_SIZE")


def resident() -> int:
    """Bytes of memory this process has now."""
    return int(Path("/proc/self/statm").read_text().split()[1]) * _PAGE


class Curve(threading.Thread):
    """Notes the memory of the process and how far the export is, every few seconds."""

    def __init__(self, asset_id: int) -> None:
        super().__init__(daemon=True)
        self.points: list[tuple[float, int, int]] = []
        self._asset_id = asset_id
        self._ended = threading.Event()

    def run(self) -> None:
        """Note until `end` is called."""
        from hedgerow.exports.models import ExportedAsset

        began = monotonic()
        while not self._ended.wait(EVERY_SECONDS):
            done = ExportedAsset.objects.values_list("rows_done", flat=True).get(pk=self._asset_id)
            self.points.append((monotonic() - began, resident(), done))
            print(f"{self.points[-1][0]:7.1f} s  {resident() / 2**20:7.0f} MiB  {done:>12,} rows", flush=True)

    def end(self) -> None:
        """Note no more."""
        self._ended.set()
        self.join()


def measure(events: int = EVENTS) -> list[Figure]:
    """The memory that a file of all events takes, with the curve on the screen."""
    os.environ |= {"HEDGEROW_EXPORT_MAX_ROWS": str(events), "HEDGEROW_QUERY_MAX_BACKGROUND_SECONDS": "3600"}
    with stored_events(events) as stored:
        return [export(stored.projects[events], COLUMNS, events)]


def export(project: "Project", select: str, events: int) -> Figure:
    """Export the project's events as CSV, and print how that went."""
    from hedgerow.exports.making import ask_for_export, produce

    context = {"source": {"kind": "HogQLQuery", "query": f"select {select} from events"}}
    asset = ask_for_export(project, None, export_format="text/csv", export_context=context, is_system=True)
    gc.collect()
    before, began = resident(), monotonic()
    curve = Curve(asset.pk)
    curve.start()
    made = produce(asset)
    seconds = monotonic() - began
    curve.end()
    highest = max((memory for _, memory, _ in curve.points), default=before)
    print(
        f"{'made' if made else asset.exception}: {asset.rows_done:,} rows, {(asset.size or 0) / 2**20:,.0f} MiB, "
        f"{seconds:.1f} s ({asset.rows_done / seconds:,.0f} rows/s); memory {before / 2**20:.0f} MiB before, "
        f"{highest / 2**20:.0f} MiB at most"
    )
    assert made and asset.rows_done == events
    return Figure(
        f"CSV of {events:,} events: memory it takes at most",
        (highest - before) / 2**20,
        "MiB",
        MOST_MEMORY,
        at_least=False,
        beside=f"{asset.rows_done / seconds:,.0f} rows/s",
    )


def main(arguments: Sequence[str] | None = None) -> None:
    """Run it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("events", type=int, nargs="?", default=EVENTS)
    measure(parser.parse_args(arguments).events)


if __name__ == "__main__":
    main()
