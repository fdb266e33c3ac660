"""Telling who made a subscription that it could not be delivered."""

import structlog
from django.template.loader import render_to_string
from django.utils.timezone import override

from hedgerow.mail.sending import Mail, MailError, is_configured, mail_domain, send
from hedgerow.subscriptions.mails import BRAND
from hedgerow.subscriptions.models import Delivery
from hedgerow.subscriptions.report import report_of

log = structlog.get_logger(__name__)


def tell_of_failure(delivery_id: str) -> None:
    """Write to the creator, where there is one and mails can be sent. Raises MailError for what may work later."""
    related = ("project", "created_by", "dashboard", "insight")
    deliveries = Delivery.objects.select_related(*(f"subscription__{name}" for name in related))
    delivery = deliveries.filter(pk=delivery_id).first()
    if delivery is None or delivery.subscription.created_by is None or not is_configured():
        return
    try:
        send(_failure_mail(delivery), delivery.subscription.created_by.email)
    except MailError as error:
        if not error.is_final:
            raise
        log.warning("failure_not_told", delivery=delivery_id, reason=str(error))


def _failure_mail(delivery: Delivery) -> Mail:
    subscription = delivery.subscription
    report = report_of(delivery)
    context = {
        "brand": BRAND,
        "subject": f'{BRAND} subscription "{subscription.title or report.name}" could not be delivered',
        "delivery": delivery,
        "reason": (delivery.error or {}).get("message", ""),
        "is_paused": not subscription.enabled,
        "manage_url": report.manage_url("email"),
    }
    with override("UTC"):
        return Mail(
            message_id=f"{delivery.pk.hex}.failure@{mail_domain()}",
            subject=str(context["subject"]),
            text=render_to_string("subscriptions/failure.txt", context),
            html=render_to_string("subscriptions/failure.html", context),
        )
