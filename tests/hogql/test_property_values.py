"""What `properties.x` is for every kind of JSON value."""

from datetime import UTC, datetime

import pytest

from hedgerow.eventstore.client import EventStore
from hedgerow.hogql.errors import HogQLError
from tests.hogql.conftest import StoredProject

RAW = (
    '{"text":"Chrome","empty":"","int":1,"float":1.50,"big":12345678901234567890,"yes":true,"no":false,"nothing":null,'
    '"list":["a","b",3],"objects":[{"k":1}],"object":{"k":{"deep":"x"},"n":2},"bracket":"[not json","a.b":"dotted",'
    '"a":{"b":"nested"},"with space":"s","$dollar":"d","it\'s":"quote","back`tick":"b","back\\\\slash":"c","[]":"e",'
    '"^up":"f","co:lon":"g","number text":"42","date":"2026-01-15 12:00:00","Größe":"ü"}'
)


@pytest.fixture(scope="module")
def one_event(event_store: EventStore) -> StoredProject:
    """A project with an event that has every kind of value."""
    stored = StoredProject(event_store)
    stored.event("seen", RAW)
    return stored


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("text", "Chrome"),
        ("empty", ""),
        ("int", "1"),
        ("float", "1.5"),
        ("big", "12345678901234567890"),
        ("yes", "true"),
        ("no", "false"),
        ("nothing", None),
        ("absent", None),
        ("list", '["a","b",3]'),
        ("objects", '[{"k":1}]'),
        ("object", '{"k":{"deep":"x"},"n":2}'),
        ("object.k", '{"deep":"x"}'),
        ("object.k.deep", "x"),
        ("bracket", "[not json"),
        ("`a.b`", "dotted"),
        ("a.b", "nested"),
        ("`with space`", "s"),
        ("$dollar", "d"),
        ("`it's`", "quote"),
        ("`back``tick`", "b"),
        ("`back\\\\slash`", "c"),
        ("`[]`", "e"),
        ("`^up`", "f"),
        ("`co:lon`", "g"),
        ("`Größe`", "ü"),
    ],
)
def test_a_property_without_a_type_is_text(one_event: StoredProject, name: str, value: str | None) -> None:
    assert one_event.value(f"properties.{name}") == value


@pytest.mark.parametrize(
    ("expression", "value"),
    [
        ("properties['text']", "Chrome"),
        ("properties['object']['k']['deep']", "x"),
        ("properties.object['n']", "2"),
        ("properties.list[1]", "a"),
        ("properties.list[3]", "3"),
        ("properties.list.2", "b"),
        ("properties.objects[1].k", "1"),
        ("JSONExtractString(properties, 'text')", "Chrome"),
        ("JSONExtractInt(properties, 'object', 'n')", 2),
        ("JSONHas(properties.object, 'k')", 1),
        ("JSONExtractKeys(properties.object)", ["k", "n"]),
        ("JSONExtractKeys(properties.absent)", []),
    ],
)
def test_what_is_inside_objects_and_lists(one_event: StoredProject, expression: str, value: object) -> None:
    assert one_event.value(expression) == value


def test_properties_themselves_are_the_text_that_came_in(one_event: StoredProject) -> None:
    assert one_event.value("properties") == RAW


def test_properties_of_a_subquery(one_event: StoredProject) -> None:
    inner = "SELECT properties, properties.int AS i FROM events"
    assert one_event.rows(f"SELECT properties.text, properties.object.n, i + 1 FROM ({inner})") == [
        ("Chrome", "2", 2.0)
    ]


TYPES = {
    "int": "Numeric",
    "text": "Numeric",
    "number text": "Numeric",
    "yes": "Boolean",
    "list": "Boolean",
    "date": "DateTime",
    "float": "String",
}


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("int", 1.0),
        ("text", None),
        ("`number text`", 42.0),
        ("yes", True),
        ("list", None),
        ("date", datetime(2026, 1, 15, 17, tzinfo=UTC)),
        ("float", "1.5"),
    ],
)
def test_a_property_with_a_type_is_converted(one_event: StoredProject, name: str, value: object) -> None:
    typed = one_event.with_context(event_property_types=TYPES, timezone="America/New_York")
    assert typed.value(f"properties.{name}") == value


@pytest.mark.parametrize(
    ("condition", "holds"),
    [
        ("properties.int = 1", True),
        ("properties.int = 1.0", True),
        ("properties.int = '1'", True),
        ("properties.`number text` = 42", True),
        ("properties.`number text` > 41.5", True),
        ("properties.text > 1", False),
        ("properties.text = 1", False),
        ("properties.text != 1", True),
        ("properties.yes = true", True),
        ("properties.yes = 'true'", True),
        ("properties.no = false", True),
        ("properties.text = true", False),
        ("properties.int IN (1, 2)", True),
        ("properties.int IN ('1', 'x')", True),
        ("properties.int IN ('1', 'x', 'y', 'z')", True),
        ("properties.int IN (1, 'x', true)", True),
        ("properties.absent IN ('a')", False),
        ("properties.absent NOT IN ('a')", True),
        ("properties.date > toDateTime('2026-01-15 11:00:00')", True),
        ("properties.date = timestamp", True),
        ("properties.int + 1 = 2", True),
        ("properties.yes", True),
        ("NOT properties.no", True),
        ("properties.absent", False),
        ("properties.int = properties.int", True),
        ("properties.int BETWEEN 0 AND 2", True),
        ("properties.text LIKE 'Chr%'", True),
        ("properties.text =~ '^Chr'", True),
    ],
)
def test_a_property_compares_by_the_type_of_the_other_side(
    one_event: StoredProject, condition: str, holds: bool
) -> None:
    assert one_event.rows(f"SELECT 1 FROM events WHERE {condition}") == ([(1,)] if holds else [])


@pytest.mark.parametrize(
    ("expression", "value"),
    [
        ("sum(properties.int)", 1.0),
        ("avg(properties.text)", None),
        ("quantile(0.5)(properties.`number text`)", 42.0),
        ("max(properties.int) > 0", 1),
        ("round(properties.float)", 2.0),
        ("coalesce(properties.absent, 0)", 0.0),
        ("coalesce(properties.int, 0)", 1.0),
        ("ifNull(properties.absent, 'none')", "none"),
        ("toInt(properties.float)", 1),
        ("toFloat(properties.int)", 1.0),
        ("toDate(properties.date)", datetime(2026, 1, 15).date()),
        ("countIf(properties.yes)", 1),
        ("multiIf(properties.int = 1, 'one', 'other')", "one"),
        ("case properties.int when 1 then 'one' else 'other' end", "one"),
    ],
)
def test_functions_take_a_property_as_what_they_work_on(
    one_event: StoredProject, expression: str, value: object
) -> None:
    assert one_event.value(expression) == value


def test_a_property_of_a_column_without_properties_is_an_error(one_event: StoredProject) -> None:
    with pytest.raises(HogQLError, match=r"Unable to resolve field: event\.x"):
        one_event.value("event.x")


def test_persons_properties_defined_as_text_may_be_objects_and_arrays(stored: StoredProject) -> None:
    stored.person("ann", {"list": ["a"], "object": {"k": 1}, "text": "t"})
    typed = stored.with_context(person_property_types={"list": "String", "object": "String", "text": "String"})
    assert typed.rows("SELECT properties.list, properties.object, properties.text FROM persons") == [
        ('["a"]', '{"k":1}', "t")
    ]
