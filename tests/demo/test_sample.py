"""The sample is a plausible history: it grows, rests at weekends, loses people on the way, and is always the same."""

from collections import Counter, defaultdict
from datetime import UTC, datetime, timedelta

import pytest

from hedgerow.demo.browsing import DemoEvent
from hedgerow.demo.journey import visitor_events
from hedgerow.demo.population import visitors
from hedgerow.demo.sending import first_moment

UNTIL = datetime(2026, 3, 18, 15, 30, tzinfo=UTC)  # a Wednesday


def lives(until: datetime, people: int = 800, days: int = 90, seed: int = 7) -> list[list[DemoEvent]]:
    """The events of each visitor."""
    since = first_moment(until, days)
    population = visitors(seed=seed, people=people, days=days, until=until)
    return [visitor_events(visitor, since=since, until=until) for visitor in population]


@pytest.fixture(scope="module")
def sample() -> list[list[DemoEvent]]:
    return lives(UNTIL)


@pytest.fixture(scope="module")
def events(sample: list[list[DemoEvent]]) -> list[DemoEvent]:
    return [event for life in sample for event in life]


def test_a_visitors_events_are_in_the_order_of_time(sample: list[list[DemoEvent]]) -> None:
    for life in sample:
        assert [event.at for event in life] == sorted(event.at for event in life)


def test_every_event_has_a_uuid_of_its_own(events: list[DemoEvent]) -> None:
    assert len({event.uuid for event in events}) == len(events)


def test_the_same_seed_makes_the_same_events(sample: list[list[DemoEvent]]) -> None:
    assert [event.wire() for life in lives(UNTIL) for event in life] == [e.wire() for life in sample for e in life]


def test_another_seed_makes_other_events(events: list[DemoEvent]) -> None:
    other = {event.uuid for life in lives(UNTIL, people=100, seed=8) for event in life}
    assert not other & {event.uuid for event in events}


def test_made_again_later_it_only_adds_what_happened_since(events: list[DemoEvent]) -> None:
    later = [event for life in lives(UNTIL + timedelta(days=1)) for event in life]
    known = {event.uuid: event.wire() for event in events}
    repeated = [event for event in later if event.uuid in known]
    new = [event for event in later if event.uuid not in known]
    assert all(event.wire() == known[event.uuid] for event in repeated)
    assert len(repeated) > 0.95 * len(events)
    assert min(event.at for event in new) > UNTIL


def test_nothing_lies_after_the_last_moment(events: list[DemoEvent]) -> None:
    assert UNTIL - timedelta(hours=3) < max(event.at for event in events) <= UNTIL


def test_weekends_are_quiet(events: list[DemoEvent]) -> None:
    by_weekday = Counter(event.at.weekday() for event in events)
    working_day = sum(by_weekday[day] for day in range(5)) / 5
    weekend_day = (by_weekday[5] + by_weekday[6]) / 2
    assert weekend_day < 0.5 * working_day


def test_visits_grow(events: list[DemoEvent]) -> None:
    start = first_moment(UNTIL, 90)
    visitors_by_half: dict[bool, set[str]] = defaultdict(set)
    for event in events:
        if event.at >= start:
            visitors_by_half[event.at > start + timedelta(days=45)].add(event.distinct_id)
    assert len(visitors_by_half[True]) > 1.2 * len(visitors_by_half[False])


def test_people_drop_off_at_each_step_of_the_funnel_and_take_its_steps_in_order(sample: list[list[DemoEvent]]) -> None:
    steps = ["$pageview", "signup_started", "signup_completed", "board_created", "invite_sent", "plan_upgraded"]
    reached = Counter[str]()
    newcomers = [life for life in sample if life and life[0].at >= first_moment(UNTIL, 90)]
    for life in newcomers:
        first = {step: next((e.at for e in life if e.name == step), None) for step in steps}
        taken = [at for step in steps[:4] if (at := first[step])]
        assert taken == sorted(taken)
        reached.update(step for step in steps if first[step])
    counts = [reached[step] for step in steps]
    assert counts == sorted(counts, reverse=True)
    assert 0.1 < reached["signup_completed"] / reached["$pageview"] < 0.4
    assert 0.02 < reached["plan_upgraded"] / reached["signup_completed"] < 0.4


def test_a_user_is_anonymous_until_identified(sample: list[list[DemoEvent]]) -> None:
    identified = 0
    for life in sample:
        position = next((index for index, event in enumerate(life) if event.name == "$identify"), None)
        if position is None:
            assert not any(event.properties.get("$process_person_profile") for event in life)
            continue
        identified += 1
        before, identify, after = life[:position], life[position], life[position + 1 :]
        assert {event.distinct_id for event in before} <= {identify.properties["$anon_distinct_id"]}
        assert {event.distinct_id for event in after} <= {identify.distinct_id}
    assert identified > 50


def test_properties_have_every_type(events: list[DemoEvent]) -> None:
    upgrades = [event.properties for event in events if event.name == "plan_upgraded"]
    assert {type(value) for value in upgrades[0].values()} >= {str, int, float, bool, list, dict}
    assert all(datetime.fromisoformat(properties["renews_at"]) for properties in upgrades)


def test_groups_are_described_and_used(events: list[DemoEvent]) -> None:
    described = {event.properties["$group_key"] for event in events if event.name == "$groupidentify"}
    used = {event.properties["$groups"]["company"] for event in events if "$groups" in event.properties}
    assert used and used <= described


def test_sessions_do_not_overlap_and_hold_pageviews(sample: list[list[DemoEvent]]) -> None:
    for life in sample:
        order = [event.properties["$session_id"] for event in life if "$session_id" in event.properties]
        starts = [session for index, session in enumerate(order) if index == 0 or order[index - 1] != session]
        assert len(starts) == len(set(starts))


def test_every_address_is_under_example_com(events: list[DemoEvent]) -> None:
    hosts = {event.properties["$host"] for event in events if "$host" in event.properties}
    assert hosts == {"fernworks.example.com", "app.fernworks.example.com"}
    mails = [event.properties["$set"]["email"] for event in events if event.name == "$identify"]
    assert all(mail.endswith(".example.com") for mail in mails)
