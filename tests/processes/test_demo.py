"""`hedgerow serve --demo`, what `make run` starts: the sample is sent, and its login and keys are printed."""

import re
import time
from pathlib import Path

import httpx

from tests.serving import Server


def test_serve_with_the_demo_prints_keys_that_work_and_has_data(tmp_path: Path) -> None:
    server = Server(tmp_path / "data", arguments=["--demo"])
    server.data_dir.mkdir()
    server.start()
    try:
        printed = _wait_for(server, "Sent [0-9,]+ events")
        key = _printed(printed, "personal API key")
        api = httpx.Client(base_url=server.url, headers={"Authorization": f"Bearer {key}"}, timeout=60)
        project = api.get("/api/projects/@current/").json()
        assert project["api_token"] == _printed(printed, "project API key")
        login = api.post(
            "/api/login/", json={"email": _printed(printed, "login"), "password": _printed(printed, "password")}
        )
        assert login.status_code == 200, login.text

        server.api.headers["Authorization"] = f"Bearer {key}"
        server.project_id = project["id"]
        sent = int(re.findall(r"Sent ([0-9,]+) events", printed)[0].replace(",", ""))
        deadline = time.monotonic() + 120
        while server.hogql("select count() from events") != [[sent]]:
            assert time.monotonic() < deadline, server.hogql("select count() from events")
            time.sleep(0.5)
        assert sent > 100_000
        [[days]] = server.hogql("select count(distinct toDate(timestamp)) from events where event = '$pageview'")
        assert days in {90, 91}
    finally:
        server.stop()


def _printed(text: str, name: str) -> str:
    [value] = re.findall(rf"^\s*{name}\s+(\S+)$", text, re.MULTILINE)
    return value


def _wait_for(server: Server, pattern: str) -> str:
    deadline = time.monotonic() + 180
    while True:
        text = server.log_path.read_text()
        if re.search(pattern, text):
            return text
        assert time.monotonic() < deadline, text
        time.sleep(0.5)
