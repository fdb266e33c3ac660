"""Property definitions from the events that came in lately."""

from datetime import datetime

from hedgerow.eventstore.client import EventStore
from hedgerow.persons.warnings import RecordingWarning


def infer_properties(event_store: EventStore, since: datetime, until: datetime) -> list[RecordingWarning]:
    """Define the properties of events stored in `[since, until)`."""
    raise NotImplementedError
