"""TrendsQuery: numbers of events over time; what it means is in `hedgerow.insights.trends`."""

from collections.abc import Generator, Sequence
from typing import Any, TypeVar

from hedgerow.hogql.ast import SelectQuery
from hedgerow.insights import trends
from hedgerow.insights.answering import Answering, Row
from hedgerow.insights.dates import resolve
from hedgerow.insights.question import QuestionOverTime
from hedgerow.queries.freshness import Freshness
from hedgerow.queries.run import Kind, Run

Found = TypeVar("Found")


def answer(query: trends.TrendsQuery, run: Run) -> dict[str, Any]:
    """The series."""
    asking = trends.answer(query, run.context, run.now, run.project.test_account_filters)
    return insight_fields(asking, run)


def insight_fields(asking: Answering, run: Run) -> dict[str, Any]:
    """Have an insight ask for rows until it has its answer; with all it asked as `hogql`."""
    fields, texts = asked(asking, run)
    return {**fields, "hogql": " UNION ALL ".join(texts) or None}


def asked(asking: Generator[list[SelectQuery], Sequence[Sequence[Row]], Found], run: Run) -> tuple[Found, list[str]]:
    """What a generator returns once it has been given the rows it asks for, and the HogQL of all it asked."""
    texts: list[str] = []
    found: list[list[Row]] | None = None
    while True:
        with run.step("build" if found is None else "shape"):
            try:
                trees = next(asking) if found is None else asking.send(found)
            except StopIteration as done:
                return done.value, texts
        compiled = [run.compile(tree) for tree in trees]
        texts.extend(query.hogql for query in compiled)
        found = [list(rows.rows) for rows in run.execute_all(compiled)]


def insight_freshness(query: QuestionOverTime, run: Run) -> Freshness:
    """The interval and the range of an insight, which say how long its answer keeps."""
    dates = query.dates
    project = run.project
    resolved = resolve(
        dates, query.bucket_interval, project.timezone, run.now, week_start_day=project.week_start_day or 0
    )
    is_all = dates.date_from == "all"
    return Freshness(query.bucket_interval, None if is_all else resolved.date_from, resolved.date_to)


TRENDS = Kind(trends.TrendsQuery, answer, insight_freshness)
