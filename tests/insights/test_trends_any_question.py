"""Whatever is asked, the answer is numbers or a refusal that says why; the event store is never asked nonsense."""

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hedgerow.eventstore.client import EventStore
from hedgerow.hogql.context import ProjectContext
from hedgerow.insights.errors import InsightError
from tests.insights.asking import Event, ask, at, new_context, store_events, store_group, store_persons

VALUES = ["Chrome", "", 5, 5.5, "5", True, None, ["1", "a"], {"a": 1}, "2024-11-01", "1.2.3", "é%_\\'\""]

KEYS = {
    "event": ["text", "number", "flag", "day", "any", "missing", "$elements_chain"],
    "person": ["plan", "age"],
    "group": ["size"],
    "session": ["$session_duration", "$entry_current_url", "$is_bounce"],
    "event_metadata": ["event", "timestamp", "person_id", "$session_id"],
    "hogql": ["properties.number > 1", "toHour(timestamp) = 3", "person.properties.plan = 'pro'"],
}
OPERATORS = [
    "exact", "is_not", "icontains", "not_icontains", "regex", "gt", "lte", "between", "is_set", "is_not_set",
    "is_date_exact", "is_date_before", "in", "not_in", "semver_eq", "semver_caret", "semver_wildcard",
]  # fmt: skip
MATHS = [
    "total", "dau", "weekly_active", "monthly_active", "unique_session", "unique_group", "first_time_for_user",
    "first_matching_event_for_user", "hogql", "avg_count_per_actor", "p90_count_per_actor", "avg", "sum", "median",
]  # fmt: skip


def _typed_key(kind: str) -> st.SearchStrategy[dict[str, Any]]:
    return st.fixed_dictionaries({"type": st.just(kind), "key": st.sampled_from(KEYS[kind])})


keys = st.sampled_from(sorted(KEYS)).flatmap(_typed_key)
values = st.sampled_from([*VALUES, ["a", 5], [1, 2], "-7d", [], "1.*", "1.2"])
filters = st.builds(
    lambda key, operator, value: {**key, "operator": operator, "value": value, "group_type_index": 0},
    keys,
    st.sampled_from(OPERATORS),
    values,
)
breakdowns = st.builds(
    lambda key, form: {"type": key["type"], "property": key["key"], "group_type_index": 0, **form},
    keys,
    st.sampled_from([{}, {}, {"histogram_bin_count": 3}, {"normalize_url": True}, {"breakdown_bins": [{"high": 2}]}]),
)
series = st.fixed_dictionaries(
    {
        "kind": st.just("EventsNode"),
        "event": st.sampled_from(["view", "buy", None, "never"]),
        "math": st.sampled_from(MATHS),
        "math_property": st.sampled_from(["number", "any", "flag", "day", "$time", "$session_duration", "missing"]),
        "math_hogql": st.sampled_from(["count() / 2", "sum(properties.number)", "avg(toFloat(properties.any))"]),
        "math_group_type_index": st.just(0),
        "properties": st.lists(filters, max_size=2),
    }
)
questions = st.fixed_dictionaries(
    {
        "series": st.lists(series, min_size=1, max_size=2),
        "interval": st.sampled_from(["hour", "day", "week", "month"]),
        "dateRange": st.fixed_dictionaries(
            {
                "date_from": st.sampled_from(["-7d", "-30d", "all", "2024-10-01", "-3h", "mStart"]),
                "date_to": st.sampled_from([None, "2024-11-01", "-1dEnd"]),
            }
        ),
        "properties": st.lists(filters, max_size=1),
        "breakdownFilter": st.none()
        | st.fixed_dictionaries(
            {"breakdowns": st.lists(breakdowns, max_size=2), "breakdown_limit": st.sampled_from([1, 25])}
        ),
        "compareFilter": st.sampled_from([None, {"compare": True}, {"compare": True, "compare_to": "-1m"}]),
        "trendsFilter": st.sampled_from(
            [
                {},
                {"display": "ActionsLineGraphCumulative"},
                {"display": "BoldNumber"},
                {"formula": "A / 2"},
                {"smoothingIntervals": 3},
            ]
        ),
    }
)


@pytest.fixture(scope="module")
def mixed(event_store: EventStore) -> ProjectContext:
    """A project with values of every kind, some of them declared."""
    context = new_context(
        group_types=("company",),
        event_property_types={"text": "String", "number": "Numeric", "flag": "Boolean", "day": "DateTime"},
        person_property_types={"age": "Numeric"},
        group_property_types={0: {"size": "Numeric"}},
    )
    store_persons(event_store, context, {"ann": {"plan": "pro", "age": 30}, "bob": {"plan": "free"}})
    store_group(event_store, context, 0, "acme", {"size": 4})
    events = [
        Event(
            "view" if index % 3 else "buy",
            at(f"2024-{10 + index % 2}-0{1 + index % 5} 0{index % 10}:30"),
            ("ann", "bob", "cleo")[index % 3],
            {"text": "a", "number": index, "flag": index % 2 == 0, "day": "2024-11-01", "any": value},
            session="" if index % 4 else "s1",
            groups={0: "acme" if index % 2 else ""},
        )
        for index, value in enumerate(VALUES * 3)
    ]
    store_events(event_store, context, events)
    return context


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(question=questions, timezone=st.sampled_from(["UTC", "America/New_York"]), overrides=st.booleans())
def test_every_question_is_answered_or_refused(
    event_store: EventStore, mixed: ProjectContext, question: dict[str, Any], timezone: str, overrides: bool
) -> None:
    context = replace(mixed, timezone=timezone, has_person_overrides=overrides)
    try:
        answer = ask(event_store, context, question)
    except InsightError as refusal:
        assert refusal.detail
        return
    for result in answer["results"]:
        numbers = result["data"] or [result.get("aggregated_value", 0)]
        assert all(isinstance(number, int | float) for number in numbers)
        assert result["data"] is None or len(result["data"]) == len(result["days"])
