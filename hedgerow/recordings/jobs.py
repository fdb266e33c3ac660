"""The kinds of durable work that recordings need. What they do is imported when it is done."""

from datetime import timedelta

from hedgerow.work.jobs import Attempt, every, job


@job("recordings.remove")
def remove(attempt: Attempt, project_id: int, session_ids: list[str]) -> None:
    """Remove what was recorded of sessions."""
    from hedgerow.recordings import removing

    removing.remove_now(project_id, session_ids)


@job("recordings.remove_of_persons")
def remove_of_persons(
    attempt: Attempt, project_id: int, distinct_ids: list[str], until: str, user_id: int | None
) -> None:
    """Remove the recordings of persons who have been deleted."""
    from hedgerow.recordings import removing

    removing.remove_of_persons(attempt, project_id, distinct_ids, until, user_id)


@job("recordings.erase_project")
def erase_project(attempt: Attempt, project_id: int) -> None:
    """Remove what was recorded for a deleted project."""
    from hedgerow.recordings import retention

    retention.erase_project(project_id)


@every(timedelta(hours=1))
@job("recordings.remove_expired")
def remove_expired(attempt: Attempt) -> None:
    """Remove recordings whose time is over."""
    from hedgerow.recordings import retention

    retention.remove_expired()


@every(timedelta(minutes=10))
@job("recordings.remove_late")
def remove_late(attempt: Attempt) -> None:
    """Remove what has come in of recordings after they were deleted."""
    from hedgerow.recordings import removing

    removing.remove_late()
