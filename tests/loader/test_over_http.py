"""What becomes of events sent to a running server, as queries tell it: persons, groups, times, uuids."""

import itertools
import json
import time
import uuid
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest

from hedgerow.persons.identity import default_person_uuid
from tests.serving import Server

_names = itertools.count()


class Shop:
    """Sends events to a server under ids no other test uses, and asks what became of them."""

    def __init__(self, server: Server) -> None:
        self.server = server
        self.mark = f"t{next(_names)}-{uuid.uuid4().hex[:8]}"
        self.sent = 0

    def id(self, name: str) -> str:
        return f"{self.mark} {name}"

    def event(self, name: str, who: str, properties: dict[str, Any] | None = None, **fields: Any) -> dict[str, Any]:
        return {
            "event": name,
            "distinct_id": self.id(who),
            "properties": {**(properties or {}), "mark": self.mark},
            **fields,
        }

    def identify(self, who: str, anonymous: str, properties: dict[str, Any] | None = None) -> dict[str, Any]:
        return self.event("$identify", who, {"$anon_distinct_id": self.id(anonymous), **(properties or {})})

    def alias(self, who: str, other: str, name: str = "$create_alias") -> dict[str, Any]:
        return self.event(name, who, {"alias": self.id(other)})

    def send(self, *events: dict[str, Any], expected: int | None = None, **batch: Any) -> None:
        """Send one batch and wait until its events can be queried."""
        body = {"api_key": self.server.project_api_key, "batch": list(events), **batch}
        answer = httpx.post(f"{self.server.url}/batch/", json=body, trust_env=False)
        assert answer.status_code == 200, answer.text
        self.sent += len(events) if expected is None else expected
        self.server.wait_for_rows("select uuid from events where properties.mark = {mark}", self.sent, mark=self.mark)

    def ask(self, query: str, **values: object) -> list[list[Any]]:
        return self.server.hogql(query, mark=self.mark, **values)

    def persons_of_events(self) -> dict[str, set[str]]:
        """Names of distinct ids, and the persons of their events."""
        rows = self.ask(
            "select distinct_id, groupUniqArray(toString(person_id)) from events where properties.mark = {mark}"
            " group by distinct_id"
        )
        return {name.removeprefix(f"{self.mark} "): set(persons) for name, persons in rows}

    def persons(self) -> dict[frozenset[str], tuple[bool, dict[str, Any]]]:
        """The persons by the names of their distinct ids: whether identified, and the properties."""
        rows = self.ask(
            "select groupArray(pdi.distinct_id), any(p.is_identified), any(p.properties) from persons p"
            " join person_distinct_ids pdi on pdi.person_id = p.id where startsWith(pdi.distinct_id, {mark})"
            " group by p.id"
        )
        found = {}
        for ids, identified, properties in rows:
            names = frozenset(name.removeprefix(f"{self.mark} ") for name in ids)
            found[names] = (bool(identified), json.loads(properties) if isinstance(properties, str) else properties)
        return found

    def warnings(self, expected: int = 1) -> list[str]:
        """The types of the warnings, once there are as many; they are stored after the events."""
        deadline = time.monotonic() + 30
        while True:
            answer = self.server.api.get(
                f"/api/projects/{self.server.project_id}/ingestion_warnings/", params={"q": self.mark}
            )
            assert answer.status_code == 200, answer.text
            found = sorted(one["type"] for one in answer.json()["results"])
            if len(found) >= expected or time.monotonic() > deadline:
                return found
            time.sleep(0.1)

    def default_person(self, who: str) -> str:
        return str(default_person_uuid(self.server.project_id, self.id(who)))


@pytest.fixture
def shop(server: Server) -> Shop:
    return Shop(server)


def once(events: list[dict[str, Any]], shop: Shop) -> None:
    shop.send(*events)


def one_by_one(events: list[dict[str, Any]], shop: Shop) -> None:
    for event in events:
        shop.send(event)


Way = Callable[[list[dict[str, Any]], Shop], None]
in_every_way = pytest.mark.parametrize("send", [once, one_by_one])


@in_every_way
@pytest.mark.parametrize("order", [1, -1])
def test_an_anonymous_visitor_who_identifies_is_one_person(shop: Shop, send: Way, order: int) -> None:
    send([shop.event("$pageview", "a1"), shop.identify("user", "a1")][::order], shop)
    ((names, (identified, _)),) = shop.persons().items()
    assert names == {"a1", "user"}
    assert identified
    assert shop.persons_of_events() == {name: {shop.default_person("a1")} for name in ("a1", "user")}
    assert shop.warnings(0) == []


