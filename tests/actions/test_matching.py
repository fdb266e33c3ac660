"""Which events an action matches, compared with the rules once more in plain Python, over events made at random.

Elements are kept as objects here and looked at one by one; the chains are written by what writes them when events come
in. Only what the rules leave open is not made: text with backslashes, which a chain cannot hold unambiguously.
"""

import re
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hedgerow.capture.elements import elements_chain
from hedgerow.eventstore.client import EventStore
from hedgerow.hogql import ast
from hedgerow.hogql.compile import compile_query
from hedgerow.hogql.context import Action, ActionStep, ProjectContext
from hedgerow.insights.actions import action_condition
from tests.insights.asking import Event, new_context, store_events

NOW = datetime(2024, 11, 5, tzinfo=UTC)

# The rules once more


def matches(steps: list[dict[str, Any]], event: dict[str, Any]) -> bool:
    return not steps or any(step_matches(step, event) for step in steps)


def step_matches(step: dict[str, Any], event: dict[str, Any]) -> bool:
    if step.get("event") and event["event"] != step["event"]:
        return False
    if step.get("event") == "$autocapture" and not elements_match(step, event["elements"]):
        return False
    url = event["properties"].get("$current_url")
    wanted = step.get("url")
    if wanted:
        if url is None:
            return False
        how = step.get("url_matching") or "contains"
        if not {"contains": wanted in url, "exact": wanted == url, "regex": re.search(wanted, url)}[how]:
            return False
    return all(filter_matches(each, event) for each in step.get("properties") or [])


def elements_match(step: dict[str, Any], elements: list[dict[str, Any]]) -> bool:
    if step.get("tag_name") and step["tag_name"] not in [each["tag_name"] for each in elements]:
        return False
    texts = [each["$el_text"] for each in elements if each.get("$el_text")]
    if step.get("text") and not any(text_matches(step["text"], step.get("text_matching"), text) for text in texts):
        return False
    hrefs = [each["attr__href"] for each in elements if "attr__href" in each]
    if step.get("href") and not (hrefs and text_matches(step["href"], step.get("href_matching"), hrefs[0])):
        return False
    return not step.get("selector") or selector_matches(step["selector"], elements)


def text_matches(wanted: str, how: str | None, text: str) -> bool:
    if how == "contains":
        return wanted.lower() in text.lower()
    return bool(re.search(wanted, text)) if how == "regex" else wanted == text


def filter_matches(given: dict[str, Any], event: dict[str, Any]) -> bool:
    value: str | None = event["properties"].get(given["key"])
    if given["operator"] == "is_set":
        return value is not None
    is_same: bool = value == given["value"]
    return is_same if given["operator"] == "exact" else not is_same


def selector_matches(parts: list[tuple[str, dict[str, Any]]], elements: list[dict[str, Any]]) -> bool:
    """Parts are the target first, each with how it is reached from the one before: by ` ` or by `>`."""
    return any(reaches(parts, elements, at) for at in range(len(elements)))


def reaches(parts: list[tuple[str, dict[str, Any]]], elements: list[dict[str, Any]], at: int) -> bool:
    if at >= len(elements) or not fits(parts[0][1], elements[at]):
        return False
    if len(parts) == 1:
        return True
    following = range(at + 1, at + 2) if parts[1][0] == ">" else range(at + 1, len(elements))
    return any(reaches(parts[1:], elements, other) for other in following)


def fits(part: dict[str, Any], element: dict[str, Any]) -> bool:
    return (
        part.get("tag") in (None, element["tag_name"])
        and set(part.get("classes", ())) <= set(element.get("attr__class", []))
        and part.get("id") in (None, element.get("attr__id"))
        and part.get("href") in (None, element.get("attr__href"))
        and part.get("nth_child") in (None, element["nth_child"])
        and part.get("nth_of_type") in (None, element["nth_of_type"])
    )


def selector_text(parts: list[tuple[str, dict[str, Any]]]) -> str:
    text = ""
    for joint, part in parts:
        written = part.get("tag", "") + "".join(f".{name}" for name in part.get("classes", ()))
        written += f"#{part['id']}" if "id" in part else ""
        written += f'[href="{part["href"]}"]' if "href" in part else ""
        written += f":nth-child({part['nth_child']})" if "nth_child" in part else ""
        written += f":nth-of-type({part['nth_of_type']})" if "nth_of_type" in part else ""
        between = (" > " if joint == ">" else " ") if text else ""
        text = written + between + text
    return text


# Events and actions made at random, from few values so that they often meet

