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
        make_all_tables()
        call_command("migrate", interactive=False, verbosity=0)


def make_all_tables() -> None:
    """Make the tables of an empty database as they are today, and note all migrations as applied, in one transaction.

    Migrations lead to the same tables, but going through them one by one takes several times as long as all the rest of
    a first start. A database that has any table is left alone.
    """
    from django.apps import apps
    from django.db import connection
    from django.db.migrations.loader import MigrationLoader
    from django.db.migrations.recorder import MigrationRecorder

    if connection.introspection.table_names():
        return
    recorder = MigrationRecorder(connection)
    with connection.schema_editor() as editor:
        editor.create_model(recorder.Migration)
        for model in apps.get_models():
            if model._meta.can_migrate(connection):
                editor.create_model(model)
        for app_label, name in MigrationLoader(connection).graph.nodes:
            recorder.record_applied(app_label, name)
