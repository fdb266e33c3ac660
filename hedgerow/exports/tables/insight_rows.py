"""Answers of insights as rows of tables."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from hedgerow.insights.breakdowns import NONE, OTHER

TOTAL = "Total Sum"
_SHOWN = {OTHER: "Other (i.e. all remaining values)", NONE: "None (i.e. no value)"}
_OVER_TIME = ("TrendsQuery", "StickinessQuery", "LifecycleQuery")

Row = dict[str, Any]


def insight_rows(query: Mapping[str, Any], answer: Mapping[str, Any]) -> Iterator[Row]:
    """The rows of an answer's `results`; of a kind without a form of its own, each object is a row."""
    results = answer.get("results")
    kind = query.get("kind")
    if isinstance(results, dict) and "bins" in results:
        return ({"bin": start, "value": people} for start, people in results["bins"])
    if not isinstance(results, list):
        return iter([results] if isinstance(results, dict) else [])
    if kind in _OVER_TIME or (kind == "FunnelsQuery" and results and "data" in _first(results)):
        return _series_rows(query, results)
    if kind == "FunnelsQuery":
        return _funnel_rows(results)
    if kind == "RetentionQuery":
        return (_retention_row(each) for each in results)
    return (each if isinstance(each, dict) else {"value": each} for each in results)


def _first(results: Sequence[Any]) -> Mapping[str, Any]:
    return results[0] if isinstance(results[0], dict) else {}


# Series


def _series_rows(query: Mapping[str, Any], results: Sequence[Mapping[str, Any]]) -> Iterator[Row]:
    names = _breakdown_names(query)
    is_compared = any(each.get("compare_label") for each in results)
    labels: Sequence[str] = max((_labels(each) for each in results if not _is_previous(each)), key=len, default=[])
    for number, each in enumerate(results, start=1):
        row: Row = {"series": _series_name(each, number, is_broken_down=bool(names), is_compared=is_compared)}
        action = each.get("action") or {}
        if action.get("custom_name"):
            row["custom name"] = action["custom_name"]
        row |= dict(zip(names, _values(each.get("breakdown_value")), strict=False))
        if each.get("aggregated_value") is not None or not each.get("data"):
            row[TOTAL] = each.get("aggregated_value", each.get("count"))
        else:
            row |= dict(zip(labels or _labels(each), each["data"], strict=False))
        yield row


def _series_name(each: Mapping[str, Any], number: int, *, is_broken_down: bool, is_compared: bool) -> str:
    name = each.get("label")
    if is_broken_down:
        name = (each.get("action") or {}).get("name") or name
    name = str(name or f"Series #{number}")
    return f"{name} - {each.get('compare_label') or 'current'}" if is_compared else name


def _labels(each: Mapping[str, Any]) -> list[str]:
    return [str(label) for label in each.get("labels") or each.get("days") or []]


def _is_previous(each: Mapping[str, Any]) -> bool:
    return each.get("compare_label") == "previous"


def _breakdown_names(query: Mapping[str, Any]) -> list[str]:
    """The properties that an answer is broken down by."""
    asked = query.get("breakdownFilter") or {}
    if asked.get("breakdowns"):
        return [str(each.get("property")) for each in asked["breakdowns"]]
    if asked.get("breakdown") is None:
        return []
    if asked.get("breakdown_type") == "cohort":
        return ["cohort"]
    given = asked["breakdown"]
    return [str(each) for each in given] if isinstance(given, list) else [str(given)]


def _values(value: Any) -> list[Any]:
    values = value if isinstance(value, list) else [value]
    return [_SHOWN.get(each, each) if isinstance(each, str) else each for each in values]


# Funnels and retention


def _funnel_rows(results: Sequence[Any]) -> Iterator[Row]:
    funnels = results if results and isinstance(results[0], list) else [results]
    for steps in funnels:
        for step in steps:
            name = str(step.get("custom_name") or step.get("action_id") or step.get("name"))
            yield {
                "name": f"{name} - {step['compare_label']}" if step.get("compare_label") else name,
                "breakdown_value": _joined(step.get("breakdown_value")),
                "action_id": step.get("action_id"),
                "count": step.get("count"),
                "median_conversion_time (seconds)": step.get("median_conversion_time"),
                "average_conversion_time (seconds)": step.get("average_conversion_time"),
            }


def _joined(value: Any) -> str | None:
    return None if value is None else "::".join(str(each) for each in _values(value))


def _retention_row(each: Mapping[str, Any]) -> Row:
    values = each["values"]
    row: Row = {} if each.get("breakdown_value") is None else {"breakdown_value": _joined(each["breakdown_value"])}
    sizes = {"cohort size": values[0]["count"] if values else None}
    if each.get("date"):
        start = datetime.fromisoformat(each["date"])
        return {"cohort": start, **row, **sizes, **{str(cell["label"]): cell["count"] for cell in values}}
    periods = {f"Period {at}": cell["count"] for at, cell in enumerate(values)}
    return {"cohort": each.get("label"), **row, **sizes, **periods}
