"""What a form's recurrence means, in words and with the next dates, while it is being filled in."""

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.views.decorators.http import require_POST
from rest_framework.exceptions import APIException, ValidationError

from hedgerow.projects.models import Project
from hedgerow.subscriptions.models import Subscription
from hedgerow.subscriptions.recurrence import next_delivery, planned_delivery, summary
from hedgerow.subscriptions.serializers import SubscriptionSerializer
from hedgerow.web.rendering import project_page, render_page
from hedgerow.web.subscriptions.form import problem_of, rule_fields, sent

SHOWN_DATES = 3


@require_POST
@project_page
def preview(request: HttpRequest, project: Project) -> HttpResponse:
    """The sentence about the recurrence of the form sent, and its next three dates."""
    try:
        rule = _rule(rule_fields(sent(request.POST), ZoneInfo(project.timezone)))
    except APIException as error:
        return render_page(request, "web/subscriptions/preview.html", {"problem": problem_of(error)})
    context = {"summary": summary(rule), "dates": next_dates(rule, project), "zone": project.timezone}
    return render_page(request, "web/subscriptions/preview.html", context)


def next_dates(rule: Subscription, project: Project) -> list[datetime]:
    """The next times a new subscription with this rule would be sent; fewer than three where it ends before."""
    dates: list[datetime] = []
    following = planned_delivery(rule, timezone.now(), project.timezone)
    while following is not None and len(dates) < SHOWN_DATES:
        dates.append(following)
        following = next_delivery(rule, following, project.timezone)
    return dates


def _rule(given: dict[str, Any]) -> Subscription:
    """A rule, each field checked as the API checks it. Raises ValidationError."""
    fields, checked = SubscriptionSerializer().fields, {}
    for name, value in given.items():
        try:
            checked[name] = fields[name].run_validation(value)
        except ValidationError as error:
            raise ValidationError({name: error.detail}) from None
    return Subscription(**checked)
