"""The kinds of durable work that persons need.

What they do is imported when it is done: this module is loaded with Django, also by commands that change nobody.
"""

from hedgerow.work.jobs import Attempt, job


@job("persons.delete_events")
def delete_events(attempt: Attempt) -> None:
    """Remove the events of persons whose events are to be deleted."""
    from hedgerow.persons import event_deletion

    event_deletion.delete_events(attempt)


@job("persons.split")
def split(attempt: Attempt, person_pk: int, distinct_ids: list[str]) -> None:
    """Make distinct ids of a person, as many as it still has, persons of their own."""
    from hedgerow.persons import splitting

    splitting.move_later(person_pk, distinct_ids)
