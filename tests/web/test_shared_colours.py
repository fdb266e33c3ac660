"""Public pages in colours that their owner chose have the same colours as all other pages."""

import re
from pathlib import Path

import pytest

import hedgerow.web

CSS = Path(hedgerow.web.__file__).parent / "static/hedgerow/css"


def colours(sheet: str, opening: str) -> dict[str, str]:
    """The custom properties set in the block that begins with a text."""
    block = (CSS / sheet).read_text().split(opening, 1)[1].split("}", 1)[0]
    return dict(re.findall(r"(--[\w-]+): ([^;]+);", block))


@pytest.mark.parametrize(
    ("theme", "usual"), [("light", ":root {"), ("dark", "@media (prefers-color-scheme: dark) {\n  :root {")]
)
def test_a_chosen_theme_is_the_usual_one(theme: str, usual: str) -> None:
    changing = colours("hedgerow.css", "@media (prefers-color-scheme: dark) {\n  :root {")
    expected = {name: value for name, value in colours("hedgerow.css", usual).items() if name in changing}
    assert colours("themes.css", f':root[data-theme="{theme}"] {{') == expected
