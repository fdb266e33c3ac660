"""The form of a subscription: what it shows, and what its fields say as the API takes it.

Days and times in it are those of the project's time zone.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.http import QueryDict
from django.utils import timezone
from rest_framework.exceptions import APIException

from hedgerow.api.errors import ValidationError
from hedgerow.projects.models import Project
from hedgerow.subscriptions.models import Subscription, TargetType
from hedgerow.subscriptions.receivers import addresses_of
from hedgerow.subscriptions.recurrence import WEEKDAYS
from hedgerow.web.insights.form import Form
from hedgerow.web.records import sentence_of

Frequency = Subscription.Frequency

FREQUENCIES: dict[str, str] = {
    Frequency.DAILY: "days",
    Frequency.WEEKLY: "weeks",
    Frequency.MONTHLY: "months",
    Frequency.YEARLY: "years",
}
POSITIONS = {
    "": "every such day",
    "1": "the first",
    "2": "the second",
    "3": "the third",
    "4": "the fourth",
    "-1": "the last",
}
ENDS = {"never": "Never", "day": "On a day", "count": "After a number of times"}
TARGETS: dict[str, str] = {TargetType.EMAIL: "E-mail", TargetType.SLACK: "Slack", TargetType.WEBHOOK: "Webhook"}
_LABELS = {
    "title": "Title",
    "target_value": "Receivers",
    "interval": "Repeat every",
    "count": "How many times",
    "start_date": "Starts",
    "until_date": "Last day",
    "summary_prompt_guide": "What to look at",
}
USUAL_TIME = time(9)
_LAST_MOMENT = time(23, 59, 59)


@dataclass(frozen=True)
class Filled:
    """What stands in the fields of the form."""

    title: str
    target: str
    emails: str
    channel: str
    url: str
    integration: int | None
    message: str
    interval: str
    frequency: str
    days: Sequence[str]
    position: str
    start_day: str
    start_time: str
    end: str
    until: str
    count: str
    insights: Sequence[int]
    has_summary: bool
    guide: str


def usual(email: str, project: Project, insights: Sequence[int]) -> Filled:
    """What a new form holds: every week, on the weekday of tomorrow, to who makes it."""
    tomorrow = timezone.now().astimezone(ZoneInfo(project.timezone)).date() + timedelta(days=1)
    return Filled(
        title="",
        target=TargetType.EMAIL,
        emails=email,
        channel="",
        url="",
        integration=None,
        message="",
        interval="1",
        frequency=Frequency.WEEKLY,
        days=[WEEKDAYS[tomorrow.weekday()]],
        position="",
        start_day=tomorrow.isoformat(),
        start_time=f"{USUAL_TIME:%H:%M}",
        end="never",
        until="",
        count="",
        insights=insights,
        has_summary=False,
        guide="",
    )


def filled_from(subscription: Subscription) -> Filled:
    """What the form of a subscription holds."""
    zone = ZoneInfo(subscription.project.timezone)
    start = subscription.start_date.astimezone(zone)
    until = subscription.until_date.astimezone(zone) if subscription.until_date else None
    target, value = subscription.target_type, subscription.target_value
    return Filled(
        title=subscription.title or "",
        target=target,
        emails="\n".join(addresses_of(value)) if target == TargetType.EMAIL else "",
        channel=value if target == TargetType.SLACK else "",
        url=value if target == TargetType.WEBHOOK else "",
        integration=subscription.integration_id,
        message="",
        interval=str(subscription.interval),
        frequency=subscription.frequency,
        days=subscription.byweekday or [],
        position=str(subscription.bysetpos or ""),
        start_day=start.date().isoformat(),
        start_time=f"{start:%H:%M}",
        end="day" if until else "count" if subscription.count else "never",
        until=until.date().isoformat() if until else "",
        count=str(subscription.count or ""),
        insights=subscription.dashboard_export_insights,
        has_summary=subscription.summary_enabled,
        guide=subscription.summary_prompt_guide,
    )


def sent(asked: QueryDict) -> Filled:
    """What was sent, as it was."""
    form = Form(asked)
    integration = form.whole("integration")
    return Filled(
        title=form.text("sub-title"),
        target=form.one_of("target", TARGETS, TargetType.EMAIL),
        emails=form.text("emails"),
        channel=form.text("channel"),
        url=form.text("url"),
        integration=integration,
        message=form.text("message"),
        interval=form.text("interval", "1"),
        frequency=form.one_of("frequency", FREQUENCIES, Frequency.WEEKLY),
        days=[day for day in WEEKDAYS if day in form.all("day")],
        position=form.text("position"),
        start_day=form.text("start-day"),
        start_time=form.text("start-time"),
        end=form.one_of("end", ENDS, "never"),
        until=form.text("until"),
        count=form.text("count"),
        insights=[int(each) for each in form.all("insights") if each.isdigit() and len(each) < 10],
        has_summary=form.is_on("summary"),
        guide=form.text("guide"),
    )


def rule_fields(filled: Filled, zone: ZoneInfo, before: Subscription | None = None) -> dict[str, Any]:
    """When it is sent, as the API takes it. A moment that the form shows as it was `before` stays what it was.

    Raises ValidationError where a day is missing.
    """
    shown = filled_from(before) if before else None
    start, until = _moment(filled.start_day, filled.start_time, zone), None
    if start is None:
        raise ValidationError("Choose the day and the time from which on it is sent.")
    if before and shown and (shown.start_day, shown.start_time) == (filled.start_day, filled.start_time):
        start = before.start_date
    if filled.end == "day":
        until = _moment(filled.until, _LAST_MOMENT.isoformat(), zone)
        if until is None:
            raise ValidationError("Choose the last day.")
        if before and before.until_date and shown and shown.until == filled.until:
            until = before.until_date
    if filled.end == "count" and not filled.count:
        raise ValidationError("Say after how many times it ends.")
    return {
        "frequency": filled.frequency,
        "interval": filled.interval,
        "byweekday": list(filled.days) or None,
        "bysetpos": filled.position or None if filled.frequency == Frequency.MONTHLY else None,
        "count": filled.count if filled.end == "count" else None,
        "start_date": start,
        "until_date": until,
    }


def api_fields(filled: Filled, zone: ZoneInfo, before: Subscription | None = None) -> dict[str, Any]:
    """The whole form as the API takes it, without what it is a subscription of."""
    values = {
        TargetType.EMAIL: ",".join(filled.emails.replace("\n", ",").replace(";", ",").split(",")),
        TargetType.SLACK: filled.channel,
        TargetType.WEBHOOK: filled.url,
    }
    return {
        **rule_fields(filled, zone, before),
        "title": filled.title or None,
        "target_type": filled.target,
        "target_value": values[TargetType(filled.target)],
        "integration_id": filled.integration if filled.target == TargetType.SLACK else None,
        "invite_message": filled.message or None,
        "summary_enabled": filled.has_summary,
        "summary_prompt_guide": filled.guide,
    }


def problem_of(error: APIException) -> str:
    """What an error says, with the words that its field has in the form."""
    detail: Any = error.detail
    name = next(iter(detail), "") if isinstance(detail, dict) else getattr(error, "attr", None) or ""
    sentence = sentence_of(error)
    is_own = sentence.startswith(("Ensure this", "This field", "A valid"))
    return f"{_LABELS[name]}: {sentence}" if is_own and name in _LABELS else sentence


def _moment(day: str, at: str, zone: ZoneInfo) -> datetime | None:
    try:
        return datetime.combine(date.fromisoformat(day), time.fromisoformat(at), zone)
    except ValueError:
        return None
