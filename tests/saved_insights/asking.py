"""Saved insights over HTTP, as the tests ask for them."""

import json
from dataclasses import dataclass
from typing import Any

from django.test import Client

from hedgerow.dashboards.models import Dashboard
from tests.accounts import Account

TRENDS = {"kind": "TrendsQuery", "series": [{"kind": "EventsNode", "event": "$pageview"}]}
HOGQL = {"kind": "HogQLQuery", "query": "SELECT 1 AS one"}


@dataclass
class Insights:
    """The insights of one project."""

    account: Account
    client: Client

    def send(self, method: str, rest: str = "", body: Any = None, mount: str = "projects", **query: Any) -> Any:
        """Any request below the insights."""
        return self.client.generic(
            method,
            f"/api/{mount}/{self.account.project.pk}/insights/{rest}",
            data=b"" if body is None else json.dumps(body),
            content_type="application/json",
            query_params=query,
        )

    def make(self, **fields: Any) -> dict[str, Any]:
        """A new insight, as answered."""
        answer = self.send("POST", body={"name": "Visits", "query": TRENDS, **fields})
        assert answer.status_code == 201, answer.content
        made: dict[str, Any] = answer.json()
        return made

    def get(self, insight: dict[str, Any], **query: Any) -> dict[str, Any]:
        """An insight that is there."""
        answer = self.send("GET", f"{insight['id']}/", **query)
        assert answer.status_code == 200, answer.content
        found: dict[str, Any] = answer.json()
        return found

    def change(self, insight: dict[str, Any], **fields: Any) -> dict[str, Any]:
        """An insight after a change."""
        answer = self.send("PATCH", f"{insight['id']}/", fields)
        assert answer.status_code == 200, answer.content
        changed: dict[str, Any] = answer.json()
        return changed

    def refused(self, insight: dict[str, Any], **fields: Any) -> tuple[int, dict[str, Any]]:
        """Status and body of the answer to a change that is not made."""
        answer = self.send("PATCH", f"{insight['id']}/", fields)
        return answer.status_code, answer.json()

    def names(self, **query: Any) -> list[str]:
        """The names of those in a list."""
        answer = self.send("GET", **query)
        assert answer.status_code == 200, answer.content
        return [each["name"] for each in answer.json()["results"]]

    def history(self, insight: dict[str, Any]) -> list[dict[str, Any]]:
        """What was done to an insight, the newest first."""
        answer = self.send("GET", f"{insight['id']}/activity/")
        assert answer.status_code == 200, answer.content
        entries: list[dict[str, Any]] = answer.json()["results"]
        return entries

    def dashboard(self, name: str = "Board", **fields: Any) -> Dashboard:
        """A dashboard of the project, made by the account's person."""
        return Dashboard.objects.create(
            project=self.account.project, name=name, **{"created_by": self.account.user, **fields}
        )
