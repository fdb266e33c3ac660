"""Many who ask at once: equal questions are computed once, and a project's questions take turns."""

import threading
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor, wait
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from rest_framework.exceptions import Throttled

from hedgerow.queries.errors import QueryError
from hedgerow.queries.turns import CANCELLED, Flights, Turns
from tests.serving import Server

ENDLESS = "select sum(cityHash64(number)) + {} from numbers(1000000000000)"


def hogql(text: str) -> dict[str, Any]:
    return {"query": {"kind": "HogQLQuery", "query": text}}


def test_a_dashboard_opened_by_many_is_computed_once(server: Server) -> None:
    """Twelve tiles of equal questions: one is computed, and all have its answer."""
    text = "select count(), sum(cityHash64(number)) from numbers(200000000)"
    path = f"/api/projects/{server.project_id}/query/"
    with ThreadPoolExecutor(10) as people:
        answers = list(people.map(lambda _: server.api.post(path, json=hogql(text)), range(10)))
    assert {answer.status_code for answer in answers} == {200}
    bodies = [answer.json() for answer in answers]
    assert len({body["last_refresh"] for body in bodies}) == 1
    assert Counter(body["is_cached"] for body in bodies)[False] == 1
    assert len({str(body["results"]) for body in bodies}) == 1


def test_a_project_that_asks_too_much_is_sent_away_and_others_are_not(tmp_path: Path) -> None:
    """One at a time and one in line: the third slow question is answered with 429 and when to come again."""
    limits = {"HEDGEROW_QUERY_CONCURRENCY": "1", "HEDGEROW_QUERY_LINE": "1"}
    with Server(tmp_path, environment=limits) as server, ThreadPoolExecutor(3) as people:
        path = f"/api/projects/{server.project_id}/query/"

        def ask(number: int) -> Any:
            body = {**hogql(ENDLESS.format(number)), "client_query_id": f"slow-{number}"}
            return server.api.post(path, json=body)

        asked = [people.submit(ask, number) for number in range(3)]
        sent_away = wait(asked, timeout=30, return_when="FIRST_COMPLETED").done.pop().result()
        assert sent_away.status_code == 429, sent_away.text
        assert int(sent_away.headers["Retry-After"]) > 0
        assert (sent_away.json()["type"], sent_away.json()["code"]) == ("throttled_error", "throttled")
        assert server.api.get(f"/api/projects/{server.project_id}/").status_code == 200
        deadline = time.monotonic() + 60
        while not all(each.done() for each in asked) and time.monotonic() < deadline:
            for number in range(3):  # the one in line begins only when the other has ended
                server.api.delete(f"{path}slow-{number}/")
            time.sleep(0.2)
        codes = Counter(each.result(timeout=1).status_code for each in asked)
        assert codes == {400: 2, 429: 1}


def test_the_line_moves_on() -> None:
    turns = Turns(at_a_time=2, in_line=10, patience=30)
    together: list[int] = []
    most = 0
    lock = threading.Lock()

    def work(number: int) -> None:
        nonlocal most
        with turns.turn(7):
            with lock:
                together.append(number)
                most = max(most, len(together))
            time.sleep(0.01)
            with lock:
                together.remove(number)

    with ThreadPoolExecutor(12) as threads:
        list(threads.map(work, range(12)))
    assert most == 2


def test_who_waits_in_vain_is_sent_away() -> None:
    turns = Turns(at_a_time=1, in_line=1, patience=0.01)
    with turns.turn(7):
        with pytest.raises(Throttled), turns.turn(7):
            pass
        with turns.turn(8):
            pass
    with turns.turn(7):
        pass


def test_an_error_is_told_to_all_who_wait_but_a_cancelled_one_computes_again() -> None:
    flights = Flights()
    begun = threading.Event()
    go_on = threading.Event()

    def fail(code: str) -> dict[str, Any]:
        begun.set()
        go_on.wait(10)
        raise QueryError("It cannot be.", code)

    for code, second in (("invalid_input", "It cannot be."), (CANCELLED, "computed")):
        begun.clear()
        go_on.clear()
        with ThreadPoolExecutor(2) as threads:
            first = threads.submit(flights.answer, "key", partial(fail, code))
            begun.wait(10)
            other = threads.submit(flights.answer, "key", lambda: {"results": "computed", "is_cached": False})
            time.sleep(0.05)  # lets the second one come to wait; if it has not, it computes, which is right as well
            go_on.set()
            assert isinstance(first.exception(10), QueryError)
            found = str(other.exception(10)) if other.exception(10) else other.result()["results"]
        assert found in (second, "computed")
