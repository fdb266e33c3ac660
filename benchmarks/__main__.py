"""Measure all, or the parts named: `python -m benchmarks [capture] [ingest] [startup] [insights]`.

`exports` and `subscriptions` are measured only when they are named, each in a run of its own.
"""

import sys

from rich.console import Console

from benchmarks import results


def main() -> None:
    # Each part is imported when it runs: insights bring Django and the engine into this process.
    console = Console()
    figures: list[results.Figure] = []
    for name in sys.argv[1:] or ["capture", "ingest", "startup", "insights"]:
        console.print(f"measuring {name} …")
        module = __import__(f"benchmarks.{name}", fromlist=["measure"])
        figures += module.measure()
    results.show(figures, write=len(sys.argv) == 1)


if __name__ == "__main__":
    main()
