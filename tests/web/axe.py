"""What axe, a checker of accessibility, finds wrong with a page as a browser shows it."""

from pathlib import Path
from typing import Any

from playwright.sync_api import Page

AXE = Path(__file__).parent / "vendor/axe.min.js"
SERIOUS = {"serious", "critical"}


def serious_faults(page: Page) -> list[str]:
    """The serious and critical faults of what is shown now: a line for each element, with its rule and what is wrong.

    Colours are read as they are at that moment: wait for movements to end, or ask with reduced motion.
    """
    if not page.evaluate("'axe' in window"):
        page.evaluate(AXE.read_text())
    answer: dict[str, Any] = page.evaluate("axe.run(document, {resultTypes: ['violations']})")
    return [
        f"{rule['id']} {' '.join(map(str, node['target']))}: {_reason(node)}"
        for rule in answer["violations"]
        if rule["impact"] in SERIOUS
        for node in rule["nodes"]
    ]


def _reason(node: dict[str, Any]) -> str:
    return str(node["failureSummary"]).replace("\n", " ")
