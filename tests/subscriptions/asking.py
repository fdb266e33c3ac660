"""Subscriptions over HTTP, as the tests ask for them."""

import json
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from django.http import HttpResponse
from django.test import Client

from hedgerow.dashboards.models import Dashboard, Tile
from hedgerow.integrations.models import Integration
from hedgerow.projects.models import Project
from hedgerow.saved_insights.models import Insight
from hedgerow.subscriptions.models import Delivery, Subscription
from tests.accounts import Account

TRENDS = {"kind": "TrendsQuery", "series": [{"kind": "EventsNode", "event": "$pageview"}]}
START = (datetime.now(UTC) - timedelta(days=30)).replace(hour=9, minute=0, second=0, microsecond=0)


def make_insight(project: Project, name: str | None = "Visits", **fields: Any) -> Insight:
    """A saved insight."""
    return Insight.objects.create(project=project, name=name, query=TRENDS, **fields)


def make_dashboard(project: Project, *insights: Insight, **fields: Any) -> Dashboard:
    """A dashboard with insights on it."""
    dashboard = Dashboard.objects.create(project=project, **{"name": "Board", **fields})
    for insight in insights:
        Tile.objects.create(dashboard=dashboard, insight=insight)
    return dashboard


def make_slack(project: Project, **fields: Any) -> Integration:
    """A connection to Slack."""
    return Integration.objects.create(
        project=project, **{"kind": "slack", "integration_id": f"T{Integration.objects.count()}", **fields}
    )


@dataclass
class Subscriptions:
    """The subscriptions of one project."""

    account: Account
    client: Client

    @property
    def project(self) -> Project:
        """Whose they are."""
        return self.account.project

    def send(self, method: str, rest: str = "", body: Any = None, mount: str = "projects", **query: Any) -> Any:
        """Any request below the subscriptions."""
        return self.client.generic(
            method,
            f"/api/{mount}/{self.project.pk}/subscriptions/{rest}",
            data=b"" if body is None else json.dumps(body),
            content_type="application/json",
            query_params=query,
        )

    def fields(self, **fields: Any) -> dict[str, Any]:
        """What is said of a new weekly one to one address, of a new insight if nothing else is said."""
        given = {
            "target_type": "email",
            "target_value": "a@example.com",
            "frequency": "weekly",
            "start_date": START.isoformat(),
            **fields,
        }
        if "insight" not in given and "dashboard" not in given:
            given["insight"] = make_insight(self.project).pk
        return {name: value for name, value in given.items() if value is not ...}

    def ask(self, **fields: Any) -> HttpResponse:
        """The answer to making one."""
        answer: HttpResponse = self.send("POST", body=self.fields(**fields))
        return answer

    def make(self, **fields: Any) -> dict[str, Any]:
        """A new one, as answered."""
        return told(self.ask(**fields), 201)

    def get(self, subscription: dict[str, Any]) -> dict[str, Any]:
        """One that is there."""
        return told(self.send("GET", f"{subscription['id']}/"))

    def change(self, subscription: dict[str, Any], **fields: Any) -> dict[str, Any]:
        """One after a change."""
        return told(self.send("PATCH", f"{subscription['id']}/", fields))

    def refused(self, subscription: dict[str, Any] | None = None, **fields: Any) -> dict[str, Any]:
        """The error of one that cannot be made, or of a change that cannot."""
        if subscription is None:
            return told(self.ask(**fields), 400)
        return told(self.send("PATCH", f"{subscription['id']}/", fields), 400)

    def ids(self, **query: Any) -> list[int]:
        """The ids of those in a list."""
        return [each["id"] for each in told(self.send("GET", **query))["results"]]

    def runs(self, subscription: dict[str, Any]) -> list[Delivery]:
        """What was begun to be sent, the oldest first."""
        return list(Delivery.objects.filter(subscription=subscription["id"]).order_by("created_at", "pk"))

    def history(self, subscription: dict[str, Any]) -> list[dict[str, Any]]:
        """What was done to one, the newest first."""
        entries: list[dict[str, Any]] = told(self.send("GET", f"{subscription['id']}/activity/"))["results"]
        return entries

    def late(self, subscription: dict[str, Any], **fields: Any) -> None:
        """Change what only time changes."""
        Subscription.objects.filter(pk=subscription["id"]).update(**fields)


def told(answer: Any, status: int = 200) -> dict[str, Any]:
    """The body of an answer of this status."""
    assert answer.status_code == status, answer.content.decode()
    body: dict[str, Any] = answer.json()
    return body
