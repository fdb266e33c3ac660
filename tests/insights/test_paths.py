"""Paths: what is an item, where sessions and paths begin and end, and which edges are given."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

import pytest

from hedgerow.eventstore.client import EventStore
from hedgerow.hogql.context import ProjectContext
from hedgerow.insights import paths
from hedgerow.insights.errors import InsightError
from tests.insights.asking import NOW, Event, at, new_context, store_events
from tests.insights.histories import Merge, run, stored_history


def view(url: str | None, minute: float, person: str = "ann") -> Event:
    """A page view so many minutes after ten o'clock of the day before."""
    properties = {} if url is None else {"$current_url": url}
    return Event("$pageview", at("2024-11-04 10:00") + timedelta(minutes=minute), person, properties)


def custom(event: str, minute: float, person: str = "ann", **properties: Any) -> Event:
    return Event(event, at("2024-11-04 10:00") + timedelta(minutes=minute), person, properties)


def views(*urls: str, person: str = "ann") -> list[Event]:
    """Page views a minute apart."""
    return [view(url, minute, person) for minute, url in enumerate(urls)]


def answer(
    event_store: EventStore,
    context: ProjectContext,
    fields: dict[str, Any] | None = None,
    now: datetime = NOW,
    **filter_: Any,
) -> dict[str, Any]:
    query = paths.PathsQuery.model_validate({"pathsFilter": filter_, **(fields or {})})
    return run(event_store, context, paths.answer(query, context, now))


def edges(event_store: EventStore, events: Iterable[Event], known: dict[str, Any] | None = None, **filter_: Any) -> Any:
    """The edges of these events as texts, such as `1_/a 2_/b 5` for five times."""
    context = new_context(**(known or {}))
    store_events(event_store, context, events)
    results = answer(event_store, context, **filter_)["results"]
    return [f"{each['source']} {each['target']} {each['value']}" for each in results]


def test_two_sessions_with_a_repeated_page(event_store: EventStore) -> None:
    visits = [view("/a", 0), view("/b/", 1), view("/b", 2), view("/c", 4), view("/a", 35)]
    assert edges(event_store, visits) == ["1_/a 2_/b 1", "2_/b 3_/c 1"]


def test_the_shape_of_an_edge(event_store: EventStore) -> None:
    context = new_context()
    visits = views("https://x.io/", "https://x.io/pricing")
    store_events(
        event_store, context, [*visits, view("https://x.io", 0, "bob"), view("https://x.io/pricing", 4, "bob")]
    )
    found = answer(event_store, context)
    assert found["results"] == [
        {
            "source": "1_https://x.io",
            "target": "2_https://x.io/pricing",
            "value": 2,
            "average_conversion_time": 150_000.0,
        }
    ]
    assert found["resolved_date_range"] == {
        "date_from": "2024-10-29T00:00:00Z",
        "date_to": "2024-11-05T23:59:59.999999Z",
    }


def test_an_item_in_a_row_has_its_last_time(event_store: EventStore) -> None:
    context = new_context()
    store_events(event_store, context, [view("/a", 0), view("/a", 2), view("/b", 5)])
    assert [each["average_conversion_time"] for each in answer(event_store, context)["results"]] == [180_000.0]


def test_half_an_hour_ends_a_session(event_store: EventStore) -> None:
    assert edges(event_store, [view("/a", 0), view("/b", 30)]) == []
    just_before = 30 - 1 / 60_000_000
    assert edges(event_store, [view("/a", 0), view("/b", just_before)]) == ["1_/a 2_/b 1"]


def test_the_same_page_in_another_session_begins_anew(event_store: EventStore) -> None:
    visits = [view("/a", 0), view("/b", 1), view("/b", 40), view("/c", 41)]
    assert edges(event_store, visits) == ["1_/a 2_/b 1", "1_/b 2_/c 1"]


def test_events_of_one_instant_are_in_the_order_of_their_items(event_store: EventStore) -> None:
    assert edges(event_store, [view("/c", 1), view("/b", 1), view("/a", 2)]) == ["1_/b 2_/c 1", "2_/c 3_/a 1"]


def test_items_of_each_type_of_event(event_store: EventStore) -> None:
    events = [
        view("/a/", 0),
        Event("$screen", at("2024-11-04 10:01"), properties={"$screen_name": "Home/"}),
        custom("signed up", 2),
        custom("$autocapture", 3),
        view(None, 4),
    ]
    assert edges(event_store, events) == [
        "1_/a 2_Home/ 1",
        "2_Home/ 3_signed up 1",
        "3_signed up 4_$autocapture 1",
        "4_$autocapture 5_ 1",
    ]
    assert edges(event_store, events, includeEventTypes=["$pageview"]) == ["1_/a 2_ 1"]
    assert edges(event_store, events, includeEventTypes=["$screen", "custom_event"]) == ["1_Home/ 2_signed up 1"]
    assert edges(event_store, events, includeEventTypes=["custom_event", "$pageview"]) == [
        "1_/a 2_signed up 1",
        "2_signed up 3_ 1",
    ]