@in_every_way
def test_two_known_persons_are_merged_unless_the_source_is_identified(shop: Shop, send: Way) -> None:
    send(
        [
            shop.event("$set", "a", {"$set": {"plan": "free", "old": 1}}),
            shop.event("$set", "b", {"$set": {"plan": "pro"}}),
            shop.identify("b", "a", {"$set": {"new": 2}}),
            shop.event("$identify", "c"),
            shop.alias("d", "c"),
            shop.event("$pageview", "d"),
            shop.event("$set", "e", {"$set": {"plan": "team"}}),
            shop.alias("e", "b"),
        ],
        shop,
    )
    found = shop.persons()
    assert set(found) == {frozenset("ab"), frozenset("cd"), frozenset("e")}
    identified, properties = found[frozenset("ab")]
    assert identified
    assert (properties["plan"], properties["old"], properties["new"]) == ("pro", 1, 2)
    assert found[frozenset("e")][0], "the refused merge's own person counts as identified"
    persons = shop.persons_of_events()
    assert persons["a"] == persons["b"] == {shop.default_person("b")}
    assert persons["c"] == persons["d"] == {shop.default_person("c")}, "an unknown id joins the known person"
    assert shop.warnings() == ["cannot_merge_already_identified"]


def test_a_dangerous_merge_joins_identified_persons_and_keeps_the_older_creation(shop: Shop) -> None:
    long_ago = (datetime.now(UTC) - timedelta(days=40)).isoformat()
    shop.send(
        shop.event("$identify", "old", {"$set": {"plan": "free", "x": 1}}, timestamp=long_ago),
        shop.event("$identify", "new", {"$set": {"plan": "pro"}}),
    )
    shop.send(shop.alias("new", "old"))
    assert shop.warnings() == ["cannot_merge_already_identified"]
    assert len(shop.persons()) == 2
    shop.send(shop.alias("new", "old", "$merge_dangerously"))

    ((names, (_, properties)),) = shop.persons().items()
    assert names == {"old", "new"}
    assert (properties["plan"], properties["x"]) == ("pro", 1)
    assert shop.persons_of_events() == {name: {shop.default_person("new")} for name in ("old", "new")}
    ((created_at,),) = shop.ask(
        "select toString(created_at) from persons where id = {id}", id=shop.default_person("new")
    )
    assert created_at[:10] == long_ago[:10]


def test_illegal_and_equal_ids_merge_nothing(shop: Shop) -> None:
    merges = [shop.event("$identify", "u", {"$anon_distinct_id": bad}) for bad in ("null", "  ", "'None'", "x" * 401)]
    shop.send(*merges, shop.identify("same", "same"), shop.event("$create_alias", "no alias"))
    found = shop.persons()
    assert set(found) == {frozenset({"u"}), frozenset({"same"}), frozenset({"no alias"})}
    assert not found[frozenset({"same"})][0], "naming oneself identifies nobody"
    assert shop.warnings() == ["cannot_merge_with_illegal_distinct_id"]


def test_properties_are_set_once_then_set_then_unset(shop: Shop) -> None:
    change = {
        "$set": {"both": "set", "gone": 1},
        "$set_once": {"both": "once", "first": 1, "null": None},
        "$unset": ["gone"],
    }
    shop.send(shop.event("$pageview", "u", {**change, "utm_source": "a", "$browser": "Chrome", "gclid": None}))
    again = {"$set_once": {"first": 2, "null": 5}, "$unset": {"both": ""}, "utm_source": "b", "$os_name": "Linux"}
    shop.send(shop.event("$pageview", "u", again), shop.event("$exception", "u", {"$set": {"first": 3}}))
    ((_, properties),) = shop.persons().values()
    creator = properties.pop("$creator_event_uuid")
    assert uuid.UUID(creator)
    assert properties == {
        "first": 1,
        "null": 5,
        "utm_source": "b",
        "$initial_utm_source": "a",
        "$browser": "Chrome",
        "$initial_browser": "Chrome",
        "$os": "Linux",
        "$initial_os": "Linux",
    }


def test_a_personless_visitor_makes_no_person_until_it_identifies(shop: Shop) -> None:
    personless = {"$process_person_profile": False, "$set": {"x": 1}, "$groups": {"company": "acme"}}
    shop.send(shop.event("$pageview", "a", personless), shop.event("$pageview", "b", personless))
    assert shop.persons() == {}
    rows = shop.ask(
        "select person_mode, `$group_0`, properties.`$set`, properties.`$process_person_profile`"
        " from events where properties.mark = {mark}"
    )
    assert {tuple(row[:3]) for row in rows} == {("propertyless", "", None)}
    assert {str(row[3]) for row in rows} == {"false"}

    shop.send(shop.event("login", "user"))
    shop.send(shop.identify("user", "a"))
    persons = shop.persons_of_events()
    assert persons["a"] == persons["user"] == {shop.default_person("user")}
    assert persons["b"] == {shop.default_person("b")}
    shop.send(shop.event("$pageview", "a", {"$process_person_profile": False}))
    assert shop.persons_of_events()["a"] == {shop.default_person("user")}
    assert set(shop.persons()) == {frozenset({"a", "user"})}


