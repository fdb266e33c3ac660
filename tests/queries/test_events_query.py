"""EventsQuery through the endpoint."""

import uuid
from datetime import UTC, datetime, timedelta

from hedgerow.persons.models import Person, PersonDistinctId
from tests.queries.asking import Api

NOW = datetime.now(UTC)


def ago(**length: float) -> datetime:
    return NOW - timedelta(**length)


def test_the_last_day_by_default_newest_first(api: Api) -> None:
    api.store_event("old", at=ago(hours=25))
    api.store_event("older", at=ago(hours=3))
    api.store_event("newer", at=ago(hours=1))
    api.store_event("future", at=ago(hours=-1))
    answer = api.answer({"kind": "EventsQuery", "select": ["event", "timestamp"]})
    assert [row[0] for row in answer["results"]] == ["newer", "older"]
    assert answer["columns"] == ["event", "timestamp"]
    assert len(answer["types"]) == 2
    assert answer["types"][0].endswith("String)") or answer["types"][0] == "String"
    assert (answer["limit"], answer["offset"], answer["hasMore"]) == (100, 0, False)
    assert answer["nextCursor"] is None
    everything = api.answer({"kind": "EventsQuery", "select": ["event"], "after": "all"})
    assert [row[0] for row in everything["results"]] == ["newer", "old", "older"]


def test_an_event_as_a_whole(api: Api) -> None:
    link_text = 'a.btn.big:attr__href="/x"attr__id="go"href="/x"nth-child="2"nth-of-type="1"text="Say \\"hi\\"; now"'
    chain = f'{link_text};div:nth-child="1"'
    properties = {"$browser": "Chrome", "n": 1, "list": [1, {"a": None}]}
    event_uuid = api.store_event(
        "$autocapture", at=ago(hours=1), distinct_id="ada", properties=properties, elements_chain=chain
    )
    api.store_event("with session", at=ago(hours=2), properties={"$session_id": "s"})
    answer = api.answer({"kind": "EventsQuery", "select": ["*", "person", "person_display_name"]})
    event, person, name = answer["results"][0]
    assert event["uuid"] == event_uuid
    assert event["properties"] == properties
    assert event["team_id"] == api.project.pk
    assert set(event) == {
        *("uuid", "event", "properties", "timestamp", "team_id", "distinct_id"),
        *("elements_chain", "created_at", "person_mode", "elements"),
    }
    assert datetime.fromisoformat(event["timestamp"]) == ago(hours=1)
    link, around = event["elements"]
    assert (link["tag_name"], link["attr_class"], link["href"], link["attr_id"]) == ("a", ["btn", "big"], "/x", "go")
    assert (link["text"], link["nth_child"], link["nth_of_type"], link["order"]) == ('Say "hi"; now', 2, 1, 0)
    assert link["attributes"] == {"attr__href": "/x", "attr__id": "go"}
    assert (around["tag_name"], around["order"]) == ("div", 1)
    assert person == {"distinct_id": "ada"}
    assert name == {"display_name": "ada", "id": None, "distinct_id": "ada"}
    second = answer["results"][1][0]
    assert "elements" not in second
    assert second["properties"] == {"$session_id": "s", "$has_recording": False}


def test_the_person_of_an_event(api: Api) -> None:
    person = Person.objects.create(
        project=api.project, uuid=uuid.uuid4(), properties={"email": "ada@acme.com"}, created_at=ago(days=2)
    )
    PersonDistinctId.objects.create(project=api.project, distinct_id="ada", person=person)
    api.store_event("a", distinct_id="ada", at=ago(hours=1))
    answer = api.answer({"kind": "EventsQuery", "select": ["person", "person_display_name -- Person", "timestamp"][:1]})
    ((cell,),) = answer["results"]
    assert cell["uuid"] == str(person.uuid)
    assert cell["properties"] == {"email": "ada@acme.com"}
    assert cell["distinct_id"] == "ada"
    assert datetime.fromisoformat(cell["created_at"]) == ago(days=2)
    named = api.answer({"kind": "EventsQuery", "select": ["person_display_name -- Person"]})
    assert named["results"] == [[{"display_name": "ada@acme.com", "id": str(person.uuid), "distinct_id": "ada"}]]
    assert named["columns"] == ["person_display_name -- Person"]


def test_columns_and_conditions_are_hogql(api: Api) -> None:
    for price in (5, 20, 30):
        api.store_event("buy", at=ago(hours=1), properties={"price": price, "plan": "pro"})
    api.store_event("view", at=ago(hours=1))
    answer = api.answer(
        {
            "kind": "EventsQuery",
            "select": ["upper(event) -- Name", "properties.plan"],
            "where": ["toFloat(properties.price) > 10", "event != 'view'"],
        }
    )
    assert answer["results"] == [["BUY", "pro"], ["BUY", "pro"]]
    assert answer["columns"] == ["upper(event) -- Name", "properties.plan"]


