"""A look into a running server's records, and what tests put there: `python -m tests.subscriptions.at_server`.

Reads commands, a line each, and answers each with a line of JSON. `subscribe URL COUNT` makes subscriptions that are
due, COUNT of each kind, and has them dispatched; `wait STEP` answers when some run has come to a step; `jump HOURS`
moves all planned times as if the server's clock had jumped by so much, and answers when the dispatcher has looked;
`tell` answers with all runs.
"""

import json
import os
import sys
import time
from collections.abc import Callable
from datetime import timedelta
from typing import Any

STEPS = ("claimed", "planned", "addressed", "sent")


def main() -> None:
    """Do what is asked for until nothing more is."""
    os.environ["DJANGO_SETTINGS_MODULE"] = "hedgerow.django_settings"
    import django

    django.setup()
    actions: dict[str, Callable[..., Any]] = {
        "subscribe": subscribe_all,
        "wait": wait,
        "jump": jump,
        "tell": tell,
    }
    print("ready", flush=True)
    for line in sys.stdin:
        action, *arguments = line.split()
        print(json.dumps(actions[action](*arguments)), flush=True)


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
    """Come back as soon as a run that goes on is just that far, or all have ended."""
    deadline = time.monotonic() + 90
    while not _is_at(STEPS.index(step)):
        assert time.monotonic() < deadline, f"no run came to {step}"
        time.sleep(0.002)


def jump(hours: str) -> None:
    """Move all planned times to where they are for a clock that has jumped; what has been used up stays used up."""
    from django.db.models import F
    from django.utils import timezone

    from hedgerow.subscriptions.models import Subscription
    from hedgerow.work.models import Schedule

    by = timedelta(hours=int(hours))
    Subscription.objects.update(start_date=F("start_date") - by, next_delivery_date=F("next_delivery_date") - by)
    looking = Schedule.objects.filter(kind="subscriptions.dispatch")
    looking.update(due_at=timezone.now())
    deadline = time.monotonic() + 60
    while not looking.filter(due_at__gt=timezone.now()).exists():
        assert time.monotonic() < deadline, "the dispatcher did not look"
        time.sleep(0.02)


def tell() -> list[dict[str, Any]]:
    """All runs with their messages."""
    from hedgerow.subscriptions.models import Delivery

    runs = Delivery.objects.order_by("created_at").prefetch_related("sendings")
    return [
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
    main()
