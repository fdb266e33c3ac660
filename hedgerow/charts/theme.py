"""How charts look where nothing else decides: in pictures and mails. Pages take colours from their style sheet."""

from typing import Any

PALETTE = ("#0f7b5f", "#d55e00", "#0072b2", "#aa4499", "#b07d00", "#4a9cc9", "#882255", "#6b7280")
"""Eight colours that stay apart for people with each kind of colour blindness (after Okabe and Ito)."""

FONT = "system-ui, -apple-system, 'Segoe UI', Roboto, 'Helvetica Neue', sans-serif"

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