def test_items_of_an_expression(event_store: EventStore) -> None:
    events = [custom("view", 0, n=1), view("/a", 1), custom("view", 2, n="x"), custom("view", 3, n=None)]
    hogql = {"includeEventTypes": ["hogql"], "pathsHogQLExpression": "properties.n"}
    assert edges(event_store, events, **hogql) == ["1_1 2_ 1", "2_ 3_x 1", "3_x 4_ 1"]
    hogql["includeEventTypes"] = ["hogql", "custom_event"]
    assert edges(event_store, events, **hogql) == ["1_1 2_x 1", "2_x 3_ 1"]
    hogql["pathsHogQLExpression"] = "length(event) * 2"
    assert edges(event_store, events, **hogql) == []


def test_start_and_end_points(event_store: EventStore) -> None:
    visits = views("/a", "/b", "/c", "/b", "/d")
    assert edges(event_store, visits, startPoint="/b/") == ["1_/b 2_/c 1", "2_/c 3_/b 1", "3_/b 4_/d 1"]
    assert edges(event_store, visits, endPoint="/b") == ["1_/a 2_/b 1"]
    assert edges(event_store, visits, endPoint="/d", stepLimit=2) == ["1_/b 2_/d 1"]
    assert edges(event_store, visits, startPoint="/b", stepLimit=2) == ["1_/b 2_/c 1"]
    assert edges(event_store, visits, startPoint="/b", endPoint="/d") == ["1_/b 2_/c 1", "2_/c 3_/b 1", "3_/b 4_/d 1"]
    assert edges(event_store, visits, startPoint="/b", endPoint="/b") == ["1_/b 2_/c 1", "2_/c 3_/b 1"]
    assert edges(event_store, visits, startPoint="/d", endPoint="/b") == []
    assert edges(event_store, visits, startPoint="/e") == []
    assert edges(event_store, visits, endPoint="/e") == []


def test_what_lies_between_two_points_is_hidden_when_it_is_much(event_store: EventStore) -> None:
    context = new_context()
    moments = enumerate([0, 1, 3, 6, 10, 15, 21])
    store_events(event_store, context, [view(f"/{number}", minute) for number, minute in moments])
    found = answer(event_store, context, startPoint="/0", endPoint="/6", stepLimit=4)["results"]
    assert [(each["source"], each["target"], each["average_conversion_time"] / 60_000) for each in found] == [
        ("1_/0", "2_/1", 1),
        ("2_/1", "3_...", 2),
        ("3_...", "4_/5", 12),
        ("4_/5", "5_/6", 6),
    ]
    assert len(answer(event_store, context, startPoint="/0", endPoint="/6", stepLimit=7)["results"]) == 6
    assert answer(event_store, context, startPoint="/0", endPoint="/6", stepLimit=1)["results"] == []


def test_five_items_of_a_path_by_default(event_store: EventStore) -> None:
    visits = views(*"abcdefg")
    assert [each.split()[0] for each in edges(event_store, visits)] == ["1_a", "2_b", "3_c", "4_d"]
    assert len(edges(event_store, visits, stepLimit=20)) == 6
    assert edges(event_store, visits, stepLimit=1) == []


def test_rules_of_the_project_and_of_the_question(event_store: EventStore) -> None:
    visits = views("/user/1/posts", "/user/2/posts", "/team/7", "/user/3")
    rules = [
        {"regex": "/team/.*", "alias": "/user/9", "order": 1},
        {"regex": r"/user/(\d+)", "alias": "/person/<id>", "order": 2},
        {"alias": "not finished"},
    ]
    project = {"path_cleaning_filters": rules}
    assert len(edges(event_store, visits, project)) == 3
    assert edges(event_store, visits, project, pathReplacements=True) == ["1_/person/<id>/posts 2_/person/<id> 1"]
    backwards = {"path_cleaning_filters": [{**rules[0], "order": 3}, rules[1]]}
    assert edges(event_store, visits, backwards, pathReplacements=True) == [
        "1_/person/<id>/posts 2_/user/9 1",
        "2_/user/9 3_/person/<id> 1",
    ]
    own = [{"regex": "<id>", "alias": "someone"}, {"regex": r"^/(\w+)/someone$", "alias": r"one \1"}]
    assert edges(event_store, visits, project, pathReplacements=True, localPathCleaningFilters=own) == [
        "1_/person/someone/posts 2_one person 1"
    ]
    assert len(edges(event_store, visits, localPathCleaningFilters=own)) == 3


def test_the_first_pattern_that_fits(event_store: EventStore) -> None:
    visits = views("https://x.io/shop/1/buy", "https://x.io/shop/2/look", "https://x.io/a_b", "https://x.io/a%b")
    assert edges(event_store, visits, pathGroupings=["", "/shop/*/buy", "/shop/*", "/a_b"]) == [
        "1_/shop/*/buy 2_/shop/* 1",
        "2_/shop/* 3_/a_b 1",
        "3_/a_b 4_https://x.io/a%b 1",
    ]
    assert (
        edges(event_store, visits, pathGroupings=["/shop/*", "/shop/*/buy", "(.*)"])[0]
        == "1_/shop/* 2_https://x.io/a_b 1"
    )


