"""Making things, sharing them over the API, and visiting them without an account."""

import uuid
from dataclasses import dataclass
from typing import Any

from django.http import HttpResponse

from hedgerow.dashboards.models import Dashboard, Tile
from hedgerow.organizations.models import User
from hedgerow.saved_insights.models import Insight
from tests.queries.asking import Api

TRENDS = {
    "kind": "InsightVizNode",
    "source": {"kind": "TrendsQuery", "series": [{"kind": "EventsNode", "event": "$pageview"}]},
}


@dataclass
class Sharer:
    """A member of a project who shares what is in it."""

    api: Api
    user: User

    def insight(self, name: str = "Views", query: dict[str, Any] | None = None) -> Insight:
        """A saved insight."""
        return Insight.objects.create(
            project=self.api.project, name=name, query=query or TRENDS, created_by=self.user, last_modified_by=self.user
        )

    def dashboard(self, *insights: Insight, name: str = "Board", **fields: Any) -> Dashboard:
        """A dashboard with these insights on it."""
        board = Dashboard.objects.create(project=self.api.project, name=name, created_by=self.user, **fields)
        for insight in insights:
            Tile.objects.create(dashboard=board, insight=insight)
        return board

    def session(self) -> str:
        """A session that was recorded: the id of its events."""
        session = str(uuid.uuid4())
        properties = {"$current_url": "https://shop.test/start?mail=ada@example.com#x"}
        self.api.store_events(
            [
                {"event": "$pageview", "$session_id": session, "properties": properties},
                {"event": "$autocapture", "$session_id": session, "properties": properties},
            ]
        )
        return session

    def send(self, method: str, of: str, path: str = "", body: Any = None) -> HttpResponse:
        """A request to `<of>/sharing/<path>`."""
        return self.api.send(method, f"{of}/sharing/{path}", body)

    def change(self, of: str, **body: Any) -> dict[str, Any]:
        """Change how something is shared, such as `dashboards/7`."""
        response = self.send("PATCH", of, body=body)
        assert response.status_code == 200, response.content.decode()
        found: dict[str, Any] = response.json()
        return found

    def share(self, of: str, **body: Any) -> str:
        """Share something, and the token it got."""
        return str(self.change(of, enabled=True, **body)["access_token"])

    def password(self, of: str, **body: Any) -> dict[str, Any]:
        """A new password."""
        response = self.send("POST", of, "passwords/", body)
        assert response.status_code == 201, response.content.decode()
        found: dict[str, Any] = response.json()
        return found

    def activities(self, scope: str) -> list[dict[str, Any]]:
        """What the log says was done to things of a kind, the newest first."""
        response = self.api.send("GET", f"activity_log/?scope={scope}")
        found: list[dict[str, Any]] = response.json()["results"]
        return found
