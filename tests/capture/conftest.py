"""The capture process most tests of this package send to."""

from collections.abc import Iterator

import pytest

from tests.capture.process import CaptureProcess


@pytest.fixture(scope="session")
def capture_process(tmp_path_factory: pytest.TempPathFactory) -> Iterator[CaptureProcess]:
    """One process for the whole session."""
    with CaptureProcess(tmp_path_factory.mktemp("capture")) as process:
        yield process


@pytest.fixture
def capture(capture_process: CaptureProcess) -> CaptureProcess:
    """The process, with the usual projects, and what earlier tests sent out of sight."""
    capture_process.publish_usual()
    capture_process.new_lines()
    capture_process.new_lines("historical")
    capture_process.new_recordings()
    return capture_process
