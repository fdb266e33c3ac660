"""Asking the query endpoint with a key to a project, and putting events straight into the event store."""

import json
import uuid
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from django.http import HttpResponse
from django.test import Client

from hedgerow.eventstore.client import EventStore
from hedgerow.organizations.keys import hash_key, make_key, mask_key
from hedgerow.organizations.models import Membership, Organization, PersonalAPIKey, User
from hedgerow.persons.identity import default_person_uuid
from hedgerow.projects.models import Project


@dataclass
class Api:
    """The query endpoint of one project, as a program with a personal API key sees it."""

    project: Project
    key: str
    store: EventStore
    client: Client = field(default_factory=Client)

    def send(self, method: str, path: str, body: Any = None, key: str | None = None) -> HttpResponse:
        """Any request below the project."""
        return self.client.generic(
            method,
            f"/api/projects/{self.project.pk}/{path}",
            data=b"" if body is None else json.dumps(body),
            content_type="application/json",
            headers={"Authorization": f"Bearer {key or self.key}"},
        )

    def ask(self, query: dict[str, Any], **body: Any) -> HttpResponse:
        """Run a query."""
        return self.send("POST", "query/", {"query": query, **body})

    def answer(self, query: dict[str, Any], **body: Any) -> dict[str, Any]:
        """The body of the answer to a query that can be answered."""
        response = self.ask(query, **body)
        assert response.status_code == 200, response.content.decode()
        found: dict[str, Any] = response.json()
        return found

    def hogql(self, text: str, **fields: Any) -> dict[str, Any]:
        """The answer to HogQL, computed anew."""
        return self.answer({"kind": "HogQLQuery", "query": text, **fields}, refresh="force_blocking")

    def rows(self, text: str, **fields: Any) -> list[list[Any]]:
        """The rows of HogQL."""
        rows: list[list[Any]] = self.hogql(text, **fields)["results"]
        return rows

    def fault(self, query: dict[str, Any] | str, **body: Any) -> dict[str, Any]:
        """The error of a query that cannot be answered."""
        query = {"kind": "HogQLQuery", "query": query} if isinstance(query, str) else query
        response = self.ask(query, **body)
        assert response.status_code == 400, (response.status_code, response.content.decode())
        found: dict[str, Any] = response.json()
        assert set(found) >= {"type", "code", "detail", "attr"}
        return found

    def store_event(
        self, event: str = "$pageview", distinct_id: str = "ada", at: datetime | None = None, **columns: Any
    ) -> str:
        """Store one event; `properties` and other columns by name. Its uuid."""
        return self.store_events([{"event": event, "distinct_id": distinct_id, "timestamp": at, **columns}])[0]

    def store_events(self, events: list[dict[str, Any]]) -> list[str]:
        """Store events; their uuids."""
        rows = [stored_row(self.project.pk, event) for event in events]
        lines = "\n".join(json.dumps(row) for row in rows)
        columns = ", ".join(f"`{name}`" for name in rows[0])
        self.store.command(f"INSERT INTO events ({columns}) FORMAT JSONEachRow\n{lines}")
        return [row["uuid"] for row in rows]


def stored_row(team_id: int, event: dict[str, Any]) -> dict[str, Any]:
    """A row of the table of events."""
    at = event.get("timestamp") or datetime.now(UTC)
    text = at.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S.%f")
    distinct_id = event.get("distinct_id", "ada")
    properties = event.get("properties", {})
    return {
        "team_id": team_id,
        "uuid": str(event.get("uuid") or uuid.uuid4()),
        "event": event.get("event", "$pageview"),
        "timestamp": text,
        "created_at": text,
        "distinct_id": distinct_id,
        "person_id": str(event.get("person_id") or default_person_uuid(team_id, distinct_id)),
        "person_mode": event.get("person_mode", "full"),
        "elements_chain": event.get("elements_chain", ""),
        "$group_0": event.get("$group_0", ""),
        "$session_id": event.get("$session_id", ""),
        "properties": properties,
        "properties_raw": json.dumps(properties),
    }


def make_api(project: Project, store: EventStore, scopes: list[str] | None = None) -> Api:
    """A new member of the project's organization with a key."""
    user = User.objects.create_user(f"{uuid.uuid4().hex}@example.com", "a password")
    Membership.objects.create(user=user, organization=project.organization)
    value = make_key()
    PersonalAPIKey.objects.create(
        user=user,
        label="tests",
        secure_value=hash_key(value),
        mask_value=mask_key(value),
        scopes=["query:read"] if scopes is None else scopes,
    )
    return Api(project, value, store)


def make_project(name: str = "Other", timezone: str = "UTC") -> Project:
    """A project in an organization of its own."""
    organization = Organization.objects.create(name=name)
    return Project.objects.create(
        id=uuid.uuid4().int % 2_000_000_000 + 1_000, organization=organization, name=name, timezone=timezone
    )
