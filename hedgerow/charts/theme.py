"""How charts look where nothing else decides: in pictures and mails. Pages take colours from their style sheet."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

PALETTE = ("#0f7b5f", "#d55e00", "#0072b2", "#aa4499", "#b07d00", "#4a9cc9", "#882255", "#6b7280")
"""Eight colours that stay apart for people with each kind of colour blindness (after Okabe and Ito)."""

FONT = "system-ui, -apple-system, 'Segoe UI', Roboto, 'Helvetica Neue', sans-serif"

PICTURE_FONT = "Liberation Sans, Arial, Helvetica, sans-serif"
"""Liberation Sans comes with what draws pictures, so they look the same on every machine."""

THEME: dict[str, Any] = {
    "background": "transparent",
    "font": FONT,
    "padding": 4,
    "view": {"stroke": None},
    "range": {"category": list(PALETTE)},
    "line": {"strokeWidth": 2.25, "strokeCap": "round", "strokeJoin": "round"},
    "axis": {
        "domain": False,
        "ticks": False,
        "grid": False,
        "labelColor": "#59635d",
        "labelFontSize": 12,
        "labelPadding": 8,
    },
    "axisY": {"grid": True, "gridColor": "#e3e7e1"},
    "axisX": {"domain": True, "domainColor": "#c9d0c8"},
    "legend": {
        "orient": "bottom",
        "columns": 4,
        "labelColor": "#39423c",
        "labelFontSize": 12,
        "labelLimit": 260,
        "symbolType": "circle",
        "symbolSize": 80,
        "symbolStrokeWidth": 0,
        "offset": 14,
    },
    "text": {"color": "#1c2520"},
}


@dataclass(frozen=True)
class Look:
    """The colours of a picture, which has no style sheet: the same as those of pages, by day or by night."""

    page: str
    surface: str
    ink: str
    muted: str
    line: str
    accent: str
    alert: str
    palette: Sequence[str]
    is_dark: bool = False

    @property
    def config(self) -> dict[str, Any]:
        """The theme of charts in these colours."""
        return {
            **THEME,
            "font": PICTURE_FONT,
            "range": {"category": list(self.palette)},
            "axis": {**THEME["axis"], "labelColor": self.muted},
            "axisY": {**THEME["axisY"], "gridColor": self.line},
            "axisX": {**THEME["axisX"], "domainColor": self.line},
            "legend": {**THEME["legend"], "labelColor": self.ink},
            "text": {"color": self.ink},
        }


LIGHT = Look(
    page="#f6f7f3",
    surface="#ffffff",
    ink="#1c2520",
    muted="#59635d",
    line="#dde2da",
    accent="#1d6b4f",
    alert="#b3403a",
    palette=PALETTE,
)
DARK = Look(
    page="#111512",
    surface="#191f1b",
    ink="#e7ece6",
    muted="#9daaa1",
    line="#2d3630",
    accent="#72cda1",
    alert="#f0938a",
    palette=("#5fcf9f", "#f0914a", "#62b5ee", "#dd8fd0", "#e0c04c", "#9fd8f5", "#f08cab", "#a3adb8"),
    is_dark=True,
)
