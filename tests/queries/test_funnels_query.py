"""FunnelsQuery through the endpoint; what each option means is tested with the insights themselves."""

from datetime import UTC, datetime, timedelta
from typing import Any

from tests.queries.asking import Api

HOUR_AGO = datetime.now(UTC).replace(microsecond=0) - timedelta(hours=1)


def funnel(*events: str, **fields: Any) -> dict[str, Any]:
    return {"kind": "FunnelsQuery", "series": [{"kind": "EventsNode", "event": event} for event in events], **fields}


def store(api: Api, person: str, browser: str, **seconds: int) -> None:
    for event, second in seconds.items():
        api.store_event(event, person, HOUR_AGO + timedelta(seconds=second), properties={"$browser": browser})


def test_a_funnel_by_steps(api: Api) -> None:
    store(api, "ann", "Chrome", signup=0, paid=60)
    store(api, "bob", "Safari", signup=0, paid=120)
    store(api, "cleo", "Safari", signup=0)
    answer = api.answer(funnel("signup", "paid"))
    assert [(each["name"], each["count"]) for each in answer["results"]] == [("signup", 3), ("paid", 2)]
    assert answer["results"][1]["average_conversion_time"] == 90.0
    assert answer["total_median_conversion_time"] == 90.0
    assert answer["hogql"].startswith("SELECT")
    assert answer["is_cached"] is False
    assert api.answer(funnel("signup", "paid"))["is_cached"] is True
    wrapped = api.answer({"kind": "InsightVizNode", "source": funnel("signup", "paid")})
    assert wrapped["results"] == answer["results"]


def test_a_funnel_broken_down(api: Api) -> None:
    store(api, "ann", "Chrome", signup=0, paid=60)
    store(api, "cleo", "Safari", signup=0)
    answer = api.answer(funnel("signup", "paid", breakdownFilter={"breakdown": "$browser"}))
    assert [(steps[0]["breakdown"], [each["count"] for each in steps]) for steps in answer["results"]] == [
        (["Chrome"], [1, 1]),
        (["Safari"], [1, 0]),
    ]


def test_time_to_convert_and_conversion_over_time(api: Api) -> None:
    store(api, "ann", "Chrome", signup=0, paid=60)
    store(api, "bob", "Safari", signup=0)
    times = api.answer(funnel("signup", "paid", funnelsFilter={"funnelVizType": "time_to_convert"}))["results"]
    assert times == {"bins": [[60, 1], [120, 0]], "average_conversion_time": 60.0, "median_conversion_time": 60.0}
    (trend,) = api.answer(funnel("signup", "paid", funnelsFilter={"funnelVizType": "trends"}))["results"]
    assert trend["count"] == len(trend["data"]) == len(trend["days"]) == len(trend["labels"]) == 8
    assert sum(trend["data"]) == 50.0


def test_mistakes_are_told(api: Api) -> None:
    excluded = {"kind": "EventsNode", "event": "x", "funnelFromStep": 1, "funnelToStep": 1}
    fault = api.fault(funnel("a", "b", funnelsFilter={"exclusions": [excluded]}))
    assert (fault["type"], fault["code"]) == ("validation_error", "invalid_input")
    assert fault["detail"] == "Exclusion event range is invalid. End of range should be greater than start."
    assert api.fault(funnel("a", "b", funnelsFilter={"funnelOrderType": "any"}))["code"] == "parse_error"
    by_cohort = funnel("a", "b", breakdownFilter={"breakdown": [3], "breakdown_type": "cohort"})
    assert api.fault(by_cohort)["detail"] == "Cohort 3 does not exist"
    expression = funnel("a", "b", funnelsFilter={"funnelAggregateByHogQL": "nope("})
    assert api.fault(expression)["type"] == "validation_error"
    assert api.answer(funnel())["results"] == []
    assert api.answer(funnel("a", "b"))["results"] == []
