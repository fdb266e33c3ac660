"""The grammar of filters: what is normalised, what is refused and with which words."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from hedgerow.actions.models import Action
from hedgerow.cohorts.criteria.errors import CriteriaError
from hedgerow.cohorts.criteria.grammar import NOT_FILTERS, normalised, parse_filters
from hedgerow.work.worker import do_waiting_jobs
from tests.cohorts.asking import Cohorts, criteria, did, person

REGULARLY = {"operator": "gte", "operator_value": 1, "min_periods": 2, "total_periods": 4}
AFTER = {"seq_event": "buy", "seq_event_type": "events", "seq_time_value": 1, "seq_time_interval": "day"}


def test_filters_are_normalised() -> None:
    """Nulls go, negations are filled in, numbers become numbers; what other servers add is dropped."""
    leaf = did("buy", time_value="30", operator=None, negation="false", bytecode=["_H"], conditionHash="x")
    cohort = {"type": "cohort", "key": "id", "value": "7", "negation": "true"}
    found = normalised(parse_filters(criteria(leaf, {"type": "OR", "values": [cohort]})))
    assert found == criteria(
        {**did("buy"), "time_value": 30, "negation": False},
        {"type": "OR", "values": [{"type": "cohort", "key": "id", "value": 7, "negation": True}]},
    )


@pytest.mark.parametrize("filters", [[], "x", {}, {"properties": []}, {"properties": {"type": "AND"}}, {"values": []}])
def test_what_are_no_filters(filters: Any) -> None:
    """They must have properties with a type and values."""
    with pytest.raises(CriteriaError, match=NOT_FILTERS):
        parse_filters(filters)


@pytest.mark.parametrize(
    ("leaf", "detail"),
    [
        ({"type": "person", "key": "a", "operator": "exact"}, "Missing required keys for person filter: value"),
        ({"type": "person", "key": "a", "value": "x"}, "Missing required keys for person filter: operator"),
        ({"type": "person", "key": "a"}, "Missing required keys for person filter: value, operator"),
        (
            {"type": "person_metadata", "key": "created_at", "operator": "is_date_after"},
            "Missing required keys for person_metadata filter: value",
        ),
        (
            {"type": "behavioral", "key": "a", "value": "performed_event"},
            "Missing required keys for behavioral filter: event_type",
        ),
        ({"type": "cohort", "key": "id"}, "Missing required keys for cohort filter: value"),
    ],
)
def test_keys_that_are_missing_are_named(leaf: dict[str, Any], detail: str) -> None:
    """In these very words."""
    with pytest.raises(CriteriaError) as raised:
        parse_filters(criteria(leaf))
    assert (raised.value.detail, raised.value.attr) == (detail, "filters")


@pytest.mark.parametrize(
    ("leaf", "part"),
    [
        ({"type": "event", "key": "a"}, "properties.values[1]: unknown type 'event'"),
        (person("a", "x", surprise=1), "properties.values[1].surprise: Extra inputs are not permitted"),
        (person("a", "x", "sounds_like"), "properties.values[1].operator: Input should be"),
        ({"type": "cohort", "key": "id", "value": 1.5}, "properties.values[1].value: Input should be a valid integer"),
        ({"type": "cohort", "key": "id", "value": True}, "properties.values[1].value: Input should be a whole number"),
        (did("a", time_interval="fortnight"), "properties.values[1].time_interval: Input should be"),
        (did("a", time_value=0), "properties.values[1].time_value: Input should be greater than 0"),
        (did("a", "performed_event_twice"), "properties.values[1].value: Input should be"),
        (did("a", event_type="actions"), "properties.values[1].key: an action is named by its id"),
        ({"type": "AND", "values": []}, "properties.values[1]: a group needs at least one value"),
        ({"type": "AND", "values": ["x"]}, "properties.values[1].values[0]: expected an object"),
        ({"type": "AND", "values": [], "x": 1}, "properties.values[1]: unknown key 'x' in a group"),
    ],
)
def test_other_faults_are_told_with_their_place(leaf: dict[str, Any], part: str) -> None:
    """Where the leaf stands, and what is wrong."""
    with pytest.raises(CriteriaError) as raised:
        parse_filters(criteria(person("plan", "pro"), leaf))
    assert part in raised.value.detail


def test_there_are_limits() -> None:
    """To the depth, and to the number of leaves."""
    deep = person("a", "x")
    for _ in range(10):
        deep = {"type": "AND", "values": [deep]}
    with pytest.raises(CriteriaError, match="nested 10 deep at most"):
        parse_filters(criteria(deep))
    with pytest.raises(CriteriaError, match="500 criteria at most"):
        parse_filters(criteria(*[person("a", "x")] * 501))


@pytest.mark.parametrize(
    ("leaf", "part"),
    [
        (did("a", "performed_event_multiple"), "'performed_event_multiple' needs operator_value"),
        (did("a", time_value=None), "'performed_event' needs time_value"),
        (
            did("a", "performed_event_sequence", seq_event="b"),
            "needs seq_event_type, seq_time_value, seq_time_interval",
        ),
        (did("a", "performed_event_first_time", time_value=None), "needs time_value"),
        (
            did("a", "performed_event_first_time", explicit_datetime="-3d"),
            "takes time_value and time_interval, not explicit_datetime",
        ),
        (did("a", "performed_event_regularly"), "needs operator_value, min_periods, total_periods"),
        (
            did("a", "performed_event_regularly", **{**REGULARLY, "min_periods": 5}),
            "min_periods must not be larger than total_periods",
        ),
        (did("a", "performed_event_regularly", **{**REGULARLY, "operator": "gt"}), "gte, lte or exact"),
        (
            did("a", "stopped_performing_event", seq_time_value=30, seq_time_interval="day"),
            "must be shorter than that of time_value",
        ),
        (did(99, event_type="actions"), "action 99 does not exist"),
        (did("a", explicit_datetime="yesterday"), "'yesterday' is not a date"),
        (person("a", "(", "regex"), "'(' is not a valid regular expression"),
        (person("a", "(?=x)", "not_regex"), "'(?=x)' is not a valid regular expression"),
        (did("a", event_filters=[{"type": "hogql", "key": "nonsense("}]), "properties.values[0]: "),
        (did("a", event_filters=[{"type": "event", "key": "u", "value": "[", "operator": "regex"}]), "not a valid reg"),
        (
            person("a", "x", "is_date_after"),
            "Invalid date value 'x' for operator 'is_date_after'. Expected a relative date (e.g., '-7d', '30d') "
            "or an ISO 8601 date (e.g., '2024-01-15').",
        ),
        (
            {"type": "person_metadata", "key": "x", "operator": "is_set"},
            "Unsupported person_metadata key 'x'. Allowed keys: created_at.",
        ),
        (person("a", ["x"] * 10_001), "10000 values at most"),
    ],
)
def test_what_could_not_be_calculated_is_refused_when_it_is_saved(
    cohorts: Cohorts, leaf: dict[str, Any], part: str
) -> None:
    """With the place of the leaf and the reason."""
    error = cohorts.refused(filters=criteria(leaf))
    assert error["attr"] == "filters"
    assert error["detail"].startswith("properties.values[0]: ")
    assert part in error["detail"]


def test_every_kind_finds_whom_it_says(cohorts: Cohorts) -> None:
    """With and without negation; who has no events is only in what is negated."""
    now = datetime.now(UTC)
    cohorts.add_people({name: {} for name in ("once", "often", "first", "back", "gone", "idle")})

    def store(name: str, *days: float, event: str = "buy", **properties: Any) -> None:
        for each in days:
            cohorts.api.store_event(event, name, now - timedelta(days=each), properties=properties)

    store("once", 3, 400)
    store("often", 1, 2, 3, 4, color="red")
    store("first", 5)
    store("back", 1, 60)
    store("gone", 20)
    store("ghost", 1)
    store("often", 0.9, event="pay")
    everyone = {"once", "often", "first", "back", "gone", "idle"}
    week = {"days": 7}
    recently = {"seq_time_value": 7, "seq_time_interval": "day"}
    action = Action.objects.create(project=cohorts.project, name="Buys", steps=[{"event": "buy"}])
    expected: list[tuple[dict[str, Any], set[str]]] = [
        (did("buy", **week), {"once", "often", "first", "back"}),
        (did(action.pk, event_type="actions", **week), {"once", "often", "first", "back"}),
        (did("buy", "performed_event_multiple", operator="lte", operator_value=2, **week), {"once", "first", "back"}),
        (did("buy", "performed_event_first_time", **week), {"first", "often"}),
        (did("buy", "performed_event_sequence", **{**AFTER, "seq_event": "pay"}), {"often"}),
        (did("buy", "performed_event_regularly", days=1, **REGULARLY), {"often"}),
        (did("buy", "stopped_performing_event", **recently), {"gone"}),
        (did("buy", "restarted_performing_event", **recently), {"back", "once"}),
        (did("buy", event_filters=[{"type": "event", "key": "color", "value": "red"}]), {"often"}),
        (did("buy", event_filters=[{"type": "hogql", "key": "properties.color = 'red'"}]), {"often"}),
        (
            did("buy", time_value=None, time_interval=None, explicit_datetime="-90d", explicit_datetime_to="-10d"),
            {"back", "gone"},
        ),
    ]
    for leaf, names in expected:
        assert set(cohorts.members_by(leaf)) == names, leaf
        assert set(cohorts.members_by({**leaf, "negation": True})) == everyone - names, leaf
    buyers, payers = expected[0][0], did("pay", negation=True)
    assert set(cohorts.members_by(buyers, payers)) == {"once", "first", "back"}
    assert set(cohorts.members_by(person("x", "y"), {"type": "AND", "values": [payers]}, type="OR")) == everyone - {
        "often"
    }


def test_the_longest_spans_there_can_be(cohorts: Cohorts) -> None:
    """A million years are as good as for ever."""
    cohorts.add_people({"ada": {}, "bob": {}})
    cohorts.api.store_event("buy", "ada", datetime(2001, 1, 1, tzinfo=UTC))
    cohorts.api.store_event("pay", "ada", datetime(2020, 1, 1, tzinfo=UTC))
    ages = {"time_value": 1_000_000, "time_interval": "year"}
    long = {"seq_event": "pay", "seq_event_type": "events", "seq_time_value": 1_000_000, "seq_time_interval": "year"}
    assert cohorts.members_by({**did("buy"), **ages}) == ["ada"]
    assert cohorts.members_by({**did("buy", "performed_event_sequence"), **ages, **long}) == ["ada"]
    periods = {**REGULARLY, "min_periods": 1, "total_periods": 1_000}
    assert cohorts.members_by({**did("buy", "performed_event_regularly"), **ages, **periods}) == ["ada"]


def test_older_groups_mean_filters(cohorts: Cohorts) -> None:
    """They are shown as filters; any of them is enough."""
    cohorts.add_people({"five": {"team_id": 5}, "six": {"team_id": 6}, "signed": {}})
    for _ in range(2):
        cohorts.api.store_event("signup", "signed", datetime.now(UTC) - timedelta(days=2))
    by_property = {"properties": {"team_id": 5}}
    by_event = {"event_id": "signup", "days": 7, "count": 2, "count_operator": "gte"}
    made = cohorts.make(groups=[by_property, by_event])
    keys = {"properties", "action_id", "event_id", "days", "count", "count_operator", "start_date", "end_date", "label"}
    assert all(set(group) == keys for group in made["groups"])
    leaf = did("signup", "performed_event_multiple", days=7, operator="gte", operator_value=2, negation=False)
    assert made["filters"] == criteria(
        {"type": "AND", "values": [person("team_id", 5, negation=False)]}, {"type": "AND", "values": [leaf]}, type="OR"
    )
    do_waiting_jobs()
    assert cohorts.members(made["id"]) == ["five", "signed"]
    listed = cohorts.make(groups=[{"properties": [{"key": "team_id", "value": 6}]}])
    do_waiting_jobs()
    assert cohorts.members(listed["id"]) == ["six"]
