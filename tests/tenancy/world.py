"""The two organizations of a test, and what may not happen between them."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from hedgerow.eventstore.client import EventStore
from tests.tenancy.callers import Answer, Caller, undone
from tests.tenancy.filled import Filled, fill
from tests.tenancy.watching import Watch, all_rows, kept


@dataclass(frozen=True)
class World:
    """`own` is the callers' organization, `other` the one that is none of their business."""

    own: Filled
    other: Filled
    watch: Watch
    store: EventStore
    kept_before: dict[str, Any]

    def call(self, caller: Caller, method: str, address: str, body: Any = None) -> tuple[Answer, list[str]]:
        """The answer to a request, which then is taken back, and what was wrong with it whatever its status."""
        return self.look_at(lambda: caller.call(method, address, body))

    def send_form(self, caller: Caller, method: str, address: str, fields: dict[str, Any]) -> tuple[Answer, list[str]]:
        """The same of a visit of a page, or of a form sent to it."""
        return self.look_at(lambda: caller.send_form(method, address, fields))

    def look_at(self, do: Callable[[], Answer]) -> tuple[Answer, list[str]]:
        """The same of anything that is done and has an answer."""

        def called() -> Answer:
            nonlocal faults
            with self.watch.looking() as faults_now:
                answer = do()
                faults = faults_now()
            return answer

        faults: list[str] = []
        answer = undone(called)
        if self.other.word in answer.text:
            faults.append("the answer tells what is the other organization's")
        return answer, faults

    def is_whole(self) -> bool:
        """Whether everything of the other organization is still in the event store and among the files."""
        return self.kept_before == kept(self.store, self.other.account.project.pk)


def make_world(event_store: EventStore, spool: Path) -> World:
    """Fill both; what comes into being last is watched."""
    own = fill("meadow", event_store, spool, group_type_index=0)
    before = all_rows()
    other = fill("quarry", event_store, spool, group_type_index=1)
    watch = Watch(before, all_rows())
    return World(own, other, watch, event_store, kept(event_store, other.account.project.pk))
