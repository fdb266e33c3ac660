"""The kinds of durable work that exports need. What they do is imported when it is done."""

from datetime import timedelta

from hedgerow.work.jobs import Attempt, every, job


@job("exports.draw", at_once=2)
def draw(attempt: Attempt, asset_id: int, number: int = 1) -> None:
    """Make a picture."""
    from hedgerow.exports import making

    making.work_on(attempt, asset_id, number)


@job("exports.tabulate", at_once=2)
def tabulate(attempt: Attempt, asset_id: int, number: int = 1) -> None:
    """Make a table, which may take long: pictures do not wait for it."""
    from hedgerow.exports import making

    making.work_on(attempt, asset_id, number)


@job("exports.film")
def film(attempt: Attempt, asset_id: int, number: int = 1) -> None:
    """Make a picture or a film of a recording, one after the other: a browser and an encoder are at it."""
    from hedgerow.exports import making

    making.work_on(attempt, asset_id, number)


@every(timedelta(hours=1))
@job("exports.forget_expired")
def forget_expired(attempt: Attempt) -> None:
    """Remove exports whose time is over, and files that belong to none."""
    from hedgerow.exports import expiry

    expiry.forget_expired()
