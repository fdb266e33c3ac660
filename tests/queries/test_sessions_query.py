"""SessionsQuery through the endpoint."""

import uuid
from datetime import UTC, datetime, timedelta
from typing import Any

from hedgerow.actions.models import Action
from hedgerow.persons.models import Person, PersonDistinctId
from tests.queries.asking import Api, make_api, make_project

NOW = datetime.now(UTC)


def ago(**length: float) -> datetime:
    return NOW - timedelta(**length)


def store_session(api: Api, session: str, at: datetime, *events: str, person: str = "ada", **properties: Any) -> None:
    """Events of a session, ten seconds apart."""
    api.store_events(
        [
            {
                "event": event,
                "distinct_id": person,
                "timestamp": at + timedelta(seconds=10 * place),
                "$session_id": session,
                "properties": properties,
            }
            for place, event in enumerate(events)
        ]
    )


def ids(api: Api, **fields: Any) -> list[str]:
    answer = api.answer({"kind": "SessionsQuery", "select": ["session_id"], **fields}, refresh="force_blocking")
    return [row[0] for row in answer["results"]]


def test_those_that_started_in_the_last_day_newest_first(api: Api) -> None:
    store_session(api, "old", ago(hours=25), "$pageview", "$pageview")
    store_session(api, "older", ago(hours=3), "$pageview", "$pageview")
    store_session(api, "newer", ago(hours=1), "$pageview", "$autocapture", "$pageview")
    api.store_event("no session", at=ago(hours=1))
    answer = api.answer(
        {"kind": "SessionsQuery", "select": ["session_id", "$start_timestamp", "$session_duration", "$pageview_count"]}
    )
    assert [[row[0], *row[2:]] for row in answer["results"]] == [["newer", 20, 2], ["older", 10, 2]]
    assert datetime.fromisoformat(answer["results"][0][1]) == ago(hours=1)
    assert answer["columns"] == ["session_id", "$start_timestamp", "$session_duration", "$pageview_count"]
    assert (answer["limit"], answer["offset"], answer["hasMore"]) == (100, 0, False)
    assert len(answer["types"]) == 4
    assert ids(api, after="all") == ["newer", "old", "older"]
    assert ids(api, after=ago(hours=26).isoformat(), before=ago(hours=2).isoformat()) == ["old", "older"]


def test_a_session_that_began_before_the_range_is_not_one_of_it(api: Api) -> None:
    store_session(api, "straddling", ago(hours=24) - timedelta(seconds=5), "$pageview", "$pageview")
    assert ids(api) == []


def test_a_session_as_a_whole_and_its_person(api: Api) -> None:
    person = Person.objects.create(
        project=api.project, uuid=uuid.uuid4(), properties={"email": "ada@acme.com"}, created_at=ago(days=2)
    )
    PersonDistinctId.objects.create(project=api.project, distinct_id="ada", person=person)
    store_session(api, "s", ago(hours=1), "$pageview", **{"$current_url": "https://a.b/in", "$pathname": "/in"})
    (row,) = api.answer({"kind": "SessionsQuery", "select": ["*", "person", "person_display_name -- Who"]})["results"]
    session, cell, name = row
    assert session["session_id"] == "s"
    assert session["$entry_current_url"] == "https://a.b/in"
    assert session["$entry_pathname"] == session["$exit_pathname"] == "/in"
    assert session["$urls"] == ["https://a.b/in"]
    assert (session["$session_duration"], session["$is_bounce"]) == (0, True)
    assert {"$start_timestamp", "$end_timestamp", "$channel_type", "$vitals_lcp", "distinct_id"} <= set(session)
    assert cell["uuid"] == str(person.uuid)
    assert name == {"display_name": "ada@acme.com", "id": str(person.uuid), "distinct_id": "ada"}


