"""What stands below the API: the secret key, the address of the records, the log, and bringing tables up to date."""

import json
import multiprocessing
import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from hedgerow.records import database_configuration
from hedgerow.secret import secret_key
from hedgerow.settings import Settings
from tests.serving import own_database

LOG = """
import logging
from hedgerow.logs import configure_logging
from hedgerow.settings import load_settings
import structlog
configure_logging(load_settings())
structlog.get_logger("ours").info("stored", events=3)
logging.getLogger("theirs").warning("slow: %s s", 2)
structlog.get_logger("ours").debug("hidden")
password = "never to be seen"
try:
    raise ValueError("broken")
except ValueError:
    structlog.get_logger("ours").exception("failed")
"""


def settings_in(directory: Path, **changes: object) -> Settings:
    return Settings(data_dir=directory, **changes)  # type: ignore[arg-type]


def key_of(directory: Path) -> str:
    return secret_key(settings_in(directory))


def test_the_secret_key_is_made_once_and_kept_to_ourselves(tmp_path: Path) -> None:
    key = key_of(tmp_path)
    assert len(key) > 50
    assert key_of(tmp_path) == key
    assert stat.S_IMODE((tmp_path / "secret_key").stat().st_mode) == 0o600
    assert secret_key(settings_in(tmp_path, secret_key="mine")) == "mine"


def test_processes_that_start_together_get_the_same_secret_key(tmp_path: Path) -> None:
    with multiprocessing.get_context("fork").Pool(4) as pool:
        keys = pool.map(key_of, [tmp_path] * 8)
    assert len(set(keys)) == 1
    assert [path.name for path in tmp_path.iterdir()] == ["secret_key"]


def test_records_are_kept_in_the_data_directory_by_default(tmp_path: Path) -> None:
    configuration = database_configuration(settings_in(tmp_path, database_url=""))
    assert configuration["NAME"] == tmp_path / "records.sqlite3"


def test_a_postgres_address_is_taken_apart(tmp_path: Path) -> None:
    url = "postgres://ann:p%40ss@db.example:5433/hedge?sslmode=require"
    configuration = database_configuration(settings_in(tmp_path, database_url=url))
    wanted = {"NAME": "hedge", "USER": "ann", "PASSWORD": "p@ss", "HOST": "db.example", "PORT": "5433"}
    assert {name: configuration[name] for name in wanted} == wanted
    assert configuration["OPTIONS"] == {"sslmode": "require"}
    socket = database_configuration(settings_in(tmp_path, database_url="postgresql:///hedge?host=/run/postgresql"))
    assert (socket["HOST"], socket["NAME"]) == ("/run/postgresql", "hedge")


@pytest.mark.parametrize("url", ["mysql://a/b", "postgres://host", "nonsense"])
def test_another_address_is_refused(tmp_path: Path, url: str) -> None:
    with pytest.raises(ValueError, match="HEDGEROW_DATABASE_URL"):
        database_configuration(settings_in(tmp_path, database_url=url))


def written_log(**environment: str) -> list[str]:
    done = subprocess.run(
        [sys.executable, "-c", LOG], env={**os.environ, **environment}, capture_output=True, text=True, check=True
    )
    return done.stderr.splitlines()


def test_the_log_is_one_json_object_a_line_when_asked() -> None:
    entries = [json.loads(line) for line in written_log(HEDGEROW_LOG_JSON="true")]
    assert [(entry["logger"], entry["level"], entry["event"]) for entry in entries] == [
        ("ours", "info", "stored"),
        ("theirs", "warning", "slow: 2 s"),
        ("ours", "error", "failed"),
    ]
    assert entries[0]["events"] == 3
    assert "ValueError: broken" in entries[2]["exception"]


def test_the_log_shows_traces_but_no_variables() -> None:
    text = "\n".join(written_log(HEDGEROW_LOG_JSON="false"))
    assert "stored" in text
    assert "ValueError: broken" in text
    assert "never to be seen" not in text
    assert "hidden" not in text


def test_tables_are_made_by_several_processes_at_once_without_harm(tmp_path: Path) -> None:
    command = (
        "from hedgerow.settings import load_settings; from hedgerow.migrate import migrate_records;"
        "migrate_records(load_settings()); from hedgerow.projects.models import Project; print(Project.objects.count())"
    )
    environment = {**os.environ, "HEDGEROW_DATA_DIR": str(tmp_path), "HEDGEROW_DATABASE_URL": ""}
    running = [
        subprocess.Popen([sys.executable, "-c", command], env=environment, stdout=subprocess.PIPE, text=True)
        for _ in range(2)
    ]
    assert [process.communicate(timeout=120)[0] for process in running] == ["0\n", "0\n"]


def test_the_tables_of_an_empty_database_are_those_that_migrations_make(tmp_path: Path) -> None:
    told = """
import sys, django
from hedgerow.settings import load_settings
django.setup()
from django.core.management import call_command
from django.db import connection
from hedgerow.migrate import migrate_records
if sys.argv[1] == "at once":
    migrate_records(load_settings())
else:
    call_command("migrate", interactive=False, verbosity=0)
look = connection.introspection
with connection.cursor() as cursor:
    for table in sorted(look.table_names(cursor)):
        if table.startswith("auth_"):
            continue  # Django's own, never filled; on PostgreSQL its migrations have ids of another width
        for column in sorted(look.get_table_description(cursor, table)):
            print(table, column.name, column.type_code, column.null_ok, column.internal_size)
        for name, what in sorted(look.get_constraints(cursor, table).items()):
            named = (what["index"] or what["check"] or what["unique"]) and not name.startswith("__unnamed")
            print(table, name if named else "", sorted(what.items()))
call_command("showmigrations", list=True)
"""
    tables = []
    for way in ("at once", "by migrations"):
        data_dir = tmp_path / way
        data_dir.mkdir()
        environment = {
            **os.environ,
            "HEDGEROW_DATA_DIR": str(data_dir),
            "DJANGO_SETTINGS_MODULE": "hedgerow.django_settings",
            **own_database(),
        }
        done = subprocess.run(
            [sys.executable, "-c", told, way], env=environment, capture_output=True, text=True, timeout=300
        )
        assert done.returncode == 0, done.stderr
        tables.append(sorted(done.stdout.splitlines()))
    assert "[ ]" not in "".join(tables[0]), "every migration is noted as applied"
    assert tables[0] == tables[1]
    assert len(tables[0]) > 1000
