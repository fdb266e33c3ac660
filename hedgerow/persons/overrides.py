"""Folding: past events of merged persons are rewritten to the surviving person."""

from hedgerow.eventstore.client import EventStore


def fold_overrides(event_store: EventStore) -> int:
    """Rewrite the events of overridden distinct ids; the number of distinct ids whose override was removed."""
    raise NotImplementedError
