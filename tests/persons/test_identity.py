"""Which uuid a person gets and which ids may be merged."""

import uuid

import pytest

from hedgerow.eventstore.client import EventStore
from hedgerow.persons.identity import default_person_uuid, default_person_uuid_sql, is_illegal_merge_id, merge_id


def test_the_uuid_of_a_person_follows_from_project_and_first_distinct_id() -> None:
    assert default_person_uuid(1, "user_1") == uuid.UUID("131ecd7b-7aa1-5121-8fd3-5353d39dd23e")
    assert default_person_uuid(1, "a1") == uuid.UUID("16d51132-065f-5188-b30e-07848cc0eacc")


def test_the_engine_computes_the_same_uuid(event_store: EventStore) -> None:
    ids = ["user_1", "", "é", "日本", "😀 and more", "a'b\\c", "x" * 200, *(f"visitor-{n}" for n in range(300))]
    expression = default_person_uuid_sql("team_id", "distinct_id")
    rows = event_store.query(
        f"SELECT distinct_id, {expression}"
        " FROM (SELECT 42 AS team_id, arrayJoin({ids:Array(String)}) AS distinct_id)",
        {"ids": ids},
    ).rows
    assert dict(rows) == {distinct_id: default_person_uuid(42, distinct_id) for distinct_id in ids}


NOBODY = ["anonymous", "Guest", "DISTINCT_ID", "'undefined'", '"True"', " email ", "", "  ", "[object Object]", "NaN"]
NOBODY += ["None", "none", "null", "0", "'0'", '"null"', "x" * 401, "a\0b"]


@pytest.mark.parametrize("name", NOBODY)
def test_ids_that_name_nobody_are_illegal(name: str) -> None:
    assert is_illegal_merge_id(name)


@pytest.mark.parametrize("name", ["anonymous1", "nan", "NULL", "00", "x" * 400, "'a", "true story", "identity"])
def test_other_ids_are_legal(name: str) -> None:
    assert not is_illegal_merge_id(name)


def test_an_id_of_another_type_is_its_json_text() -> None:
    assert [merge_id(value) for value in ("a", 23, True, {"b": 1, "a": [2]})] == ["a", "23", "true", '{"a":[2],"b":1}']
