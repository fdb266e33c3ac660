"""Asking for definitions through the API, for tests."""

import uuid
from typing import Any

import orjson
from django.http import HttpResponse

from hedgerow.projects.models import Project
from tests.accounts import Account, make_account


class Definitions:
    """The event or property definitions of a project under one of its two paths."""

    def __init__(self, account: Account, mount: str = "projects", resource: str = "event_definitions") -> None:
        self.client = account.api()
        self.path = f"/api/{mount}/{account.project.pk}/{resource}/"

    def get(self, path: str = "", **query: Any) -> HttpResponse:
        return self.client.get(self.path + path, query)

    def send(self, method: str, path: str = "", body: Any = None) -> HttpResponse:
        return self.client.generic(method, self.path + path, orjson.dumps(body), content_type="application/json")

    def names(self, **query: Any) -> list[str]:
        """The names on a page of the list."""
        answer = self.get(**query)
        assert answer.status_code == 200, answer.content
        return [row["name"] for row in answer.json()["results"]]


def account_of_its_own() -> Account:
    """A person with a project whose id has never been used before: events outlive the tests' records."""
    found = make_account()
    Project.objects.filter(pk=found.project.pk).update(id=uuid.uuid4().int % 2_000_000_000 + 1_000)
    found.project = Project.objects.get(organization=found.organization)
    return found
