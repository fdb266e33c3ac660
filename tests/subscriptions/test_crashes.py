"""Every planned report arrives, wherever the server is killed on the way; what arrives twice says that it is the same.

Real receivers count what arrives: an SMTP server, a receiver of webhooks, and a server that speaks as Slack does.
"""

import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from django.utils import timezone
from pytest_django import Settings

from hedgerow.eventstore.client import EventStore
from hedgerow.subscriptions.models import Delivery
from hedgerow.work.models import Job
from hedgerow.work.worker import Worker
from tests.accounts import make_account
from tests.mail.receiving import Mailbox, mailbox
from tests.serving import Server
from tests.subscriptions.at_server import STEPS
from tests.subscriptions.listeners import Listener, listening, slack, thanks
from tests.subscriptions.making import run_of, subscribe

OF_EACH = 2
INSIGHTS = 2


@dataclass
class Outside:
    """Everybody whom the server writes to."""

    mails: Mailbox
    hooks: Listener
    channels: Listener

    @property
    def environment(self) -> dict[str, str]:
        """The settings of a server that writes to them."""
        return {
            "HEDGEROW_SMTP_HOST": "127.0.0.1",
            "HEDGEROW_SMTP_PORT": str(self.mails.port),
            "HEDGEROW_SMTP_TLS": "none",
            "HEDGEROW_SLACK_API_URL": f"{self.channels.url}/api/",
            "HEDGEROW_OUTGOING_ALLOWED_HOSTS": '["127.0.0.1"]',
        }

    @property
    def arrived(self) -> Counter[str]:
        """How often each message has arrived, by what names it."""
        return Counter([*(name.strip(" <>") for name in self.mails.ids), *self.hooks.keys, *self.channels.keys])


@pytest.fixture
def outside() -> Iterator[Outside]:
    """The three of them, running."""
    with ExitStack() as stack:
        yield Outside(
            stack.enter_context(mailbox()),
            stack.enter_context(listening(thanks)),
            stack.enter_context(listening(slack)),
        )


