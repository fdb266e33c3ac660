"""A map of the world with countries shaded by their number."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from hedgerow.charts.countries import NUMBERS
from hedgerow.charts.specification import NUMBER_FORMAT, Specification
from hedgerow.charts.totals import period_of, point_of

SHAPES = "countries-110m.json"
"""The file with the countries' shapes; whoever draws the map says where it lies."""

SHAPES_FILE = Path(__file__).parents[1] / "web" / "static" / "hedgerow" / "vendor" / SHAPES
"""Where it lies here, beside the other files that pages load."""

_RANGE = ["#bfe3d3", "#0b4f3c"]


def world_map(results: Sequence[Mapping[str, Any]]) -> Specification:
    """The current period's numbers by country; results whose breakdown value is no country code are left out."""
    rows = [
        {"id": NUMBERS[code], "value": result.get("aggregated_value") or 0, "point": point_of(result)}
        for result in results
        if period_of(result) == "Current" and (code := _country(result)) in NUMBERS
    ]
    if not rows:
        return {"data": {"values": []}, "mark": "geoshape"}
    countries: Specification = {"url": SHAPES, "format": {"type": "topojson", "feature": "countries"}}
    outline: Specification = {"type": "geoshape", "stroke": "#ffffff", "strokeWidth": 0.6}
    return {
        "projection": {"type": "naturalEarth1"},
        "layer": [
            {"data": countries, "mark": {**outline, "fill": "#8a948d", "fillOpacity": 0.25}},
            {
                "data": countries,
                "transform": [
                    {
                        "lookup": "id",
                        "from": {"data": {"values": rows}, "key": "id", "fields": ["value", "point"]},
                    },
                    {"filter": "isValid(datum.value)"},
                ],
                "mark": outline,
                "encoding": {
                    "color": {
                        "field": "value",
                        "type": "quantitative",
                        "scale": {"range": _RANGE, "domainMin": 0},
                        "legend": {"title": None, "format": NUMBER_FORMAT, "orient": "bottom-left"},
                    },
                    "tooltip": [
                        {"field": "properties.name", "title": "Country"},
                        {"field": "value", "title": "Value", "format": NUMBER_FORMAT},
                    ],
                },
            },
        ],
    }


def _country(result: Mapping[str, Any]) -> str:
    value = result.get("breakdown_value")
    return str(value[0] if isinstance(value, list) and value else value).upper()
