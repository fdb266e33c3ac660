"""Whatever a client sends as rrweb events, reading it does not fail."""

import json
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from hedgerow.recordings.facts import facts_of, read_item
from tests.recordings.spooling import act, click, console, visit

anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=5,
)
kinds = st.sampled_from([0, 2, 3, 4, 5, 6])
payloads = st.fixed_dictionaries({}, optional={"href": anything, "level": anything | st.just("warn")}) | anything
data = st.fixed_dictionaries(
    {},
    optional={
        "source": st.integers(-1, 20) | anything,
        "type": st.integers(-1, 10) | anything,
        "href": anything,
        "plugin": anything | st.just("rrweb/console@1"),
        "payload": payloads,
    },
)
events = st.fixed_dictionaries(
    {"timestamp": st.integers(0, 2**45) | anything}, optional={"type": kinds | anything, "data": data | anything}
)


@settings(max_examples=150, deadline=None)
@given(st.lists(events | anything, max_size=8))
def test_any_events_can_be_read(found: list[Any]) -> None:
    read = [item for event in found if (item := read_item(json.dumps(event).encode()))]
    facts = facts_of(sorted(read, key=lambda item: item.timestamp))
    assert facts.click_count <= facts.mouse_activity_count <= len(read)
    assert sum(facts.console.values()) + len(facts.urls) <= len(read)
    assert facts.active_milliseconds <= max((facts.last_active or 0) - (facts.first_active or 0), 0)


def test_numbers_that_no_computer_has_are_kept_and_count_as_nothing() -> None:
    texts = [b'{"type":3,"timestamp":5,"data":{"source":1e999}}', b'{"type":1e999,"timestamp":5}']
    read = [read_item(text) for text in texts]
    assert [item.text if item else None for item in read] == [texts[0], None]
    assert facts_of([item for item in read if item]).mouse_activity_count == 0


def test_each_kind_of_act_counts_for_what_it_is() -> None:
    done = [click(0), act(1, 2, type=1), act(2, 1), act(3, 6), act(4, 5), act(5, 3), act(6, 0), act(7, 13)]
    done += [visit(8, "https://tea.example/"), visit(9, "https://tea.example/"), console(10, "debug")]
    facts = facts_of([item for event in done if (item := read_item(json.dumps(event).encode()))])
    assert (facts.click_count, facts.mouse_activity_count, facts.keypress_count) == (1, 4, 1)
    assert facts.active_milliseconds == 5
    assert facts.urls == ["https://tea.example/"]
    assert facts.console == {"log": 1, "warn": 0, "error": 0}
