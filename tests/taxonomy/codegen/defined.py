"""A project on a running server in which events of hostile names are defined."""

import json
from dataclasses import dataclass
from typing import Any, Self

from hedgerow.taxonomy.codegen.described import DescribedEvent
from tests.serving import Server
from tests.taxonomy.codegen.hostile import KNOWN_TYPES, hostile_events


@dataclass
class DefinedProject:
    """The project and what is defined in it."""

    server: Server
    id: int
    token: str
    events: list[DescribedEvent]

    def generated(self, language: str) -> str:
        """The file for a language."""
        answer = self.server.api.get(f"/api/projects/{self.id}/event_definitions/{language}/")
        assert answer.status_code == 200, answer.text
        assert answer.json()["event_count"] == len(self.events)
        content: str = answer.json()["content"]
        return content

    def received(self, distinct_id: str) -> dict[str, dict[str, Any]]:
        """The properties of each event of a sender, once all have arrived."""
        query = "select event, properties from events where distinct_id = {distinct_id} limit 1000"
        rows = self.server.wait_for_rows(query, len(self.events), project_id=self.id, distinct_id=distinct_id)
        return {event: json.loads(properties) for event, properties in rows}

    @classmethod
    def make(cls, server: Server) -> Self:
        """A project of its own, so that its events are nowhere else."""
        made = server.api.post(f"/api/organizations/{server.organization_id}/projects/", json={"name": "Hostile"})
        assert made.status_code == 201, made.text
        project = cls(server, made.json()["id"], made.json()["api_token"], hostile_events(KNOWN_TYPES))
        for event in project.events:
            project._define(event)
        return project

    def _define(self, event: DescribedEvent) -> None:
        definitions = f"/api/projects/{self.id}/event_definitions/"
        answer = self.server.api.post(definitions, json={"name": event.name})
        assert answer.status_code == 201, answer.text
        schema = [
            {"name": each.name, "property_type": each.type, "is_required": each.is_required}
            for each in event.properties
        ]
        if schema:
            answer = self.server.api.put(f"{definitions}{answer.json()['id']}/schema/", json={"properties": schema})
            assert answer.status_code == 200, answer.text
