"""Who is behind an edge, an item or a drop-off of paths."""

from typing import Any

import pytest

from hedgerow.eventstore.client import EventStore
from hedgerow.hogql.compile import compile_query
from hedgerow.hogql.context import ProjectContext
from hedgerow.insights import paths
from hedgerow.insights.errors import InsightError
from tests.insights.asking import NOW, Event, at, new_context, person_id, store_events
from tests.insights.histories import Merge, stored_history


def views(person: str, *urls: str) -> list[Event]:
    """Page views of a person a minute apart."""
    return [
        Event("$pageview", at(f"2024-11-04 10:{minute:02}"), person, {"$current_url": url}, session=f"of {person}")
        for minute, url in enumerate(urls)
    ]


def rows(event_store: EventStore, context: ProjectContext, **filter_: Any) -> dict[Any, tuple[Any, ...]]:
    """The other columns by the actor."""
    query = paths.PathsQuery.model_validate({"pathsFilter": filter_, "dateRange": {"date_from": "all"}})
    compiled = compile_query(paths.actors(query, context, NOW), context)
    assert compiled.columns == ["actor_id", "event_count", "event_distinct_ids", "matching_events"]
    return {row[0]: tuple(row[1:]) for row in event_store.query(compiled.sql, compiled.parameters).rows}


def names(event_store: EventStore, context: ProjectContext, **filter_: Any) -> set[str]:
    """Who of ann, bob and cleo is behind it."""
    found = rows(event_store, context, **filter_)
    return {name for name in ("ann", "bob", "cleo") if person_id(name) in found}


@pytest.fixture(scope="module")
def shop(event_store: EventStore) -> ProjectContext:
    """Ann goes a, b, c; Bob goes a, b; Cleo sees a alone."""
    context = new_context()
    store_events(
        event_store, context, [*views("ann", "/a", "/b", "/c"), *views("bob", "/a", "/b"), *views("cleo", "/a")]
    )
    return context


def test_an_edge(event_store: EventStore, shop: ProjectContext) -> None:
    assert names(event_store, shop, pathStartKey="1_/a", pathEndKey="2_/b") == {"ann", "bob"}
    assert names(event_store, shop, pathStartKey="2_/b", pathEndKey="3_/c") == {"ann"}
    assert names(event_store, shop, pathStartKey="1_/a", pathEndKey="3_/c") == set()


def test_an_item(event_store: EventStore, shop: ProjectContext) -> None:
    assert names(event_store, shop, pathStartKey="1_/a") == {"ann", "bob"}
    assert names(event_store, shop, pathStartKey="2_/b") == {"ann"}
    assert names(event_store, shop, pathEndKey="2_/b") == {"ann", "bob"}
    assert names(event_store, shop, pathEndKey="1_/a") == set()


def test_a_drop_off(event_store: EventStore, shop: ProjectContext) -> None:
    assert names(event_store, shop, pathDropoffKey="2_/b") == {"bob"}
    assert names(event_store, shop, pathDropoffKey="3_/c") == {"ann"}
    assert names(event_store, shop, pathDropoffKey="1_/a") == {"cleo"}
    assert names(event_store, shop, pathDropoffKey="2_/b", pathStartKey="1_/a") == {"bob"}
    assert names(event_store, shop, pathDropoffKey="2_/b", stepLimit=2) == {"ann", "bob"}


def test_everyone_with_an_edge(event_store: EventStore, shop: ProjectContext) -> None:
    assert names(event_store, shop) == {"ann", "bob"}


def test_the_events_that_count(event_store: EventStore, shop: ProjectContext) -> None:
    found = rows(event_store, shop, pathStartKey="1_/a", pathEndKey="2_/b")[person_id("ann")]
    count, distinct_ids, ((moment, uuid, session, window),) = found
    assert (count, distinct_ids, moment, session, window) == (1, ["ann"], at("2024-11-04 10:01"), "of ann", "")
    stored = event_store.query(
        "SELECT uuid FROM events WHERE team_id = {team:Int64} AND distinct_id = 'ann' AND timestamp = {at:String}",
        {"team": shop.team_id, "at": "2024-11-04 10:01:00"},
    ).rows
    assert [tuple(row) for row in stored] == [(uuid,)]
    assert rows(event_store, shop, pathStartKey="1_/a")[person_id("ann")][2][0][0] == at("2024-11-04 10:00")


def test_no_more_than_a_hundred_events(event_store: EventStore) -> None:
    context = new_context()
    moments = [at("2024-10-01 10:00").replace(day=1 + number // 20, hour=number % 20) for number in range(120)]
    store_events(event_store, context, [Event("go", moment) for moment in moments])
    store_events(event_store, context, [Event("home", moment.replace(minute=1)) for moment in moments])
    count, distinct_ids, events = rows(event_store, context, pathEndKey="2_home")[person_id("ann")]
    assert (count, distinct_ids, len(events)) == (120, ["ann"], 100)
    assert events[0][0] == moments[0].replace(minute=1)


def test_a_merged_person_with_all_distinct_ids(event_store: EventStore) -> None:
    later = [Event(each.event, each.at.replace(hour=14), "cleo", each.properties) for each in views("ann", "/a", "/b")]
    context = stored_history(event_store, [*views("ann", "/a", "/b"), *later], [Merge("cleo", "ann")])
    found = rows(event_store, context, pathStartKey="1_/a", pathEndKey="2_/b")
    assert list(found) == [person_id("ann")]
    count, distinct_ids, _ = found[person_id("ann")]
    assert (count, set(distinct_ids)) == (2, {"ann", "cleo"})


def test_the_hidden_item_between_two_points(event_store: EventStore) -> None:
    context = new_context()
    store_events(event_store, context, views("ann", "/a", "/b", "/c", "/d", "/e"))
    points = {"startPoint": "/a", "endPoint": "/e", "stepLimit": 3}
    assert names(event_store, context, **points, pathStartKey="1_/a", pathEndKey="2_...") == {"ann"}
    assert names(event_store, context, **points, pathStartKey="2_...", pathEndKey="3_/e") == {"ann"}


@pytest.mark.parametrize("key", ["/a", "x_/a", "", "-1_/a", "²_/a", "99999999999999999999_/a"])
def test_a_key_that_is_none(event_store: EventStore, shop: ProjectContext, key: str) -> None:
    with pytest.raises(InsightError, match="is not an item"):
        rows(event_store, shop, pathStartKey=key)
