"""Reports as messages in a Slack channel: the first insight in the message, the others in its thread.

What has been posted is noted after each message, so that a thread which was interrupted goes on where it was. Each
message carries a key that stays the same, in its metadata and in a header.
"""

from collections.abc import Iterator
from typing import Any
from urllib.error import URLError

import structlog
from django.conf import settings
from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError, SlackClientError
from slack_sdk.http_retry.builtin_handlers import ConnectionErrorRetryHandler, ServerErrorRetryHandler
from slack_sdk.http_retry.builtin_interval_calculators import FixedValueRetryIntervalCalculator

from hedgerow.integrations.secrets import bot_token
from hedgerow.subscriptions.models import Sending
from hedgerow.subscriptions.outcome import SENT, Outcome, not_sent, told_error
from hedgerow.subscriptions.report import Report, ShownInsight

log = structlog.get_logger(__name__)

SECONDS = 10
"""How long Slack may take for one message."""
_TRIES_AGAIN = 2
_LONGEST_TEXT, _LONGEST_TITLE = 3000, 2000
_MEDIUM = "slack"
_TEMPORARY = frozenset(
    {
        *("ratelimited", "rate_limited", "message_limit_exceeded", "request_timeout", "service_unavailable"),
        *("internal_error", "fatal_error", "team_added_to_org", "accesslimited"),
    }
)
"""Errors of Slack that may be over later; of all others trying again is of no use."""
_Block = dict[str, Any]


def send(report: Report, sending: Sending) -> Outcome:
    """Post the report, or what of it has not been posted."""
    integration = report.subscription.integration
    token = bot_token(integration) if integration is not None else ""
    if not token:
        return not_sent("No Slack integration configured", "missing_integration")
    thread = _Thread(token, sending.recipient.split("|", 1)[0], sending)
    if not thread.ts:
        try:
            thread.post(_text(report), list(_first_message(report)))
        except SlackApiError as error:
            return not_sent(_code(error), _code(error), is_temporary=_is_temporary(error))
        except (SlackClientError, URLError, OSError) as error:
            return not_sent(f"Slack could not be reached: {error}", type(error).__name__, is_temporary=True)
    replies = list(_replies(report))
    try:
        for text, blocks in replies[thread.posted - 1 :]:
            thread.post(text, blocks)
    except (SlackClientError, URLError, OSError) as error:
        reason = _code(error) if isinstance(error, SlackApiError) else told_error(error)["message"]
        log.warning("slack_thread_not_completed", delivery=str(report.delivery.pk), reason=reason)
        message = f"{len(replies) + 1 - thread.posted} of {len(replies)} messages of the thread failed: {reason}"
        return Outcome(Sending.State.PARTIAL, {"message": message, "type": "partial_thread_failure"})
    return SENT


class _Thread:
    """The messages of one sending; `progress` of the sending tells what has been posted."""

    def __init__(self, token: str, channel: str, sending: Sending) -> None:
        self._token, self._channel, self._sending = token, channel, sending

    @property
    def ts(self) -> str:
        """What Slack calls the first message; empty before it has been posted."""
        return str(self._sending.progress.get("ts", ""))

    @property
    def posted(self) -> int:
        """How many messages there are."""
        return int(self._sending.progress.get("posted", 0))

    def post(self, text: str, blocks: list[_Block]) -> None:
        """Post the next message and note that. Raises what slack-sdk and sockets raise."""
        key = f"{self._sending.message_id}-{self.posted + 1}"
        pauses = FixedValueRetryIntervalCalculator(1.0)
        client = WebClient(
            self._token,
            base_url=settings.HEDGEROW.slack_api_url,
            timeout=SECONDS,
            headers={"Idempotency-Key": key},
            retry_handlers=[
                ConnectionErrorRetryHandler(_TRIES_AGAIN, pauses),
                ServerErrorRetryHandler(_TRIES_AGAIN, pauses),
            ],
        )
        answer = client.chat_postMessage(
            channel=self._channel,
            text=text,
            blocks=blocks,
            thread_ts=self.ts or None,
            unfurl_links=False,
            unfurl_media=False,
            metadata={"event_type": "subscription_delivery", "event_payload": {"idempotency_key": key}},
        )
        self._sending.progress = {"ts": self.ts or str(answer["ts"]), "posted": self.posted + 1}
        self._sending.save(update_fields=["progress"])


def _text(report: Report) -> str:
    kind, name = report.kind.lower(), _escaped(report.name)
    if report.is_invitation:
        return f"This channel has been subscribed to the {kind} *{name}*! 🎉"
    if report.subscription.title:
        return f"*{_escaped(report.subscription.title)}* ({kind}: {name})"
    return f"Your subscription to the {kind} *{name}* is ready! 🎉"


def _first_message(report: Report) -> Iterator[_Block]:
    text = _text(report)
    if report.is_invitation:
        text += f"\nThis subscription is {report.rule}."
        text += f" The next one will be sent on {report.next_date}." if report.next_date else ""
        if report.delivery.invite_message:
            text += f"\n> {_escaped(report.delivery.invite_message)}"
    yield _section(text)
    if report.change_summary:
        yield _section(_escaped(report.change_summary))
    yield _shown(report.insights[0])
    if len(report.insights) > 1:
        yield _section("_See 🧵 for more Insights_")
    yield {"type": "divider"}
    yield {
        "type": "actions",
        "elements": [
            _button("View in Hedgerow", report.url(_MEDIUM)),
            _button("Manage Subscription", report.manage_url(_MEDIUM)),
        ],
    }


def _replies(report: Report) -> Iterator[tuple[str, list[_Block]]]:
    for insight in report.insights[1:]:
        yield insight.name, [_shown(insight)]
    if len(report.insights) < report.total:
        text = (
            f"Showing {len(report.insights)} of {report.total} Insights. "
            f"<{report.url(_MEDIUM)}|View the rest in Hedgerow>"
        )
        yield text, [_section(text)]


def _shown(insight: ShownInsight) -> _Block:
    if insight.image_url is None:
        return _section(
            f"*{_escaped(insight.name)}*\n⚠️ This insight could not be shown: {_escaped(insight.error or '')}"
        )
    name = insight.name[:_LONGEST_TITLE]
    return {
        "type": "image",
        "image_url": insight.image_url,
        "alt_text": name,
        "title": {"type": "plain_text", "text": name},
    }


def _section(text: str) -> _Block:
    return {"type": "section", "text": {"type": "mrkdwn", "text": text[:_LONGEST_TEXT]}}


def _button(text: str, url: str) -> _Block:
    return {"type": "button", "text": {"type": "plain_text", "text": text}, "url": url}


def _escaped(text: str) -> str:
    """What people wrote, so that it makes no links and calls nobody."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _code(error: SlackApiError) -> str:
    given = error.response.get("error") if not isinstance(error.response, str) else None
    return str(given or f"Slack answered {getattr(error.response, 'status_code', 'nothing')}")


def _is_temporary(error: SlackApiError) -> bool:
    status = getattr(error.response, "status_code", 200)
    return status == 429 or status >= 500 or _code(error) in _TEMPORARY
