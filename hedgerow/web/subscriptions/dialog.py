"""The dialog of subscriptions: those that there are to an insight or a dashboard, and the form of one."""

from typing import Any
from zoneinfo import ZoneInfo

from django.conf import settings
from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from rest_framework.exceptions import APIException

from hedgerow.dashboards.models import Dashboard
from hedgerow.dashboards.presenting import ordered_tiles
from hedgerow.organizations.models import User
from hedgerow.projects.models import Project
from hedgerow.saved_insights.models import Insight
from hedgerow.subscriptions.models import Subscription
from hedgerow.subscriptions.recurrence import WEEKDAYS
from hedgerow.subscriptions.serializers import SubscriptionSerializer
from hedgerow.web.dashboards.board import dashboard_of
from hedgerow.web.rendering import not_found, project_page, render_page
from hedgerow.web.saved_insights.head import found_insight
from hedgerow.web.saved_insights.saving import led_to
from hedgerow.web.subscriptions.form import (
    ENDS,
    FREQUENCIES,
    POSITIONS,
    TARGETS,
    Filled,
    api_fields,
    filled_from,
    problem_of,
    sent,
    usual,
)
from hedgerow.web.subscriptions.pages import found
from hedgerow.web.subscriptions.slack import slack_workspaces
from hedgerow.web.subscriptions.told import told_of


@project_page
def of_resource(request: HttpRequest, project: Project, kind: str, object_id: str) -> HttpResponse:
    """The subscriptions to an insight or a dashboard; the form of the first where there is none yet."""
    resource = _resource(project, kind, object_id, request.user)
    if resource is None:
        return not_found(request)
    there = Subscription.objects.filter(project=project, deleted=False, **{kind: resource})
    related = ("project", "insight", "dashboard", "created_by")
    listed = [told_of(each) for each in there.select_related(*related).order_by("-created_at", "-pk")]
    if not listed:
        return _form(request, project, resource)
    context = {"project": project, "resource": resource, "subscriptions": listed, "new": _new_address(resource)}
    return render_page(request, "web/subscriptions/of_resource.html", context)


@project_page
def new(request: HttpRequest, project: Project, kind: str, object_id: str) -> HttpResponse:
    """The form of a new subscription, and what it sends."""
    resource = _resource(project, kind, object_id, request.user)
    return _form(request, project, resource) if resource else not_found(request)


@project_page
def edit(request: HttpRequest, project: Project, subscription_id: int) -> HttpResponse:
    """The form of a subscription, and what it sends."""
    subscription = found(project, subscription_id, request.user)
    resource = (subscription.dashboard or subscription.insight) if subscription else None
    if subscription is None or resource is None or subscription.deleted:
        return not_found(request)
    return _form(request, project, resource, subscription)


def _form(
    request: HttpRequest, project: Project, resource: Insight | Dashboard, before: Subscription | None = None
) -> HttpResponse:
    assert isinstance(request.user, User)
    offered = _offered(resource, request.user)
    problem = ""
    if request.method == "POST":
        filled = sent(request.POST)
        try:
            subscription = _save(request, project, resource, filled, before)
        except APIException as error:
            problem = problem_of(error)
        else:
            messages.success(request, "The subscription is saved." if before else "The subscription is made.")
            return led_to(request, reverse("subscription", args=[project.pk, subscription.pk]))
    elif before is not None:
        filled = filled_from(before)
    else:
        most = settings.HEDGEROW.subscription_max_insights
        filled = usual(request.user.email, project, [each.pk for each in offered[:most]])
    context = {
        "project": project,
        "resource": resource,
        "before": before,
        "here": request.path if before else _new_address(resource),
        "filled": filled,
        "problem": problem,
        "insights": [(each, each.pk in filled.insights) for each in offered],
        "most_insights": settings.HEDGEROW.subscription_max_insights,
        "days": [(day, day.capitalize(), day in filled.days) for day in WEEKDAYS],
        "targets": TARGETS.items(),
        "frequencies": FREQUENCIES.items(),
        "positions": POSITIONS.items(),
        "ends": ENDS.items(),
        "workspaces": slack_workspaces(project),
        "may_summarize": bool(project.organization.is_ai_data_processing_approved) or filled.has_summary,
    }
    return render_page(request, "web/subscriptions/form.html", context)


def _save(
    request: HttpRequest,
    project: Project,
    resource: Insight | Dashboard,
    filled: Filled,
    before: Subscription | None,
) -> Subscription:
    """Make or change it by the rules of the API. Raises APIException."""
    given: dict[str, Any] = api_fields(filled, ZoneInfo(project.timezone), before)
    if isinstance(resource, Dashboard):
        given["dashboard_export_insights"] = list(filled.insights)
    if before is None:
        given["dashboard" if isinstance(resource, Dashboard) else "insight"] = resource.pk
    context = {"request": request, "project": project}
    with transaction.atomic():
        serializer = SubscriptionSerializer(before, data=given, partial=before is not None, context=context)
        serializer.is_valid(raise_exception=True)
        saved: Subscription = serializer.save()
    return saved


def _resource(project: Project, kind: str, object_id: str, user: Any) -> Insight | Dashboard | None:
    if kind == "insight":
        return found_insight(project, object_id, user)
    is_number = object_id.isascii() and object_id.isdigit() and len(object_id) < 10
    return dashboard_of(project, int(object_id), user) if kind == "dashboard" and is_number else None


def _new_address(resource: Insight | Dashboard) -> str:
    kind, object_id = ("dashboard", str(resource.pk))
    if isinstance(resource, Insight):
        kind, object_id = "insight", resource.short_id
    return reverse("new_subscription", args=[resource.project_id, kind, object_id])


def _offered(resource: Insight | Dashboard, user: Any) -> list[Insight]:
    """The insights of a dashboard that can be chosen, in reading order."""
    if not isinstance(resource, Dashboard):
        return []
    return [tile.insight for tile in ordered_tiles(resource, user) if tile.insight is not None]
