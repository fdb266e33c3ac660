"""Lists of saved insights: what narrows them, their order and form, and what they cost."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from hedgerow.dashboards.placing import place_insight
from hedgerow.saved_insights.models import Insight, InsightView
from tests.accounts import Account, member_of
from tests.saved_insights.asking import HOGQL, TRENDS, Insights

pytestmark = pytest.mark.django_db

OF_COHORT = [{"type": "cohort", "key": "id", "value": 1}]
BASIC = {
    *("id", "short_id", "name", "derived_name", "filters", "query", "dashboards", "dashboard_tiles", "description"),
    *("last_refresh", "refreshing", "saved", "tags", "updated_at", "created_by", "created_at", "last_modified_at"),
    *("favorited", "user_access_level", "last_viewed_at"),
}


def save(account: Account, name: str, **fields: Any) -> Insight:
    return Insight.objects.create(project=account.project, name=name, **fields)


def test_a_list_has_pages_and_two_forms(insights: Insights, account: Account) -> None:
    for name in "abc":
        save(account, name, query=TRENDS)

    page = insights.send("GET", limit="2").json()
    assert (page["count"], page["previous"]) == (3, None)
    assert [each["name"] for each in page["results"]] == ["a", "b"]
    assert insights.client.get(page["next"]).json()["results"][0]["name"] == "c"
    brief = insights.send("GET", basic="true").json()["results"]
    assert set(brief[0]) == BASIC
    assert set(page["results"][0]) > BASIC - {"refreshing"}


def test_searched_texts_are_in_names_descriptions_and_tags(insights: Insights, account: Account) -> None:
    save(account, "Über uns")
    save(account, "b", derived_name="Visits of ÜBER")
    save(account, "c", description="it is über")
    save(account, "d", tags=["über", "x"])
    save(account, "e", tags=["other"])

    assert insights.names(search=" über ") == ["Über uns", "b", "c", "d"]
    assert insights.names(search="100%") == []
    found = insights.send("GET", search="uns").json()["results"]
    assert [each["search_match_type"] for each in found] == ["exact"]
    answer = insights.send("GET", search="x" * 201)
    assert (answer.status_code, answer.json()["attr"]) == (400, "search")
    assert answer.json()["detail"] == "Search query must be 200 characters or fewer."
    assert insights.names(search="x" * 200) == []


def test_fields_narrow_a_list(insights: Insights, account: Account) -> None:
    other = member_of(account)
    save(account, "mine", created_by=account.user, favorited=True, tags=["web", "shop"])
    kept = save(account, "theirs", created_by=other.user, tags=["shop"])
    save(account, "draft", saved=False)
    on_board = save(account, "unsaved on a board", saved=False)
    place_insight(insights.dashboard(), on_board)

    assert insights.names(short_id=kept.short_id) == ["theirs"]
    assert insights.names(saved="true") == ["mine", "theirs", "unsaved on a board"]
    assert insights.names(saved="false") == ["draft"]
    assert insights.names(user="true") == ["mine"]
    assert insights.names(favorited="true") == ["mine"]
    assert insights.names(created_by=json.dumps([other.user.pk])) == ["theirs"]
    assert insights.names(created_by=json.dumps([other.user.pk, account.user.pk])) == ["mine", "theirs"]
    assert insights.names(tags='["Web", "nothing"]') == ["mine"]
    assert insights.names(tags='["shop"]') == ["mine", "theirs"]
    assert insights.names(tags='["sho"]') == []
    assert insights.names(tags='["shop"]', user="1", search="min") == ["mine"]


def test_insights_on_all_of_some_dashboards(insights: Insights, account: Account) -> None:
    first, second = insights.dashboard(), insights.dashboard()
    both, one = save(account, "both"), save(account, "one")
    place_insight(first, both)
    place_insight(second, both)
    place_insight(first, one)

    assert insights.names(dashboards=json.dumps([first.pk])) == ["both", "one"]
    assert insights.names(dashboards=json.dumps([first.pk, second.pk])) == ["both"]
    insights.send("PATCH", f"{both.pk}/", {"dashboards": [second.pk]})
    assert insights.names(dashboards=json.dumps([first.pk])) == ["one"]


def test_types_of_questions(insights: Insights, account: Account) -> None:
    wrapped = {"kind": "InsightVizNode", "source": TRENDS}
    save(account, "trends", query=wrapped)
    save(account, "old trends", filters={"events": [{"id": "x"}]})
    save(account, "old funnel", filters={"insight": "FUNNELS"})
    save(account, "sql", query={"kind": "DataVisualizationNode", "source": HOGQL})
    save(account, "sql in a table", query={"kind": "DataTableNode", "source": HOGQL})
    save(account, "events", query={"kind": "DataTableNode", "source": {"kind": "EventsQuery"}})
    save(account, "nothing")

    assert insights.names(insight="TRENDS") == ["trends", "old trends"]
    assert insights.names(insight="FUNNELS") == ["old funnel"]
    assert insights.names(insight="SQL") == ["sql", "sql in a table"]
    assert insights.names(insight="JSON") == ["events"]
    assert insights.names(insight="PATHS") == []


def test_events_and_flags_that_questions_name(insights: Insights, account: Account) -> None:
    def about(event: str, **fields: Any) -> dict[str, Any]:
        series = [{"kind": "EventsNode", "event": event}]
        return {"kind": "InsightVizNode", "source": {"kind": "TrendsQuery", "series": series, **fields}}

    save(account, "paid", query=about("paid"))
    save(account, "paid in sql", query={**HOGQL, "query": "SELECT count() FROM events WHERE event = 'paid'"})
    save(account, "old", filters={"events": [{"id": "seen"}]})
    save(account, "by flag", query=about("x", breakdownFilter={"breakdown": "$feature/beta"}))
    of_flag = [{"key": "$feature_flag", "value": ["beta"], "type": "event"}]
    save(account, "calls", query=about("$feature_flag_called", properties=of_flag))

    assert insights.names(events='["paid"]') == ["paid", "paid in sql"]
    assert insights.names(events='["paid", "seen"]') == ["paid", "paid in sql", "old"]
    assert insights.names(feature_flag="beta") == ["by flag", "calls"]
    assert insights.names(feature_flag="bet") == []
    assert insights.names(hide_feature_flag_insights="true") == ["paid", "paid in sql", "old"]


def test_ranges_of_time(insights: Insights, account: Account) -> None:
    def at(text: str) -> datetime:
        return datetime.fromisoformat(text).replace(tzinfo=UTC)

    old = save(account, "old", created_at=at("2024-01-05"), last_modified_at=at("2024-01-31 23:30"))
    new = save(account, "new", created_at=at("2024-03-05"), last_modified_at=datetime.now(UTC) - timedelta(days=3))
    InsightView.objects.create(insight=old, user=account.user, last_viewed_at=datetime.now(UTC))
    InsightView.objects.create(insight=new, user=None, last_viewed_at=at("2024-05-01"))

    assert insights.names(date_from="-7d") == ["new"]
    assert insights.names(date_to="2024-01-31") == ["old"]
    assert insights.names(date_to="2024-01-31T23:00:00Z") == []
    assert insights.names(date_from="2024-01-31", date_to="2024-02-01") == ["old"]
    assert insights.names(created_date_from="2024-02-01") == ["new"]
    assert insights.names(created_date_to="2024-02-01") == ["old"]
    assert insights.names(last_viewed_date_from="-7d") == ["old"]
    assert insights.names(last_viewed_date_to="2024-05-01") == ["new"]


def test_the_order_of_a_list(insights: Insights, account: Account) -> None:
    first = save(account, "b", order=2)
    second = save(account, "a", order=1)
    third = save(account, "c")
    now = datetime.now(UTC)
    InsightView.objects.create(insight=first, user=account.user, last_viewed_at=now)
    InsightView.objects.create(insight=third, user=account.user, last_viewed_at=now - timedelta(hours=1))

    assert insights.names() == ["a", "b", "c"]
    assert insights.names(order="name") == ["a", "b", "c"]
    assert insights.names(order="-name") == ["c", "b", "a"]
    assert insights.names(order="id") == ["b", "a", "c"]
    assert insights.names(order="-last_viewed_at") == ["b", "c", "a"]
    assert insights.names(order="-created_at") == ["c", "a", "b"]
    assert insights.names(order="created_by") == ["b", "a", "c"]
    assert second.views.count() == 0


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("order", "secret"),
        ("order", "--name"),
        ("order", "project__name"),
        ("created_by", "{bad"),
        ("created_by", '["x"]'),
        ("created_by", "1"),
        ("dashboards", "[1,"),
        ("dashboards", "[null]"),
        ("dashboards", "[true]"),
        ("dashboards", f"[{2**70}]"),
        ("tags", '{"a": 1}'),
        ("tags", "[1]"),
        ("tags", json.dumps(["x"] * 1001)),
        ("events", "paid"),
        ("insight", "HOROSCOPE"),
        ("saved", "perhaps"),
        ("date_from", "soon"),
        ("created_date_to", "soon"),
        ("last_viewed_date_from", "-7"),
        ("refresh", "soon"),
    ],
)
def test_what_cannot_be_understood_is_named(insights: Insights, name: str, value: str) -> None:
    answer = insights.send("GET", **{name: value})
    assert (answer.status_code, answer.json()["attr"]) == (400, name)


def test_ids_that_cannot_be_are_those_of_nobody(insights: Insights, account: Account) -> None:
    save(account, "a")
    assert insights.names(created_by=f"[{2**63}]") == []
    assert insights.names(dashboards=f"[{2**63}]") == []
    assert insights.names(tags='["a\\u0000"]') == []


@pytest.mark.parametrize("asked", [{}, {"basic": "true"}, {"search": "n", "order": "-last_viewed_at"}])
def test_a_list_costs_the_same_however_long_it_is(
    insights: Insights, account: Account, asked: dict[str, str], django_assert_num_queries: Any
) -> None:
    board = insights.dashboard(restriction_level=37)
    naming = {**TRENDS, "series": [{"kind": "ActionsNode", "id": 1}], "properties": OF_COHORT}
    maker = member_of(account).user

    def add(count: int) -> None:
        for _ in range(count):
            for query in (TRENDS, naming):
                insight = save(account, "n", query=query, created_by=maker, last_modified_by=maker)
                place_insight(board, insight)
                InsightView.objects.create(insight=insight, user=maker)

    add(1)
    insights.send("GET", **asked)
    with CaptureQueriesContext(connection) as few:
        insights.send("GET", **asked)
    add(5)
    with django_assert_num_queries(len(few)):
        assert len(insights.names(**asked)) == 12
