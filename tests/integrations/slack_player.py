"""A server that plays the part of Slack's API that connecting a workspace needs."""

from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import parse_qs

from pytest_django import Settings

from tests.subscriptions.listeners import Arrived, Listener, Reply, listening

CHANNELS = [
    {"id": "C2", "name": "sales", "is_private": False, "is_member": True},
    {"id": "C1", "name": "general", "is_private": False, "is_member": False, "is_ext_shared": True, "topic": {}},
    {"id": "C3", "name": "board", "is_private": True, "is_member": True},
]


def slack(listener: Listener, request: Arrived) -> Reply:
    """What Slack answers: `xoxb-1…` opens the workspace T1 and so on; channels come one by one."""
    token = request.headers["authorization"].removeprefix("Bearer ")
    method = request.path.rsplit("/", 1)[1]
    if not token.startswith("xoxb-"):
        return 200, {"ok": False, "error": "invalid_auth"}
    if method == "auth.test":
        number = token.split("-")[1]
        return 200, {"ok": True, "team_id": f"T{number}", "team": f"Team {number}", "user_id": "U1"}
    place = int(parse_qs(request.body.decode()).get("cursor", ["0"])[0])
    following = str(place + 1) if place + 1 < len(CHANNELS) else ""
    return 200, {
        "ok": True,
        "channels": [CHANNELS[place]],
        "response_metadata": {"next_cursor": following},
    }


@contextmanager
def playing_slack(settings: Settings) -> Iterator[Listener]:
    """The server, which the settings name meanwhile."""
    with listening(slack) as running:
        settings.HEDGEROW = settings.HEDGEROW.model_copy(update={"slack_api_url": f"{running.url}/api/"})
        yield running
