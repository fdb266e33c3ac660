"""What people should know about an event that was stored but not obeyed in full."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from hedgerow.spool.lines import Line


@dataclass(frozen=True)
class RecordingWarning:
    """One ingestion warning: its `type` (a fixed tag) and details, raised by the event of `line`."""

    line: Line
    type: str
    details: Mapping[str, object] = field(default_factory=dict)
