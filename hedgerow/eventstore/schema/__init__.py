"""The tables of the event store: numbered `.sql` files, applied once each and never changed after a release."""

from pathlib import Path


def statements() -> dict[str, list[str]]:
    """The statements of each schema file, by the file's name, in the order they are applied."""
    return {file.stem: _split(file.read_text()) for file in sorted(Path(__file__).parent.glob("*.sql"))}


def _split(text: str) -> list[str]:
    """The statements of one file: comments are whole lines, and a semicolon ends a statement at a line's end."""
    code = "\n".join(line for line in text.splitlines() if not line.lstrip().startswith("--"))
    return [statement.strip() for statement in code.split(";\n") if statement.strip().strip(";")]