def test_what_is_excluded_is_as_if_it_had_not_been(event_store: EventStore) -> None:
    visits = [view("/a", 0), view("/b", 20), view("/a", 25), view("/c", 40), view("/d", 54)]
    assert edges(event_store, visits, excludeEvents=["/b", "/c"]) == ["1_/a 2_/d 1"]
    assert edges(event_store, visits, excludeEvents=["/b", "/c"], stepLimit=2, pathGroupings=["/d"]) == ["1_/a 2_/d 1"]
    assert edges(event_store, visits, excludeEvents=["/x*"], pathGroupings=["/x*"])[0].startswith("1_/a 2_/b")
    shorter = [view("/a", 0), view("/b", 20), view("/c", 40)]
    assert edges(event_store, shorter, excludeEvents=["/b"]) == []


def test_edges_by_weight(event_store: EventStore) -> None:
    visits = [*views(*"abc", person="ann"), *views(*"abd", person="bob"), *views(*"ab", person="cleo")]
    assert edges(event_store, visits) == ["1_a 2_b 3", "2_b 3_c 1", "2_b 3_d 1"]
    assert edges(event_store, visits, minEdgeWeight=2) == ["1_a 2_b 3"]
    assert edges(event_store, visits, edgeLimit=2) == ["1_a 2_b 3", "2_b 3_c 1"]
    assert edges(event_store, visits, minEdgeWeight=0, maxEdgeWeight=0) == ["1_a 2_b 3", "2_b 3_c 1", "2_b 3_d 1"]


def test_edges_that_cannot_be_reached_are_left_out(event_store: EventStore) -> None:
    visits = [*views(*"abc", person="ann"), *views(*"abd", person="bob"), *views(*"xyz", person="cleo")]
    assert edges(event_store, visits, maxEdgeWeight=1) == ["1_x 2_y 1", "2_y 3_z 1"]


def test_the_events_of_the_range_that_fit_the_filters(event_store: EventStore) -> None:
    context = new_context()
    store_events(event_store, context, [*views(*"ab"), Event("$pageview", at("2024-10-20 10:00"), properties={})])
    store_events(event_store, context, [custom(name, minute, n=5) for minute, name in enumerate("xy")])

    def sources(fields: dict[str, Any]) -> list[str]:
        return [each["source"] for each in answer(event_store, context, fields)["results"]]

    assert sources({}) == ["1_a", "2_x", "3_b"]
    assert sources({"properties": [{"key": "n", "value": 5}]}) == ["1_x"]
    assert sources({"dateRange": {"date_from": "-1h"}}) == []
    assert sources({"dateRange": {"date_from": "all"}, "samplingFactor": 0.1}) == ["1_a", "2_x", "3_b"]
    assert sources({"dateRange": {"date_from": "2024-11-05", "date_to": "2024-11-01"}}) == []


def test_without_test_accounts(event_store: EventStore) -> None:
    context = new_context()
    store_events(event_store, context, [custom(name, minute, n=5) for minute, name in enumerate("xy")])
    query = paths.PathsQuery.model_validate({"pathsFilter": {}, "filterTestAccounts": True})
    own = [{"key": "n", "value": 5, "operator": "is_not"}]
    assert run(event_store, context, paths.answer(query, context, NOW, own))["results"] == []


def test_a_merged_person_has_one_path(event_store: EventStore) -> None:
    events = [view("/a", 0, "ann"), view("/b", 1, "cleo"), view("/c", 2, "bob")]
    context = stored_history(event_store, events, [Merge("cleo", "ann")])
    assert [each["target"] for each in answer(event_store, context)["results"]] == ["2_/b"]


def test_paths_of_groups(event_store: EventStore) -> None:
    context = new_context(group_types=("company",))
    events = [
        Event(name, at(f"2024-11-04 10:0{minute}"), person, groups={0: company})
        for name, minute, person, company in [
            ("a", 0, "ann", "acme"),
            ("b", 1, "bob", "acme"),
            ("c", 2, "ann", ""),
            ("d", 3, "bob", ""),
        ]
    ]
    store_events(event_store, context, events)
    found = answer(event_store, context, {"aggregation_group_type_index": 0})["results"]
    assert [(each["source"], each["target"]) for each in found] == [("1_a", "2_b")]


def test_mistakes(event_store: EventStore) -> None:
    context = new_context(path_cleaning_filters=[{"regex": 5}])
    with pytest.raises(InsightError, match=r"malformed at 0\.regex"):
        answer(event_store, context, pathReplacements=True)
    with pytest.raises(InsightError, match="not supported"):
        answer(event_store, context, {"funnelPathsFilter": {"funnelStep": 1}})
    with pytest.raises(InsightError, match="not a date"):
        answer(event_store, context, {"dateRange": {"date_from": "soon"}})


def test_one_slash_at_the_end_goes_unless_it_is_all(event_store: EventStore) -> None:
    assert edges(event_store, views("/", "//", "/a//", "https://x.io/")) == ["1_/ 2_/a/ 1", "2_/a/ 3_https://x.io 1"]
    assert edges(event_store, views("/a", "/", "/b"), startPoint="/") == ["1_/ 2_/b 1"]
