"""Documents that are made from the code are as the code makes them."""

from pathlib import Path

from hedgerow.hogql.functions.documentation import page as functions_page
from hedgerow.settings import settings_table

ROOT = Path(__file__).parent.parent


def test_the_configuration_page_lists_every_setting() -> None:
    assert (ROOT / "docs/configuration.md").read_text() == settings_table(), "run `make docs`"


def test_the_page_of_functions_is_printed_from_their_tables() -> None:
    assert (ROOT / "docs/hogql-functions.md").read_text() == functions_page(), "run `make docs`"


def test_every_vendored_file_is_licensed() -> None:
    listed = (ROOT / "THIRD_PARTY.md").read_text()
    vendored = [path for path in (ROOT / "hedgerow").rglob("vendor/*") if path.is_file() and "LICENSE" not in path.name]
    assert vendored
    assert [path.name for path in vendored if path.name not in listed] == []
