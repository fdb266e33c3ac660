"""ActorsQuery through the endpoint: persons and groups, of a project or behind a number."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from tests.queries.actors_asking import BORN, know_group, know_person
from tests.queries.asking import Api, make_api, make_project

TODAY = datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
PAGEVIEWS = {"kind": "TrendsQuery", "series": [{"kind": "EventsNode", "event": "$pageview"}]}


def actors(api: Api, select: list[str] | None = None, **fields: Any) -> dict[str, Any]:
    query = {"kind": "ActorsQuery", **({"select": select} if select else {}), **fields}
    return api.answer(query, refresh="force_blocking")


def behind(insight: dict[str, Any], **point: Any) -> dict[str, Any]:
    return {"kind": "InsightActorsQuery", "source": insight, **point}


def test_the_actors_behind_a_point(api: Api) -> None:
    person = know_person(api, "a", properties={"email": "a@x.io"}, is_identified=True)
    for minute in range(4):
        api.store_event(at=TODAY + timedelta(minutes=minute), distinct_id="a")
    api.store_event(at=TODAY - timedelta(minutes=1), distinct_id="b")
    source = behind(PAGEVIEWS, day=f"{TODAY:%Y-%m-%d}", series=0, compare="current")
    answer = actors(api, ["actor", "created_at", "event_count"], source=source, orderBy=["event_count DESC"])
    ada = {
        "id": str(person),
        "properties": {"email": "a@x.io"},
        "is_identified": True,
        "created_at": "2024-10-01T00:00:00Z",
        "distinct_ids": ["a"],
    }
    assert answer["results"] == [[ada, "2024-10-01T00:00:00Z", 4]]
    assert answer["columns"] == ["actor", "created_at", "event_count"]
    assert answer["types"] == ["UUID", "DateTime64(6, 'UTC')", "UInt64"]
    assert (answer["hasMore"], answer["limit"], answer["offset"], answer["missing_actors_count"]) == (False, 100, 0, 0)
    by_default = actors(api, source=source)
    assert by_default["columns"] == ["person", "id", "person.$delete", "event_distinct_ids"]
    assert by_default["results"] == [[ada, str(person), 1, ["a"]]]


def test_all_persons_by_what_they_are_called(api: Api) -> None:
    zoe = know_person(api, "z", "z2", properties={"email": "Zoe@x.io", "age": 30})
    bob = know_person(api, "b", properties={"name": "bob", "age": 40}, created_at=BORN + timedelta(days=1))
    nameless = know_person(api, "n", created_at=BORN + timedelta(days=2))
    everyone = actors(api, ["id", "created_at", "properties.age", "person.properties.email"])
    assert [row[0] for row in everyone["results"]] == [str(nameless), str(bob), str(zoe)]
    assert [row[2:] for row in everyone["results"]] == [[None, None], ["40", None], ["30", "Zoe@x.io"]]
    named = actors(api, ["person_display_name"], properties=[_is_set("age")], orderBy=["person"])
    assert named["results"] == [
        [{"display_name": "bob", "id": str(bob)}],
        [{"display_name": "Zoe@x.io", "id": str(zoe)}],
    ]
    backwards = actors(api, ["id"], properties=[_is_set("age")], orderBy=["person DESC"])
    assert [row[0] for row in backwards["results"]] == [str(zoe), str(bob)]
    assert actors(api)["columns"] == ["person", "id", "person.$delete"]
    counts = actors(api, ["properties.age > 35", "count()"], properties=[_is_set("age")], orderBy=["1"])
    assert counts["results"] == [[0, 1], [1, 1]]


def _is_set(key: str) -> dict[str, Any]:
    return {"key": key, "type": "person", "operator": "is_set"}


def test_search_and_filters(api: Api) -> None:
    zoe = know_person(api, "z", "anonymous_100%", properties={"email": "Zoe@x.io", "age": 30})
    bob = know_person(api, "b", properties={"name": "Bob", "age": 40})

    def found(**fields: Any) -> list[str]:
        return [row[0] for row in actors(api, ["id"], **fields)["results"]]

    assert found(search="zoe@") == [str(zoe)]
    assert found(search="OB") == [str(bob)]
    assert found(search="MOUS_100%") == [str(zoe)]
    assert found(search="100_") == []
    assert found(search=str(bob)[:13]) == [str(bob)]
    dear = {"key": "age", "type": "person", "operator": "gt", "value": 35}
    assert found(properties=[dear]) == [str(bob)]
    assert found(fixedProperties=[{"key": "properties.age < 35", "type": "hogql"}]) == [str(zoe)]
    assert found(properties=[{"key": "distinct_id", "type": "person", "value": ["b"]}]) == [str(bob)]
    fault = api.fault({"kind": "ActorsQuery", "properties": [{"key": "x", "type": "event", "value": 1}]})
    assert fault["detail"] == "The 'event' property filter does not work in 'person' scope"


def test_pages(api: Api) -> None:
    ids = {str(know_person(api, f"p{number}")) for number in range(5)}
    pages = [actors(api, ["id"], limit=2, offset=offset) for offset in (0, 2, 4)]
    assert [page["hasMore"] for page in pages] == [True, True, False]
    assert [(page["limit"], page["offset"]) for page in pages] == [(2, 0), (2, 2), (2, 4)]
    assert {row[0] for page in pages for row in page["results"]} == ids


def test_actors_without_a_person(api: Api) -> None:
    api.store_event(distinct_id="ghost", at=TODAY)
    know_person(api, "a")
    api.store_event(distinct_id="a", at=TODAY)
    answer = actors(api, ["person", "event_count", "matched_recordings"], source=behind(PAGEVIEWS))
    cells = {row[0].get("distinct_ids", [""])[0]: row for row in answer["results"]}
    assert set(cells[""][0]) == {"id"}
    assert [row[1:] for row in answer["results"]] == [[1, []], [1, []]]
    assert answer["missing_actors_count"] == 1
    assert len(actors(api, ["id"], source=behind(PAGEVIEWS), search=str(cells["a"][0]["id"]))["results"]) == 1


def test_events_of_merged_persons_are_one_actor(api: Api) -> None:
    ada = know_person(api, "a", "old")
    for distinct_id in ("a", "old", "old"):
        api.store_event(distinct_id=distinct_id, at=TODAY)
    row = {"team_id": api.project.pk, "distinct_id": "old", "person_id": str(ada), "version": 1}
    values = ", ".join(f"'{value}'" if isinstance(value, str) else str(value) for value in row.values())
    api.store.command(f"INSERT INTO person_overrides ({', '.join(row)}) VALUES ({values})")
    answer = actors(api, ["id", "event_count", "event_distinct_ids"], source=behind(PAGEVIEWS))
    assert [(row[0], row[1], sorted(row[2])) for row in answer["results"]] == [(str(ada), 3, ["a", "old"])]


def test_groups(api: Api) -> None:
    know_group(api, "acme", {"name": "Acme Inc", "size": 5})
    for group in ("acme", "umbrella", ""):
        api.store_event(at=TODAY, **{"$group_0": group})
    node = {"kind": "EventsNode", "event": "$pageview", "math": "unique_group", "math_group_type_index": 0}
    source = behind({"kind": "TrendsQuery", "series": [node]}, day=f"{TODAY:%Y-%m-%d}")
    answer = actors(api, source=source, orderBy=["group"])
    assert answer["columns"] == ["group"]
    acme, umbrella = (row[0] for row in answer["results"])
    assert acme == {
        "id": "acme",
        "type": "group",
        "group_key": "acme",
        "group_type_index": 0,
        "created_at": "2024-10-01T00:00:00Z",
        "group_properties": {"name": "Acme Inc", "size": 5},
        "properties": {"name": "Acme Inc", "size": 5},
    }
    assert umbrella["id"] == "umbrella"
    assert answer["missing_actors_count"] == 1
    size = {"key": "size", "type": "group", "group_type_index": 0, "operator": "gt", "value": 4}
    assert actors(api, ["id", "properties.size"], source=source, properties=[size])["results"] == [["acme", "5"]]
    assert actors(api, ["group_name"], source=source, search="INC")["results"] == [
        [{"display_name": "Acme Inc", "id": "acme"}]
    ]


def test_a_hogql_source(api: Api) -> None:
    ada = know_person(api, "a", properties={"email": "a@x.io"})
    api.store_event("buy", distinct_id="a", at=TODAY)
    api.store_event("buy", distinct_id="a", at=TODAY)

    def rows(text: str, select: list[str]) -> list[list[Any]]:
        found: list[list[Any]] = actors(api, select, source={"kind": "HogQLQuery", "query": text})["results"]
        return found

    bought = "select person_id, count() as times from events where event = 'buy' group by person_id"
    assert rows(bought, ["id", "times", "properties.email"]) == [[str(ada), 2, "a@x.io"]]
    assert rows("select id, created_at from persons", ["id"]) == [[str(ada)]]
    assert rows("select toString(id) as a_id, 5 as n from persons", ["person", "n"])[0][0]["distinct_ids"] == ["a"]
    fault = api.fault({"kind": "ActorsQuery", "source": {"kind": "HogQLQuery", "query": "select 1 as n"}})
    assert "column of ids" in fault["detail"]


def test_persons_node(api: Api) -> None:
    ada, bob = know_person(api, "a", properties={"email": "a@x.io"}), know_person(api, "b")
    everyone = api.answer({"kind": "PersonsNode"})
    assert {row[1] for row in everyone["results"]} == {str(ada), str(bob)}
    assert [row[1] for row in api.answer({"kind": "PersonsNode", "distinctId": "b"})["results"]] == [str(bob)]
    assert [row[1] for row in api.answer({"kind": "PersonsNode", "search": "a@x"})["results"]] == [str(ada)]
    assert api.fault({"kind": "PersonsNode", "cohort": 12345})["detail"] == "Cohort 12345 does not exist"


def test_events_behind_a_point(api: Api) -> None:
    wanted = {api.store_event(distinct_id="a", at=TODAY + timedelta(minutes=minute)) for minute in range(3)}
    api.store_event("other", distinct_id="a", at=TODAY)
    old = api.store_event(distinct_id="b", at=TODAY - timedelta(days=5))

    def found(**point: Any) -> set[str]:
        query = {"kind": "EventsQuery", "select": ["uuid"], "source": behind(PAGEVIEWS, **point)}
        return {row[0] for row in api.answer(query, refresh="force_blocking")["results"]}

    assert found(day=f"{TODAY:%Y-%m-%d}") == wanted
    assert found() == {*wanted, old}
    first = {"kind": "TrendsQuery", "series": [{"kind": "EventsNode", "event": None, "math": "first_time_for_user"}]}
    query = {"kind": "EventsQuery", "select": ["distinct_id"], "source": behind(first), "orderBy": ["distinct_id"]}
    assert api.answer(query)["results"] == [["a"], ["b"]]


def test_events_behind_a_step_of_a_funnel_or_a_path(api: Api) -> None:
    for minute, event in enumerate(("view", "view", "buy", "view")):
        api.store_event(event, distinct_id="a", at=TODAY + timedelta(minutes=minute))
    steps = [{"kind": "EventsNode", "event": "view"}, {"kind": "EventsNode", "event": "buy"}]
    funnel = {"kind": "FunnelsActorsQuery", "source": {"kind": "FunnelsQuery", "series": steps}, "funnelStep": 2}
    path = behind({"kind": "PathsQuery", "pathsFilter": {"pathStartKey": "2_buy", "pathEndKey": "3_view"}})
    for source, expected in ((funnel, ["buy", 2]), (path, ["view", 3])):
        query = {"kind": "EventsQuery", "select": ["event", "toMinute(timestamp)"], "source": source}
        assert api.answer(query)["results"] == [expected]


def test_the_numbers_there_are(api: Api) -> None:
    for browser in ("Chrome", "Firefox"):
        api.store_event(at=TODAY, properties={"$browser": browser})
    insight = {**PAGEVIEWS, "breakdownFilter": {"breakdown": "$browser"}, "compareFilter": {"compare": True}}
    options = api.answer({"kind": "InsightActorsQueryOptions", "source": behind(insight)})
    assert len(options["day"]) == 8
    assert options["day"][-1]["value"] == f"{TODAY:%Y-%m-%d}"
    assert {each["value"] for each in options["breakdown"]} == {"Chrome", "Firefox"}
    assert options["series"] == [{"label": "$pageview", "value": 0}]
    assert options["compare"] == [
        {"label": "Current", "value": "current"},
        {"label": "Previous", "value": "previous"},
    ]
    assert options["status"] is None
    assert options["interval"] is None
    several = {**PAGEVIEWS, "breakdownFilter": {"breakdowns": [{"property": "$browser"}]}}
    options = api.answer({"kind": "InsightActorsQueryOptions", "source": behind(several)})
    assert [{each["value"] for each in one["values"]} for one in options["breakdowns"]] == [{"Chrome", "Firefox"}]
    series = [{"kind": "EventsNode", "event": "$pageview"}]
    options = api.answer({"kind": "InsightActorsQueryOptions", "source": {"kind": "LifecycleQuery", "series": series}})
    assert [each["value"] for each in options["status"]] == ["new", "returning", "resurrecting", "dormant"]
    options = api.answer({"kind": "InsightActorsQueryOptions", "source": {"kind": "StickinessQuery", "series": series}})
    assert options["day"][1] == {"label": "2 days", "value": 2}
    options = api.answer(
        {"kind": "InsightActorsQueryOptions", "source": {"kind": "RetentionQuery", "retentionFilter": {}}}
    )
    assert options["interval"][1] == {"label": "Day 1", "value": 1}
    for nothing in ({"kind": "PathsQuery", "pathsFilter": {}}, {"kind": "FunnelsQuery", "series": series * 2}):
        options = api.answer({"kind": "InsightActorsQueryOptions", "source": nothing})
        assert options["series"] is None


def test_the_other_insights(api: Api) -> None:
    ada, bob = know_person(api, "a"), know_person(api, "b")
    for distinct_id, days in (("a", 0), ("a", 1), ("b", 0)):
        api.store_event("view", distinct_id=distinct_id, at=TODAY - timedelta(days=days))
        api.store_event("buy", distinct_id=distinct_id, at=TODAY - timedelta(days=days) + timedelta(minutes=1))
    series = [{"kind": "EventsNode", "event": "view"}]
    steps = [*series, {"kind": "EventsNode", "event": "buy"}]
    view = {"id": "view", "type": "events"}
    retention = {"totalIntervals": 3, "targetEntity": view, "returningEntity": view}
    yesterday = f"{TODAY - timedelta(days=1):%Y-%m-%d}"
    stickiness = {"kind": "StickinessActorsQuery", "source": {"kind": "StickinessQuery", "series": series}}
    sources = [
        (behind({"kind": "LifecycleQuery", "series": series}, day=yesterday, status="resurrecting"), {ada}),
        ({**stickiness, "day": 1}, {bob}),
        ({**stickiness, "day": 1, "operator": "gte"}, {ada, bob}),
        (behind({"kind": "RetentionQuery", "retentionFilter": retention}, interval=1), {ada}),
        (behind({"kind": "PathsQuery", "pathsFilter": {"pathStartKey": "1_view", "pathEndKey": "2_buy"}}), {ada, bob}),
        (
            {"kind": "FunnelsActorsQuery", "source": {"kind": "FunnelsQuery", "series": steps}, "funnelStep": 2},
            {ada, bob},
        ),
        ({"kind": "FunnelsActorsQuery", "source": {"kind": "FunnelsQuery", "series": steps}, "funnelStep": -2}, set()),
    ]
    for source, expected in sources:
        assert {UUID(row[0]) for row in actors(api, ["id"], source=source)["results"]} == expected, source
        bare = api.answer(source)
        assert bare["columns"][:4] == ["actor_id", "event_count", "event_distinct_ids", "matching_events"]
        assert {UUID(row[0]) for row in bare["results"]} == expected
        wrapped = {**source, "source": {"kind": "InsightVizNode", "source": source["source"]}}
        assert len(actors(api, ["id"], source=wrapped)["results"]) == len(expected)
    row = actors(api, ["appearances", "day_0", "day_1", "day_2"], source=sources[3][0])["results"]
    assert row == [[[0, 1], 1, 1, 0]]


def test_another_project_is_never_seen(api: Api) -> None:
    know_person(api, "a", properties={"email": "a@x.io"})
    api.store_event(distinct_id="a", at=TODAY)
    other = make_api(make_project(), api.store)
    for source in (None, behind(PAGEVIEWS), {"kind": "HogQLQuery", "query": "select id from persons"}):
        assert actors(other, ["person"], source=source)["results"] == []
        assert actors(other, ["id"], source=source, search="a@x")["results"] == []
    # An id of another project's person, written by hand, is that of nobody here.
    (person,) = actors(api, ["id"])["results"][0]
    (cell,) = actors(other, ["person"], source={"kind": "HogQLQuery", "query": f"select '{person}' as id"})["results"][
        0
    ]
    assert cell == {"id": person}


def test_mistakes(api: Api) -> None:
    for source, reason in (
        (behind(PAGEVIEWS, series=3), "There is no series 3"),
        (behind(PAGEVIEWS, day="soon"), "soon"),
        (behind(PAGEVIEWS, compare="previous"), "does not compare"),
    ):
        assert reason in api.fault({"kind": "ActorsQuery", "source": source})["detail"]
    unknown = api.fault({"kind": "ActorsQuery", "source": {"kind": "EventsQuery"}})
    assert (unknown["type"], unknown["code"]) == ("invalid_request", "parse_error")
    assert api.fault({"kind": "ActorsQuery", "select": ["event_count"]})["detail"].startswith("Unable to resolve field")
