"""What has changed since the last report, in a few plain sentences.

They are made of the numbers alone, always the same for the same numbers, unless the operator named a language model's
address: then that is asked to write them, and the plain sentences stand in where it does not answer.
"""

from collections.abc import Mapping, Sequence
from statistics import fmean
from typing import Any

import httpx
import orjson
import structlog
from django.conf import settings
from django.utils.html import strip_tags

from hedgerow.subscriptions.models import Delivery

log = structlog.get_logger(__name__)

LONGEST_DIGEST = 2000
"""Characters told of one insight."""
_LONGEST_SUMMARY = 3000
_SERIES, _PERIODS, _ROWS = 3, 10, 5
_STEADY = 0.05
"""Between halves that differ by less there is no direction."""
_MODEL_SECONDS = 30.0
_INSTRUCTIONS = (
    "You write the summary at the top of a report of product analytics. Compare the numbers of now with those of the "
    "last report in at most five short plain sentences. Tell only what the numbers say."
)
Entry = Mapping[str, Any]


def change_summary(delivery: Delivery) -> str | None:
    """The summary for a run whose insights have been answered; None where the organization does not allow it."""
    subscription = delivery.subscription
    if not subscription.project.organization.is_ai_data_processing_approved:
        return None
    completed = Delivery.objects.filter(subscription=subscription, status=Delivery.Status.COMPLETED)
    last = completed.exclude(pk=delivery.pk).order_by("-created_at", "-pk").first()
    now = delivery.content_snapshot.get("insights", [])
    before = {entry["id"]: entry for entry in (last.content_snapshot if last else {}).get("insights", [])}
    plain = plain_summary(now, before)
    if not settings.HEDGEROW.summary_url:
        return plain
    return _written(now, before, strip_tags(subscription.summary_prompt_guide)) or plain


def plain_summary(now: Sequence[Entry], before: Mapping[int, Entry]) -> str:
    """A line for each insight: what it shows now, and what it showed before."""
    lines = []
    for entry in now:
        told = digest(entry)
        earlier = digest(before[entry["id"]]) if entry["id"] in before else ""
        if not told:
            lines.append(f"{entry['name']}: no numbers this time.")
        elif earlier == told:
            lines.append(f"{entry['name']}: {told} Nothing has changed since the last report.")
        else:
            lines.append(f"{entry['name']}: {told}" + (f" Last report: {earlier}" if earlier else ""))
    return "\n".join(lines)[:_LONGEST_SUMMARY]


def digest(entry: Entry) -> str:
    """An insight's answer in a sentence or a few; empty where it has none."""
    result = (entry.get("query_results") or {}).get("result")
    if not result or not isinstance(result, list):
        return ""
    return (_steps(result) or _series(result) or _retention(result) or _rows(result))[:LONGEST_DIGEST]


def _series(result: list[Any]) -> str:
    told = [_one_series(each) for each in _dicts(result)]
    sentences = [sentence for sentence in told if sentence]
    more = len(sentences) - _SERIES
    return " ".join(sentences[:_SERIES]) + (f" And {more} more." if more > 0 else "")


def _one_series(series: Entry) -> str:
    name = str(series.get("label") or "Series")
    compared = series.get("compare_label")
    name += f" ({compared})" if compared else ""
    total = series.get("aggregated_value")
    if isinstance(total, int | float):
        return f"{name} {_number(total)}."
    data = [value for value in series.get("data") or () if isinstance(value, int | float)]
    if not data:
        return ""
    return (
        f"{name} latest {_number(data[-1])}, average {_number(fmean(data))}, "
        f"between {_number(min(data))} and {_number(max(data))}, {_direction(data)}."
    )


def _direction(data: Sequence[float]) -> str:
    half = len(data) // 2
    if not half:
        return "steady"
    first, second = fmean(data[:half]), fmean(data[-half:])
    if abs(second - first) <= _STEADY * abs(first):
        return "steady"
    return "rising" if second > first else "falling"


def _steps(result: list[Any]) -> str:
    groups = result if result and all(isinstance(each, list) for each in result) else [result]
    told = []
    for steps in groups[:_SERIES]:
        found = [step for step in _dicts(steps) if "order" in step and isinstance(step.get("count"), int | float)]
        if not found or len(found) != len(steps):
            return ""
        first, final = found[0]["count"], found[-1]["count"]
        of_group = found[0].get("breakdown_value")
        group = f"{_joined(of_group)}: " if of_group is not None else ""
        counts = ", ".join(f"{step.get('custom_name') or step.get('name')} {_number(step['count'])}" for step in found)
        share = f"{final / first:.0%}" if first else "0%"
        told.append(f"{group}{counts}; {share} get to the end.")
    return " ".join(told)


def _retention(result: list[Any]) -> str:
    told = []
    for cohort in _dicts(result)[:_PERIODS]:
        counts = [
            value["count"] for value in _dicts(cohort.get("values")) if isinstance(value.get("count"), int | float)
        ]
        if len(counts) > 1 and counts[0]:
            told.append(
                f"{cohort.get('label')}: {_number(counts[0])} at first, {_number(counts[-1])} at the end "
                f"({counts[-1] / counts[0]:.0%})"
            )
    return "; ".join(told) + "." if told else ""


def _rows(result: list[Any]) -> str:
    rows = [_joined(list(row.values()) if isinstance(row, dict) else row) for row in result[:_ROWS]]
    more = f" and {len(result) - _ROWS} more rows" if len(result) > _ROWS else ""
    return "; ".join(rows) + f"{more}."


def _joined(row: Any) -> str:
    cells = row if isinstance(row, list) else [row]
    return ", ".join(_number(cell) if isinstance(cell, int | float) else str(cell) for cell in cells)


def _number(value: float) -> str:
    return f"{round(value, 2):,}".removesuffix(".0")


def _dicts(values: Any) -> list[dict[str, Any]]:
    return [value for value in values if isinstance(value, dict)] if isinstance(values, list) else []


def _written(now: Sequence[Entry], before: Mapping[int, Entry], guide: str) -> str:
    """What the language model writes; empty where it does not."""
    numbers = [
        {"insight": entry["name"], "now": digest(entry), "last report": digest(before.get(entry["id"], {}))}
        for entry in now
    ]
    system = _INSTRUCTIONS + (f" The reader wishes: {guide}" if guide else "")
    question = {
        "model": settings.HEDGEROW.summary_model,
        "messages": [
            {"role": "system", "content": system},
            {"role": "user", "content": orjson.dumps(numbers).decode()},
        ],
    }
    key = settings.HEDGEROW.summary_key
    headers = {"Authorization": f"Bearer {key}"} if key else {}
    try:
        address = f"{settings.HEDGEROW.summary_url.rstrip('/')}/chat/completions"
        answer = httpx.post(address, json=question, headers=headers, timeout=_MODEL_SECONDS)
        answer.raise_for_status()
        return strip_tags(str(answer.json()["choices"][0]["message"]["content"] or "")).strip()[:_LONGEST_SUMMARY]
    except (httpx.HTTPError, ValueError, KeyError, IndexError, TypeError) as error:
        log.warning("summary_not_written", reason=str(error))
        return ""
