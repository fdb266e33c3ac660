"""Whether two questions ask the same, one of which may say what goes without saying."""

from collections.abc import Mapping
from typing import Any, Final

from rest_framework.exceptions import ParseError

from hedgerow.queries.request import parse_model
from hedgerow.web.insights.kind import Query
from hedgerow.web.insights.kinds import BY_KIND

_WEEK: Final = {"date_from": "-7d"}
_PAGE_VIEWS: Final = {"id": "$pageview", "type": "events"}
_UNSAID: Final[dict[str, dict[str, Any]]] = {
    "TrendsQuery": {"dateRange": _WEEK, "trendsFilter": {"display": "ActionsLineGraph", "smoothingIntervals": 1}},
    "FunnelsQuery": {
        "dateRange": _WEEK,
        "funnelsFilter": {
            "funnelVizType": "steps",
            "funnelOrderType": "ordered",
            "funnelWindowInterval": 14,
            "funnelWindowIntervalUnit": "day",
            "funnelStepReference": "total",
        },
    },
    "RetentionQuery": {
        "retentionFilter": {
            "targetEntity": _PAGE_VIEWS,
            "returningEntity": _PAGE_VIEWS,
            "retentionType": "retention_recurring",
            "period": "Day",
            "totalIntervals": 8,
            "minimumOccurrences": 1,
            "retentionReference": "total",
            "meanRetentionCalculation": "simple",
        }
    },
    "PathsQuery": {"dateRange": _WEEK, "pathsFilter": {"stepLimit": 5, "edgeLimit": 50}},
    "StickinessQuery": {
        "dateRange": _WEEK,
        "stickinessFilter": {"computedAs": "non_cumulative", "display": "ActionsBar"},
    },
    "LifecycleQuery": {
        "dateRange": _WEEK,
        "lifecycleFilter": {"toggledLifecycles": ["new", "dormant", "returning", "resurrecting"], "stacked": True},
    },
}
"""What a question of each kind means where it says nothing, as the editor writes it."""

_COUNTED: Final = {"math": "total"}
"""How a series is counted that does not say."""


def is_same(one: Query, other: Query) -> bool:
    """Whether two checked queries ask the same."""
    return one.get("kind") == other.get("kind") and _whole(one) == _whole(other)


def _whole(query: Query) -> Any:
    insight = BY_KIND.get(query["kind"])
    try:
        checked = parse_model(insight.model, query).model_dump(mode="json") if insight else {}
    except ParseError:
        checked = {}
    said = _without_nothing({**query, **checked})
    whole = {key: {**usual, **said.get(key, {})} for key, usual in _UNSAID.get(query["kind"], {}).items()}
    series = [{**_COUNTED, **node} for node in said.get("series", [])]
    return {**said, **whole, "series": series}


def _without_nothing(value: Any) -> Any:
    """A value without what says nothing: null, false, and empty texts, lists and objects."""
    if isinstance(value, Mapping):
        kept = {key: _without_nothing(each) for key, each in value.items()}
        return {key: each for key, each in kept.items() if not _says_nothing(each)}
    return [_without_nothing(each) for each in value] if isinstance(value, list) else value


def _says_nothing(value: Any) -> bool:
    return value is None or value is False or value in ("", [], {})
