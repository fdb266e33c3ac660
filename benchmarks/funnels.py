"""Questions of funnels, beside the best SQL by hand.

The engine's own `windowFunnel` is the fastest way to count an ordered funnel by hand. It gives how far each person came
and nothing else: neither how long the steps took, nor exclusions, breakdowns or the actors behind a number. So the same
funnel also stands beside a statement that finds the times, too.
"""

from typing import Any

from benchmarks.stored import IN_RANGE, RANGE, Question

_STEPS = ("$pageview", "product viewed", "cart filled", "order placed", "$autocapture")
_WINDOW_DAYS = 14
_WINDOW_SECONDS = _WINDOW_DAYS * 86_400
_BESIDE_COUNTS_ALONE = 2.0


def _funnel(*steps: str, breakdown: str | None = None, **options: Any) -> dict[str, Any]:
    return {
        "kind": "FunnelsQuery",
        "dateRange": RANGE,
        "series": [{"kind": "EventsNode", "event": step} for step in steps],
        "funnelsFilter": {"funnelWindowInterval": _WINDOW_DAYS, "funnelWindowIntervalUnit": "day", **options},
        **({"breakdownFilter": {"breakdown": breakdown, "breakdown_type": "event"}} if breakdown else {}),
    }


def _all_counts(response: dict[str, Any]) -> float:
    """The counts of all steps, of a funnel with a breakdown of all its values."""
    funnels = response["results"] if isinstance(response["results"][0], list) else [response["results"]]
    return float(sum(step["count"] for funnel in funnels for step in funnel))


def _counts_and_times(response: dict[str, Any]) -> float:
    times = [step[f"{kind}_conversion_time"] or 0 for step in response["results"] for kind in ("average", "median")]
    return _all_counts(response) + float(sum(times))


def _windowed(steps: tuple[str, ...]) -> str:
    conditions = ", ".join(f"event = '{step}'" for step in steps)
    names = ", ".join(f"'{step}'" for step in steps)
    return f"""
        SELECT level * count() FROM (
            SELECT windowFunnel({_WINDOW_SECONDS})(toDateTime(timestamp), {conditions}) AS level
            FROM events WHERE {IN_RANGE} AND event IN ({names}) GROUP BY person_id
        ) GROUP BY level
    """


def _timed(steps: tuple[str, ...]) -> str:
    """From the last step to the first, the times of the path that goes on from each event: the latest start, then the
    furthest."""
    names = ", ".join(f"'{step}'" for step in steps)
    paths = f"arrayMap((s, t) -> if(s = {len(steps)}, [t], emptyArrayInt64()), steps, times)"
    for step in range(len(steps) - 1, 0, -1):
        following = f"arrayReverseFill((p, s) -> s = {step + 1}, {paths}, steps)"
        paths = (
            f"arrayMap((s, t, p) -> if(s = {step}, arrayPushFront(p, t), emptyArrayInt64()), steps, times, {following})"
        )
    in_window = f"arrayMap(p -> arrayFilter(t -> t - p[1] <= {_WINDOW_SECONDS * 1_000_000}, p), {paths})"
    begun = f"arrayFilter(p -> length(p) > 0, {in_window})"
    best = f"arraySort(p -> (-length(p), p[-1], -p[1]), {begun})[1]"
    spans = [f"(best[{step}] - best[{step - 1}]) / 1000000" for step in range(2, len(steps) + 1)]
    statistics = "".join(
        f", avgIf({span}, length(best) >= {step}), quantileExactInclusiveIf(0.5)({span}, length(best) >= {step})"
        for step, span in enumerate(spans, start=2)
    )
    return f"""
        SELECT sum(length(best)){statistics} FROM (
            SELECT {best} AS best FROM (
                SELECT
                    arraySort(groupArray(toUnixTimestamp64Micro(timestamp) * 8 + indexOf([{names}], event))) AS places,
                    arrayMap(place -> intDiv(place, 8), places) AS times, arrayMap(place -> place % 8, places) AS steps
                FROM events WHERE {IN_RANGE} AND event IN ({names})
                GROUP BY person_id HAVING countIf(event = '{steps[0]}') > 0
            )
        )
    """


QUESTIONS = [
    Question(
        "funnel of five steps, beside windowFunnel, which finds no times",
        _funnel(*_STEPS),
        _windowed(_STEPS),
        _all_counts,
        most_times=_BESIDE_COUNTS_ALONE,
    ),
    Question(
        "funnel of five steps, with times",
        _funnel(*_STEPS),
        _timed(_STEPS),
        _counts_and_times,
        lambda rows: float(sum(rows[0])),
    ),
    Question(
        "funnel of three steps by browser, beside windowFunnel, which takes any value of the person",
        _funnel(*_STEPS[:3], breakdown="$browser"),
        f"""
        SELECT browser, level * count() FROM (
            SELECT any(properties.`$browser`.:String) AS browser, windowFunnel({_WINDOW_SECONDS})(toDateTime(timestamp),
                event = '$pageview', event = 'product viewed', event = 'cart filled') AS level
            FROM events WHERE {IN_RANGE} AND event IN ('$pageview', 'product viewed', 'cart filled') GROUP BY person_id
        ) GROUP BY browser, level
        """,
        _all_counts,
        most_times=_BESIDE_COUNTS_ALONE,
    ),
]