class Look:
    """A process that looks into the server's records, also while the server is not there."""

    def __init__(self, server: Server) -> None:
        command = [sys.executable, "-m", "tests.subscriptions.at_server"]
        self._process = subprocess.Popen(
            command, env=server.environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        assert self._read() == "ready\n"

    def ask(self, *words: str) -> None:
        """Begin to do something."""
        assert self._process.stdin is not None
        self._process.stdin.write(" ".join(words) + "\n")
        self._process.stdin.flush()

    def answer(self) -> Any:
        """What came of it."""
        return json.loads(self._read())

    def at(self, *words: str) -> Any:
        """Do something and wait for the answer."""
        self.ask(*words)
        return self.answer()

    def runs(self) -> list[dict[str, Any]]:
        """All runs there are."""
        told: list[dict[str, Any]] = self.at("tell")
        return told

    def close(self) -> None:
        """End it."""
        self._process.kill()
        self._process.communicate()

    def _read(self) -> str:
        assert self._process.stdout is not None
        return self._process.stdout.readline()


@contextmanager
def looking(server: Server) -> Iterator[Look]:
    """A look that ends."""
    look = Look(server)
    try:
        yield look
    finally:
        look.close()


def kill(server: Server) -> None:
    """`kill -9`, of all processes of the server."""
    assert server.process is not None
    children = Path(f"/proc/{server.process.pid}/task/{server.process.pid}/children").read_text().split()
    for pid in [server.process.pid, *map(int, children)]:
        os.kill(pid, signal.SIGKILL)
    server.process.wait()
    deadline = time.monotonic() + 10
    while any(_is_alive(int(pid)) for pid in children):
        assert time.monotonic() < deadline
        time.sleep(0.02)


def _is_alive(pid: int) -> bool:
    try:
        return " Z " not in Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return False


def in_doubt(told: list[dict[str, Any]]) -> set[str]:
    """The messages of which a dead server left open whether they were sent."""
    doubtful = set()
    for run in told:
        for name, sending in run["sendings"].items():
            if sending["state"] == "sending":
                # A message of Slack's is the next one of its thread, that of a webhook is named by the run.
                numbered = f"{run['key']}-{sending['posted'] + 1}"
                doubtful |= {numbered} if name.startswith("C") else {name if "@" in name else run["key"]}
    return doubtful


def expected(told: list[dict[str, Any]]) -> set[str]:
    """The names of all messages of the runs."""
    names = set()
    for run in told:
        for name in run["sendings"]:
            if name.startswith("C"):
                names |= {f"{run['key']}-{number + 1}" for number in range(INSIGHTS)}
            else:
                names.add(name if "@" in name else run["key"])
    return names


def wait_until_done(server: Server, look: Look, times: int = 1) -> list[dict[str, Any]]:
    """The runs when each has ended; so many of each subscription."""
    deadline = time.monotonic() + 90
    while True:
        told = look.runs()
        if len(told) == 3 * OF_EACH * times and all(run["status"] != "starting" for run in told):
            return told
        assert time.monotonic() < deadline, f"{told}\n{server.log_path.read_text()[-4000:]}"
        time.sleep(0.1)


def check(told: list[dict[str, Any]], outside: Outside, doubtful: Counter[str], times: int = 1) -> None:
    """Each of so many occurrences has one run, all messages have arrived, none twice but those that were in doubt."""
    assert [run["status"] for run in told] == ["completed"] * 3 * OF_EACH * times, told
    assert len({run["subscription"] for run in told}) == 3 * OF_EACH
    arrived = outside.arrived
    assert set(arrived) == expected(told)
    repeated = {name: times for name, times in arrived.items() if times > 1 + doubtful[name]}
    assert repeated == {}


def test_killed_at_each_step_nothing_is_lost_and_nothing_is_doubled(tmp_path: Path, outside: Outside) -> None:
    """One life after the other, each ended a step further. Then the server's clock jumps: of the three days that have
    gone by one occurrence is made up for, and back in the past none comes again."""
    doubtful: Counter[str] = Counter()
    with Server(tmp_path / "server", environment=outside.environment) as server, looking(server) as look:
        for step in STEPS:
            if step == STEPS[0]:
                look.at("subscribe", outside.hooks.url, str(OF_EACH))
                look.ask("wait", step)
            else:
                look.ask("wait", step)
                server.start()
            assert look.answer() is None
            kill(server)
            doubtful.update(in_doubt(look.runs()))
        server.start()
        check(wait_until_done(server, look), outside, doubtful)
        look.at("jump", "72")
        check(wait_until_done(server, look, times=2), outside, doubtful, times=2)
        for hours in ("-72", "72"):
            look.at("jump", hours)
            assert len(look.runs()) == 2 * 3 * OF_EACH


def test_killed_after_the_receiver_accepted_the_repeat_has_the_same_name(tmp_path: Path, outside: Outside) -> None:
    """The window no sender can close: the messages have arrived, but the server dies before it hears so."""
    everybody = (outside.mails, outside.hooks, outside.channels)
    for receiver in everybody:
        receiver.held.set()
    with Server(tmp_path / "server", environment=outside.environment) as server, looking(server) as look:
        look.at("subscribe", outside.hooks.url, str(OF_EACH))
        deadline = time.monotonic() + 60
        while not (outside.mails.received and outside.hooks.arrived and outside.channels.arrived):
            assert time.monotonic() < deadline, server.log_path.read_text()[-4000:]
            time.sleep(0.02)
        kill(server)
        doubtful = Counter(in_doubt(look.runs()))
        taken = set(outside.arrived)
        for receiver in everybody:
            receiver.held.clear()
        server.start()
        told = wait_until_done(server, look)
    check(told, outside, doubtful)
    accepted = set(doubtful) & taken
    assert len(accepted) == 3
    assert all(outside.arrived[name] == 2 for name in accepted)


@pytest.mark.django_db(transaction=True)
def test_two_workers_send_once_also_when_the_clock_jumps(
    outside: Outside, settings: Settings, event_store: EventStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    """While one is at it, its lease runs out, as when the clock is set forward: the other one leaves the run alone."""
    monkeypatch.setattr("hedgerow.work.worker.SCHEDULES", {})
    settings.HEDGEROW = settings.HEDGEROW.model_copy(update={"outgoing_allowed_hosts": ["127.0.0.1"]})
    delivery = run_of(subscribe(make_account(), target_type="webhook", target_value=f"{outside.hooks.url}/"))
    Job.objects.create(kind="subscriptions.deliver", arguments={"delivery_id": str(delivery.pk)})
    outside.hooks.held.set()
    workers = [Worker(2), Worker(2)]
    for worker in workers:
        worker.start()
    try:
        _wait(lambda: bool(outside.hooks.arrived))
        first = Job.objects.get()
        Job.objects.update(leased_until=timezone.now() - timedelta(hours=1))
        # The other one has taken the job, found that the run is being done, and made a job for later.
        _wait(lambda: not Job.objects.filter(pk=first.pk).exists())
        assert Job.objects.get().arguments == {"delivery_id": str(delivery.pk), "number": 1}
        outside.hooks.held.clear()
        _wait(lambda: Delivery.objects.get().status == "completed")
    finally:
        outside.hooks.held.clear()
        for worker in workers:
            worker.stop(lambda tag: None)
        connection.close()
    assert outside.hooks.keys == [delivery.idempotency_key]


def _wait(is_so: Any) -> None:
    deadline = time.monotonic() + 30
    while not is_so():
        assert time.monotonic() < deadline
        threading.Event().wait(0.02)
