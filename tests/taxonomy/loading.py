"""Events through the spool and the loader, for tests."""

from collections.abc import Sequence

from django.conf import settings

from hedgerow.eventstore.client import event_store
from hedgerow.loader.service import Loader
from hedgerow.spool.lines import Line
from tests.loader.spooling import write_segment


def load(lines: Sequence[Line]) -> int:
    """Load lines as a segment of their own; the number of events stored."""
    write_segment(settings.HEDGEROW, lines)
    return Loader(settings.HEDGEROW, event_store()).load_once()
