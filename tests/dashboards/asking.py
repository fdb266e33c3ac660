"""Making dashboards and asking for them over HTTP."""

from typing import Any
from urllib.parse import urlencode

import orjson
from django.http import HttpResponse

from hedgerow.activity.models import ActivityLog
from hedgerow.api.levels import Level
from hedgerow.eventstore.client import EventStore
from hedgerow.organizations.models import Membership, PersonalAPIKey, User
from hedgerow.projects.models import Project
from tests.queries.asking import Api, make_api

TRENDS = {"kind": "TrendsQuery", "series": [{"kind": "EventsNode", "event": "$pageview"}]}


def hogql(text: str, **fields: Any) -> dict[str, Any]:
    """A question in HogQL."""
    return {"kind": "HogQLQuery", "query": text, **fields}


class Boards:
    """The dashboards of one project for one of its people."""

    def __init__(self, project: Project, store: EventStore) -> None:
        self.project, self.store = project, store
        self.api: Api = make_api(project, store, scopes=["*"])
        self.user: User = PersonalAPIKey.objects.latest("created_at").user

    def somebody_else(self, level: Level = Level.MEMBER) -> "Boards":
        """The same dashboards for another member of the organization."""
        other = Boards(self.project, self.store)
        Membership.objects.filter(user=other.user).update(level=level)
        return other

    def send(self, method: str, path: str = "", body: Any = None, **parameters: Any) -> HttpResponse:
        """Any request below the dashboards."""
        query = urlencode(
            {
                name: orjson.dumps(value).decode() if isinstance(value, dict) else value
                for name, value in parameters.items()
            },
            doseq=True,
        )
        return self.api.send(method, f"dashboards/{path}{'?' if query else ''}{query}", body)

    def make(self, **fields: Any) -> dict[str, Any]:
        """A new dashboard, as answered."""
        return told(self.send("POST", "", {"name": "Board", **fields}), 201)

    def get(self, board: dict[str, Any] | int, **parameters: Any) -> dict[str, Any]:
        """A dashboard as it is now."""
        return told(self.send("GET", f"{id_of(board)}/", **parameters))

    def change(self, board: dict[str, Any] | int, **fields: Any) -> dict[str, Any]:
        """A dashboard after a change."""
        return told(self.send("PATCH", f"{id_of(board)}/", fields))

    def act(self, board: dict[str, Any] | int, action: str, body: Any, status: int = 200) -> Any:
        """What an action of a dashboard answers."""
        return told(self.send("POST", f"{id_of(board)}/{action}/", body), status)

    def fault(self, method: str, path: str = "", body: Any = None, status: int = 400, **parameters: Any) -> Any:
        """The error of a request that is refused."""
        return told(self.send(method, path, body, **parameters), status)

    def insight(self, *on: dict[str, Any], **fields: Any) -> dict[str, Any]:
        """A new insight on these dashboards."""
        body = {"name": "Views", "query": TRENDS, "dashboards": [board["id"] for board in on], **fields}
        return told(self.api.send("POST", "insights/", body), 201)

    def text(self, board: dict[str, Any], body: str = "Hi", **fields: Any) -> dict[str, Any]:
        """A new text on a dashboard: its tile."""
        tile: dict[str, Any] = self.act(board, "create_text_tile", {"body": body, **fields}, 201)
        return tile

    def names(self, **parameters: Any) -> list[str]:
        """The names of the dashboards that a list shows."""
        return [row["name"] for row in told(self.send("GET", **parameters))["results"]]

    def log(self, board: dict[str, Any]) -> list[dict[str, Any]]:
        """What the activity log tells of a dashboard, the oldest first."""
        entries = ActivityLog.objects.filter(project=self.project, scope="Dashboard", item_id=str(board["id"]))
        return [
            {"activity": each.activity, "changes": each.detail["changes"]} for each in entries.order_by("created_at")
        ]


def told(answer: HttpResponse, status: int = 200) -> Any:
    """The body of an answer with this status; None where it has none."""
    assert answer.status_code == status, (answer.status_code, answer.content.decode()[:2000])
    return orjson.loads(answer.content) if answer.content else None


def id_of(board: dict[str, Any] | int) -> int:
    """The id of a dashboard."""
    return board if isinstance(board, int) else int(board["id"])


def frames_of(answer: HttpResponse) -> list[dict[str, Any]]:
    """The events of a stream."""
    body = b"".join(answer) if answer.streaming else answer.content  # type: ignore[attr-defined, call-overload]
    return [orjson.loads(each.removeprefix(b"data: ")) for each in body.split(b"\n\n") if each]
