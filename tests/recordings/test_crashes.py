"""A loader of recordings that is killed, wherever it is, loses no piece and stores none twice."""

import json
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.recordings.crashing import SESSIONS

CUTS = ["between blobs", "before the rows", "after the rows", "after the warnings"]


def run(data_dir: Path, cut: str) -> "subprocess.CompletedProcess[str]":
    command = [sys.executable, "-m", "tests.recordings.crashing", str(data_dir), cut]
    return subprocess.run(command, capture_output=True, text=True, check=False)


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """What the stores hold after loaders have been killed at every cut, one after the other."""
    data_dir = tmp_path_factory.mktemp("crashes")
    for cut in CUTS:
        ended = run(data_dir, cut)
        assert ended.returncode == -signal.SIGKILL, f"{cut}: {ended.stderr[-3000:]}"
    ended = run(data_dir, "report")
    assert ended.returncode == 0, ended.stderr[-3000:]
    report: dict[str, Any] = json.loads(ended.stdout.splitlines()[-1])
    return report


@pytest.mark.parametrize("cut", CUTS)
def test_every_piece_is_stored_once_or_refused_once(found: dict[str, Any], cut: str) -> None:
    sessions = {session: tuple(counts) for session, *counts in found["sessions"]}
    for number in range(SESSIONS):
        session = f"{cut.replace(' ', '-')}-{number}"
        assert sessions[session] == (1, 2)
        assert len(found["lines"][session]) == 2
    assert dict(found["dead letters"])[cut] == 1
    assert dict(found["warnings"])[cut] == 1


def test_no_blob_is_left_without_its_row(found: dict[str, Any]) -> None:
    assert found["blobs"] == len(found["sessions"]) == SESSIONS * len(CUTS)
