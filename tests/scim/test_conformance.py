"""A published check of SCIM servers finds nothing to object to at a running one."""

from pathlib import Path

from tests.scim.conformance import FAILED, report, run

DOCUMENT = Path(__file__).parents[2] / "docs" / "scim-conformance.md"


def test_no_check_of_scim2_tester_fails(tmp_path: Path) -> None:
    results = run(tmp_path / "server")
    assert [result for result in results if result.status in FAILED] == []
    assert DOCUMENT.read_text() == report(results), (
        "run `python -m scripts.scim_conformance > docs/scim-conformance.md`"
    )
