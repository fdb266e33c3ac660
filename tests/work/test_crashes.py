"""A job survives the process that was at it."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path


def test_a_job_whose_process_was_killed_is_done_by_the_next_one(tmp_path: Path) -> None:
    """`kill -9` in the middle of the job; the next process takes it up at once."""
    environment = {**os.environ, "HEDGEROW_DATA_DIR": str(tmp_path / "data"), "HEDGEROW_LOG_LEVEL": "error"}
    environment.pop("HEDGEROW_DATABASE_URL", None)
    migrate = [sys.executable, "-m", "django", "migrate", "-v0", "--skip-checks"]
    subprocess.run([*migrate, "--settings", "hedgerow.django_settings"], env=environment, check=True)
    written = tmp_path / "written"
    written.write_text("")
    command = [sys.executable, "-m", "tests.work.crashing", str(written)]

    first = subprocess.Popen(command, env=environment)
    deadline = time.monotonic() + 60
    while written.read_text() != "begun":
        assert time.monotonic() < deadline and first.poll() is None
        time.sleep(0.05)
    first.send_signal(signal.SIGKILL)
    first.wait()
    assert written.read_text() == "begun"

    second = subprocess.Popen(command, env=environment)
    try:
        assert second.wait(60) == 0
    finally:
        second.kill()
    assert written.read_text() == "done"
