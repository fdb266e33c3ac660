"""Where the records (organizations, people, projects, persons, definitions …) are kept: SQLite or PostgreSQL."""

from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

from hedgerow.settings import Settings

SQLITE_PRAGMAS = """
PRAGMA journal_mode = WAL;
PRAGMA synchronous = NORMAL;
PRAGMA cache_size = -32000;
PRAGMA temp_store = MEMORY;
PRAGMA mmap_size = 134217728;
"""


def database_configuration(settings: Settings) -> dict[str, Any]:
    """The entry of Django's `DATABASES` for these settings.

    Raises ValueError when `database_url` is not a PostgreSQL address.
    """
    return _postgresql(settings.database_url) if settings.database_url else _sqlite(settings)


def _sqlite(settings: Settings) -> dict[str, Any]:
    settings.data_dir.mkdir(parents=True, exist_ok=True)
    return {
        "ENGINE": "django.db.backends.sqlite3",
        "NAME": settings.data_dir / "records.sqlite3",
        "CONN_MAX_AGE": None,
        "OPTIONS": {
            # A transaction takes the write lock when it begins, so it waits its turn instead of failing half-way.
            "transaction_mode": "IMMEDIATE",
            "timeout": 20,
            "init_command": SQLITE_PRAGMAS,
        },
        # A file, not memory: tests then see the same locking between threads as a server.
        "TEST": {"NAME": settings.data_dir / "test_records.sqlite3"},
    }


def _postgresql(url: str) -> dict[str, Any]:
    parts = urlsplit(url)
    name = unquote(parts.path.lstrip("/"))
    if parts.scheme not in ("postgres", "postgresql") or not name:
        raise ValueError("HEDGEROW_DATABASE_URL must look like postgres://user:password@host:port/name")
    options = dict(parse_qsl(parts.query))
    # A Unix socket is given as `?host=/directory`, as libpq does.
    host = options.pop("host", None) or unquote(parts.hostname or "")
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": name,
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": host,
        "PORT": str(parts.port or ""),
        "CONN_MAX_AGE": 300,
        "CONN_HEALTH_CHECKS": True,
        "OPTIONS": options,
    }
