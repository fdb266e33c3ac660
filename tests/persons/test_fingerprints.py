"""Events that change nothing of their person are told at a glance; the records end as if each had been obeyed."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any

import msgspec
import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from hedgerow.persons import recording
from hedgerow.persons.fingerprints import NOTHING_TAKEN, fingerprint
from hedgerow.persons.models import Person
from hedgerow.persons.recording import record_persons
from hedgerow.projects.models import Project
from hedgerow.spool.lines import PERSON_CHANGE, Line
from tests.persons.lines import event, identify, merge

Commits = Callable[..., AbstractContextManager[list[Any]]]


@pytest.fixture
def record(project: Project, django_capture_on_commit_callbacks: Commits) -> Callable[..., None]:
    """Record a batch and commit it."""

    def record(*lines: Line) -> None:
        for line in lines:
            line.t = project.pk
        with django_capture_on_commit_callbacks(execute=True):
            record_persons(lines)

    return record


def page(distinct_id: str, url: str = "/", browser: str = "Firefox", **more: Any) -> Line:
    line = event("$pageview", distinct_id, {"$current_url": url, "$browser": browser, **more})
    line.k = PERSON_CHANGE
    return line


def properties(distinct_id: str) -> dict[str, Any]:
    return Person.objects.get(distinct_ids__distinct_id=distinct_id).properties


def test_the_same_client_and_page_have_the_same_fingerprint() -> None:
    assert fingerprint(page("a", other=1)) == fingerprint(page("b", other=2))
    assert fingerprint(page("a")) != fingerprint(page("a", url="/other"))
    assert fingerprint(page("a")) != fingerprint(page("a", browser="Chrome"))


def test_nulls_and_other_properties_are_nothing() -> None:
    assert fingerprint(event("click", "a", {"utm_source": None, "plan": "pro"})) == NOTHING_TAKEN


def test_what_is_explicit_or_odd_has_none() -> None:
    assert fingerprint(page("a", **{"$set": {"n": 1}})) is None
    assert fingerprint(page("a", browser=["odd"])) is None  # type: ignore[arg-type]
    assert fingerprint(identify("user", "a")) is None
    broken = page("a")
    broken.p = msgspec.Raw(b'{"$browser":1e999}')
    assert fingerprint(broken) is None


def test_an_unchanged_client_is_not_even_read_from_the_records(record: Callable[..., None]) -> None:
    record(page("a1"))
    with CaptureQueriesContext(connection) as queries:
        record(page("a1"), page("a1"))
    assert not [query for query in queries if "persons_person" in query["sql"] and "personedits" not in query["sql"]]


def test_another_page_or_client_is_written(record: Callable[..., None]) -> None:
    record(page("a1"))
    record(page("a1", url="/second"))
    assert properties("a1")["$current_url"] == "/second"
    record(page("a1", url="/second", browser="Chrome"))
    assert properties("a1")["$browser"] == "Chrome"
    assert properties("a1")["$initial_browser"] == "Firefox"


def test_a_value_set_meanwhile_is_set_back(record: Callable[..., None]) -> None:
    record(page("a1"))
    record(event("$set", "a1", {"$set": {"$browser": "Mine"}}))
    record(page("a1"))
    assert properties("a1")["$browser"] == "Firefox"


def test_two_devices_of_one_person_take_turns(record: Callable[..., None]) -> None:
    record(page("user"), identify("user", "phone"))
    for _ in range(2):
        record(page("phone", browser="Safari"))
        assert properties("user")["$browser"] == "Safari"
        record(page("user"))
        assert properties("user")["$browser"] == "Firefox"


def test_a_merged_persons_client_counts_for_the_survivor(record: Callable[..., None]) -> None:
    record(page("a1"), page("user", browser="Chrome"))
    record(merge("user", "a1"), page("a1"))
    assert properties("user")["$browser"] == "Firefox"


def test_too_many_page_changes_wait_for_the_next_write(
    record: Callable[..., None], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(recording, "MOST_PAGE_CHANGES", 2)
    people = ["a1", "a2", "a3"]
    record(*map(page, people))
    record(*(page(distinct_id, url="/second") for distinct_id in people))
    assert {properties(distinct_id)["$current_url"] for distinct_id in people} == {"/"}
    record(page("a1", url="/second"))
    assert properties("a1")["$current_url"] == "/second"
    record(page("a2", url="/third", **{"$set": {"plan": "pro"}}))
    assert properties("a2")["$current_url"] == "/third"
    assert properties("a3")["$current_url"] == "/"