def test_aggregates_group_by_the_other_columns(api: Api) -> None:
    for name, count in (("a", 2), ("b", 3), ("c", 1)):
        api.store_events([{"event": name, "timestamp": ago(hours=1)}] * count)
    query = {"kind": "EventsQuery", "select": ["event", "count()"]}
    assert api.answer(query)["results"] == [["b", 3], ["a", 2], ["c", 1]]
    assert api.answer({**query, "where": ["count() > 1"]})["results"] == [["b", 3], ["a", 2]]
    assert api.answer({**query, "orderBy": ["event DESC"]})["results"] == [["c", 1], ["b", 3], ["a", 2]]


def test_events_can_be_narrowed(api: Api) -> None:
    api.project.test_account_filters = [{"key": "staff", "type": "event", "value": "yes", "operator": "is_not"}]
    api.project.save()
    api.store_event("a", "ada", ago(hours=1), properties={"plan": "pro", "staff": "yes"})
    api.store_event("b", "bob", ago(hours=2), properties={"plan": "free"})
    api.store_event("c", "bob", ago(hours=3))

    def names(**fields: object) -> list[str]:
        answer = api.answer({"kind": "EventsQuery", "select": ["event"], "orderBy": ["event"], **fields})
        return [row[0] for row in answer["results"]]

    assert names() == ["a", "b", "c"]
    assert names(event="b") == ["b"]
    assert names(events=["a", "c", "x' or 1=1"]) == ["a", "c"]
    assert names(properties=[{"key": "plan", "value": "pro"}]) == ["a"]
    assert names(properties={"type": "AND", "values": []}, fixedProperties=[{"key": "plan", "value": "free"}]) == ["b"]
    assert names(filterTestAccounts=True) == ["b", "c"]
    assert names(after=ago(hours=2.5).isoformat(), before=ago(hours=1.5).isoformat()) == ["b"]
    assert names(after="-30M") == []
    bob = api.rows("select person_id from events where distinct_id = 'bob' limit 1")[0][0]
    assert names(personId=bob) == ["b", "c"]


def test_pages_by_offset_and_by_time_show_each_event_once(api: Api) -> None:
    api.store_events([{"event": f"event {number}", "timestamp": ago(minutes=number + 1)} for number in range(25)])
    query = {"kind": "EventsQuery", "select": ["*"], "limit": 10}
    seen: list[str] = []
    offset, has_more = 0, True
    while has_more:
        page = api.answer({**query, "offset": offset})
        seen += [row[0]["uuid"] for row in page["results"]]
        offset, has_more = offset + 10, page["hasMore"]
        assert page["limit"] == 10
    assert len(seen) == len(set(seen)) == 25
    walked: list[str] = []
    before = None
    while True:
        page = api.answer({**query, "before": before} if before else query)
        walked += [row[0]["uuid"] for row in page["results"]]
        assert all(len(row) == 1 for row in page["results"])
        before = page["nextCursor"]
        if not before:
            break
    assert walked == seen


def test_no_cursor_leads_past_events_of_one_instant(api: Api) -> None:
    api.store_events([{"event": "same", "timestamp": ago(minutes=1)} for _ in range(5)])
    page = api.answer({"kind": "EventsQuery", "select": ["uuid", "timestamp"], "limit": 3})
    assert page["hasMore"] is True
    assert page["nextCursor"] is None
    rest = api.answer({"kind": "EventsQuery", "select": ["uuid", "timestamp"], "limit": 3, "offset": 3})
    assert len({row[0] for row in page["results"] + rest["results"]}) == 5


def test_mistakes_are_told(api: Api) -> None:
    assert api.fault({"kind": "EventsQuery", "select": ["event"], "actionId": 7})["detail"] == "Action does not exist"
    assert "nope" in api.fault({"kind": "EventsQuery", "select": ["nope"]})["detail"]
    assert "when" in api.fault({"kind": "EventsQuery", "select": ["event"], "after": "when"})["detail"]
    assert api.fault({"kind": "EventsQuery", "select": ["event"], "where": ["event = "]})["code"] == "invalid_input"
    wrong = api.fault({"kind": "EventsQuery", "select": ["event"], "personId": "bob"})
    assert (wrong["type"], wrong["code"]) == ("invalid_request", "parse_error")
    source = {"kind": "InsightActorsQuery", "source": {"kind": "TrendsQuery", "series": []}}
    pointless = api.fault({"kind": "EventsQuery", "select": ["event"], "source": source})
    assert pointless["detail"] == "There is no series 0: the insight has 0."


def test_filters_of_the_place_it_is_shown_in_win(api: Api) -> None:
    api.store_event("a", at=ago(days=3), properties={"plan": "pro"})
    api.store_event("b", at=ago(days=3), properties={"plan": "free"})
    query = {"kind": "EventsQuery", "select": ["event"]}
    override = {"date_from": "-5d", "properties": [{"key": "plan", "value": "pro"}]}
    assert api.answer(query)["results"] == []
    assert api.answer({"kind": "DataTableNode", "source": query}, filters_override=override)["results"] == [["a"]]
