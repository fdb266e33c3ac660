"""Print the report of SCIM's conformance check: `python -m scripts.scim_conformance > docs/scim-conformance.md`."""

import tempfile
from pathlib import Path

from tests.scim.conformance import report, run

if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as directory:
        print(report(run(Path(directory) / "server")), end="")