def test_sessions_can_be_narrowed(api: Api) -> None:
    api.project.test_account_filters = [{"key": "staff", "type": "event", "value": "yes", "operator": "is_not"}]
    api.project.save()
    store_session(api, "a", ago(hours=3), "$pageview", "buy", plan="pro")
    store_session(api, "b", ago(hours=2), "$pageview", person="bob", plan="free", utm_source="mail")
    store_session(api, "c", ago(hours=1), "buy", person="bob", plan="free", staff="yes")
    action = Action.objects.create(project=api.project, name="bought", steps=[{"event": "buy"}])
    order = {"orderBy": ["session_id"]}
    assert ids(api, **order) == ["a", "b", "c"]
    assert ids(api, **order, event="buy") == ["a", "c"]
    assert ids(api, **order, actionId=action.pk) == ["a", "c"]
    assert ids(api, **order, event="buy", eventProperties=[{"key": "plan", "value": "pro"}]) == ["a"]
    assert ids(api, **order, event="$pageview", eventProperties=[{"key": "staff", "operator": "is_set"}]) == []
    assert ids(api, **order, filterTestAccounts=True) == ["a", "b"]
    assert ids(api, **order, where=["$session_duration > 5"]) == ["a"]
    by_source = [{"key": "$entry_utm_source", "type": "session", "value": "mail"}]
    assert ids(api, **order, properties=by_source) == ["b"]
    assert ids(api, **order, fixedProperties=by_source) == ["b"]
    bob = api.rows("select person_id from events where distinct_id = 'bob' limit 1")[0][0]
    assert ids(api, **order, personId=bob) == ["b", "c"]


def test_aggregates_group_by_the_other_columns(api: Api) -> None:
    for number, person in enumerate(["ada", "bob", "bob"]):
        store_session(api, f"s{number}", ago(hours=1), "$pageview", person=person)
    query = {"kind": "SessionsQuery", "select": ["distinct_id", "count()"]}
    assert api.answer(query)["results"] == [["bob", 2], ["ada", 1]]
    assert api.answer({**query, "where": ["count() > 1"]})["results"] == [["bob", 2]]


def test_pages(api: Api) -> None:
    for number in range(5):
        store_session(api, f"s{number}", ago(hours=1), "$pageview")
    query = {"kind": "SessionsQuery", "select": ["session_id", "$start_timestamp"], "limit": 2}
    pages = [api.answer({**query, "offset": offset}) for offset in (0, 2, 4)]
    assert [row[0] for page in pages for row in page["results"]] == ["s0", "s1", "s2", "s3", "s4"]
    assert [page["hasMore"] for page in pages] == [True, True, False]


def test_mistakes_are_told(api: Api) -> None:
    assert api.fault({"kind": "SessionsQuery", "actionId": 7})["detail"] == "Action does not exist"
    empty = Action.objects.create(project=api.project, name="empty", steps=[])
    without_steps = api.fault({"kind": "SessionsQuery", "actionId": empty.pk})
    assert without_steps["detail"] == "Action does not have any match groups"
    scope = api.fault({"kind": "SessionsQuery", "properties": [{"key": "plan", "value": "pro", "type": "person"}]})
    assert scope["detail"] == "The 'person' property filter does not work in 'session' scope"
    assert "nope" in api.fault({"kind": "SessionsQuery", "select": ["nope"]})["detail"]


def test_sessions_of_other_projects_stay_unseen(api: Api) -> None:
    other = make_api(make_project(), api.store)
    store_session(api, "same", ago(hours=1), "$pageview", "buy")
    store_session(other, "same", ago(hours=2), "$pageview", secret="x")
    store_session(other, "theirs", ago(hours=2), "buy")
    query = {"kind": "SessionsQuery", "select": ["session_id", "$pageview_count", "$session_duration"]}
    assert api.answer(query)["results"] == [["same", 1, 10]]
    assert ids(api, event="buy") == ["same"]
    assert ids(api, eventProperties=[{"key": "secret", "value": "x"}]) == []
    assert sorted(ids(other)) == ["same", "theirs"]
