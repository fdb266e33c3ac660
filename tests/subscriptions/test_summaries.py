"""What has changed, in plain sentences; or in those of a language model that the operator named."""

from typing import Any

import pytest
from pytest_django import Settings

from hedgerow.subscriptions.models import Delivery
from hedgerow.subscriptions.summaries import change_summary, digest, plain_summary
from tests.accounts import Account
from tests.subscriptions.listeners import listening
from tests.subscriptions.making import run_of, subscribe


def entry(result: Any, name: str = "Signups", pk: int = 1) -> dict[str, Any]:
    """An insight of a run, with this answer."""
    return {"id": pk, "name": name, "query_results": {"result": result}}


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        ([10, 10, 20, 20], "Pageviews latest 20, average 15, between 10 and 20, rising."),
        ([20, 20, 10, 10.5], "Pageviews latest 10.5, average 15.12, between 10 and 20, falling."),
        ([100, 100, 104, 104], "Pageviews latest 104, average 102, between 100 and 104, steady."),
        ([1234], "Pageviews latest 1,234, average 1,234, between 1,234 and 1,234, steady."),
        ([0, 0], "Pageviews latest 0, average 0, between 0 and 0, steady."),
    ],
)
def test_of_trends_the_latest_value_and_the_direction_are_told(data: list[float], sentence: str) -> None:
    """The second half against the first; less than a twentieth is no direction."""
    assert digest(entry([{"label": "Pageviews", "data": data}])) == sentence


def test_of_many_series_the_first_are_told() -> None:
    """And how many there are more."""
    series = [{"label": f"S{number}", "aggregated_value": number} for number in range(5)]
    assert digest(entry(series)) == "S0 0. S1 1. S2 2. And 2 more."


def test_of_funnels_the_steps_and_the_share_that_gets_through_are_told() -> None:
    """For each group of a breakdown."""
    steps = [{"order": 0, "name": "view", "count": 40}, {"order": 1, "name": "buy", "count": 10}]
    assert digest(entry(steps)) == "view 40, buy 10; 25% get to the end."
    split = [[{**step, "breakdown_value": [of]} for step in steps] for of in ("Paris", "Rome")]
    assert digest(entry(split)) == (
        "Paris: view 40, buy 10; 25% get to the end. Rome: view 40, buy 10; 25% get to the end."
    )


def test_of_retention_the_first_and_the_last_period_are_told() -> None:
    """For each cohort."""
    cohorts = [{"label": "Week 0", "values": [{"count": 50}, {"count": 20}, {"count": 5}]}]
    assert digest(entry(cohorts)) == "Week 0: 50 at first, 5 at the end (10%)."


def test_of_rows_the_first_are_told() -> None:
    """Five of them."""
    assert digest(entry([[number, "x"] for number in range(7)])).endswith("3, x; 4, x and 2 more rows.")


@pytest.mark.parametrize("result", [None, [], {}, [None], [{"data": None}], [{"values": 3}], 7, "text", [[]], [[{}]]])
def test_answers_of_any_form_are_told_somehow(result: Any) -> None:
    """Nothing that an answer may be keeps a report from being sent."""
    assert isinstance(digest(entry(result)), str)


def test_the_report_before_is_compared() -> None:
    """Insight by insight, also where one of them is new or has no numbers."""
    before = {1: entry([{"label": "A", "aggregated_value": 1}])}
    now = [
        entry([{"label": "A", "aggregated_value": 2}]),
        entry([{"label": "B", "aggregated_value": 3}], "Orders", 2),
        {"id": 3, "name": "Broken", "query_results": None},
    ]
    assert plain_summary(now, before) == (
        "Signups: A 2. Last report: A 1.\nOrders: B 3.\nBroken: no numbers this time."
    )
    assert plain_summary([before[1]], before) == "Signups: A 1. Nothing has changed since the last report."


@pytest.fixture
def run(account: Account) -> Delivery:
    """A run with an answer, of an organization that allows summaries."""
    account.organization.is_ai_data_processing_approved = True
    account.organization.save()
    subscription = subscribe(account, summary_enabled=True, summary_prompt_guide="Only <b>money</b>")
    return run_of(subscription, content_snapshot={"insights": [entry([{"label": "A", "aggregated_value": 2}])]})


def test_a_language_model_is_asked_where_the_operator_named_one(run: Delivery, settings: Settings) -> None:
    """With the numbers and the reader's wish; what it answers is text."""
    answer = {"choices": [{"message": {"content": "A has <i>doubled</i>."}}]}
    with listening(lambda listener, request: (200, answer)) as model:
        update = {"summary_url": f"{model.url}/v1", "summary_key": "sk-1", "summary_model": "small"}
        settings.HEDGEROW = settings.HEDGEROW.model_copy(update=update)
        assert change_summary(run) == "A has doubled."
        (request,) = model.arrived
    assert request.path == "/v1/chat/completions"
    assert request.headers["authorization"] == "Bearer sk-1"
    assert request.json["model"] == "small"
    system, user = request.json["messages"]
    assert system["content"].endswith("The reader wishes: Only money")
    assert user["content"] == '[{"insight":"Signups","now":"A 2.","last report":""}]'


@pytest.mark.parametrize("reply", [(500, {}), (200, {"choices": []}), (200, {"choices": [{"message": {}}]})])
def test_where_the_model_does_not_answer_the_plain_sentences_stand_in(
    run: Delivery, settings: Settings, reply: tuple[int, dict[str, Any]]
) -> None:
    """The report is sent in any case."""
    with listening(lambda listener, request: reply) as model:
        settings.HEDGEROW = settings.HEDGEROW.model_copy(update={"summary_url": model.url})
        assert change_summary(run) == "Signups: A 2."
    assert change_summary(run) == "Signups: A 2."
