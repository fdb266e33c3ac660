"""Persons over the API in tests: events recorded and stored as the loader does it, requests, and what is seen of it."""

import json
import uuid
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from django.conf import settings
from django.http import HttpResponse
from django.test import Client

from hedgerow.eventstore.client import EventStore
from hedgerow.loader.service import Loader
from hedgerow.persons.identity import default_person_uuid
from hedgerow.persons.models import Person
from hedgerow.projects.models import Project
from hedgerow.queries.runner import run_query
from hedgerow.spool.lines import Line, encode_lines
from hedgerow.spool.segments import Segment, lane_directory
from tests.accounts import Account, make_account


def make_own_account() -> Account:
    """A person with a project whose id has never been used: events outlive the records of tests."""
    found = make_account()
    Project.objects.filter(pk=found.project.pk).update(id=uuid.uuid4().int % 2_000_000_000 + 1_000)
    found.project = Project.objects.get(organization=found.organization)
    return found


class Persons:
    """The persons of a project under one of its paths."""

    def __init__(self, account: Account, store: EventStore, path: str | None = None, client: Client | None = None):
        self.account = account
        self.project = account.project
        self.store = store
        self.client = client or account.api()
        self.path = path or f"/api/projects/{account.project.pk}/persons/"

    def happen(self, *lines: Line, received: datetime | None = None) -> None:
        """Events come in, now or at the time given, and are loaded."""
        for line in lines:
            line.t = self.project.pk
            line.now = f"{received or datetime.now(UTC):%Y-%m-%d %H:%M:%S.%f}"
        segment = Segment(lane_directory(settings.HEDGEROW.spool_dir, "live"), f"{0:013d}-test-{uuid.uuid4().hex}")
        segment.append(encode_lines(lines))
        segment.close()
        self.load()

    def load(self) -> None:
        """What has come in is loaded, such as events that the server itself wrote."""
        Loader(settings.HEDGEROW, self.store).load_once()

    def send(self, method: str, path: str = "", body: Any = None, **query: Any) -> HttpResponse:
        """A request below `persons/`."""
        return self.client.generic(
            method,
            self.path + path,
            data=b"" if body is None else json.dumps(body),
            content_type="application/json",
            query_params=query,
        )

    def get(self, path: str = "", **query: Any) -> Any:
        """The body of an answer that is no error."""
        answer = self.send("GET", path, **query)
        assert answer.status_code == 200, answer.content.decode()
        return answer.json()

    def uuid(self, distinct_id: str) -> str:
        """The uuid of the person made by a distinct id."""
        return str(default_person_uuid(self.project.pk, distinct_id))

    def of(self, distinct_id: str) -> dict[str, Any] | None:
        """The person a distinct id belongs to, as the list shows it."""
        found = self.get(distinct_id=distinct_id)["results"]
        return found[0] if found else None

    def at(self, distinct_id: str) -> str:
        """The path of the person a distinct id belongs to."""
        return f"{Person.objects.get(project=self.project, distinct_ids__distinct_id=distinct_id).uuid}/"

    def rows(self, query: str, **values: Any) -> list[list[Any]]:
        """The rows of a query over the project."""
        asked = {"kind": "HogQLQuery", "query": query, "values": values}
        rows: list[list[Any]] = run_query(self.project, asked, refresh="force_blocking")["results"]
        return rows

    def event_persons(self) -> dict[str, set[str]]:
        """By distinct id the persons its events count as."""
        found: dict[str, set[str]] = {}
        for distinct_id, person in self.rows("SELECT DISTINCT distinct_id, toString(person_id) FROM events"):
            found.setdefault(distinct_id, set()).add(person)
        return found

    def refused(self, method: str, path: str = "", body: Any = None, **query: Any) -> Mapping[str, Any]:
        """The error of a request that cannot be."""
        answer = self.send(method, path, body, **query)
        assert 400 <= answer.status_code < 500, (answer.status_code, answer.content)
        return {"status": answer.status_code, **answer.json()}


def names(rows: Sequence[Mapping[str, Any]]) -> list[str]:
    """What the persons of a list are called."""
    return [row["name"] for row in rows]
