"""Reports as mails: one for each address, with the pictures in it and a way out of the subscription."""

from typing import Any

from django.template.loader import render_to_string

from hedgerow.mail.sending import Mail, MailError, Picture
from hedgerow.mail.sending import send as send_mail
from hedgerow.subscriptions.models import Sending
from hedgerow.subscriptions.outcome import SENT, Outcome, not_sent
from hedgerow.subscriptions.report import Report
from hedgerow.subscriptions.unsubscribing import unsubscribe_link

BRAND = "Hedgerow"
_MEDIUM = "email"


def send(report: Report, sending: Sending) -> Outcome:
    """Send the report to one address."""
    try:
        send_mail(report_mail(report, sending.recipient, sending.message_id), sending.recipient)
    except MailError as error:
        return not_sent(str(error), "MailError", is_temporary=not error.is_final, is_refusal=error.is_final)
    return SENT


def report_mail(report: Report, recipient: str, message_id: str) -> Mail:
    """The mail as one address gets it."""
    unsubscribe = unsubscribe_link(report.subscription, recipient)
    shown, pictures = _insights(report)
    subject = _subject(report, recipient)
    context = {
        "report": report,
        "brand": BRAND,
        "subject": subject,
        "insights": shown,
        "url": report.url(_MEDIUM),
        "manage_url": report.manage_url(_MEDIUM),
        "unsubscribe_url": unsubscribe,
        "is_cut": len(report.insights) < report.total,
    }
    return Mail(
        message_id=message_id,
        subject=subject,
        text=render_to_string("subscriptions/report.txt", context),
        html=render_to_string("subscriptions/report.html", context),
        pictures=pictures,
        headers={"List-Unsubscribe": f"<{unsubscribe}>", "List-Unsubscribe-Post": "List-Unsubscribe=One-Click"},
    )


def _subject(report: Report, recipient: str) -> str:
    if not report.is_invitation:
        return f"{BRAND} {report.kind} report - {report.name}"
    creator = report.subscription.created_by
    if creator is not None and creator.email.lower() == recipient.lower():
        return f"You have been subscribed to a {BRAND} {report.kind}"
    name = (creator.first_name if creator is not None else "") or "Someone"
    return f"{name} subscribed you to a {BRAND} {report.kind}"


def _insights(report: Report) -> tuple[list[dict[str, Any]], list[Picture]]:
    """The insights for the templates, and the pictures they show."""
    shown, pictures = [], []
    for number, insight in enumerate(report.insights, start=1):
        png = insight.png
        content_id = f"insight-{number}.{report.delivery.pk}@hedgerow"
        if png is not None:
            pictures.append(Picture(content_id, png, f"insight-{number}.png"))
        shown.append(
            {
                "insight": insight,
                "content_id": content_id if png is not None else None,
                "url": report.url(_MEDIUM, insight.path),
                "image_url": insight.image_url,
            }
        )
    return shown, pictures
