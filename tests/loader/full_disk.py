"""A loader on a small file system of its own that fills up and is given room again.

    unshare --map-root-user --mount python -m tests.loader.full_disk <empty directory>

Prints what was stored, as JSON.
"""

import ctypes
import json
import os
import sys
from pathlib import Path

SIZE = 64 * 1024 * 1024
EVENTS = 2_000
ROOMS = (3_000_000, 1_500_000, 300_000, 0)
"""Bytes that are left free, one after the other: too few for the records, for the insert, for anything."""


def mount(directory: str) -> None:
    """Put an empty file system of `SIZE` bytes there, seen by this process only."""
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.mount(b"tmpfs", directory.encode(), b"tmpfs", 0, f"size={SIZE}".encode()):
        raise OSError(ctypes.get_errno(), "cannot mount")


def main(directory: str) -> None:
    mount(directory)
    os.environ["HEDGEROW_DATA_DIR"] = directory
    os.environ["DJANGO_SETTINGS_MODULE"] = "hedgerow.django_settings"
    os.environ.pop("HEDGEROW_DATABASE_URL", None)
    import django

    django.setup()
    from django.conf import settings
    from django.core.management import call_command

    from hedgerow.eventstore.client import event_store
    from hedgerow.loader.service import Loader
    from hedgerow.organizations.models import Organization
    from hedgerow.projects.models import Project
    from hedgerow.spool.lines import PERSON_CHANGE
    from tests.loader.spooling import event, write_segment

    call_command("migrate", verbosity=0)
    event_store().apply_schema()
    Project.objects.create(id=1, organization=Organization.objects.create(name="Acme"), name="Shop")
    loader = Loader(settings.HEDGEROW, event_store())
    failures = []
    for room in ROOMS:
        changes = [{"$set": {"token": os.urandom(200).hex()}} for _ in range(EVENTS)]
        lines = [
            event(1, "e", f"{room}-{n}", kind=PERSON_CHANGE, properties=change) for n, change in enumerate(changes)
        ]
        write_segment(settings.HEDGEROW, lines)
        disk = os.statvfs(directory)
        filling = Path(directory, "filling")
        filling.write_bytes(b"x" * (disk.f_bavail * disk.f_frsize - room))
        for _ in range(2):
            try:
                loader.load_once()
            except Exception as error:
                failures.append(str(error))
        filling.unlink()
        loader.drain()

    def count(sql: str) -> int:
        number: int = event_store().query(sql).rows[0][0]
        return number

    print(
        json.dumps(
            {
                "failures": failures,
                "events": count("SELECT count() FROM events"),
                "uuids": count("SELECT uniqExact(uuid) FROM events"),
                "persons": count("SELECT count() FROM persons FINAL"),
                "dead letters": count("SELECT count() FROM dead_letters"),
            }
        )
    )
    event_store().close()


if __name__ == "__main__":
    main(sys.argv[1])
