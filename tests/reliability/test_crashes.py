"""Processes are killed again and again under load: nothing accepted is lost, nothing is stored twice."""

import os
import random
import signal
import time
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from tests.reliability.sender import Sender
from tests.serving import Server

ROUNDS = int(os.environ.get("HEDGEROW_TEST_KILLS", "10"))


@pytest.fixture
def own_server(tmp_path: Path) -> Iterator[Server]:
    """A server this test alone may hurt, with small segments and batches so that a kill finds many places."""
    environment = {
        "HEDGEROW_SPOOL_SEGMENT_SECONDS": "0.05",
        "HEDGEROW_LOADER_BATCH_EVENTS": "2000",
        "HEDGEROW_OVERRIDE_FOLD_SECONDS": "1",
    }
    with Server(tmp_path / "data", environment=environment) as server:
        yield server


def children(server: Server, command: str) -> list[psutil.Process]:
    """The server's processes of one kind (`app` or `capture`)."""
    assert server.process is not None
    found = []
    for child in psutil.Process(server.process.pid).children():
        try:
            if command in child.cmdline():
                found.append(child)
        except psutil.NoSuchProcess:
            continue
    return found


def kill(server: Server, what: str) -> None:
    """`kill -9` of the named processes, the way the kernel would: no warning."""
    for command in ("capture", "app") if what == "both" else (what,):
        for process in children(server, command):
            process.send_signal(signal.SIGKILL)
            process.wait(10)


def stored_uuids(server: Server) -> list[str]:
    """The uuid of every stored event, page by page: an answer has 50,000 rows at most."""
    found: list[str] = []
    while True:
        page = server.hogql(
            "select toString(uuid) as id from events where id > {last} order by id limit 20000",
            last=found[-1] if found else "",
        )
        found += [row[0] for row in page]
        if len(page) < 20_000:
            return found


def assert_all_stored_once(server: Server, senders: list[Sender]) -> None:
    """Accepted = stored + dead-lettered, no uuid twice, no person lost."""
    accepted = set[str]().union(*(sender.accepted.events for sender in senders))
    unsure = set[str]().union(*(sender.accepted.unsure for sender in senders))
    people = set[str]().union(*(sender.accepted.people for sender in senders))
    deadline = time.monotonic() + 60
    while True:
        stored = stored_uuids(server)
        if accepted <= set(stored) or time.monotonic() > deadline:
            break
        time.sleep(0.25)
    assert len(accepted - set(stored)) == 0
    assert len(stored) == len(set(stored))
    assert set(stored) - accepted <= unsure
    warnings = server.api.get(f"/api/projects/{server.project_id}/ingestion_warnings/")
    assert warnings.status_code == 200
    assert warnings.json()["results"] == []

    named = server.hogql("select distinct_id, person.properties.name from events where event = '$identify' limit 50000")
    assert {distinct_id for distinct_id, name in named if name == distinct_id} >= people
    # Each person has both of its distinct ids, and they are the only ones.
    [[ids, owners]] = server.hogql("select count(), count(distinct person_id) from person_distinct_ids")
    assert ids == 2 * owners


def test_kills_lose_nothing_and_double_nothing(own_server: Server) -> None:
    chance = random.Random(7)
    senders = [Sender(own_server.url, own_server.project_api_key, f"sender-{number}") for number in range(4)]
    for sender in senders:
        sender.start()

    for round_number in range(ROUNDS):
        time.sleep(chance.uniform(0.2, 1.2))
        kill(own_server, ("app", "capture", "both")[round_number % 3])
        own_server.wait_until_ready()
    for sender in senders:
        sender.stop()
    for sender in senders:
        sender.join(60)

    assert sum(sender.failures for sender in senders) > 0, "no kill ever hit a request"
    assert all(not sender.accepted.unsure for sender in senders)
    assert_all_stored_once(own_server, senders)


def test_sigterm_under_load_loses_nothing(own_server: Server) -> None:
    senders = [Sender(own_server.url, own_server.project_api_key, f"sender-{number}") for number in range(4)]
    for sender in senders:
        sender.start()
    time.sleep(2)

    status = own_server.stop()
    for sender in senders:
        sender.give_up()
        sender.join(60)

    assert status == 0
    assert list((own_server.data_dir / "spool").rglob("*.open")) == []
    assert list((own_server.data_dir / "spool").rglob("*.jsonl")) == [], "the loader drains before the end"
    own_server.start()
    assert min(len(sender.accepted.events) for sender in senders) > 0
    assert_all_stored_once(own_server, senders)


def test_the_children_end_with_a_killed_supervisor(own_server: Server) -> None:
    assert own_server.process is not None
    family = psutil.Process(own_server.process.pid).children(recursive=True)
    own_server.process.kill()
    own_server.process.wait()

    _, alive = psutil.wait_procs(family, timeout=30)

    assert alive == []
