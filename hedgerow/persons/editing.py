"""The lock under which persons and distinct ids are changed."""

from collections.abc import Iterator
from contextlib import contextmanager
from uuid import UUID, uuid4

from django.db import transaction

from hedgerow.eventstore.client import EventStoreError, event_store
from hedgerow.eventstore.copies import flush
from hedgerow.persons.models import PersonEdits

_ROW = 1


@contextmanager
def editing_persons() -> Iterator[None]:
    """A transaction in which anyone but the loader may change persons and distinct ids.

    The loader waits until it is over and then reads anew what it had remembered of distinct ids.
    """
    with transaction.atomic():
        lock_persons()
        PersonEdits.objects.filter(pk=_ROW).update(stamp=uuid4())
        yield


@contextmanager
def editing_persons_at_once() -> Iterator[None]:
    """The same, with the copies in the event store afterwards, if it can be reached; else they follow."""
    with editing_persons():
        yield
    try:
        flush(event_store())
    except EventStoreError:
        return  # the loader copies them as soon as it can


def lock_persons() -> UUID:
    """Keep everybody else from changing persons until the caller's transaction ends.

    The answer is another one after persons have been edited. (SQLite has one writer at a time anyway.)
    """
    row, _ = PersonEdits.objects.select_for_update().get_or_create(pk=_ROW)
    return row.stamp
