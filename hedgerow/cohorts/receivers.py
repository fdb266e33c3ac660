"""What cohorts do when something happens elsewhere.

What follows is imported when it is needed: this module is loaded with Django, also by commands that ask no queries.
"""

from collections.abc import Collection
from typing import Any

from django.dispatch import receiver

from hedgerow.persons.signals import persons_deleted, persons_merged


@receiver(persons_merged)
def follow_merges(targets: dict[int, int], **kwargs: Any) -> None:
    """The survivors of merges take over memberships."""
    from hedgerow.cohorts import lists

    lists.follow_merges(targets)


@receiver(persons_deleted)
def forget_persons(person_pks: Collection[int], **kwargs: Any) -> None:
    """Deleted persons leave all lists."""
    from hedgerow.cohorts import lists

    lists.forget_persons(person_pks)
