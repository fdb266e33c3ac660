"""Slack, as far as it is asked before anything is sent to it: whose a token is, and which channels there are."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any
from urllib.error import URLError

from django.conf import settings
from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError, SlackClientError

SECONDS = 10
"""How long Slack may take for one answer."""
CHANNELS_PER_CALL = 1000
MOST_CALLS = 20


class SlackRefusedError(Exception):
    """Slack does not do it; the text is its code, such as `invalid_auth`."""


class SlackUnreachableError(Exception):
    """Slack gave no answer."""


@dataclass(frozen=True, slots=True)
class Workspace:
    """What a token opens."""

    team_id: str
    name: str
    bot_user_id: str


def workspace_of(token: str) -> Workspace:
    """The workspace that a bot's token opens. Raises SlackRefusedError and SlackUnreachableError."""
    with _told():
        answer = _client(token).auth_test()
        return Workspace(
            team_id=str(answer["team_id"]), name=str(answer.get("team") or ""), bot_user_id=str(answer.get("user_id"))
        )


def channels(token: str) -> list[dict[str, Any]]:
    """The channels that are not archived, by name; private ones as far as the bot is in them.

    Raises SlackRefusedError and SlackUnreachableError.
    """
    with _told():
        found = [_shown(channel) for channel in _channels(_client(token))]
    return sorted(found, key=lambda channel: str(channel["name"]))


def _channels(client: WebClient) -> Iterator[dict[str, Any]]:
    cursor = None
    for _ in range(MOST_CALLS):
        page = client.conversations_list(
            types="public_channel,private_channel", exclude_archived=True, limit=CHANNELS_PER_CALL, cursor=cursor
        )
        yield from page["channels"]
        cursor = (page.get("response_metadata") or {}).get("next_cursor")
        if not cursor:
            return


def _shown(channel: dict[str, Any]) -> dict[str, Any]:
    return {
        "id": channel["id"],
        "name": channel.get("name") or "",
        **{name: bool(channel.get(name)) for name in ("is_private", "is_member", "is_ext_shared")},
    }


def _client(token: str) -> WebClient:
    return WebClient(token=token, base_url=settings.HEDGEROW.slack_api_url, timeout=SECONDS)


@contextmanager
def _told() -> Iterator[None]:
    try:
        yield
    except SlackApiError as error:
        code = error.response.get("error") if not isinstance(error.response, str) else None
        if code is None:
            raise SlackUnreachableError(str(error)) from None
        raise SlackRefusedError(str(code)) from None
    except (SlackClientError, URLError, OSError, KeyError) as error:
        raise SlackUnreachableError(str(error)) from None
