"""Subscriptions over HTTP: how they are made, looked at, changed, deleted and brought back."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from threading import Barrier
from typing import Any

import pytest
from django.db import connection

from hedgerow.subscriptions.models import Delivery, Sending
from hedgerow.work.models import Job
from tests.accounts import client_with, denied, error, member_of
from tests.subscriptions.asking import START, Subscriptions, make_dashboard, make_insight, make_slack, told

pytestmark = pytest.mark.django_db

FIELDS = {
    *("id", "dashboard", "insight", "insight_short_id", "resource_name", "dashboard_export_insights", "target_type"),
    *("target_value", "frequency", "interval", "byweekday", "bysetpos", "count", "start_date", "until_date"),
    *("created_at", "created_by", "deleted", "title", "summary", "next_delivery_date", "integration_id"),
    *("invite_message", "summary_enabled", "summary_prompt_guide", "enabled"),
}
YESTERDAY = (datetime.now(UTC) - timedelta(days=1)).isoformat()


def test_a_new_one_is_told_in_full_and_its_receivers_are_invited(subscriptions: Subscriptions) -> None:
    insight = make_insight(subscriptions.project)
    made = subscriptions.make(insight=insight.pk, target_value="a@example.com, B@example.com", invite_message="Look!")

    assert set(made) == FIELDS
    assert (made["insight"], made["insight_short_id"], made["resource_name"]) == (
        insight.pk,
        insight.short_id,
        "Visits",
    )
    assert (made["dashboard"], made["dashboard_export_insights"]) == (None, [])
    assert (made["interval"], made["byweekday"], made["bysetpos"], made["count"]) == (1, None, None, None)
    assert (made["summary"], made["invite_message"], made["title"]) == ("sent every week", None, None)
    assert (made["deleted"], made["enabled"], made["summary_enabled"]) == (False, True, False)
    assert made["summary_prompt_guide"] == ""
    assert made["created_by"]["id"] == subscriptions.account.user.pk
    following = datetime.fromisoformat(made["next_delivery_date"])
    assert following > datetime.now(UTC)
    assert (following.weekday(), following.time()) == (START.weekday(), START.time())
    assert made["start_date"].endswith("Z")
    [run] = subscriptions.runs(made)
    assert (run.trigger_type, run.status, run.scheduled_at) == ("target_change", "starting", None)
    assert (run.new_to, run.invite_message) == (["a@example.com", "B@example.com"], "Look!")
    assert (run.target_type, run.target_value) == ("email", "a@example.com,B@example.com")
    assert run.temporal_workflow_id == f"process-subscription-target_change-{made['id']}"
    assert Job.objects.filter(kind="subscriptions.deliver", arguments={"delivery_id": str(run.pk)}).count() == 1
    assert subscriptions.get(made) == made


def test_everything_that_is_written_is_read_again(subscriptions: Subscriptions) -> None:
    slack = make_slack(subscriptions.project)
    written = {
        "target_type": "slack",
        "target_value": "C123|#general",
        "integration_id": slack.pk,
        "frequency": "monthly",
        "interval": 2,
        "byweekday": ["monday", "friday"],
        "bysetpos": -1,
        "count": 100,
        "start_date": "2026-01-02T03:04:05Z",
        "until_date": "2099-01-02T03:04:05Z",
        "title": "Our numbers",
        "summary_prompt_guide": "Say it briefly",
        "enabled": True,
    }
    made = subscriptions.make(**written)

    assert {name: made[name] for name in written} == written
    assert made["summary"] == "sent every 2 months on the last day"
    assert subscriptions.get(made) == made


def test_what_cannot_be_written_is_ignored(subscriptions: Subscriptions) -> None:
    made = subscriptions.make(
        id=1, deleted=True, next_delivery_date="2099-01-01T00:00:00Z", summary="x", created_by=1, resource_name="y"
    )

    assert made["deleted"] is False
    assert (made["summary"], made["resource_name"]) == ("sent every week", "Visits")
    assert made["next_delivery_date"] < "2099"
    assert made["created_by"]["id"] == subscriptions.account.user.pk


def test_null_stands_for_nothing_where_it_may(subscriptions: Subscriptions) -> None:
    names = ("invite_message", "integration_id", "count", "until_date", "byweekday", "title", "bysetpos", "dashboard")
    made = subscriptions.make(insight=make_insight(subscriptions.project).pk, **dict.fromkeys(names))

    assert all(made[name] is None for name in names)


def test_a_dashboard_chooses_its_insights(subscriptions: Subscriptions) -> None:
    insights = [make_insight(subscriptions.project, f"I{number}") for number in range(7)]
    board = make_dashboard(subscriptions.project, *insights, name=None)
    made = subscriptions.make(dashboard=board.pk, dashboard_export_insights=[insights[1].pk, insights[0].pk] * 2)

    assert (made["dashboard"], made["insight"], made["insight_short_id"]) == (board.pk, None, None)
    assert made["resource_name"] == "Dashboard"
    assert made["dashboard_export_insights"] == [insights[1].pk, insights[0].pk]
    changed = subscriptions.change(made, dashboard_export_insights=[insights[6].pk])
    assert changed["dashboard_export_insights"] == [insights[6].pk]


def test_an_insight_without_a_name_has_a_derived_one(subscriptions: Subscriptions) -> None:
    insight = make_insight(subscriptions.project, None, derived_name="Pageviews")

    assert subscriptions.make(insight=insight.pk)["resource_name"] == "Pageviews"


@pytest.mark.parametrize("mount", ["projects", "environments"])
def test_both_paths_lead_to_the_same(subscriptions: Subscriptions, mount: str) -> None:
    made = subscriptions.make()

    assert told(subscriptions.send("GET", str(made["id"]), mount=mount)) == made
    assert told(subscriptions.send("GET", "", mount=mount))["results"] == [made]


# What is refused

REQUIRED = ("required", "This field is required.")
INTEGER = ("invalid_input", "A valid integer is required.")
FORMATS = "YYYY-MM-DDThh:mm[:ss[.uuuuuu]][+HH:MM|-HH:MM|Z]"


@pytest.mark.parametrize(
    ("fields", "code", "detail", "attr"),
    [
        ({"target_type": ...}, *REQUIRED, "target_type"),
        ({"target_value": ...}, *REQUIRED, "target_value"),
        ({"frequency": ...}, *REQUIRED, "frequency"),
        ({"start_date": ...}, *REQUIRED, "start_date"),
        ({"target_type": "sms"}, "invalid_choice", '"sms" is not a valid choice.', "target_type"),
        ({"target_type": None}, "null", "This field may not be null.", "target_type"),
        ({"frequency": "hourly"}, "invalid_choice", '"hourly" is not a valid choice.', "frequency"),
        ({"target_value": ""}, "blank", "This field may not be blank.", "target_value"),
        ({"target_value": " , "}, "blank", "This field may not be blank.", "target_value"),
        ({"target_value": "a@example.com,x"}, "invalid_input", '"x" is not a valid email address.', "target_value"),
        (
            {"start_date": "tomorrow"},
            "invalid_input",
            f"Datetime has wrong format. Use one of these formats instead: {FORMATS}.",
            "start_date",
        ),
        ({"start_date": "0001-01-01T00:00:00Z"}, "invalid_input", "start_date must not be before 1970.", "start_date"),
        ({"interval": "x"}, *INTEGER, "interval"),
        ({"interval": 0}, "min_value", "Ensure this value is greater than or equal to 1.", "interval"),
        ({"interval": 1001}, "max_value", "Ensure this value is less than or equal to 1000.", "interval"),
        ({"count": 0}, "min_value", "Ensure this value is greater than or equal to 1.", "count"),
        *(
            (
                {"bysetpos": position},
                "invalid_input",
                "bysetpos must be between 1 and 366, or between -366 and -1.",
                "bysetpos",
            )
            for position in (0, 367, -367, 2**63)
        ),
        ({"byweekday": ["foo"]}, "invalid_choice", '"foo" is not a valid choice.', "byweekday__0"),
        ({"byweekday": "monday"}, "not_a_list", 'Expected a list of items but got type "str".', "byweekday"),
        ({"title": "x" * 101}, "max_length", "Ensure this field has no more than 100 characters.", "title"),
        (
            {"summary_prompt_guide": "x" * 501},
            "max_length",
            "Ensure this field has no more than 500 characters.",
            "summary_prompt_guide",
        ),
        ({"insight": None}, "invalid_input", "Insight is required for insight subscriptions.", "insight"),
        ({"insight": 10**9}, "does_not_exist", 'Invalid pk "1000000000" - object does not exist.', "insight"),
        ({"insight": 2**63}, "does_not_exist", f'Invalid pk "{2**63}" - object does not exist.', "insight"),
        ({"insight": "abc"}, "incorrect_type", "Incorrect type. Expected pk value, received str.", "insight"),
        ({"dashboard": 10**9}, "does_not_exist", 'Invalid pk "1000000000" - object does not exist.', "dashboard"),
        (
            {"dashboard_export_insights": [1]},
            "invalid_input",
            "Cannot set insights selection without a dashboard.",
            "dashboard_export_insights",
        ),
        (
            {"dashboard_export_insights": "1"},
            "invalid_input",
            "Expected a list of insight IDs.",
            "dashboard_export_insights",
        ),
        *(
            (
                {"dashboard_export_insights": [bad]},
                "invalid_input",
                "All items must be integers.",
                "dashboard_export_insights",
            )
            for bad in ("1", True, 1.5, None)
        ),
        (
            {"target_type": "slack", "target_value": "C1"},
            "invalid_input",
            "A Slack integration is required for Slack subscriptions.",
            "integration_id",
        ),
        (
            {"integration_id": 10**9},
            "invalid_input",
            "This integration does not exist or does not belong to your team.",
            "integration_id",
        ),
        (
            {"target_type": "webhook", "target_value": "http://localhost/"},
            "invalid_input",
            "Invalid webhook URL: Local/metadata host",
            "target_value",
        ),
        (
            {"target_type": "webhook", "target_value": "hook"},
            "invalid_input",
            "Invalid webhook URL: URL must start with http:// or https://",
            "target_value",
        ),
        (
            {"until_date": YESTERDAY},
            "invalid_input",
            "Subscription schedule has reached its end date. Extend until_date or remove count.",
            "start_date",
        ),
        (
            {"count": 1},
            "invalid_input",
            "Subscription schedule has reached its end date. Extend until_date or remove count.",
            "start_date",
        ),
    ],
)
def test_bad_input(subscriptions: Subscriptions, fields: dict[str, Any], code: str, detail: str, attr: str) -> None:
    if "insight" not in fields and "dashboard" in fields:
        fields = {"insight": ..., **fields}

    assert subscriptions.refused(**fields) == error(code, detail, attr)
    assert subscriptions.ids() == []
    assert Delivery.objects.count() == 0


def test_neither_insight_nor_dashboard(subscriptions: Subscriptions) -> None:
    assert subscriptions.refused(insight=...) == error(
        "invalid_input", "Insight is required for insight subscriptions.", "insight"
    )


def test_insight_and_dashboard_exclude_each_other(subscriptions: Subscriptions) -> None:
    insight = make_insight(subscriptions.project)
    board = make_dashboard(subscriptions.project, insight)
    both = error("invalid_input", "Dashboard subscriptions cannot also set insight or prompt.")
    of_board = subscriptions.make(dashboard=board.pk, dashboard_export_insights=[insight.pk])
    of_insight = subscriptions.make(insight=insight.pk)

    assert subscriptions.refused(insight=insight.pk, dashboard=board.pk) == both
    assert subscriptions.refused(of_board, insight=insight.pk) == both
    assert subscriptions.refused(of_insight, dashboard=board.pk) == error(
        "invalid_input", "Insight subscriptions cannot also set dashboard or prompt.", "insight"
    )
    assert subscriptions.refused(of_insight, insight=None) == error(
        "invalid_input", "Insight is required for insight subscriptions.", "insight"
    )


def test_the_choice_of_insights_is_checked(subscriptions: Subscriptions) -> None:
    insights = [make_insight(subscriptions.project, f"I{number}") for number in range(8)]
    board = make_dashboard(subscriptions.project, *insights[:7])
    attr = "dashboard_export_insights"
    gone = make_insight(subscriptions.project, deleted=True)

    def refusal(*ids: int) -> dict[str, Any]:
        return subscriptions.refused(dashboard=board.pk, dashboard_export_insights=list(ids))

    none_chosen = error("invalid_input", "Select at least one insight for this subscription.", attr)
    unknown = error("invalid_input", "Some insights do not belong to your team or do no longer exist.", attr)
    assert refusal() == subscriptions.refused(dashboard=board.pk) == none_chosen
    assert refusal(*[each.pk for each in insights[:7]]) == error(
        "invalid_input", "Cannot select more than 6 insights.", attr
    )
    assert refusal(insights[0].pk, gone.pk) == unknown
    assert refusal(2**63) == unknown
    assert refusal(insights[0].pk, insights[7].pk) == error("invalid_input", "1 invalid insight(s) selected.", attr)
    board.tiles.filter(insight=insights[1]).update(deleted=True)
    assert refusal(insights[1].pk) == error("invalid_input", "1 invalid insight(s) selected.", attr)
    made = subscriptions.make(dashboard=board.pk, dashboard_export_insights=[insights[0].pk])
    assert subscriptions.refused(made, dashboard_export_insights=[]) == none_chosen
    other = make_dashboard(subscriptions.project, insights[5])
    assert subscriptions.refused(made, dashboard=other.pk) == error(
        "invalid_input", "1 invalid insight(s) selected.", attr
    )


def test_a_connection_of_another_kind_is_refused(subscriptions: Subscriptions) -> None:
    other = make_slack(subscriptions.project, kind="github")

    assert subscriptions.refused(target_type="slack", target_value="C1", integration_id=other.pk) == error(
        "invalid_input", "Slack subscriptions require a Slack integration.", "integration_id"
    )


def test_a_summary_needs_the_consent_of_the_organization(subscriptions: Subscriptions) -> None:
    refusal = denied("AI data processing must be approved by your organization before enabling AI summaries")
    made = subscriptions.make()

    assert told(subscriptions.ask(summary_enabled=True), 403) == refusal
    assert told(subscriptions.send("PATCH", f"{made['id']}/", {"summary_enabled": True}), 403) == refusal
    organization = subscriptions.account.organization
    organization.is_ai_data_processing_approved = True
    organization.save()
    assert subscriptions.change(made, summary_enabled=True)["summary_enabled"] is True
    assert told(subscriptions.send("GET", "summary_quota/")) == {"active_count": 1, "limit": None, "at_limit": False}


# Changes


def test_a_new_title_sends_nothing_and_plans_nothing(subscriptions: Subscriptions) -> None:
    made = subscriptions.make()
    changed = subscriptions.change(made, title="Weekly", invite_message="Hello")

    assert changed == {**made, "title": "Weekly"}
    assert len(subscriptions.runs(made)) == 1


def test_only_new_addresses_are_invited(subscriptions: Subscriptions) -> None:
    made = subscriptions.make(target_value="a@example.com,b@example.com")
    changed = subscriptions.change(made, target_value="A@example.com, c@example.com", invite_message="Welcome")

    assert changed["target_value"] == "A@example.com,c@example.com"
    assert changed["next_delivery_date"] == made["next_delivery_date"]
    run = subscriptions.runs(made)[-1]
    assert (run.trigger_type, run.new_to, run.invite_message) == ("target_change", ["c@example.com"], "Welcome")


def test_the_same_receivers_again_are_not_invited(subscriptions: Subscriptions) -> None:
    made = subscriptions.make(target_value="a@example.com")
    subscriptions.change(made, target_value=" a@example.com ,A@EXAMPLE.COM")

    assert len(subscriptions.runs(made)) == 1


def test_another_way_invites_all(subscriptions: Subscriptions) -> None:
    made = subscriptions.make(
        target_type="slack", target_value="C1|#a", integration_id=make_slack(subscriptions.project).pk
    )
    assert subscriptions.runs(made)[0].new_to == ["C1|#a"]
    subscriptions.change(made, target_type="email", target_value="a@example.com")

    assert subscriptions.runs(made)[-1].new_to == ["a@example.com"]


@pytest.mark.parametrize(
    "fields",
    [
        {"frequency": "daily"},
        {"interval": 3},
        {"byweekday": ["monday", "tuesday"]},
        {"start_date": (START + timedelta(hours=3)).isoformat()},
    ],
)
def test_a_changed_schedule_is_planned_anew(subscriptions: Subscriptions, fields: dict[str, Any]) -> None:
    made = subscriptions.make()
    subscriptions.late(made, next_delivery_date=datetime(2030, 1, 1, tzinfo=UTC))

    assert subscriptions.change(made, title="x")["next_delivery_date"].startswith("2030-01-01")
    changed = subscriptions.change(made, **fields)
    assert not changed["next_delivery_date"].startswith("2030-01-01")
    assert len(subscriptions.runs(made)) == 1


def test_a_schedule_that_is_over_is_refused(subscriptions: Subscriptions) -> None:
    made = subscriptions.make()
    over = error("invalid_input", "Subscription schedule has reached its end date. Extend until_date or remove count.")

    assert subscriptions.refused(made, until_date=YESTERDAY) == over
    assert subscriptions.refused(made, count=1) == over
    assert subscriptions.get(made) == made


def test_a_paused_one_sends_nothing_and_goes_on_at_once(subscriptions: Subscriptions) -> None:
    made = subscriptions.make()
    paused = subscriptions.change(made, enabled=False)
    subscriptions.change(made, target_value="b@example.com")
    assert (paused["enabled"], len(subscriptions.runs(made))) == (False, 1)
    subscriptions.late(made, next_delivery_date=START, failures=4)
    resumed = subscriptions.change(made, enabled=True)

    assert resumed["next_delivery_date"] == made["next_delivery_date"]
    run = subscriptions.runs(made)[-1]
    assert (len(subscriptions.runs(made)), run.trigger_type, run.new_to) == (2, "target_change", ["b@example.com"])
    assert run.subscription.failures == 0


def test_after_a_pause_only_those_are_invited_who_never_got_it(subscriptions: Subscriptions) -> None:
    """The others get it as usual."""
    made = subscriptions.make(target_value="a@example.com,b@example.com")
    (first,) = subscriptions.runs(made)
    for address, state in (("A@example.com", "sent"), ("b@example.com", "failed")):
        Sending.objects.create(delivery=first, recipient=address, message_id=address, state=state)
    subscriptions.change(made, enabled=False)
    subscriptions.change(made, target_value="a@example.com,b@example.com,c@example.com")
    subscriptions.change(made, enabled=True, invite_message="Welcome")
    _, usual, invitation = subscriptions.runs(made)
    assert (usual.target_value, usual.new_to, usual.invite_message) == ("a@example.com", None, "")
    assert (invitation.new_to, invitation.invite_message) == (["b@example.com", "c@example.com"], "Welcome")


def test_what_would_never_be_sent_again_stays_paused(subscriptions: Subscriptions) -> None:
    made = subscriptions.make()
    subscriptions.change(made, enabled=False)
    subscriptions.late(made, until_date=START)

    assert subscriptions.refused(made, enabled=True) == error(
        "invalid_input",
        "Subscription schedule has reached its end date. Extend until_date or remove count before re-enabling.",
        "enabled",
    )


def test_put_wants_the_whole(subscriptions: Subscriptions) -> None:
    made = subscriptions.make()

    assert told(subscriptions.send("PUT", f"{made['id']}/", {"title": "x"}), 400)["code"] == "required"
    full = subscriptions.fields(insight=made["insight"], title="x")
    assert told(subscriptions.send("PUT", f"{made['id']}/", full))["title"] == "x"


# Deleting


def test_deleting_is_hiding(subscriptions: Subscriptions) -> None:
    made = subscriptions.make()
    answer = subscriptions.send("DELETE", f"{made['id']}/")
    assert (answer.status_code, answer.content) == (405, b"")
    assert subscriptions.ids() == [made["id"]]

    assert subscriptions.change(made, deleted=True)["deleted"] is True
    assert subscriptions.ids() == []
    assert subscriptions.ids(deleted="true") == [made["id"]]
    assert subscriptions.get(made)["deleted"] is True
    assert len(subscriptions.runs(made)) == 1
    assert subscriptions.change(made, deleted=False) == made
    assert subscriptions.ids() == [made["id"]]
    assert len(subscriptions.runs(made)) == 1


def test_what_comes_back_late_is_planned_anew(subscriptions: Subscriptions) -> None:
    made = subscriptions.make()
    subscriptions.change(made, deleted=True)
    subscriptions.late(made, next_delivery_date=START)

    assert subscriptions.change(made, deleted=False)["next_delivery_date"] == made["next_delivery_date"]


# Test deliveries


def test_a_test_delivery_is_begun_once(subscriptions: Subscriptions) -> None:
    made = subscriptions.make()
    answer = subscriptions.send("POST", f"{made['id']}/test-delivery/", {"anything": 1})
    assert (answer.status_code, answer.content) == (202, b"")
    again = subscriptions.send("POST", f"{made['id']}/test-delivery/")
    assert (again.status_code, again.json()) == (409, {"detail": "Delivery already in progress"})

    [_, run] = subscriptions.runs(made)
    assert (run.trigger_type, run.new_to, run.scheduled_at) == ("manual", None, None)
    assert run.temporal_workflow_id == f"process-subscription-manual-{made['id']}"
    assert subscriptions.get(made) == made
    Delivery.objects.filter(pk=run.pk).update(status="completed")
    assert subscriptions.send("POST", f"{made['id']}/test-delivery/").status_code == 202


def test_no_test_delivery_of_what_is_paused_or_deleted(subscriptions: Subscriptions) -> None:
    made = subscriptions.make()
    subscriptions.change(made, enabled=False)
    paused = subscriptions.send("POST", f"{made['id']}/test-delivery/")
    detail = "Subscription is disabled. Re-enable it before sending a test delivery."
    assert (paused.status_code, paused.json()) == (409, {"detail": detail})
    subscriptions.change(made, deleted=True)
    deleted = subscriptions.send("POST", f"{made['id']}/test-delivery/")
    assert (deleted.status_code, deleted.content) == (404, b"")
    assert told(subscriptions.send("POST", "999999999/test-delivery/"), 404)["code"] == "not_found"


def test_a_test_delivery_that_cannot_be_queued_leaves_nothing(subscriptions: Subscriptions) -> None:
    made = subscriptions.make()
    with connection.cursor() as cursor:
        cursor.execute(f"ALTER TABLE {Job._meta.db_table} RENAME TO away")
    answer = subscriptions.send("POST", f"{made['id']}/test-delivery/")

    assert (answer.status_code, answer.json()) == (500, {"detail": "Failed to schedule delivery"})
    assert len(subscriptions.runs(made)) == 1


def test_ten_test_deliveries_a_minute_and_project(subscriptions: Subscriptions) -> None:
    made = [subscriptions.make() for _ in range(11)]
    others = Subscriptions(subscriptions.account, subscriptions.account.session())
    for number, each in enumerate(made[:10]):
        asking = others if number % 2 else subscriptions
        assert asking.send("POST", f"{each['id']}/test-delivery/").status_code == 202

    answer = subscriptions.send("POST", f"{made[10]['id']}/test-delivery/")
    assert told(answer, 429)["type"] == "throttled_error"
    assert 0 < int(answer["Retry-After"]) <= 60
    elsewhere = Subscriptions(member_of(subscriptions.account), subscriptions.client)
    assert elsewhere.send("GET", f"{made[10]['id']}/").status_code == 200


# Who may, and what is noted


def test_any_member_may_change_them(subscriptions: Subscriptions) -> None:
    made = subscriptions.make()
    other = member_of(subscriptions.account)
    changed = Subscriptions(other, other.api()).change(made, title="Mine")

    assert (changed["title"], changed["created_by"]) == ("Mine", made["created_by"])


@pytest.mark.parametrize(
    ("method", "rest", "scope"),
    [
        ("GET", "", "read"),
        ("POST", "", "write"),
        ("GET", "{id}/", "read"),
        ("PATCH", "{id}/", "write"),
        ("DELETE", "{id}/", "write"),
        ("POST", "{id}/test-delivery/", "write"),
        ("GET", "summary_quota/", "read"),
    ],
)
def test_keys_need_the_scope(subscriptions: Subscriptions, method: str, rest: str, scope: str) -> None:
    made = subscriptions.make()
    account = subscriptions.account
    rest = rest.format(id=made["id"])
    other = "insight:write" if scope == "write" else "insight:read"

    without = Subscriptions(account, account.api(other)).send(method, rest, {})
    assert told(without, 403) == denied(f"API key missing required scope 'subscription:{scope}'")
    assert Subscriptions(account, account.api(f"subscription:{scope}")).send(method, rest, {}).status_code != 403
    assert Subscriptions(account, client_with("phx_no")).send(method, rest, {}).status_code == 401


@pytest.mark.django_db(transaction=True)
def test_what_is_done_is_in_the_log(subscriptions: Subscriptions) -> None:
    made = subscriptions.make()
    subscriptions.change(made, title="T", frequency="daily")
    subscriptions.change(made, deleted=True)

    deleted, updated, created = subscriptions.history(made)
    assert (created["activity"], created["scope"], created["detail"]["name"]) == ("created", "Subscription", "Visits")
    assert {(each["field"], each["before"], each["after"]) for each in updated["detail"]["changes"]} == {
        ("title", None, "T"),
        ("frequency", "weekly", "daily"),
    }
    assert deleted["activity"] == "updated"
    assert [(each["field"], each["after"]) for each in deleted["detail"]["changes"]] == [("deleted", True)]


@pytest.mark.django_db(transaction=True)
def test_of_two_test_deliveries_at_once_one_is_begun(subscriptions: Subscriptions) -> None:
    made = subscriptions.make()
    ready = Barrier(2)

    def ask() -> int:
        ready.wait()
        try:
            status: int = subscriptions.send("POST", f"{made['id']}/test-delivery/").status_code
        finally:
            connection.close()
        return status

    with ThreadPoolExecutor(2) as threads:
        answers = [threads.submit(ask) for _ in range(2)]
        assert sorted(answer.result() for answer in answers) == [202, 409]
    assert [run.trigger_type for run in subscriptions.runs(made)] == ["target_change", "manual"]
