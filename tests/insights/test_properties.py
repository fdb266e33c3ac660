"""Property filters: which values each operator matches, and where each type of filter looks."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest
from pydantic import TypeAdapter, ValidationError

from hedgerow.eventstore.client import EventStore
from hedgerow.hogql.compile import compile_query
from hedgerow.hogql.context import ProjectContext
from hedgerow.hogql.errors import HogQLError
from hedgerow.hogql.parse import parse_select
from hedgerow.insights.errors import InsightError
from hedgerow.insights.properties import PropertiesField, property_filters
from tests.insights.asking import NOW, Event, at, new_context, person_id, store_events, store_group, store_persons

MISSING = "missing"
VALUES: dict[str, Any] = {
    "chrome": "Chrome",
    "lower": "chrome 99%",
    "empty": "",
    "null": None,
    "five": 5,
    "five and a half": 5.5,
    "text five": "5",
    "ten": 10,
    "yes": True,
    "no": False,
    "list": ["Chrome", "Edge"],
    "day": "2024-11-01",
    "moment": "2024-11-01T10:00:00Z",
    "version": "1.2.3",
    "beta": "v1.10.0-beta.1",
}
UNSET = {"missing", "null"}
EVERY = {*VALUES, MISSING}

ADAPTER: TypeAdapter[Any] = TypeAdapter(PropertiesField)


def matching(event_store: EventStore, context: ProjectContext, properties: Any) -> set[str]:
    """Names of the events that the filters let through."""
    condition = property_filters(ADAPTER.validate_python(properties), context, NOW)
    tree = parse_select("select event from events where {condition}", {"condition": condition})
    compiled = compile_query(tree, context)
    return {event for (event,) in event_store.query(compiled.sql, compiled.parameters).rows}


@pytest.fixture(scope="module")
def valued(event_store: EventStore) -> ProjectContext:
    """A project with an event for each of VALUES, named so, that has it as its property `p`."""
    context = new_context()
    events = [Event(name, at("2024-11-05 10:00"), properties={"p": value}) for name, value in VALUES.items()]
    store_events(
        event_store, context, [*events, Event(MISSING, at("2024-11-05 10:00"), properties={"other": "Chrome"})]
    )
    return context


def negative(*matched: str) -> set[str]:
    return EVERY - set(matched)


@pytest.mark.parametrize(
    ("operator", "value", "expected"),
    [
        ("exact", "Chrome", {"chrome"}),
        ("exact", ["Chrome"], {"chrome"}),
        ("exact", ["Chrome", "5"], {"chrome", "five", "text five"}),
        ("exact", "", {"empty"}),
        ("exact", "5", {"five", "text five"}),
        ("exact", 5, {"five", "text five"}),
        ("exact", 5.5, {"five and a half"}),
        ("exact", [5, "Chrome"], {"five", "text five", "chrome"}),
        ("exact", "true", {"yes"}),
        ("exact", True, {"yes"}),
        ("exact", [False], {"no"}),
        ("exact", '["Chrome","Edge"]', {"list"}),
        ("exact", [], EVERY),
        ("exact", None, UNSET),
        ("is_not", "Chrome", negative("chrome")),
        ("is_not", ["Chrome", "5"], negative("chrome", "five", "text five")),
        ("is_not", 5, negative("five", "text five")),
        ("is_not", [5, "Chrome"], negative("five", "text five", "chrome")),
        ("is_not", [], EVERY),
        ("is_not", None, EVERY - UNSET),
        ("icontains", "CHROME", {"chrome", "lower", "list"}),
        ("icontains", ["edge", "hrome 9"], {"list", "lower"}),
        ("icontains", "9%", {"lower"}),
        ("icontains", "_", set()),
        ("icontains", "5", {"five", "text five", "five and a half"}),
        ("icontains", None, EVERY),
        ("not_icontains", "CHROME", negative("chrome", "lower", "list")),
        ("not_icontains", ["edge", "hrome 9"], negative("list", "lower")),
        ("icontains_multi", ["edge", "hrome 9"], {"list", "lower"}),
        ("not_icontains_multi", ["edge", "hrome 9"], negative("list", "lower")),
        ("regex", "^Chr.me$", {"chrome"}),
        ("regex", "hrome", {"chrome", "lower", "list"}),
        ("regex", ["^5$", "^E"], {"five", "text five"}),
        ("not_regex", "hrome", negative("chrome", "lower", "list")),
        ("gt", 5, {"five and a half", "ten"}),
        ("gt", "5", {"five and a half", "ten"}),
        ("gte", 5, {"five", "text five", "five and a half", "ten"}),
        ("lt", 5.5, {"five", "text five"}),
        ("lte", "5", {"five", "text five"}),
        ("lt", [5, 6], {"five", "text five", "five and a half"}),
        ("min", 10, {"ten"}),
        ("max", 5, {"five", "text five"}),
        ("gt", "chr", {"lower", "yes", "no", "beta"}),
        ("gt", "2024-10-31", {"day", "moment"}),
        ("lt", "2024-11-01T05:00:00", {"day"}),
        ("between", [5, 6], {"five", "text five", "five and a half"}),
        ("between", ["5", "5"], {"five", "text five"}),
        ("not_between", [5, 6], {"ten"}),
        ("is_set", None, EVERY - UNSET),
        ("is_set", "is_set", EVERY - UNSET),
        ("is_not_set", None, UNSET),
        ("is_date_exact", "2024-11-01", {"day", "moment"}),
        ("is_date_exact", "2024-11-01T10:00:00Z", {"moment"}),
        ("is_date_exact", "-4d", {"day", "moment"}),
        ("is_date_before", "2024-11-01T10:00:00Z", {"day"}),
        ("is_date_before", "-3d", {"day", "moment"}),
        ("is_date_after", "2024-11-01", {"moment"}),
        ("is_date_after", "-102h", {"moment"}),
        ("in", ["Chrome", "x"], {"chrome"}),
        ("not_in", ["Chrome", "x"], negative("chrome")),
        ("is_cleaned_path_exact", "Chrome", {"chrome"}),
        ("flag_evaluates_to", True, EVERY),
    ],
)
def test_each_operator_matches_exactly_these_values(
    event_store: EventStore, valued: ProjectContext, operator: str, value: Any, expected: set[str]
) -> None:
    found = matching(event_store, valued, [{"key": "p", "type": "event", "operator": operator, "value": value}])
    assert found == expected


def test_cleaned_paths_are_alike_after_the_rules_of_the_project(event_store: EventStore) -> None:
    rules = [
        {"regex": "/users/me", "alias": "/users/0", "order": 0},
        {"regex": "/users/[0-9]+", "alias": "/users/:id", "order": 1},
    ]
    context = replace(new_context(), path_cleaning_filters=rules)
    paths = ["/users/1", "/users/22", "/users/me", "/users/", "/users/1/edit"]
    store_events(
        event_store, context, [Event(path, at("2024-11-05 10:00"), properties={"$pathname": path}) for path in paths]
    )

    def alike(value: str | list[str]) -> set[str]:
        asked = {"key": "$pathname", "type": "event", "operator": "is_cleaned_path_exact", "value": value}
        return matching(event_store, context, [asked])

    assert alike("/users/:id") == alike("/users/333") == {"/users/1", "/users/22", "/users/me"}
    assert alike(["/users/", "/users/5/edit"]) == {"/users/", "/users/1/edit"}


@pytest.mark.parametrize(
    ("operator", "value", "expected"),
    [
        ("semver_eq", "1.2.3", ["1.2.3", "v1.2.3", "1.2.3-beta"]),
        ("semver_eq", "1", ["1", "1.0.0"]),
        ("semver_neq", "1.2.3", ["1", "1.0.0", "1.2", "1.10.0", "2.0.0", "0.2.5", "0.0.3", "none", "missing"]),
        ("semver_gt", "1.2.3", ["1.10.0", "2.0.0"]),
        ("semver_gte", "1.10", ["1.10.0", "2.0.0"]),
        ("semver_lt", "1", ["0.2.5", "0.0.3"]),
        ("semver_lte", "1.0.0", ["0.2.5", "0.0.3", "1", "1.0.0"]),
        ("semver_tilde", "1.2.1", ["1.2.3", "v1.2.3", "1.2.3-beta"]),
        ("semver_tilde", "1", ["1", "1.0.0", "1.2", "1.2.3", "v1.2.3", "1.2.3-beta", "1.10.0"]),
        ("semver_caret", "1.2.0", ["1.2", "1.2.3", "v1.2.3", "1.2.3-beta", "1.10.0"]),
        ("semver_caret", "0.2.3", ["0.2.5"]),
        ("semver_caret", "0.0.3", ["0.0.3"]),
        ("semver_wildcard", "1.2.*", ["1.2", "1.2.3", "v1.2.3", "1.2.3-beta"]),
        ("semver_wildcard", "0.*", ["0.2.5", "0.0.3"]),
        ("semver_eq", ["2", "0.0.3"], ["2.0.0", "0.0.3"]),
    ],
)
def test_versions_are_compared_by_their_numbers(
    event_store: EventStore, versions: ProjectContext, operator: str, value: str, expected: list[str]
) -> None:
    found = matching(event_store, versions, [{"key": "app_version", "operator": operator, "value": value}])
    assert found == set(expected)


@pytest.fixture(scope="module")
def versions(event_store: EventStore) -> ProjectContext:
    """A project with events named by the version they have as a property."""
    context = new_context()
    known = ["1", "1.0.0", "1.2", "1.2.3", "v1.2.3", "1.2.3-beta", "1.10.0", "2.0.0", "0.2.5", "0.0.3", "none"]
    events = [Event(each, at("2024-11-05 10:00"), properties={"app_version": each}) for each in known]
    store_events(event_store, context, [*events, Event("missing", at("2024-11-05 10:00"))])
    return context


@pytest.mark.parametrize(
    ("operator", "value", "message"),
    [
        ("between", [1], "between operator requires a two-element array [min, max]"),
        ("between", 5, "between operator requires a two-element array [min, max]"),
        ("not_between", ["a", "b"], "not_between operator requires numeric values"),
        ("between", [2, 1], "between operator requires min value to be less than or equal to max value"),
        ("semver_tilde", "x", "Tilde operator requires a valid semver string (e.g., '1.2.3')"),
        ("semver_caret", "", "Caret operator requires a valid semver string (e.g., '1.2.3')"),
        ("semver_wildcard", "1.2", "Wildcard operator requires a valid semver string (e.g., '1.2.*')"),
        ("is_date_before", "someday", "'someday' is not a date"),
        ("in", "x", "The 'in' operator needs a list of values."),
    ],
)
def test_values_an_operator_cannot_work_with_are_refused(operator: str, value: Any, message: str) -> None:
    with pytest.raises(InsightError) as refused:
        property_filters(
            ADAPTER.validate_python([{"key": "p", "operator": operator, "value": value}]), new_context(), NOW
        )
    assert message in refused.value.detail


@pytest.mark.parametrize(
    "wrong",
    [
        [{"key": "p", "operator": "resembles", "value": 1}],
        [{"key": "p", "type": "mood", "value": 1}],
        {"type": "XOR", "values": []},
        [{"key": {"a": 1}}],
        "p = 1",
        [{"key": "p", "type": "group", "group_type_index": 5}],
    ],
)
def test_malformed_filters_are_refused(wrong: Any) -> None:
    with pytest.raises(ValidationError):
        ADAPTER.validate_python(wrong)


def test_declared_types_decide_how_values_are_compared(event_store: EventStore, valued: ProjectContext) -> None:
    numeric = ProjectContext(team_id=valued.team_id, event_property_types={"p": "Numeric"})
    boolean = ProjectContext(team_id=valued.team_id, event_property_types={"p": "Boolean"})
    time = ProjectContext(team_id=valued.team_id, event_property_types={"p": "DateTime"})
    text = ProjectContext(team_id=valued.team_id, event_property_types={"p": "String"})
    assert matching(event_store, numeric, [{"key": "p", "value": "5.0"}]) == {"five", "text five"}
    assert matching(event_store, numeric, [{"key": "p", "operator": "gt", "value": "5"}]) == {"five and a half", "ten"}
    assert matching(event_store, time, [{"key": "p", "value": "2024-11-01T10:00:00Z"}]) == {"moment"}
    assert matching(event_store, time, [{"key": "p", "value": ["2024-11-01T12:00:00+02:00", "2024-11-01"]}]) == {
        "moment",
        "day",
    }
    assert matching(event_store, text, [{"key": "p", "value": ["Chrome", "", 5]}]) == {
        "chrome",
        "empty",
        "five",
        "text five",
    }
    assert matching(event_store, boolean, [{"key": "p", "value": ["true"]}]) == {"yes"}
    assert matching(event_store, boolean, [{"key": "p", "value": False}]) == {"no"}
    assert matching(event_store, boolean, [{"key": "p", "operator": "is_not", "value": True}]) == negative("yes")


def test_lists_are_joined_by_and_and_groups_nest(event_store: EventStore, valued: ProjectContext) -> None:
    def p(operator: str, value: Any) -> dict[str, Any]:
        return {"key": "p", "operator": operator, "value": value}

    both = [p("icontains", "chrome"), p("is_not", "Chrome")]
    assert matching(event_store, valued, both) == {"lower", "list"}
    either = {"type": "OR", "values": [{"type": "AND", "values": both}, p("exact", "5")]}
    assert matching(event_store, valued, either) == {"lower", "list", "five", "text five"}
    for empty in ([], {"type": "AND", "values": []}, {"type": "OR", "values": [{"type": "AND", "values": []}]}):
        assert matching(event_store, valued, empty) == EVERY
    assert matching(event_store, valued, [{"value": "no key"}, {"key": "x", "type": "flag", "value": True}]) == EVERY


def test_groups_are_not_nested_without_end() -> None:
    nested: dict[str, Any] = {"type": "AND", "values": []}
    for _ in range(50):
        nested = {"type": "OR", "values": [nested, {"key": "p", "value": 1}]}
    with pytest.raises(InsightError, match="nested"):
        property_filters(ADAPTER.validate_python(nested), new_context(), NOW)
    for _ in range(1000):
        nested = {"type": "OR", "values": [nested]}
    with pytest.raises(ValidationError):
        ADAPTER.validate_python(nested)


@pytest.fixture(scope="module")
def related(event_store: EventStore) -> ProjectContext:
    """A project with persons, groups, sessions and clicked elements."""
    context = new_context(group_types=("company",))
    store_persons(event_store, context, {"ann": {"plan": "pro", "age": 30}, "bob": {"plan": "free", "age": 9}})
    store_group(event_store, context, 0, "acme", {"size": 500})
    store_group(event_store, context, 0, "tiny", {"size": 2})
    chain = (
        'span:attr__class="x"nth-child="1"nth-of-type="1"text="Buy now";a.btn.primary:attr__class="btn primary"'
        'attr__id="go"href="/buy"nth-child="2"nth-of-type="1"text="Buy";div.card:nth-child="1"nth-of-type="1"'
    )
    store_events(
        event_store,
        context,
        [
            Event("by ann", at("2024-11-05 10:00"), "ann", groups={0: "acme"}, session="s1"),
            Event("by bob", at("2024-11-05 10:00"), "bob", groups={0: "tiny"}, session="s2"),
            Event("late", at("2024-11-05 10:02"), "bob", session="s2"),
            Event("click", at("2024-11-04 10:00"), "cleo", {"$feature/new": "b"}, elements_chain=chain),
        ],
    )
    return context


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ({"type": "person", "key": "plan", "value": "pro"}, {"by ann"}),
        ({"type": "person", "key": "plan", "value": "pro", "operator": "is_not"}, {"by bob", "late", "click"}),
        ({"type": "person", "key": "age", "value": 10, "operator": "lt"}, {"by bob", "late"}),
        ({"type": "person", "key": "plan", "operator": "is_not_set"}, {"click"}),
        ({"type": "person", "key": "distinct_id", "value": ["ann", "cleo"]}, {"by ann"}),
        ({"type": "person", "key": "distinct_id", "value": "ann", "operator": "is_not"}, {"by bob", "late", "click"}),
        ({"type": "group", "group_type_index": 0, "key": "size", "value": 100, "operator": "gt"}, {"by ann"}),
        ({"type": "session", "key": "$session_duration", "value": 60, "operator": "gt"}, {"by bob", "late"}),
        ({"type": "event_metadata", "key": "event", "value": ["late", "click"]}, {"late", "click"}),
        ({"type": "event_metadata", "key": "$group_0", "operator": "is_set"}, {"by ann", "by bob"}),
        (
            {"type": "event_metadata", "key": "timestamp", "operator": "is_date_before", "value": "2024-11-05"},
            {"click"},
        ),
        ({"type": "event_metadata", "key": "timestamp", "value": "2024-11-05T10:02:00Z"}, {"late"}),
        ({"type": "event_metadata", "key": "person_id", "value": str(person_id("cleo"))}, {"click"}),
        ({"type": "event_metadata", "key": "person_id", "operator": "gt", "value": 5}, set()),
        ({"type": "feature", "key": "$feature/new", "value": "b"}, {"click"}),
        ({"type": "hogql", "key": "event like '%by%' and distinct_id != 'bob'"}, {"by ann"}),
        ({"type": "element", "key": "tag_name", "value": "a"}, {"click"}),
        ({"type": "element", "key": "tag_name", "value": "p"}, set()),
        ({"type": "element", "key": "tag_name", "value": "a", "operator": "is_not"}, {"by ann", "by bob", "late"}),
        ({"type": "element", "key": "selector", "value": "div.card > a#go.btn"}, {"click"}),
        ({"type": "element", "key": "selector", "value": "span > a"}, set()),
        ({"type": "element", "key": "text", "value": "Buy now"}, {"click"}),
        ({"type": "element", "key": "text", "value": "buy", "operator": "icontains"}, {"click"}),
        (
            {"type": "element", "key": "text", "value": "Sell", "operator": "is_not"},
            {"by ann", "by bob", "late", "click"},
        ),
        ({"type": "element", "key": "href", "value": "/buy"}, {"click"}),
        ({"type": "element", "key": "href", "value": "/buy", "operator": "is_not"}, {"by ann", "by bob", "late"}),
        ({"type": "event", "key": "$elements_chain", "value": "primary", "operator": "icontains"}, {"click"}),
    ],
)
def test_each_type_of_filter_looks_in_its_place(
    event_store: EventStore, related: ProjectContext, given: dict[str, Any], expected: set[str]
) -> None:
    assert matching(event_store, related, [given]) == expected


@pytest.mark.parametrize(
    ("given", "scope", "message"),
    [
        ({"type": "cohort", "key": "id", "value": 7}, "event", "Cohort 7 does not exist"),
        ({"type": "cohort", "key": "id", "value": [7]}, "event", "Cohort property value must be a cohort ID"),
        (
            {"type": "event", "key": "p", "value": 1},
            "person",
            "The 'event' property filter does not work in 'person' scope",
        ),
        ({"type": "person", "key": "p"}, "session", "The 'person' property filter does not work in 'session' scope"),
        ({"type": "recording", "key": "p"}, "event", "The 'recording' property filter does not work in 'event' scope"),
        ({"type": "group", "key": "p", "value": 1}, "event", "needs a group_type_index"),
        ({"type": "event_metadata", "key": "team_id", "value": 1}, "event", "Events have no column 'team_id'"),
        ({"type": "element", "key": "mood", "value": 1}, "event", "Elements have no 'mood'"),
        ({"type": "element", "key": "tag_name", "value": "a", "operator": "regex"}, "event", "exact and is_not"),
        ({"type": "element", "key": "selector", "value": "a ~ b"}, "event", "cannot be read"),
    ],
)
def test_filters_that_make_no_sense_say_why(given: dict[str, Any], scope: Any, message: str) -> None:
    with pytest.raises(InsightError) as refused:
        property_filters(ADAPTER.validate_python([given]), new_context(), NOW, scope)
    assert message in refused.value.detail


def test_hogql_that_cannot_be_read_is_an_error_of_the_request() -> None:
    with pytest.raises(HogQLError):
        property_filters(ADAPTER.validate_python([{"type": "hogql", "key": "event = = 1"}]), new_context(), NOW)


def test_values_are_never_text_of_the_query(event_store: EventStore, valued: ProjectContext) -> None:
    hostile: Sequence[str] = ["'; DROP TABLE events --", "\\", "%", "x') OR 1=1 --", "{p0:String}", "`"]
    for value in hostile:
        for operator in ("exact", "icontains", "gt"):
            found = matching(event_store, valued, [{"key": value, "value": value, "operator": operator}])
            assert found == set()
