"""Comparisons are never NULL: missing values compare by rules of their own."""

import pytest

from hedgerow.eventstore.client import EventStore
from tests.hogql.conftest import StoredProject


@pytest.fixture(scope="module")
def seen(event_store: EventStore) -> StoredProject:
    """A project with one event."""
    stored = StoredProject(event_store)
    stored.event("seen", {"name": "Ann"})
    return stored


@pytest.mark.parametrize(
    ("condition", "holds"),
    [
        ("properties.absent = 'a'", False),
        ("properties.absent != 'a'", True),
        ("'a' != properties.absent", True),
        ("properties.absent = properties.missing", True),
        ("properties.absent != properties.missing", False),
        ("properties.name != properties.absent", True),
        ("properties.name = properties.absent", False),
        ("properties.absent = NULL", True),
        ("properties.name = NULL", False),
        ("properties.name != NULL", True),
        ("NULL = properties.absent", True),
        ("properties.absent IS NULL", True),
        ("properties.name IS NOT NULL", True),
        ("NULL = NULL", True),
        ("NULL != NULL", False),
        ("properties.absent < 5", False),
        ("properties.absent >= 5", False),
        ("NOT (properties.absent < 5)", True),
        ("properties.absent LIKE '%'", False),
        ("properties.absent NOT LIKE '%'", True),
        ("properties.absent ILIKE '%'", False),
        ("properties.absent NOT ILIKE '%'", True),
        ("properties.absent =~ '.*'", False),
        ("properties.absent !~ '.*'", True),
        ("properties.absent !~* '.*'", True),
        ("properties.absent IN ('a', 'b')", False),
        ("properties.absent NOT IN ('a', 'b')", True),
        ("properties.absent IN (SELECT 'a')", False),
        ("properties.absent NOT IN (SELECT 'a')", True),
        ("properties.name IN ('a', NULL)", False),
        ("properties.name NOT IN ('a', NULL)", True),
        ("properties.name IN [NULL]", False),
        ("properties.absent BETWEEN 1 AND 2", False),
        ("properties.absent NOT BETWEEN 1 AND 2", True),
        ("properties.absent IS DISTINCT FROM 'a'", True),
        ("properties.absent IS NOT DISTINCT FROM NULL", True),
        ("NOT properties.absent = 'a'", True),
        ("NOT (properties.absent = 'a' OR properties.absent = 'b')", True),
        ("if(properties.absent = 'a', false, true)", True),
    ],
)
def test_missing_values(seen: StoredProject, condition: str, holds: bool) -> None:
    assert seen.rows(f"SELECT 1 FROM events WHERE {condition}") == ([(1,)] if holds else [])


@pytest.mark.parametrize(
    ("condition", "holds"),
    [
        ("event = 'seen'", True),
        ("event == 'seen'", True),
        ("event <> 'seen'", False),
        ("event = 5", False),
        ("event LIKE 's%n'", True),
        ("event NOT LIKE 's%n'", False),
        ("event ILIKE 'S%N'", True),
        ("event =~ 'e+'", True),
        ("event =~ 'E+'", False),
        ("event =~* 'E+'", True),
        ("event !~* 'E+'", False),
        ("event IN 'seen'", True),
        ("event IN ('x', 'seen')", True),
        ("event IN ['x', 'y', 'z', 'seen']", True),
        ("event NOT IN ['x', 'y', 'z', 'seen']", False),
        ("event IN (SELECT event FROM events)", True),
        ("(event, distinct_id) IN (('seen', 'ann'), ('x', 'y'))", True),
        ("(event, distinct_id) IN (SELECT event, distinct_id FROM events)", True),
        ("event IN splitByChar(',', 'x,seen')", True),
        ("event NOT IN splitByChar(',', 'x,seen')", False),
        ("event BETWEEN 'a' AND 'z'", True),
        ("5 = '5'", True),
        ("1 IN (1, 2)", True),
        ("3 IN (1, 2)", False),
        ("3 IN []", False),
        ("3 NOT IN []", True),
        ("person_id = 'no uuid'", False),
        ("person_id != 'no uuid'", True),
        ("uuid IN (SELECT uuid FROM events)", True),
        ("like(event, 's%') AND not(event = 'x') AND or(false, true)", True),
        ("equals(event, 'seen') AND greater(2, 1)", True),
    ],
)
def test_present_values(seen: StoredProject, condition: str, holds: bool) -> None:
    assert seen.rows(f"SELECT 1 FROM events WHERE {condition}") == ([(1,)] if holds else [])


def test_a_uuid_compares_with_its_text(stored: StoredProject) -> None:
    first = stored.event("first")
    stored.event("second")
    assert stored.column(f"SELECT event FROM events WHERE uuid = '{first}'") == ["first"]
    assert stored.column(f"SELECT event FROM events WHERE uuid IN ('{first}', 'nonsense')") == ["first"]


def test_a_list_inside_a_lambda_compares_without_null(stored: StoredProject) -> None:
    assert stored.rows("SELECT arrayFilter(x -> x != 'a', ['a', NULL, 'b'])") == [([None, "b"],)]
