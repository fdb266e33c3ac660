"""Event definitions from a batch of events, within the caller's transaction."""

from collections.abc import Sequence

from hedgerow.spool.lines import Line


def record_event_names(lines: Sequence[Line]) -> None:
    """Make a definition for each new event name of the lines (of kinds 1 to 3), and move on when it was last seen."""
    raise NotImplementedError
