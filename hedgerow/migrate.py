"""Bringing the records' tables up to date."""

import fcntl
import os

import django

from hedgerow.settings import Settings


def migrate_records(settings: Settings) -> None:
    """Apply what is missing of the records' schema; Django is set up by the way.

    Processes that start at the same time take turns. Raises Django's database errors when the database cannot be
    reached.
    """
    from django.core.management import call_command

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "hedgerow.django_settings")
    django.setup()

    settings.data_dir.mkdir(parents=True, exist_ok=True)
    with (settings.data_dir / "migrate.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        call_command("migrate", interactive=False, verbosity=0)
