"""A look into a running server's records, and what tests put there: `python -m tests.subscriptions.at_server …`.

`subscribe URL COUNT` makes subscriptions that are due, COUNT of each kind, and has them dispatched; `wait STEP` ends
when some run has come to a step; `tell` prints all runs as JSON.
"""

import json
import os
import sys
import time
from collections.abc import Callable
from typing import Any

STEPS = ("claimed", "planned", "addressed", "sent")


def main(action: str, *arguments: str) -> None:
    """Do it."""
    os.environ["DJANGO_SETTINGS_MODULE"] = "hedgerow.django_settings"
    import django

    django.setup()
    actions: dict[str, Callable[..., None]] = {
        "subscribe": subscribe_all,
        "wait": wait,
        "tell": tell,
    }
    actions[action](*arguments)


def subscribe_all(url: str, count: str) -> None:
    """Subscriptions by mail, to Slack and to a webhook, all of one dashboard with two insights."""
    from django.utils import timezone

    from hedgerow.organizations.models import User
    from hedgerow.projects.models import Project
    from hedgerow.work.models import Schedule
    from tests.accounts import Account
    from tests.subscriptions.making import connect_slack, make_dashboard, make_insight, subscribe

    project = Project.objects.select_related("organization").get()
    account = Account(User.objects.get(), project.organization, project)
    dashboard = make_dashboard(account, make_insight(account, "Signups"), make_insight(account, "Orders"))
    integration = connect_slack(account, "xoxb-1")
    for number in range(int(count)):
        subscribe(account, dashboard=dashboard, target_value=f"a{number}@example.com,b{number}@example.com")
        channel = {"target_type": "slack", "target_value": f"C{number}", "integration": integration}
        subscribe(account, dashboard=dashboard, **channel)
        subscribe(account, dashboard=dashboard, target_type="webhook", target_value=f"{url}/{number}")
    # The dispatcher's job is made at the worker's next look.
    Schedule.objects.update_or_create(kind="subscriptions.dispatch", defaults={"due_at": timezone.now()})


def wait(step: str) -> None:
    """Come back as soon as a run that goes on is just that far, or all have ended. Says when it begins to look."""
    print("looking", flush=True)
    deadline = time.monotonic() + 90
    while not _is_at(STEPS.index(step)):
        assert time.monotonic() < deadline, f"no run came to {step}"
        time.sleep(0.002)


def tell() -> None:
    """All runs with their messages."""
    from hedgerow.subscriptions.models import Delivery

    runs = Delivery.objects.order_by("created_at").prefetch_related("sendings")
    told: list[dict[str, Any]] = [
        {
            "subscription": run.subscription_id,
            "key": run.idempotency_key,
            "slot": str(run.scheduled_at),
            "status": run.status,
            "error": run.error,
            "sendings": {
                sending.message_id if run.target_type == "email" else sending.recipient: {
                    "state": sending.state,
                    "posted": sending.progress.get("posted", 0),
                }
                for sending in run.sendings.all()
            },
        }
        for run in runs
    ]
    print(json.dumps(told))


def _is_at(step: int) -> bool:
    from hedgerow.subscriptions.models import Delivery

    runs = list(Delivery.objects.prefetch_related("sendings"))
    going_on = [run for run in runs if run.status == "starting"]
    return bool(runs) and (not going_on or any(_step(run) == step for run in going_on))


def _step(run: Any) -> int:
    sendings = list(run.sendings.all())
    if any(sending.state == "sent" for sending in sendings):
        return 3
    return 2 if sendings else 1 if run.content_snapshot else 0


if __name__ == "__main__":
    main(*sys.argv[1:])
