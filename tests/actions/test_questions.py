"""Actions in every kind of question, from the moment they are made until they are deleted."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.actions.making import change_action, make_action
from tests.queries.asking import Api, make_api, make_project

BUTTON = (
    'span.label:nth-child="1"nth-of-type="1"text="Buy now";button.primary:attr__id="buy"nth-child="2"text="Buy now"'
)
LINK = 'a.nav:href="/Pricing"nth-child="1"nth-of-type="1"text="Pricing"'


def ago(**delta: float) -> datetime:
    return datetime.now(UTC) - timedelta(**delta)


def trend(*series: dict[str, Any], **fields: Any) -> dict[str, Any]:
    return {"kind": "TrendsQuery", "series": list(series), "dateRange": {"date_from": "-3d"}, **fields}


def of_action(id: int, **fields: Any) -> dict[str, Any]:
    return {"kind": "ActionsNode", "id": id, **fields}


def of_event(name: str | None, **fields: Any) -> dict[str, Any]:
    return {"kind": "EventsNode", "event": name, **fields}


def count(api: Api, id: int) -> float:
    (series,) = api.answer(trend(of_action(id)))["results"]
    number: float = series["count"]
    return number


def test_the_life_of_an_action(api: Api) -> None:
    api.store_events(
        [
            {"event": "$pageview", "properties": {"$current_url": "https://shop.test/Pricing?x=1"}},
            {"event": "$pageview", "properties": {"$current_url": "https://shop.test/pricing"}},
            {"event": "$autocapture", "elements_chain": BUTTON},
            {"event": "$autocapture", "elements_chain": LINK},
            {"event": "paid", "elements_chain": BUTTON},
        ]
    )
    id = make_action(api, "Looked at prices", {"event": "$pageview", "url": "/pricing"})
    assert [each["id"] for each in listed(api)] == [id]
    assert count(api, id) == 1

    # Each change counts at once, though the answer to the same question has just been stored.
    change_action(api, id, steps=[{"event": "$pageview", "url": r"/[Pp]ricing$", "url_matching": "regex"}])
    assert count(api, id) == 1
    change_action(api, id, steps=[{"event": "$pageview"}, {"event": "paid"}])
    assert count(api, id) == 3
    change_action(api, id, steps=[{"event": "$autocapture", "text": "^Buy", "text_matching": "regex"}])
    assert count(api, id) == 1
    change_action(api, id, steps=[{"event": "$autocapture", "selector": "button.primary > span"}])
    assert count(api, id) == 1
    change_action(api, id, steps=[{"event": "$autocapture", "href": "/pricing", "href_matching": "contains"}])
    assert count(api, id) == 1
    change_action(api, id, steps=[{"event": "$autocapture", "href": "/pricing"}])
    assert count(api, id) == 0
    change_action(api, id, steps=[{"text": "Nobody reads this"}])
    assert count(api, id) == 5
    change_action(api, id, steps=[])
    assert count(api, id) == 5

    change_action(api, id, deleted=True)
    assert listed(api) == []
    assert api.send("GET", f"actions/{id}/").status_code == 200
    assert api.answer(trend(of_action(id)))["results"] == []
    assert api.send("DELETE", f"actions/{id}/").status_code == 405
    assert make_action(api, "Looked at prices") != id


def listed(api: Api) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = api.send("GET", "actions/").json()["results"]  # type: ignore[attr-defined]
    return found


def test_a_trend_calls_the_action_by_its_name(api: Api) -> None:
    api.store_event("paid")
    id = make_action(api, "Paid", {"event": "paid"})
    series = [of_action(id, name="as it was called", custom_name="Money"), of_event("paid")]
    first, second = api.answer(trend(*series))["results"]
    assert (first["label"], first["data"]) == ("Paid", second["data"])
    shown = {name: first["action"][name] for name in ("id", "name", "custom_name", "type", "order")}
    assert shown == {"id": "Paid", "name": "Paid", "custom_name": "Money", "type": "actions", "order": 0}
    breakdown = {"breakdown": "$browser", "breakdown_type": "event"}
    labels = [each["label"] for each in api.answer(trend(*series, breakdownFilter=breakdown))["results"]]
    assert labels == ["Paid - $$_posthog_breakdown_null_$$", "paid - $$_posthog_breakdown_null_$$"]


def test_filters_maths_and_groups_of_a_series(api: Api) -> None:
    for person, plan in (("ann", "pro"), ("ann", "pro"), ("bob", "free")):
        api.store_event("paid", person, properties={"plan": plan})
    api.store_event("refunded", "cat")
    id = make_action(api, "Paid", {"event": "paid"})
    on_pro = [{"key": "plan", "value": "pro", "type": "event"}]
    group = {"kind": "GroupNode", "operator": "OR", "nodes": [of_action(id), of_event("refunded")]}
    series = [
        of_action(id, properties=on_pro),
        of_action(id, math="dau"),
        group,
        of_action(id, math="first_time_for_user"),
    ]
    results = api.answer(trend(*series))["results"]
    assert [each["count"] for each in results] == [2, 2, 4, 2]
    assert results[2]["label"] == "Paid or refunded"


def test_a_missing_action_counts_nothing_and_is_named(api: Api) -> None:
    api.store_event("paid")
    answer = api.answer(trend(of_action(7), of_event("paid")))
    assert [(each["label"], each["count"]) for each in answer["results"]] == [("paid", 1)]
    assert answer["warnings"] == ["Action 7 does not exist: no events match it."]
    formula = api.answer(trend(of_action(7), of_event("paid"), trendsFilter={"formula": "B - A"}))
    assert [each["count"] for each in formula["results"]] == [1]
    group = {"kind": "GroupNode", "operator": "OR", "nodes": [of_action(7), of_event("paid")]}
    assert [each["count"] for each in api.answer(trend(group))["results"]] == [1]


def test_an_action_of_another_project_is_missing(api: Api) -> None:
    other = make_api(make_project(), api.store, scopes=["*"])
    theirs = make_action(other, "Paid", {"event": "paid"})
    api.store_event("paid")
    assert api.answer(trend(of_action(theirs)))["results"] == []
    listing = {"kind": "EventsQuery", "select": ["event"], "actionId": theirs}
    assert api.fault(listing)["detail"] == "Action does not exist"
    assert "does not exist" in api.fault("select count() from events where matchesAction('Paid')")["detail"]


def test_a_funnel_has_steps_and_exclusions_of_actions(api: Api) -> None:
    for person, names in {"ann": ("signup", "paid"), "bob": ("signup", "refunded", "paid"), "cat": ("signup",)}.items():
        for minutes, name in enumerate(names):
            api.store_event(name, person, ago(minutes=30 - minutes))
    paid = make_action(api, "Paid", {"event": "paid"})
    refunded = make_action(api, "Refunded", {"event": "refunded"})

    def funnel(**options: Any) -> list[dict[str, Any]]:
        series = [of_event("signup"), of_action(paid, name="old name")]
        found: list[dict[str, Any]] = api.answer(
            {"kind": "FunnelsQuery", "series": series, "funnelsFilter": options, "dateRange": {"date_from": "-3d"}}
        )["results"]
        return found

    first, second = funnel()
    assert (first["action_id"], first["type"], first["count"]) == ("signup", "events", 3)
    assert (second["action_id"], second["name"], second["type"], second["count"]) == (paid, "Paid", "actions", 2)
    assert [step["count"] for step in funnel(funnelOrderType="unordered")] == [3, 2]
    excluded = {**of_action(refunded), "funnelFromStep": 0, "funnelToStep": 1}
    assert [step["count"] for step in funnel(exclusions=[excluded])] == [2, 1]
    missing = api.answer({"kind": "FunnelsQuery", "series": [of_event("signup"), of_action(0)]})
    assert [step["count"] for step in missing["results"]] == [3, 0]
    assert missing["warnings"] == ["Action 0 does not exist: no events match it."]


def test_stickiness_and_lifecycle(api: Api) -> None:
    for days in (1, 2):
        api.store_event("paid", "ann", ago(days=days))
    id = make_action(api, "Paid", {"event": "paid"})
    fields = {"series": [of_action(id)], "dateRange": {"date_from": "-3d"}}
    (sticky,) = api.answer({"kind": "StickinessQuery", **fields})["results"]
    assert (sticky["label"], sticky["data"]) == ("Paid", [0, 1, 0, 0])
    assert (sticky["action"]["id"], sticky["action"]["type"]) == ("Paid", "actions")
    lifecycle = api.answer({"kind": "LifecycleQuery", **fields})["results"]
    assert [each["label"] for each in lifecycle] == [f"Paid - {each['status']}" for each in lifecycle]
    assert lifecycle[0]["action"] == {"id": id, "name": "Paid", "type": "actions", "order": 0, "math": "total"}
    # Nobody is known as a person here, so nobody is new.
    assert [sum(each["data"]) for each in lifecycle] == [0, 1, 1, -1]
    for kind in ("StickinessQuery", "LifecycleQuery"):
        missing = api.answer({"kind": kind, "series": [of_action(0)]})
        assert {number for each in missing["results"] for number in each["data"]} == {0}
        assert missing["warnings"] == ["Action 0 does not exist: no events match it."]


@pytest.mark.parametrize("as_text", [True, False])
def test_retention(api: Api, as_text: bool) -> None:
    api.store_event("signup", "ann", ago(days=2))
    api.store_event("paid", "ann", ago(days=1))
    id = make_action(api, "Paid", {"event": "paid"})

    def rows(paid: int) -> list[list[int]]:
        entity = {"id": str(paid) if as_text else paid, "type": "actions", "name": "Paid"}
        target = {"id": "signup", "type": "events"}
        asked = {"targetEntity": target, "returningEntity": entity, "totalIntervals": 3}
        answer = api.answer({"kind": "RetentionQuery", "retentionFilter": asked})
        return [[cell["count"] for cell in row["values"]] for row in answer["results"]]

    assert rows(id)[0] == [1, 1, 0]
    assert rows(id + 1000)[0] == [1, 0, 0]


def test_lists_of_events(api: Api) -> None:
    api.store_events([{"event": "paid"}, {"event": "$autocapture", "elements_chain": BUTTON}, {"event": "seen"}])
    paid, empty = make_action(api, "Paid", {"event": "paid"}), make_action(api, "Nothing")

    def events(**fields: Any) -> list[str]:
        rows = api.answer({"kind": "EventsQuery", "select": ["event"], **fields})["results"]
        return sorted(row[0] for row in rows)

    assert events(actionId=paid) == ["paid"]
    steps = [{"event": "seen", "url": None}, {"event": "$autocapture", "tag_name": "button", "properties": None}]
    assert events(actionSteps=steps) == ["$autocapture", "seen"]
    assert events(actionSteps=[]) == ["$autocapture", "paid", "seen"]
    listing = {"kind": "EventsQuery", "select": ["event"]}
    assert api.fault({**listing, "actionId": 0})["detail"] == "Action does not exist"
    assert api.fault({**listing, "actionId": empty})["detail"] == "Action does not have any match groups"
    malformed = api.fault({**listing, "actionSteps": [{"url_matching": "x"}]})
    assert (malformed["code"], "actionSteps.0.url_matching" in malformed["detail"]) == ("parse_error", True)
    unreadable = api.fault({**listing, "actionSteps": [{"properties": [{"key": "a", "operator": "near"}]}]})
    assert "malformed at 0.filter.operator" in unreadable["detail"]


def test_property_filters_of_a_step(api: Api) -> None:
    api.store_events([{"event": "paid", "properties": {"plan": plan, "sum": 5}} for plan in ("pro", "free")])
    by_plan = {"key": "plan", "value": ["pro"], "operator": "exact", "type": "event"}
    by_sum = {"key": "properties.sum > 4", "type": "hogql"}
    id = make_action(api, "Paid", {"event": "paid", "properties": [by_plan, by_sum]})
    assert count(api, id) == 1
    change_action(api, id, steps=[{"properties": [by_plan]}, {"properties": [by_sum]}])
    assert count(api, id) == 2


def test_only_questions_that_use_actions_are_asked_again_when_one_changes(api: Api) -> None:
    id = make_action(api, "Paid", {"event": "paid"})
    using = {"kind": "HogQLQuery", "query": "select countIf(matchesAction('Paid')) from events"}
    other = {"kind": "HogQLQuery", "query": "select count() from events"}
    for query in (using, other):
        assert api.answer(query)["is_cached"] is False
        assert api.answer(query)["is_cached"] is True
    change_action(api, id, steps=[{"event": "refunded"}])
    assert api.answer(using)["is_cached"] is False
    assert api.answer(other)["is_cached"] is True


def test_actors_of_a_series_and_the_choices_there_are(api: Api) -> None:
    for person in ("ann", "bob"):
        api.store_event("paid", person)
    api.store_event("seen", "cat")
    id = make_action(api, "Paid", {"event": "paid"})
    source = trend(of_action(id, name="old name"))
    options = api.answer({"kind": "InsightActorsQueryOptions", "source": source})
    assert options["series"] == [{"label": "Paid", "value": 0}]
    actors = {"kind": "InsightActorsQuery", "source": source, "series": 0}
    assert len(api.answer({"kind": "ActorsQuery", "select": ["id"], "source": actors})["results"]) == 2
