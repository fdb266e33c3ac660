"""The least a capture server can do: take the body, answer 200, store nothing. What capture is compared with."""

import sys
from typing import Any

from granian import Granian
from granian.constants import Interfaces


async def app(scope: Any, protocol: Any) -> None:
    """An RSGI application that reads the body and answers."""
    await protocol()
    protocol.response_str(200, [("content-type", "application/json")], '{"status":"Ok"}')


if __name__ == "__main__":
    Granian(
        "benchmarks.bare_server:app",
        address="127.0.0.1",
        port=int(sys.argv[1]),
        interface=Interfaces.RSGI,
        workers=1,
        log_enabled=False,
    ).serve()
