"""A real server for tests: `hedgerow serve` on a free port, with data in a directory the test chooses."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
import uuid
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, Self
from urllib.parse import urlsplit, urlunsplit

import httpx
import psycopg
from psycopg import sql

START_SECONDS = 60
EMAIL = "ada@example.com"
PASSWORD = "correct horse battery staple"


def free_port() -> int:
    """A port on 127.0.0.1 nobody listens on at the moment."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def own_database() -> dict[str, str]:
    """The setting that gives a server records of its own where the tests run on PostgreSQL; nothing on SQLite."""
    url = os.environ.get("HEDGEROW_DATABASE_URL")
    if not url:
        return {}
    name = f"server_{uuid.uuid4().hex}"
    address = urlsplit(url)
    with psycopg.connect(url.replace("postgres://", "postgresql://", 1), autocommit=True) as connection:
        connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
    return {"HEDGEROW_DATABASE_URL": urlunsplit(address._replace(path=f"/{name}"))}


class Server:
    """`hedgerow serve` as a child process. Use as a context manager, or `start` and `stop` it step by step."""

    def __init__(self, data_dir: Path, arguments: Sequence[str] = (), environment: Mapping[str, str] | None = None):
        self.data_dir = data_dir
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.arguments = list(arguments)
        self.environment = {
            **{name: value for name, value in os.environ.items() if name not in {"HEDGEROW_SITE_URL"}},
            "HEDGEROW_DATA_DIR": str(data_dir),
            "HEDGEROW_RECORDING_BLOCK_SECONDS": "0.5",
            **own_database(),
            **(environment or {}),
        }
        self.log_path = data_dir / "server.log"
        self.process: subprocess.Popen[bytes] | None = None
        self.email = EMAIL
        self.password = PASSWORD
        self.personal_api_key = ""
        self.project_api_key = ""
        self.project_id = 0
        self.organization_id = ""
        self.api = httpx.Client(base_url=self.url, timeout=60)

    def __enter__(self) -> Self:
        self.data_dir.mkdir(parents=True, exist_ok=True)
        self.set_up()
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.api.close()
        self.stop()

    def run(self, *arguments: str) -> str:
        """Run another `hedgerow` command on the same data; its standard output."""
        done = subprocess.run(
            [sys.executable, "-m", "hedgerow.cli", *arguments],
            env=self.environment,
            capture_output=True,
            text=True,
            timeout=300,
        )
        if done.returncode:
            raise AssertionError(f"hedgerow {' '.join(arguments)} failed:\n{done.stdout}\n{done.stderr}")
        return done.stdout

    def set_up(self, project: str = "Shop") -> dict[str, Any]:
        """Make the account and a project; remember the keys."""
        printed = self.run(
            *("setup", "--email", self.email, "--password", self.password),
            *("--organization", "Acme", "--project", project, "--json"),
        )
        account: dict[str, Any] = json.loads(printed)
        self.personal_api_key = account["personal_api_key"]
        self.project_api_key = account["project_api_key"]
        self.project_id = int(account["project_id"])
        self.organization_id = account["organization_id"]
        self.api.headers["Authorization"] = f"Bearer {self.personal_api_key}"
        return account

    def start(self) -> None:
        """Start and wait until `/_ready` says so."""
        with self.log_path.open("ab") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "hedgerow.cli", "serve", "--port", str(self.port), *self.arguments],
                env=self.environment,
                stdout=log,
                stderr=subprocess.STDOUT,
            )
        self.wait_until_ready()

    def wait_until_ready(self) -> None:
        """Return once `/_ready` answers 200; fails with the log when the server ended or took too long."""
        deadline = time.monotonic() + START_SECONDS
        while time.monotonic() < deadline:
            if self.process is None or self.process.poll() is not None:
                break
            try:
                if httpx.get(f"{self.url}/_ready", timeout=5).status_code == 200:
                    return
            except httpx.HTTPError:
                pass
            time.sleep(0.05)
        raise AssertionError(f"the server did not become ready:\n{self.log_path.read_text()[-8000:]}")

    def stop(self) -> int:
        """End the server with SIGTERM as a service manager would; its exit status."""
        if self.process is None:
            return 0
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        try:
            return self.process.wait(60)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
            raise AssertionError(f"the server did not end:\n{self.log_path.read_text()[-8000:]}") from None

    def hogql(self, query: str, project_id: int | None = None, **values: object) -> list[list[Any]]:
        """The rows of a HogQL query, through the API, never from the cache."""
        answer = self.api.post(
            f"/api/projects/{project_id or self.project_id}/query/",
            json={"query": {"kind": "HogQLQuery", "query": query, "values": values}, "refresh": "force_blocking"},
        )
        assert answer.status_code == 200, f"{answer.text}\n{self.log_path.read_text()[-4000:]}"
        rows: list[list[Any]] = answer.json()["results"]
        return rows

    def wait_for_rows(self, query: str, expected: int, seconds: float = 30, **values: object) -> list[list[Any]]:
        """The rows of a HogQL query once there are at least `expected` of them."""
        deadline = time.monotonic() + seconds
        while True:
            rows = self.hogql(query, **values)
            if len(rows) >= expected:
                return rows
            if time.monotonic() > deadline:
                raise AssertionError(f"expected {expected} rows, got {rows!r}\n{self.log_path.read_text()[-4000:]}")
            time.sleep(0.1)
