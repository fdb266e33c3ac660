"""A loader that is killed, wherever it is, loses no event and stores none twice."""

import json
import signal
import subprocess
import sys
import uuid
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from hedgerow.settings import Settings
from hedgerow.spool.lines import NOT_AN_EVENT, PERSON_CHANGE, Line
from tests.loader.crashing import TEAM
from tests.loader.spooling import event, settings_in, write_segment

EVENTS = 60
CUTS = [
    "planned",
    "records written, not committed",
    "records committed",
    "copied, outbox not emptied",
    "before the insert",
    "while a refused batch is cut",
    "events inserted",
    "letters inserted",
    "stored",
    "one segment of several removed",
    "after milliseconds 20",
    "after milliseconds 60",
    "after milliseconds 150",
]


def run(data_dir: Path, cut: str) -> "subprocess.CompletedProcess[str]":
    command = [sys.executable, "-m", "tests.loader.crashing", str(data_dir), cut]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def spool_for(settings: Settings, cut: str) -> None:
    """Two segments with events in three months, one of them refused, one sent twice, a merge, and a dropped one."""
    anonymous, user = f"anonymous {cut}", f"user {cut}"
    lines = [
        event(TEAM, cut, anonymous, properties={"n": n}, timestamp=f"2026-0{1 + n % 3}-15 12:00:00.000000")
        for n in range(EVENTS)
    ]
    refused = event(TEAM, cut, anonymous, properties=b'{"n":1e400}')
    identify = event(
        TEAM, cut, user, kind=PERSON_CHANGE, properties={"$set": {"visit": cut}, "$anon_distinct_id": anonymous}
    )
    identify.e = "$identify"
    dropped = Line(
        k=NOT_AN_EVENT, t=TEAM, e=cut, d=cut, now=f"{datetime.now(UTC):%Y-%m-%d %H:%M:%S.%f}", r="too_big", drop=True
    )
    write_segment(settings, [*lines[:40], refused, dropped])
    write_segment(settings, [lines[3], *lines[40:], identify, event(TEAM, cut, user, event_uuid=str(uuid.uuid4()))])


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """What the stores hold after loaders have been killed at every cut, one after the other."""
    settings = settings_in(tmp_path_factory.mktemp("crashes"))
    for cut in CUTS:
        spool_for(settings, cut)
        ended = run(settings.data_dir, cut)
        assert ended.returncode == -signal.SIGKILL, f"{cut}: {ended.stderr[-3000:]}"
    ended = run(settings.data_dir, "report")
    assert ended.returncode == 0, ended.stderr[-3000:]
    report: dict[str, Any] = json.loads(ended.stdout.splitlines()[-1])
    return report


@pytest.mark.parametrize("cut", CUTS)
def test_every_event_is_stored_once_or_dead_lettered_once(found: dict[str, Any], cut: str) -> None:
    events = {name: (count, distinct) for name, count, distinct in found["events"]}
    assert events[cut] == (EVENTS + 1, EVENTS + 1)
    assert dict(found["dead letters"])[cut] == 2
    assert dict(found["warnings"])[cut] == 1
    assert dict(found["warnings"])[f"anonymous {cut}"] == 1


def test_persons_are_recorded_and_copied_once(found: dict[str, Any]) -> None:
    assert sorted(found["visits"]) == sorted(CUTS), "each identify obeyed"
    assert found["persons"] == found["copied persons"] == len(CUTS)
    assert found["strangers"] == len(CUTS), "the events of each user carry one person"
    assert found["left over"] == 0
