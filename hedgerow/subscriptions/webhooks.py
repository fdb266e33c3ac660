"""Reports as JSON that is posted to an address, signed, so that the receiver knows where it is from."""

import hashlib
import hmac
from typing import Any

import httpx
import orjson
from django.conf import settings
from django.utils import timezone
from django.utils.crypto import salted_hmac

from hedgerow.outgoing.addresses import RefusedAddress
from hedgerow.outgoing.connecting import client
from hedgerow.subscriptions.models import Sending, Subscription
from hedgerow.subscriptions.outcome import SENT, Outcome, not_sent
from hedgerow.subscriptions.report import Report, ShownInsight

SECONDS = 10.0
"""How long the receiver may take."""
SIGNATURE = "X-Hedgerow-Signature"


def send(report: Report, sending: Sending) -> Outcome:
    """Post the report once."""
    body = orjson.dumps(_payload(report), default=str)
    headers = {
        "Content-Type": "application/json",
        "User-Agent": "Hedgerow",
        "Idempotency-Key": sending.message_id,
        SIGNATURE: signature(body, signing_secret(report.subscription)),
    }
    try:
        with client(seconds=SECONDS) as connection:
            answer = connection.post(sending.recipient, content=body, headers=headers)
    except RefusedAddress as error:
        return not_sent(error.reason, "RefusedAddress", is_temporary=error.reason == "Could not resolve host")
    except httpx.HTTPError as error:
        return not_sent(f"The webhook could not be reached: {error}", type(error).__name__, is_temporary=True)
    if answer.is_success:
        return SENT
    is_temporary = answer.status_code == 429 or answer.status_code >= 500
    return not_sent(f"The webhook answered {answer.status_code}.", "WebhookError", is_temporary=is_temporary)


def signing_secret(subscription: Subscription) -> str:
    """What the receiver of a subscription's webhooks checks signatures with; it changes with the server's own key."""
    purpose = "hedgerow.subscriptions.webhooks"
    made = salted_hmac(purpose, str(subscription.pk), secret=settings.SECRET_KEY, algorithm="sha256")
    return f"whsec_{made.hexdigest()}"


def signature(body: bytes, secret: str) -> str:
    """The HMAC-SHA256 of the body as it is sent, in hexadecimal."""
    return f"sha256={hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()}"


def _payload(report: Report) -> dict[str, Any]:
    delivery, subscription = report.delivery, report.subscription
    is_dashboard = report.kind == "Dashboard"
    return {
        "type": "subscription.delivery",
        "delivery_id": delivery.pk,
        "idempotency_key": delivery.idempotency_key,
        "trigger_type": delivery.trigger_type,
        "scheduled_at": delivery.scheduled_at,
        "sent_at": timezone.now(),
        "subscription": {
            "id": subscription.pk,
            "title": subscription.title,
            "summary": report.rule,
            "url": report.plain_url(f"{report.path}/subscriptions/{subscription.pk}"),
        },
        "resource": {
            "kind": report.kind.lower(),
            "id": subscription.dashboard_id if is_dashboard else subscription.insight_id,
            "short_id": None if is_dashboard else report.insights[0].short_id,
            "name": report.name,
            "url": report.plain_url(),
        },
        "total_insight_count": report.total,
        "change_summary": delivery.change_summary,
        "insights": [_insight(report, insight) for insight in report.insights],
    }


def _insight(report: Report, insight: ShownInsight) -> dict[str, Any]:
    return {
        "id": insight.id,
        "short_id": insight.short_id,
        "name": insight.name,
        "url": report.plain_url(insight.path),
        "image_url": insight.image_url,
        "query_results": insight.results,
        "error": insight.error,
    }
