"""A project of which sessions are recorded, and its API."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.http import HttpResponse

from hedgerow.organizations.models import User
from hedgerow.persons.models import Person
from hedgerow.projects.models import Project
from hedgerow.work.worker import do_waiting_jobs
from tests.queries.asking import Api, make_api
from tests.recordings.spooling import piece
from tests.web.peopled import make_person


@dataclass
class Recorder:
    """Records sessions of a project as if browsers had sent them, and asks its API as somebody with a key."""

    api: Api
    user: User
    load: Callable[..., Path]

    def record(self, session: str, *items: Any, window: str = "w1", distinct_id: str = "ann") -> str:
        """A block of a session with these rrweb events; its id."""
        self.load(piece(self.api.project.pk, session, *items, window=window, distinct_id=distinct_id))
        return session

    def beside(self, project: Project) -> "Recorder":
        """Somebody else, with a key to that project."""
        return Recorder(make_api(project, self.api.store, scopes=["*"]), self.user, self.load)

    def person(self, *distinct_ids: str, **properties: Any) -> Person:
        """A person who is known by these distinct ids."""
        return make_person(_Peopled(self.api.project, self.api), *distinct_ids, **properties)  # type: ignore[arg-type]

    def get(self, path: str = "", **query: Any) -> HttpResponse:
        """What is below the recordings; values that are no texts are sent as JSON."""
        given = {key: value if isinstance(value, str) else json.dumps(value) for key, value in query.items()}
        headers = {"Authorization": f"Bearer {self.api.key}"}
        return self.api.client.get(self.address(path), given, headers=headers)  # type: ignore[return-value]

    def send(self, method: str, path: str = "", body: Any = None) -> HttpResponse:
        """A request that changes something."""
        return self.api.send(method, f"session_recordings/{path}", body)

    def listed(self, **query: Any) -> list[str]:
        """The ids of a list."""
        answer = self.get(**query)
        assert answer.status_code == 200, answer.content.decode()
        return [each["id"] for each in answer.json()["results"]]

    def address(self, path: str = "") -> str:
        """A path below the recordings."""
        return f"/api/projects/{self.api.project.pk}/session_recordings/{path}"

    def finish(self) -> None:
        """Do the work that waits."""
        do_waiting_jobs()


@dataclass
class _Peopled:
    project: Project
    events: Api


def read(answer: Any) -> bytes:
    """The body of an answer that is sent piece by piece."""
    assert answer.status_code == 200, answer.content.decode()
    return b"".join(answer.streaming_content)
