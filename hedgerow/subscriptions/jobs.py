"""The kinds of durable work that subscriptions need. What they do is imported when it is done."""

from datetime import timedelta

from hedgerow.work.jobs import Attempt, every, job


@every(timedelta(minutes=1))
@job("subscriptions.dispatch")
def dispatch(attempt: Attempt) -> None:
    """Begin the runs whose time has come."""
    from hedgerow.subscriptions import dispatching

    dispatching.dispatch_due()


@job("subscriptions.deliver", at_once=3)
def deliver(attempt: Attempt, delivery_id: str, number: int = 1) -> None:
    """Do what is left to do of a run."""
    from hedgerow.subscriptions import running

    running.deliver(attempt, delivery_id, number)


@job("subscriptions.tell_of_failure")
def tell_of_failure(attempt: Attempt, delivery_id: str) -> None:
    """Write to who made a subscription that it could not be delivered."""
    from hedgerow.subscriptions import failures

    failures.tell_of_failure(delivery_id)


@every(timedelta(minutes=5))
@job("subscriptions.end_abandoned")
def end_abandoned(attempt: Attempt) -> None:
    """End runs that nobody will go on with."""
    from hedgerow.subscriptions import running

    running.end_abandoned()
