"""Exports of a real server that is killed while it makes them."""

import contextlib
import os
import signal
import time
from pathlib import Path
from typing import Any

import httpx
import psutil

from tests.serving import Server

ROWS = 400_000


def wait_for(server: Server, export_id: int, is_reached: Any, seconds: float = 120) -> dict[str, Any]:
    """The export once something is true of it."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        told: dict[str, Any] = server.api.get(f"/api/projects/{server.project_id}/exports/{export_id}/").json()
        if is_reached(told):
            return told
        time.sleep(0.1)
    raise AssertionError(f"{told}\n{server.log_path.read_text()[-4000:]}")


def wait_for_middle(server: Server, export_id: int) -> None:
    """Return when the server that runs has read some rows, but not all."""
    assert server.process is not None
    since = psutil.Process(server.process.pid).create_time()
    kept = server.data_dir / "exporting" / str(export_id) / "rows.zst"
    deadline = time.monotonic() + 60
    while True:
        with contextlib.suppress(FileNotFoundError):
            if kept.stat().st_mtime > since and kept.stat().st_size > 100_000:
                return
        assert time.monotonic() < deadline, server.log_path.read_text()[-4000:]
        time.sleep(0.01)


def kill(server: Server) -> None:
    """End all of the server's processes at once, as a power cut would."""
    assert server.process is not None
    processes = [
        server.process.pid,
        *(child.pid for child in psutil.Process(server.process.pid).children(recursive=True)),
    ]
    for pid in processes:
        os.kill(pid, signal.SIGKILL)
    server.process.wait(30)


def files_in(folder: Path) -> list[str]:
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file())


def test_a_long_export_outlives_the_server(tmp_path: Path) -> None:
    """Killed in the middle of a table, and then stopped in the middle, it is made again when the server is back: one
    file, and nothing else is left."""
    settings = {"HEDGEROW_EXPORT_WAIT_SECONDS": "0", "HEDGEROW_EXPORT_MAX_ROWS": str(ROWS)}
    with Server(tmp_path / "data", environment=settings) as server:
        query = f"select number as n, concat('row ', toString(number)) as name from numbers({ROWS})"
        body = {"export_format": "text/csv", "export_context": {"source": {"kind": "HogQLQuery", "query": query}}}
        asked = server.api.post(f"/api/projects/{server.project_id}/exports/", json=body)
        assert asked.status_code == 201, asked.text
        export_id = asked.json()["id"]
        wait_for_middle(server, export_id)
        kill(server)
        assert [path for path in files_in(server.data_dir / "blobs") if "#" not in path] == []
        server.start()
        wait_for_middle(server, export_id)
        assert server.stop() == 0
        server.start()
        told = wait_for(server, export_id, lambda told: told["has_content"] or told["exception"])
        assert told["exception"] is None
        size, lines = 0, 0
        path = f"{server.url}/api/projects/{server.project_id}/exports/{export_id}/content/"
        with httpx.stream("GET", path, headers=server.api.headers, timeout=60) as answer:
            assert answer.status_code == 200
            for chunk in answer.iter_bytes():
                size += len(chunk)
                lines += chunk.count(b"\n")
            assert (lines, str(size)) == (ROWS + 1, answer.headers["Content-Length"])
        assert files_in(server.data_dir / "blobs") == [f"exports/{server.project_id}/{export_id}"]
        assert files_in(server.data_dir / "exporting") == []
        part = server.api.get(path, headers={"Range": "bytes=0-5"})
        assert (part.status_code, part.text) == (206, "n,name")


def test_a_small_export_is_ready_when_it_is_answered(server: Server) -> None:
    """The request waits for it."""
    source = {"kind": "HogQLQuery", "query": "select 1 as a, 'x' as b"}
    body = {"export_format": "text/csv", "export_context": {"source": source}}
    asked = server.api.post(f"/api/projects/{server.project_id}/exports/", json=body)
    assert (asked.status_code, asked.json()["has_content"]) == (201, True), asked.text
    path = f"/api/projects/{server.project_id}/exports/{asked.json()['id']}/content/"
    assert server.api.get(path).content == b"a,b\r\n1,x\r\n"
