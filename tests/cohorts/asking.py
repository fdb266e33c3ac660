"""Cohorts over the API in tests: persons and events put into the stores, cohorts made, calculated and looked at."""

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from django.http import HttpResponse

from hedgerow.eventstore.client import EventStore
from hedgerow.eventstore.copies import enqueue, flush
from hedgerow.persons.identity import default_person_uuid
from hedgerow.persons.models import Person, PersonDistinctId
from hedgerow.persons.records import engine_time
from hedgerow.projects.models import Project
from hedgerow.work.worker import do_waiting_jobs
from tests.queries.asking import Api, make_api

MADE = datetime(2024, 1, 1, tzinfo=UTC)


class Cohorts:
    """The cohorts of one project, as a program with a key to everything sees them."""

    def __init__(self, project: Project, store: EventStore) -> None:
        self.project = project
        self.api: Api = make_api(project, store, ["*"])
        self.store = store

    def add_people(self, people: Mapping[str, Mapping[str, Any]], created_at: datetime = MADE) -> None:
        """Make persons with their properties; each is known by the distinct id that is its name."""
        for name, properties in people.items():
            uuid = self.person(name)
            person = Person.objects.create(
                project=self.project, uuid=uuid, properties=dict(properties), created_at=created_at
            )
            PersonDistinctId.objects.create(project=self.project, person=person, distinct_id=name)
            enqueue(
                "persons",
                [
                    {
                        "team_id": self.project.pk,
                        "id": str(uuid),
                        "created_at": engine_time(created_at),
                        "is_identified": False,
                        "properties": dict(properties),
                        "properties_raw": json.dumps(properties),
                        "last_seen_at": None,
                        "version": 0,
                        "is_deleted": 0,
                    }
                ],
            )
            enqueue(
                "person_distinct_ids",
                [
                    {
                        "team_id": self.project.pk,
                        "distinct_id": name,
                        "person_id": str(uuid),
                        "version": 0,
                        "is_deleted": 0,
                    }
                ],
            )
        flush(self.store)

    def person(self, name: str) -> UUID:
        """The uuid of the person of that name."""
        return default_person_uuid(self.project.pk, name)

    def send(self, method: str, path: str = "", body: Any = None, key: str | None = None) -> HttpResponse:
        """A request below `cohorts/`."""
        return self.api.send(method, f"cohorts/{path}", body, key)

    def make(self, **fields: Any) -> dict[str, Any]:
        """A new cohort, as it is answered."""
        response = self.send("POST", body=fields)
        assert response.status_code == 201, response.content.decode()
        made: dict[str, Any] = response.json()
        return made

    def change(self, cohort_id: int, **fields: Any) -> dict[str, Any]:
        """A changed cohort, as it is answered."""
        response = self.send("PATCH", f"{cohort_id}/", fields)
        assert response.status_code == 200, response.content.decode()
        changed: dict[str, Any] = response.json()
        return changed

    def get(self, cohort_id: int) -> dict[str, Any]:
        """A cohort as it is now."""
        response = self.send("GET", f"{cohort_id}/")
        assert response.status_code == 200, response.content.decode()
        found: dict[str, Any] = response.json()
        return found

    def refused(self, method: str = "POST", path: str = "", **fields: Any) -> dict[str, Any]:
        """The error of a request that cannot be."""
        response = self.send(method, path, fields)
        assert response.status_code == 400, (response.status_code, response.content.decode())
        error: dict[str, Any] = response.json()
        assert error["type"] == "validation_error"
        return error

    def members(self, cohort_id: int, query: str = "") -> list[str]:
        """The names of the members, in alphabetical order."""
        response = self.send("GET", f"{cohort_id}/persons/{query}")
        assert response.status_code == 200, response.content.decode()
        return sorted(row["distinct_ids"][0] for row in response.json()["results"])

    def members_by(self, *values: dict[str, Any], type: str = "AND") -> list[str]:
        """The members of a new cohort with these criteria, once it has been calculated."""
        cohort = self.make(filters=criteria(*values, type=type))
        do_waiting_jobs()
        now = self.get(cohort["id"])
        assert now["last_error_message"] is None, now["last_error_message"]
        names = self.members(cohort["id"])
        assert now["count"] == len(names)
        return names


def criteria(*values: dict[str, Any], type: str = "AND") -> dict[str, Any]:
    """The filters of a cohort."""
    return {"properties": {"type": type, "values": list(values)}}


def person(key: str, value: Any, operator: str = "exact", **fields: Any) -> dict[str, Any]:
    """A leaf on a property."""
    return {"type": "person", "key": key, "operator": operator, "value": value, **fields}


def did(event: str | int, kind: str = "performed_event", days: int = 30, **fields: Any) -> dict[str, Any]:
    """A leaf on behaviour in the last days."""
    return {
        "type": "behavioral",
        "key": event,
        "event_type": "events",
        "value": kind,
        "time_value": days,
        "time_interval": "day",
        **fields,
    }
