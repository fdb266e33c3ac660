"""The log of queries: who ran what, how long it took, and how it ended, for the project itself only."""

from typing import Any

import pytest

from hedgerow.organizations.models import User
from hedgerow.queries.log import query_log
from tests.queries.asking import Api, make_api, make_project


def logged(api: Api, fields: str = "*") -> list[list[Any]]:
    """What the project's log says, the oldest first."""
    query_log().store()
    return api.rows(f"SELECT {fields} FROM query_log ORDER BY query_start_time")


@pytest.fixture
def _asked(api: Api) -> None:
    api.answer({"kind": "HogQLQuery", "query": "SELECT 1 UNION ALL SELECT 2"}, client_query_id="mine", name="Two rows")
    api.fault("SELECT nope FROM events", client_query_id="wrong")


@pytest.mark.usefixtures("_asked")
def test_each_run_is_a_row(api: Api) -> None:
    first, second = logged(api, "query_id, name, kind, result_rows, status, exception, created_by")
    user = User.objects.get(personal_api_keys__isnull=False)
    assert first == ["mine", "Two rows", "HogQLQuery", 2, "finished", "", user.pk]
    assert second == ["wrong", "", "HogQLQuery", 0, "failed", "Unable to resolve field: nope", user.pk]
    ((query, milliseconds),) = api.rows("SELECT query, query_duration_ms FROM query_log WHERE query_id = 'mine'")
    assert "UNION ALL" in query and milliseconds >= 0


@pytest.mark.usefixtures("_asked")
def test_an_answer_from_the_cache_is_no_run(api: Api) -> None:
    api.answer({"kind": "HogQLQuery", "query": "SELECT 1 UNION ALL SELECT 2"}, client_query_id="again")
    assert [row for row in logged(api, "query_id") if row == ["again"]] == []


@pytest.mark.usefixtures("_asked")
def test_the_log_of_one_query(api: Api) -> None:
    response = api.send("GET", "query/mine/log/")
    assert response.status_code == 200
    body = response.json()
    (row,) = [dict(zip(body["columns"], row, strict=True)) for row in body["results"]]
    assert (row["query_id"], row["status"], row["result_rows"]) == ("mine", "finished", 2)
    assert api.send("GET", "query/unknown/log/").json()["results"] == []


@pytest.mark.usefixtures("_asked")
def test_nobody_sees_the_log_of_another_project(api: Api) -> None:
    other = make_api(make_project(), api.store)
    assert logged(other) == []
    assert other.send("GET", "query/mine/log/").json()["results"] == []
