"""Every insight over ten million events of half a million people, beside the best SQL by hand on the same engine.

An insight may take a quarter longer than the best SQL for the same question; where a statement finds less than the
insight does, the question's name says so and more is granted. A question may use two gigabytes of memory and fails here
if it needs more. How the cost grows with the events in range is shown over one, three and ten million.
"""

import statistics
import time

from benchmarks import funnels, paths, retention, trends
from benchmarks.results import Figure
from benchmarks.stored import Question, Stored, compare, stored_events

SIZES = (1_000_000, 3_000_000, 10_000_000)
CACHED_SECONDS = 0.010

QUESTIONS: list[Question] = [*trends.QUESTIONS, *funnels.QUESTIONS, *retention.QUESTIONS, *paths.QUESTIONS]


def measure() -> list[Figure]:
    """Ratios to the statements by hand, growth from the smallest size to the largest, and a cached answer's time."""
    _, middle, large = SIZES
    with stored_events(*SIZES) as stored:
        figures = []
        for question in QUESTIONS:
            figures += _figures_of(stored, question)
        figures.append(trends.beside_a_string_column(stored, middle))
        figures.append(_cached(stored, large))
    return figures


def _figures_of(stored: Stored, question: Question) -> list[Figure]:
    taken = {size: compare(stored, size, question) for size in SIZES}
    own, by_hand = taken[SIZES[-1]]
    growth = (own / taken[SIZES[0]][0]) / (SIZES[-1] / SIZES[0])
    return [
        Figure(
            f"{question.name}: {SIZES[-1]:,} events",
            own / by_hand,
            "× hand-written SQL",
            question.most_times,
            at_least=False,
            beside=f"{own * 1000:.0f} ms beside {by_hand * 1000:.0f} ms",
        ),
        Figure(
            f"{question.name}: growth from {SIZES[0]:,} to {SIZES[-1]:,} events",
            growth,
            "× in proportion",
            1.25,
            at_least=False,
            beside=", ".join(f"{seconds * 1000:.0f} ms" for seconds, _ in taken.values()),
        ),
    ]


def _cached(stored: Stored, size: int) -> Figure:
    from hedgerow.queries.runner import run_query

    project, query = stored.projects[size], trends.BY_BROWSER
    run_query(project, query)
    taken = []
    for _ in range(50):
        started = time.perf_counter()
        answer = run_query(project, query)
        taken.append(time.perf_counter() - started)
        assert answer["is_cached"]
    return Figure(
        "an answer from the cache", statistics.median(taken) * 1000, "ms", CACHED_SECONDS * 1000, at_least=False
    )
