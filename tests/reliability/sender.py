"""A client that keeps sending and remembers exactly what the server accepted."""

import threading
import time
import uuid
from dataclasses import dataclass, field
from typing import Any

import httpx

PAUSE_SECONDS = 0.05
"""Between two batches: the tests are about being killed, not about speed."""


@dataclass
class Accepted:
    """What the server answered 200 to, and what it may or may not have stored when it died while answering."""

    events: set[str] = field(default_factory=set)
    unsure: set[str] = field(default_factory=set)
    people: set[str] = field(default_factory=set)


class Sender(threading.Thread):
    """Sends batches of events until `stop`; each batch names one new person and repeats on failure like SDKs do.

    A batch without an answer is sent again with the same uuids until it is accepted, so in the end nothing is unsure
    unless `give_up` is set.
    """

    def __init__(self, url: str, token: str, name: str, batch_size: int = 20) -> None:
        super().__init__(name=name, daemon=True)
        self.accepted = Accepted()
        self.failures = 0
        self._url = url
        self._token = token
        self._batch_size = batch_size
        self._stopping = threading.Event()

    def stop(self) -> None:
        """Finish the batch at hand, repeating it until it is accepted, and end."""
        self._stopping.set()

    def give_up(self) -> None:
        """End without repeating the batch at hand, as a client that is closed."""
        self._given_up = True
        self._stopping.set()

    _given_up = False

    def run(self) -> None:
        number = 0
        with httpx.Client(timeout=10, trust_env=False) as client:
            while not self._stopping.is_set():
                number += 1
                person = f"{self.name}-{number}-{uuid.uuid4()}"
                batch = self._batch(person)
                uuids = {event["uuid"] for event in batch}
                while not self._send(client, batch):
                    self.failures += 1
                    self.accepted.unsure |= uuids
                    if self._given_up:
                        return
                    time.sleep(0.05)
                self.accepted.unsure -= uuids
                self.accepted.events |= uuids
                self.accepted.people.add(person)
                time.sleep(PAUSE_SECONDS)

    def _batch(self, person: str) -> list[dict[str, Any]]:
        identify = {
            "event": "$identify",
            "distinct_id": person,
            "uuid": str(uuid.uuid4()),
            "properties": {"$anon_distinct_id": f"anonymous-{person}", "$set": {"name": person}},
        }
        return [identify] + [
            {"event": "step", "distinct_id": person, "uuid": str(uuid.uuid4()), "properties": {"number": number}}
            for number in range(self._batch_size - 1)
        ]

    def _send(self, client: httpx.Client, batch: list[dict[str, Any]]) -> bool:
        try:
            answer = client.post(f"{self._url}/batch/", json={"api_key": self._token, "batch": batch})
        except httpx.HTTPError:
            return False
        assert answer.status_code in {200, 503}, answer.text
        return answer.status_code == httpx.codes.OK
