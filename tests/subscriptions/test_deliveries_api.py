"""The history of a subscription over the API."""

from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.utils import timezone

from hedgerow.subscriptions.models import Delivery, Subscription
from tests.accounts import Account, make_account
from tests.subscriptions.making import run_of, subscribe


def path(account: Account, subscription: Subscription, mount: str = "projects") -> str:
    """Where a subscription's history is."""
    return f"/api/{mount}/{account.project.pk}/subscriptions/{subscription.pk}/deliveries/"


def get(account: Account, address: str, status: int = 200) -> Any:
    """What a member is answered."""
    answer = account.api().get(address)
    assert answer.status_code == status, answer.content
    return answer.json()


def test_a_run_is_told_in_full(account: Account) -> None:
    """Each field the API names, and no other."""
    subscription = subscribe(account)
    slot = timezone.now().replace(microsecond=0)
    delivery = run_of(subscription, "scheduled", scheduled_at=slot)
    Delivery.objects.update(recipient_results=[{"recipient": "ada@example.com", "status": "success"}])
    told = get(account, f"{path(account, subscription)}{delivery.pk}/")
    assert told == {
        "id": str(delivery.pk),
        "subscription": subscription.pk,
        "temporal_workflow_id": f"process-subscription-scheduled-{subscription.pk}",
        "idempotency_key": delivery.idempotency_key,
        "trigger_type": "scheduled",
        "scheduled_at": f"{slot:%Y-%m-%dT%H:%M:%S}Z",
        "target_type": "email",
        "target_value": "ada@example.com",
        "exported_asset_ids": [],
        "content_snapshot": {},
        "recipient_results": [{"recipient": "ada@example.com", "status": "success"}],
        "status": "starting",
        "error": None,
        "created_at": told["created_at"],
        "last_updated_at": told["last_updated_at"],
        "finished_at": None,
        "change_summary": None,
    }
    assert get(account, path(account, subscription, "environments"))["results"] == [told]


def test_sixty_runs_are_two_pages_the_newest_first(account: Account) -> None:
    """By a cursor, without a count; the links keep the filter."""
    subscription = subscribe(account)
    now = timezone.now()
    for number in range(60):
        run_of(subscription, created_at=now - timedelta(minutes=number), status="failed")
    run_of(subscription)
    first = get(account, path(account, subscription) + "?status=failed")
    assert sorted(first) == ["next", "previous", "results"]
    assert first["previous"] is None
    assert len(first["results"]) == 50
    second = get(account, first["next"])
    assert len(second["results"]) == 10
    assert second["next"] is None
    times = [run["created_at"] for run in first["results"] + second["results"]]
    assert times == sorted(times, reverse=True)
    assert {run["status"] for run in second["results"]} == {"failed"}
    back = get(account, second["previous"])
    assert back["results"] == first["results"]


def test_what_cannot_be_asked(account: Account) -> None:
    """A status there is not, and what is no cursor."""
    subscription = subscribe(account)
    assert get(account, path(account, subscription) + "?status=done", 400) == {
        "type": "validation_error",
        "code": "invalid_input",
        "detail": "Must be one of: completed, failed, skipped, starting.",
        "attr": "status",
    }
    assert get(account, path(account, subscription) + "?cursor=junk", 404) == {
        "type": "invalid_request",
        "code": "not_found",
        "detail": "Invalid cursor",
        "attr": None,
    }


@pytest.mark.parametrize("method", ["post", "put", "patch", "delete"])
def test_history_is_not_written(account: Account, method: str) -> None:
    """Neither in whole nor in part."""
    subscription = subscribe(account)
    delivery = run_of(subscription)
    for address in (path(account, subscription), f"{path(account, subscription)}{delivery.pk}/"):
        answer = getattr(account.api(), method)(address, {}, content_type="application/json")
        assert answer.status_code == 405
        assert answer.json()["detail"] == f'Method "{method.upper()}" not allowed.'


def test_runs_are_found_under_their_own_subscription_and_project_only(account: Account) -> None:
    """Everything else is not there."""
    mine, other = subscribe(account), subscribe(account)
    delivery = run_of(mine)
    stranger = make_account()
    theirs = subscribe(stranger)
    for address in (
        f"{path(account, other)}{delivery.pk}/",
        f"{path(account, mine)}{uuid4()}/",
        f"{path(account, mine)}1/",
        f"{path(account, theirs)}",
        f"{path(account, theirs)}{run_of(theirs).pk}/",
        f"/api/projects/{account.project.pk}/subscriptions/x/deliveries/",
        f"/api/projects/{account.project.pk}/subscriptions/{10**30}/deliveries/",
    ):
        get(account, address, 404)
    get(stranger, f"{path(account, mine)}{delivery.pk}/", 403)
    assert get(account, path(account, other))["results"] == []


def test_a_key_needs_the_scope(account: Account) -> None:
    """Reading subscriptions is reading their history."""
    subscription = subscribe(account)
    assert account.api("subscription:read").get(path(account, subscription)).status_code == 200
    refused = account.api("insight:read").get(path(account, subscription))
    assert refused.status_code == 403
    assert refused.json()["detail"] == "API key missing required scope 'subscription:read'"