tags = st.sampled_from(["a", "button", "span", "ab"])
classes = st.sampled_from(["x", "xy", "md:x", "a"])
ids = st.sampled_from(["i", "a"])
hrefs = st.sampled_from(["/a", "/A", "/ab?q=%_", 'x";a:href="/a'])
texts = st.sampled_from(["Buy", "buy it", ";a:", 'Say "Buy"', "a;button.x:", "50%"])
small = st.integers(1, 2)
names = st.sampled_from(["$autocapture", "$autocapture", "$pageview", "paid"])
urls = st.sampled_from(["https://a.test/Shop", "https://a.test/shop", "/a%b", "/ab", "/a_b"])
properties = st.fixed_dictionaries(
    {}, optional={"$current_url": urls, "plan": st.sampled_from(["pro", "free"]), "seats": st.sampled_from(["1", "2"])}
)
elements = st.fixed_dictionaries(
    {"tag_name": tags, "nth_child": small, "nth_of_type": small},
    optional={
        "attr__class": st.lists(classes, max_size=2, unique=True),
        "attr__id": ids,
        "attr__href": hrefs,
        "$el_text": texts,
    },
)
events = st.fixed_dictionaries(
    {"event": names, "properties": properties, "elements": st.lists(elements, min_size=1, max_size=4)},
)
part_fields = {
    "tag": tags,
    "classes": st.lists(st.sampled_from(["x", "xy", "a"]), min_size=1, max_size=2, unique=True),
    "id": ids,
    "href": st.sampled_from(["/a", "/A"]),
    "nth_child": small,
    "nth_of_type": small,
}
parts = st.lists(st.sampled_from(list(part_fields)), min_size=1, max_size=2, unique=True).flatmap(
    lambda names: st.fixed_dictionaries({name: part_fields[name] for name in names})
)
selectors = st.lists(st.tuples(st.sampled_from([" ", ">"]), parts), min_size=1, max_size=3)
matchings = st.sampled_from([None, "exact", "contains", "regex"])
filters = st.one_of(
    st.fixed_dictionaries(
        {
            "key": st.just("plan"),
            "value": st.sampled_from(["pro", "free"]),
            "operator": st.sampled_from(["exact", "is_not"]),
        }
    ),
    st.just({"key": "seats", "value": None, "operator": "is_set"}),
)
wished = st.one_of(
    st.fixed_dictionaries({"selector": selectors}),
    st.fixed_dictionaries({"tag_name": tags}),
    st.fixed_dictionaries({"text": st.sampled_from(["Buy", "buy", "", "50%", ";a:"]), "text_matching": matchings}),
    st.fixed_dictionaries({"href": st.sampled_from(["/a", "/A", "%_", ""]), "href_matching": matchings}),
    st.fixed_dictionaries({"url": st.sampled_from(["shop", "/Shop$", "%", "_", "/ab", ""]), "url_matching": matchings}),
    st.fixed_dictionaries({"properties": st.lists(filters, max_size=2)}),
)
event_names = st.sampled_from(["$autocapture", "$autocapture", "$pageview", "", None])
nothing_more: st.SearchStrategy[dict[str, Any]] = st.just({})
steps = st.builds(
    lambda event, one, other: {"event": event, **one, **other}, event_names, wished, st.one_of(nothing_more, wished)
)


@given(st.lists(events, min_size=8, max_size=12), st.lists(st.lists(steps, max_size=2), min_size=16, max_size=24))
@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
def test_an_action_matches_the_events_the_rules_say(
    event_store: EventStore, found: list[dict[str, Any]], actions: list[list[dict[str, Any]]]
) -> None:
    context = new_context()
    store_events(event_store, context, [stored(number, event) for number, event in enumerate(found)])

    answered = matched(event_store, context, actions)

    expected = [[matches(action, event) for action in actions] for event in found]
    assert answered == expected, elements_chain(found[0]["elements"])


@given(
    st.lists(st.lists(elements, min_size=2, max_size=4), min_size=10, max_size=20),
    st.lists(selectors, min_size=20, max_size=40),
)
@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
def test_a_selector_finds_what_it_names(
    event_store: EventStore, chains: list[list[dict[str, Any]]], wanted: list[list[tuple[str, dict[str, Any]]]]
) -> None:
    clicks = [{"event": "$autocapture", "properties": {}, "elements": chain} for chain in chains]
    actions = [[{"event": "$autocapture", "selector": selector}] for selector in wanted]
    context = new_context()
    store_events(event_store, context, [stored(number, click) for number, click in enumerate(clicks)])

    answered = matched(event_store, context, actions)

    for chain, row in zip(chains, answered, strict=True):
        for selector, is_found in zip(wanted, row, strict=True):
            assert is_found == selector_matches(selector, chain), (selector_text(selector), elements_chain(chain))


def matched(event_store: EventStore, context: ProjectContext, actions: list[list[dict[str, Any]]]) -> list[list[bool]]:
    """For each event, in order, which of the actions it matches."""
    conditions = [
        action_condition(Action(number, "", [as_step(step) for step in action]), context, NOW)
        for number, action in enumerate(actions)
    ]
    query = compile_query(
        ast.SelectQuery(
            select=[ast.Call("toInt", [each]) for each in conditions],
            select_from=ast.JoinExpr(ast.Field(["events"])),
            order_by=[ast.OrderExpr(ast.Field(["timestamp"]))],
        ),
        context,
    )
    return [[bool(each) for each in row] for row in event_store.query(query.sql, query.parameters).rows]


def as_step(step: dict[str, Any]) -> ActionStep:
    made = ActionStep(**{name: value for name, value in step.items() if name != "selector"})
    return replace(made, selector=selector_text(step["selector"])) if "selector" in step else made


def stored(number: int, event: dict[str, Any]) -> Event:
    at = NOW.replace(microsecond=number)
    return Event(event["event"], at, properties=event["properties"], elements_chain=elements_chain(event["elements"]))
