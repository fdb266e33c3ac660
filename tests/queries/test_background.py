"""Queries in the background: started, followed, cancelled."""

import threading
import time
from typing import Any

import pytest
from django.http import HttpResponse

from hedgerow.queries import execution
from hedgerow.queries.models import QueryJob
from tests.queries.asking import Api, make_api, make_project

pytestmark = pytest.mark.django_db(transaction=True)

QUERY = {"kind": "HogQLQuery", "query": "select 1 as a"}
LONG_QUERY = {"kind": "HogQLQuery", "query": "select sum(cityHash64(number)) from numbers(1000000000000)"}
STATUS_KEYS = {
    *("id", "query_async", "team_id", "insight_id", "dashboard_id", "complete", "error", "error_message", "results"),
    *("start_time", "pickup_time", "end_time", "expiration_time", "task_id", "query_progress", "labels"),
}


def wait_until_complete(api: Api, query_id: str, seconds: float = 30) -> HttpResponse:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        response = api.send("GET", f"query/{query_id}/")
        if response.status_code != 202:
            return response
        time.sleep(0.02)
    raise AssertionError(f"query {query_id} did not end")


def wait_until_running(tag: str, seconds: float = 30) -> execution.Progress:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        found = execution.progress(tag)
        if found is not None and found.rows_read:
            return found
        time.sleep(0.02)
    raise AssertionError("the query did not start")


def test_from_start_to_results(api: Api) -> None:
    response = api.ask(QUERY, refresh="force_async", client_query_id="q1")
    status = response.json()["query_status"]
    assert response.status_code == 202
    assert set(response.json()) == {"query_status"}
    assert set(status) == STATUS_KEYS
    assert (status["id"], status["query_async"], status["team_id"]) == ("q1", True, api.project.pk)
    done = wait_until_complete(api, "q1")
    assert done.status_code == 200
    status = done.json()["query_status"]
    assert (status["complete"], status["error"], status["error_message"]) == (True, False, None)
    blocking = api.answer(QUERY, refresh="force_blocking")
    assert status["results"]["results"] == blocking["results"] == [[1]]
    assert status["results"]["is_cached"] is False
    assert status["end_time"] <= status["expiration_time"]
    assert api.send("DELETE", "query/q1/").json() == {"message": "Query already complete"}
    other = make_api(make_project(), api.store)
    assert other.send("GET", "query/q1/").status_code == 404


def test_equal_questions_share_a_job_and_then_the_stored_answer(api: Api) -> None:
    first = api.ask(QUERY, refresh="async").json()
    again = api.ask(QUERY, refresh="lazy_async").json()
    assert first["query_status"]["id"] == first["cache_key"] == again["cache_key"]
    wait_until_complete(api, first["cache_key"])
    stored = api.ask(QUERY, refresh="async")
    assert stored.status_code == 200
    assert stored.json()["is_cached"] is True
    assert stored.json()["query_status"] is None
    assert QueryJob.objects.filter(project=api.project).count() == 1


def test_the_deprecated_flag_is_the_same(api: Api) -> None:
    response = api.ask(QUERY, **{"async": True})
    assert response.status_code == 202
    wait_until_complete(api, response.json()["cache_key"])


def test_a_mistake_in_the_query_is_told_by_its_status(api: Api) -> None:
    wrong = {"kind": "HogQLQuery", "query": "select foo from events"}
    assert api.ask(wrong, refresh="async", client_query_id="wrong").status_code == 202
    response = wait_until_complete(api, "wrong")
    assert response.status_code == 400
    status = response.json()["query_status"]
    assert (status["complete"], status["error"], status["results"]) == (True, True, None)
    assert "foo" in status["error_message"]


def test_an_id_that_is_known_is_not_run_again_unless_forced(api: Api) -> None:
    api.ask(QUERY, refresh="async", client_query_id="mine")
    first = wait_until_complete(api, "mine").json()["query_status"]
    other = {"kind": "HogQLQuery", "query": "select 2"}
    kept = api.ask(other, refresh="async", client_query_id="mine").json()["query_status"]
    assert (kept["complete"], kept["start_time"]) == (True, first["start_time"])
    api.ask(other, refresh="force_async", client_query_id="mine")
    assert wait_until_complete(api, "mine").json()["query_status"]["results"]["results"] == [[2]]


def test_cancelling_stops_it_in_the_event_store(api: Api) -> None:
    api.ask(LONG_QUERY, refresh="force_async", client_query_id="long")
    wait_until_running(f"{api.project.pk}:long")
    running = api.send("GET", "query/long/?show_progress=true")
    assert running.status_code == 202
    progress = running.json()["query_status"]["query_progress"]
    assert set(progress) == {"bytes_read", "rows_read", "estimated_rows_total", "time_elapsed", "active_cpu_time"}
    assert progress["rows_read"] > 0
    cancelled = api.send("DELETE", "query/long/")
    assert cancelled.status_code == 200
    assert cancelled.json() == {"message": "Cancelled query on clickhouse"}
    deadline = time.monotonic() + 30
    while execution.progress(f"{api.project.pk}:long") is not None:
        assert time.monotonic() < deadline, "the query goes on"
        time.sleep(0.02)
    assert api.send("GET", "query/long/").status_code == 404


