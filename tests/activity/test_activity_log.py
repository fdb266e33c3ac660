"""The log of everything done in a project."""

import itertools
from typing import Any

import pytest
from django.db import transaction
from django.test import Client

from hedgerow.activity.models import ActivityLog
from hedgerow.activity.recording import MASKED, changes_between, record_activity
from tests.accounts import Account, make_account

pytestmark = pytest.mark.django_db(transaction=True)


def note(account: Account, item: object, activity: str = "created", scope: str = "Cohort", **told: Any) -> None:
    told = {"project": account.project, "user": account.user, "name": f"Object {item}", **told}
    record_activity(scope=scope, activity=activity, item_id=item, **told)


def entries(client: Client, account: Account, **filters: Any) -> list[dict[str, Any]]:
    answer = client.get(f"/api/projects/{account.project.pk}/activity_log/", filters)
    assert answer.status_code == 200, answer.content
    found: list[dict[str, Any]] = answer.json()["results"]
    return found


def items(found: list[dict[str, Any]]) -> list[str]:
    return [entry["item_id"] for entry in found]


def test_an_entry_says_who_did_what() -> None:
    account = make_account()
    changes = changes_between("Cohort", {"name": "Old", "tags": []}, {"name": "New", "tags": ["a"], "id": 7})
    note(account, 7, "updated", changes=changes)
    (entry,) = entries(account.api("activity_log:read"), account)
    assert entry["user"]["email"] == account.user.email
    assert entry["organization_id"] == str(account.organization.pk)
    assert (entry["activity"], entry["scope"], entry["item_id"], entry["is_system"]) == (
        "updated",
        "Cohort",
        "7",
        False,
    )
    assert entry["detail"] == {
        "name": "Object 7",
        "short_id": None,
        "type": None,
        "trigger": None,
        "changes": [
            {"type": "Cohort", "action": "changed", "field": "name", "before": "Old", "after": "New"},
            {"type": "Cohort", "action": "created", "field": "tags", "before": [], "after": ["a"]},
        ],
    }


def test_what_the_system_does_and_secrets() -> None:
    account = make_account()
    changes = changes_between("Function", {"key": "old secret"}, {"key": "new secret"}, masked=["key"])
    assert [(each["before"], each["after"]) for each in changes] == [(MASKED, MASKED)]
    note(account, 1, user=None)
    (entry,) = entries(account.session(), account)
    assert (entry["is_system"], entry["user"]) == (True, None)


def test_nothing_is_noted_where_nothing_changed_or_nothing_was_committed() -> None:
    account = make_account()
    note(account, 1, "updated", changes=[])
    with pytest.raises(ZeroDivisionError), transaction.atomic():
        note(account, 2)
        _ = 1 / 0
    note(account, 3)
    assert items(entries(account.session(), account)) == ["3"]


def test_an_entry_that_cannot_be_written_fails_nothing() -> None:
    account = make_account()
    note(account, "x" * 500, activity="y" * 100, changes=[{"after": object()}])
    note(account, 2)
    assert items(entries(account.session(), account)) == ["2"]


def test_filters() -> None:
    account, other = make_account(), make_account()
    note(account, 1)
    note(account, 2, scope="Action")
    note(account, 3, scope="Dashboard")
    note(account, 4, user=None)
    note(other, 5)
    record_activity(
        scope="Organization", activity="updated", item_id=6, user=None, organization=account.organization, changes=[{}]
    )
    client = account.session()
    assert items(entries(client, account)) == ["4", "3", "2", "1"]
    assert items(entries(client, account, scope="Action")) == ["2"]
    assert items(entries(client, account, scopes="Action,Dashboard")) == ["3", "2"]
    assert items(entries(client, account, scope="Cohort", item_id="1")) == ["1"]
    assert items(entries(client, account, user=account.user.pk)) == ["3", "2", "1"]
    assert items(entries(client, account, include_organization_scoped="1")) == ["6", "4", "3", "2", "1"]
    answer = client.get(f"/api/projects/{account.project.pk}/activity_log/", {"user": "ada"})
    assert (answer.status_code, answer.json()["attr"]) == (400, "user")


def test_the_cursor_walks_through_everything_once_and_pages_count() -> None:
    account = make_account()
    for number in range(7):
        note(account, number)
    client = account.session()
    found: list[str] = []
    address = f"/api/projects/{account.project.pk}/activity_log/?page_size=3"
    for _ in itertools.count():
        body = client.get(address).json()
        found += items(body["results"])
        if not body["next"]:
            break
        address = body["next"]
    assert found == [str(number) for number in reversed(range(7))]
    body = client.get(f"/api/projects/{account.project.pk}/activity_log/?page=2&page_size=3").json()
    assert (body["count"], items(body["results"])) == (7, ["3", "2", "1"])


def test_nobody_reads_another_projects_log() -> None:
    account, other = make_account(), make_account()
    note(account, 1)
    path = f"/api/projects/{account.project.pk}/activity_log/"
    assert other.session().get(path).status_code in (403, 404)
    assert other.api().get(path).status_code in (403, 404)
    assert account.api("cohort:read").get(path).status_code == 403
    assert Client().get(path).status_code == 401
    assert ActivityLog.objects.count() == 1
