"""Run a command with the records on PostgreSQL: `python scripts/with_postgres.py pytest tests/organizations`.

Starts Debian's PostgreSQL (`apt-get install postgresql`) with an empty cluster in a temporary directory, reachable only
through a Unix socket there, sets `HEDGEROW_DATABASE_URL` for the command, and stops and removes it afterwards. Gives
the command's exit status, or 2 when PostgreSQL cannot be started.
"""

import contextlib
import os
import pwd
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

START_SECONDS = 60
SETTINGS = {
    "listen_addresses": "",
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "max_connections": "150",
    "shared_buffers": "32MB",
}


def main(command: list[str]) -> int:
    """Run `command` with a PostgreSQL of its own."""
    if not command:
        print(__doc__, file=sys.stderr)
        return 2
    signal.signal(signal.SIGTERM, lambda number, frame: sys.exit(128 + number))
    try:
        with running_postgres() as url:
            return subprocess.run(command, env={**os.environ, "HEDGEROW_DATABASE_URL": url}).returncode
    except PostgresError as error:
        print(error, file=sys.stderr)
        return 2


class PostgresError(Exception):
    """PostgreSQL is not there or does not start."""


@contextlib.contextmanager
def running_postgres() -> Iterator[str]:
    """The address of a fresh database `hedgerow`, which ends with the block. Raises PostgresError."""
    programs = _programs()
    directory = Path(tempfile.mkdtemp(prefix="hedgerow-postgres-"))
    account = _account()
    server: subprocess.Popen[bytes] | None = None
    try:
        if account:
            os.chown(directory, account.pw_uid, account.pw_gid)
        _make_cluster(programs, directory, account)
        server = _start(programs, directory, account)
        _make_database(programs, directory, account, server)
        yield f"postgres://hedgerow@/hedgerow?host={directory}"
    finally:
        if server is not None:
            server.send_signal(signal.SIGINT)  # ends connections and stops at once
            server.wait(timeout=30)
        shutil.rmtree(directory, ignore_errors=True)


def _programs() -> Path:
    """Where the newest installed server's programs are."""
    versions = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda path: float(path.parts[-3]))
    if not versions:
        raise PostgresError("PostgreSQL is not installed: apt-get install postgresql")
    return versions[-1].parent


def _account() -> pwd.struct_passwd | None:
    """The account to run as, because PostgreSQL refuses to run as root; None when we are not root."""
    if os.geteuid() != 0:
        return None
    try:
        return pwd.getpwnam("postgres")
    except KeyError:
        return pwd.getpwnam("nobody")


def _make_cluster(programs: Path, directory: Path, account: pwd.struct_passwd | None) -> None:
    arguments = ["--auth=trust", "--username=hedgerow", "--encoding=UTF8", "--locale=C.UTF-8", "--no-sync"]
    _run([str(programs / "initdb"), f"--pgdata={directory / 'cluster'}", *arguments], directory, account)


def _start(programs: Path, directory: Path, account: pwd.struct_passwd | None) -> "subprocess.Popen[bytes]":
    options = [part for name, value in SETTINGS.items() for part in ("-c", f"{name}={value}")]
    with (directory / "log").open("wb") as log:
        return subprocess.Popen(
            [str(programs / "postgres"), "-D", str(directory / "cluster"), "-k", str(directory), *options],
            stdout=log,
            stderr=log,
            cwd=directory,
            start_new_session=True,  # a Ctrl-C is for the command; we stop the server when it has ended
            **_as(account),
        )


def _make_database(
    programs: Path, directory: Path, account: pwd.struct_passwd | None, server: "subprocess.Popen[bytes]"
) -> None:
    ready = [str(programs / "pg_isready"), "-q", "-h", str(directory), "-U", "hedgerow", "-d", "postgres"]
    deadline = time.monotonic() + START_SECONDS
    while subprocess.run(ready, **_as(account)).returncode:
        if server.poll() is not None or time.monotonic() > deadline:
            raise PostgresError(f"PostgreSQL did not start:\n{(directory / 'log').read_text()}")
        time.sleep(0.1)
    _run([str(programs / "createdb"), "-h", str(directory), "-U", "hedgerow", "hedgerow"], directory, account)


def _run(command: list[str], directory: Path, account: pwd.struct_passwd | None) -> None:
    done = subprocess.run(command, capture_output=True, text=True, cwd=directory, **_as(account))
    if done.returncode:
        raise PostgresError(f"{command[0]} failed:\n{done.stdout}{done.stderr}")


def _as(account: pwd.struct_passwd | None) -> dict[str, Any]:
    return {"user": account.pw_uid, "group": account.pw_gid, "extra_groups": []} if account else {}


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