def test_a_query_somebody_waits_for_can_be_cancelled(api: Api) -> None:
    answers: list[dict[str, Any]] = []

    def wait() -> None:
        from django.db import connection

        answers.append(api.fault(LONG_QUERY, client_query_id="waited-for"))
        connection.close()

    waiting = threading.Thread(target=wait)
    waiting.start()
    wait_until_running(f"{api.project.pk}:waited-for")
    other = make_api(make_project(), api.store)
    assert other.send("DELETE", "query/waited-for/").status_code == 200
    assert execution.progress(f"{api.project.pk}:waited-for") is not None
    assert api.send("DELETE", "query/waited-for/").json() == {"message": "Cancelled query on clickhouse"}
    waiting.join(30)
    assert answers[0]["code"] == "query_was_cancelled"


def test_taking_it_from_the_queue_only_leaves_it_running(api: Api) -> None:
    api.ask(LONG_QUERY, refresh="force_async", client_query_id="long")
    wait_until_running(f"{api.project.pk}:long")
    left = api.send("DELETE", "query/long/?dequeue_only=true").json()
    assert left == {"message": "Only tried to dequeue, not cancelling query on clickhouse"}
    assert api.send("GET", "query/long/").status_code == 202
    api.send("DELETE", "query/long/")


def test_unknown_ids(api: Api) -> None:
    response = api.send("GET", "query/none/")
    assert response.status_code == 404
    assert response.json() == {
        "type": "invalid_request",
        "code": "not_found",
        "detail": f"Query none not found for team {api.project.pk}",
        "attr": None,
    }
    assert api.send("DELETE", "query/none/").json() == {"message": "Cancelled query on clickhouse"}


def test_a_job_whose_process_has_ended_is_told_as_lost(api: Api) -> None:
    from datetime import UTC, datetime, timedelta

    then = datetime.now(UTC) - timedelta(minutes=1)
    QueryJob.objects.create(
        project=api.project, query_id="lost", cache_key="k", start_time=then, seen_at=then, worker="another process"
    )
    response = api.send("GET", "query/lost/")
    assert response.status_code == 400
    assert "Run it again" in response.json()["query_status"]["error_message"]
    api.ask(QUERY, refresh="async", client_query_id="lost")
    assert wait_until_complete(api, "lost").status_code == 200


def test_a_job_is_forgotten_after_ten_minutes(api: Api) -> None:
    from datetime import UTC, datetime, timedelta

    api.ask(QUERY, refresh="async", client_query_id="old")
    wait_until_complete(api, "old")
    QueryJob.objects.update(seen_at=datetime.now(UTC) - timedelta(minutes=10, seconds=1))
    assert api.send("GET", "query/old/").status_code == 404
    api.ask(QUERY, refresh="force_async", client_query_id="new")
    assert list(QueryJob.objects.values_list("query_id", flat=True)) == ["new"]
    wait_until_complete(api, "new")


def test_a_stale_answer_comes_with_the_job_that_renews_it(api: Api) -> None:
    from datetime import datetime, timedelta

    from hedgerow.queries.cache import store_answer

    first = api.answer(QUERY)
    old = datetime.fromisoformat(first["last_refresh"]) - timedelta(minutes=20)
    for refresh in ("async", "lazy_async", "async_except_on_cache_miss"):
        store_answer(first["cache_key"], {**first, "last_refresh": old.isoformat()})
        response = api.ask(QUERY, refresh=refresh)
        assert response.json()["results"] == [[1]]
        assert response.json()["is_cached"] is True
        assert response.json()["query_status"]["id"] == first["cache_key"]
        wait_until_complete(api, first["cache_key"])
        renewed = api.answer(QUERY, refresh=refresh)
        assert renewed["is_cached"] is True
        assert renewed["last_refresh"] > first["last_refresh"]
        assert renewed["query_status"] is None


def test_without_an_answer_async_except_on_cache_miss_waits_for_it(api: Api) -> None:
    response = api.ask(QUERY, refresh="async_except_on_cache_miss")
    assert response.status_code == 200
    assert response.json()["is_cached"] is False
    assert not QueryJob.objects.filter(project=api.project).exists()


def test_an_id_that_no_query_can_have(api: Api) -> None:
    assert api.fault(QUERY, client_query_id="a\0b")["code"] == "parse_error"
    assert api.fault(QUERY, client_query_id="x" * 129)["code"] == "parse_error"
    assert api.send("GET", "query/a%07b/").status_code == 404
    assert api.send("DELETE", "query/a%07b/").status_code == 200
