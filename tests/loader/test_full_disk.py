"""A disk that is full delays events and costs none, wherever the loader notices it."""

import json
import subprocess
import sys
from pathlib import Path

from tests.loader.full_disk import EVENTS, ROOMS


def test_events_wait_until_the_disk_has_room(tmp_path: Path) -> None:
    command = ["unshare", "--map-root-user", "--mount", sys.executable, "-m", "tests.loader.full_disk", str(tmp_path)]
    ended = subprocess.run(command, capture_output=True, text=True, check=False)

    assert ended.returncode == 0, ended.stderr[-3000:]
    found = json.loads(ended.stdout.splitlines()[-1])
    failures = found.pop("failures")
    assert len(failures) == 2 * len(ROOMS)
    assert any("disk is full" in failure for failure in failures), "the records noticed"
    assert any("not enough space" in failure for failure in failures), "the event store noticed"
    total = EVENTS * len(ROOMS)
    assert found == {"events": total, "uuids": total, "persons": total, "dead letters": 0}
