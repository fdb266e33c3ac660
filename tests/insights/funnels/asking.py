"""What the tests of funnels share: asking for a funnel of short events."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from hedgerow.eventstore.client import EventStore
from hedgerow.hogql.context import ProjectContext
from hedgerow.insights import funnels
from tests.insights.asking import NOW
from tests.insights.histories import run


def step(event: str | None, **more: Any) -> dict[str, Any]:
    """A step of the events of a name."""
    return {"kind": "EventsNode", "event": event, **more}


def exclusion(event: str | None, first: int, last: int, **more: Any) -> dict[str, Any]:
    """An exclusion between two steps, counted from 0."""
    return step(event, funnelFromStep=first, funnelToStep=last, **more)


def funnel(*steps: str | dict[str, Any], breakdown: dict[str, Any] | None = None, **options: Any) -> dict[str, Any]:
    """A FunnelsQuery over November 2024; `options` are those of `funnelsFilter`, and the query's own fields."""
    own = {name: options.pop(name) for name in list(options) if name in funnels.FunnelsQuery.model_fields}
    return {
        "kind": "FunnelsQuery",
        "series": [step(each) if isinstance(each, str) else each for each in steps],
        "dateRange": {"date_from": "2024-11-01", "date_to": "2024-11-30"},
        "breakdownFilter": breakdown,
        "funnelsFilter": options,
        **own,
    }


def ask(
    event_store: EventStore,
    context: ProjectContext,
    query: dict[str, Any],
    now: datetime = NOW,
    test_account_filters: Sequence[dict[str, Any]] = (),
) -> dict[str, Any]:
    """The answer to a FunnelsQuery."""
    asked = funnels.FunnelsQuery.model_validate(query)
    return run(event_store, context, funnels.answer(asked, context, now, test_account_filters))


def counts(answer: dict[str, Any]) -> list[int]:
    """How many actors did each step."""
    return [each["count"] for each in answer["results"]]
