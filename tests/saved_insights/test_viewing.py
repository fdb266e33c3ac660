"""Who looked at which insights: what the caller saw last, and what many look at."""

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from hedgerow.saved_insights.models import Insight, InsightView
from hedgerow.saved_insights.viewing import note_anonymous_view
from tests.accounts import Account, error, member_of
from tests.saved_insights.asking import HOGQL, Insights
from tests.saved_insights.test_insight_lists import BASIC

pytestmark = pytest.mark.django_db


def see(insights: Insights, *ids: int) -> None:
    answer = insights.send("POST", "viewed/", {"insight_ids": list(ids)})
    assert (answer.status_code, answer.content) == (201, b"")


def last_seen(insights: Insights) -> list[str]:
    return [each["name"] for each in insights.send("GET", "my_last_viewed/").json()]


def saved(account: Account, *names: str, **fields: Any) -> list[int]:
    return [Insight.objects.create(project=account.project, name=name, **fields).pk for name in names]


def test_to_see_an_insight_twice_is_one_view(insights: Insights, account: Account) -> None:
    (id,) = saved(account, "a")
    see(insights, id, id)
    first = InsightView.objects.get()
    see(insights, id)

    assert InsightView.objects.get().last_viewed_at > first.last_viewed_at
    (row,) = insights.send("GET", "my_last_viewed/").json()
    assert set(row) == BASIC
    assert row["last_viewed_at"] == insights.send("GET", f"{id}/").json()["last_viewed_at"]


def test_the_caller_is_told_the_five_seen_last(insights: Insights, account: Account) -> None:
    ids = saved(account, *"abcdefg")
    other = member_of(account)
    for id in ids:
        see(insights, id)
    see(insights, ids[3])
    see(Insights(other, other.api()), ids[0])
    Insight.objects.filter(pk=ids[5]).update(deleted=True)

    assert last_seen(insights) == ["d", "g", "e", "c", "b"]


def test_an_insight_is_seen_by_its_own_path_and_by_being_made(insights: Insights, account: Account) -> None:
    made = insights.make(name="made")
    (id,) = saved(account, "found")
    answer = insights.send("POST", f"{id}/viewed/")
    assert (answer.status_code, answer.content) == (201, b"")
    assert last_seen(insights) == ["found", "made"]
    insights.send("POST", f"{made['short_id']}/viewed")
    assert last_seen(insights) == ["made", "found"]


def test_ids_that_are_not_there_are_passed_over(insights: Insights, account: Account) -> None:
    (kept,) = saved(account, "a")
    (deleted,) = saved(account, "b", deleted=True)
    see(insights, kept, deleted, 999_999, -1, 2**63 - 1)
    assert last_seen(insights) == ["a"]
    assert InsightView.objects.count() == 1
    assert insights.send("POST", f"{deleted}/viewed/").status_code == 404


@pytest.mark.parametrize(
    ("body", "code", "detail", "attr"),
    [
        ({}, "required", "This field is required.", "insight_ids"),
        ({"insight_ids": []}, "empty", "This list may not be empty.", "insight_ids"),
        ({"insight_ids": ["x"]}, "invalid_input", "A valid integer is required.", "insight_ids__0"),
        (
            {"insight_ids": [1] * 2501},
            "max_length",
            "Ensure this field has no more than 2500 elements.",
            "insight_ids",
        ),
    ],
)
def test_seen_ids_are_a_list(insights: Insights, body: Any, code: str, detail: str, attr: str) -> None:
    answer = insights.send("POST", "viewed/", body)
    assert (answer.status_code, answer.json()) == (400, error(code, detail, attr))


def test_trending_is_what_most_people_looked_at(insights: Insights, account: Account) -> None:
    one, many, old, gone = saved(account, "one", "many", "old", "gone")
    for person in (account, member_of(account)):
        see(Insights(person, person.api()), many, gone)
    see(insights, one)
    note_anonymous_view(Insight.objects.get(pk=one))
    note_anonymous_view(Insight.objects.get(pk=one))
    long_ago = timezone.now() - timedelta(days=20)
    InsightView.objects.create(insight_id=old, user=account.user, last_viewed_at=long_ago)
    Insight.objects.filter(pk=gone).update(deleted=True)
    InsightView.objects.filter(insight=many).update(last_viewed_at=timezone.now())

    page = insights.send("GET", "trending/").json()
    assert {name: page[name] for name in ("count", "next", "previous")} == {"count": 2, "next": None, "previous": None}
    assert [each["name"] for each in page["results"]] == ["many", "one"]
    assert set(page["results"][0]) == BASIC
    assert [each["name"] for each in insights.send("GET", "trending/", limit="1").json()["results"]] == ["many"]
    longer = insights.send("GET", "trending/", days="30", limit="1000").json()["results"]
    assert [each["name"] for each in longer] == ["many", "one", "old"]


@pytest.mark.parametrize(("name", "value"), [("days", "x"), ("limit", "1.5"), ("days", "-1"), ("limit", "0")])
def test_days_and_limit_are_numbers(insights: Insights, name: str, value: str) -> None:
    answer = insights.send("GET", "trending/", **{name: value})
    assert (answer.status_code, answer.json()) == (
        400,
        error("invalid_input", "days and limit must be valid integers"),
    )


def test_a_query_is_cancelled_by_its_id(insights: Insights) -> None:
    answer = insights.send("POST", "cancel/", {"client_query_id": "never-started"})
    assert (answer.status_code, answer.content) == (201, b"")
    for body in ({}, {"client_query_id": ""}, {"client_query_id": None}):
        answer = insights.send("POST", "cancel/", body)
        assert (answer.status_code, answer.json()) == (
            400,
            error("invalid_input", "Field is required.", "client_query_id"),
        )
    assert insights.send("POST", "cancel/", {"client_query_id": {"a": 1}}).status_code == 400
    assert insights.make(query=HOGQL, refresh="blocking")["result"] == [[1]]
