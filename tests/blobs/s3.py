"""An S3-compatible server in a process of its own; it checks the signatures of requests."""

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

BUCKET = "files"
KEY = SECRET = "S3RVER"


@contextmanager
def s3_server(folder: Path) -> Iterator[str]:
    """The address of a server that keeps its objects in `folder`, with an empty bucket."""
    folder.mkdir(exist_ok=True)
    command = ["node", "s3_server.mjs", str(folder), BUCKET]
    with subprocess.Popen(command, cwd=Path(__file__).parent, stdout=subprocess.PIPE, text=True) as server:
        try:
            assert server.stdout is not None
            yield server.stdout.readline().strip()
        finally:
            server.kill()


def kept_in(address: str) -> dict[str, Any]:
    """The settings that keep blobs there, below a folder of the bucket."""
    return {
        "blobs_url": f"s3://{BUCKET}/hedgerow",
        "blobs_endpoint": address,
        "blobs_region": "eu-west-1",
        "blobs_access_key": KEY,
        "blobs_secret_key": SECRET,
    }