def test_events_that_need_a_person_are_refused_without_one(shop: Shop) -> None:
    events = [shop.identify("u", "a"), shop.alias("u", "b"), shop.event("ok", "u")]
    for event in events:
        event["properties"]["$process_person_profile"] = False
    shop.send(*events, expected=1)
    assert shop.persons() == {}
    assert shop.warnings() == ["invalid_event_when_process_person_profile_is_false"]


def test_answers_are_the_same_before_and_after_overrides_are_folded(tmp_path_factory: pytest.TempPathFactory) -> None:
    fast = {"HEDGEROW_OVERRIDE_FOLD_SECONDS": "0.5"}
    with Server(tmp_path_factory.mktemp("folding"), environment=fast) as server:
        shop = Shop(server)
        for n in range(2):
            shop.send(shop.event("$pageview", f"anon{n}"), shop.event("login", f"user{n}"))
            shop.send(shop.identify(f"user{n}", f"anon{n}", {"$set": {"n": n}}))
            for _ in range(8):
                persons = shop.persons_of_events()
                assert persons[f"anon{n}"] == persons[f"user{n}"] == {shop.default_person(f"user{n}")}
                rows = shop.ask(
                    "select count(), count(distinct person_id) from events where person.properties.n = {n}", n=n
                )
                assert rows == [[3, 1]]
                time.sleep(0.1)


def test_a_uuid_counts_once_also_concurrently_and_under_another_name(shop: Shop) -> None:
    events = [shop.event("$set", "u", {"$set": {"n": n}}, uuid=str(uuid.uuid4())) for n in range(20)]
    for _ in range(3):
        shop.send(*events, expected=0)
    renamed = {**events[0], "event": "renamed", "properties": {"mark": shop.mark, "$set": {"n": "again"}}}
    shop.send(renamed, shop.event("last", "u"), expected=21)
    rows = shop.ask("select event, count() from events where properties.mark = {mark} group by event order by event")
    assert rows == [["$set", 20], ["last", 1]]
    ((_, properties),) = shop.persons().values()
    assert properties["n"] == 19


def test_times_follow_the_senders_clock(shop: Shop) -> None:
    now = datetime.now(UTC)

    def ago(seconds: float) -> str:
        return (now - timedelta(seconds=seconds)).isoformat()

    shop.send(
        shop.event("skewed", "u", timestamp=ago(100)),
        shop.event("as it is", "u", {"$ignore_sent_at": True}, timestamp=ago(100)),
        shop.event("offset", "u", offset=5000),
        shop.event("future", "u", timestamp=ago(-2 * 86_400)),
        shop.event("unreadable", "u", timestamp="yesterday"),
        sent_at=ago(-10),
    )
    rows = shop.ask("select event, toUnixTimestamp(timestamp) from events where properties.mark = {mark}")
    seconds = {event: at - now.timestamp() for event, at in rows}
    expected = {"skewed": -110, "as it is": -100, "offset": -5, "future": 0, "unreadable": 0}
    for event, wanted in expected.items():
        assert abs(seconds[event] - wanted) < 15, (event, seconds)
    assert abs(seconds["as it is"] - seconds["skewed"] - 10) < 3
    assert shop.warnings() == ["ignored_invalid_timestamp"]


def test_groups_have_five_types_and_properties(tmp_path_factory: pytest.TempPathFactory) -> None:
    with Server(tmp_path_factory.mktemp("groups")) as server:
        shop = Shop(server)
        company = {"$group_type": "company", "$group_key": 5, "$group_set": {"plan": "pro", "seats": 3}}
        shop.send(
            shop.event("$groupidentify", "made up", company),
            shop.event("order", "u", {"$groups": {"company": 5.0, "team": "", "empty": None}}),
        )
        later = {"$group_type": "company", "$group_key": "5", "$group_set": {"seats": 4}}
        shop.send(
            shop.event("$groupidentify", "made up", later),
            shop.event("$groupidentify", "made up", {**later, "$group_set": [1]}),
            shop.event("many", "u", {"$groups": {f"type{n}": f"key{n}" for n in range(6)}}),
        )
        assert shop.ask("select index, key, properties.plan, toInt(properties.seats) from groups") == [
            [0, "5", "pro", 4]
        ]
        rows = shop.ask("select count() from events where event = 'order' and group_0.properties.plan = 'pro'")
        assert rows == [[1]]
        ((*keys,),) = shop.ask(
            "select `$group_0`, `$group_1`, `$group_2`, `$group_3`, `$group_4` from events where event = 'many'"
        )
        assert keys == ["", "key0", "key1", "key2", "key3"]
        assert shop.warnings(2) == ["invalid_group_set", "too_many_group_types"]
        assert set(shop.persons()) == {frozenset({"u"})}, "an id made up for a group is nobody's"
        modes = shop.ask("select distinct person_mode from events where event = '$groupidentify'")
        assert modes == [["propertyless"]]
