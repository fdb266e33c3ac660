"""A process that does durable jobs until it is killed: `python -m tests.work.crashing FILE`.

The job writes `begun` to the file, and `done` where it had been begun before; the first time it never ends.
"""

import os
import sys
import threading
from pathlib import Path


def main(file: Path) -> None:
    """Work until the job is done."""
    os.environ["DJANGO_SETTINGS_MODULE"] = "hedgerow.django_settings"
    import django

    django.setup()
    from hedgerow.work.jobs import KINDS, SCHEDULES, Attempt, enqueue, job
    from hedgerow.work.models import Job
    from hedgerow.work.worker import Worker

    KINDS.clear()
    SCHEDULES.clear()
    done = threading.Event()

    @job("tests.once")
    def once(attempt: Attempt) -> None:
        if file.read_text():
            file.write_text("done")
            done.set()
            return
        file.write_text("begun")
        threading.Event().wait()

    if not Job.objects.exists():
        enqueue("tests.once")
    Worker(1, alone=True).start()
    done.wait()


if __name__ == "__main__":
    main(Path(sys.argv[1]))
