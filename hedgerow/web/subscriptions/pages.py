"""The list of a project's subscriptions, the page of one with its deliveries, and the ways that lead there."""

from typing import Any

from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect
from django.urls import reverse

from hedgerow.access.objects import of_seen_objects
from hedgerow.dashboards.presenting import ordered_tiles
from hedgerow.organizations.models import User
from hedgerow.projects.models import Project
from hedgerow.saved_insights.models import Insight
from hedgerow.subscriptions.listing import LONGEST_SEARCH, listed_subscriptions
from hedgerow.subscriptions.models import Delivery, Subscription, TargetType
from hedgerow.subscriptions.webhooks import SIGNATURE, signing_secret
from hedgerow.web.dashboards.told import told
from hedgerow.web.records import ROWS, offset_of, pages_of, tabs_of
from hedgerow.web.rendering import (
    ask_to_sign_in,
    not_found,
    project_context,
    project_page,
    projects_of,
    render_page,
)
from hedgerow.web.subscriptions.form import TARGETS
from hedgerow.web.subscriptions.told import STATES, told_delivery, told_of

ORDERS = {"-created_at": "Newest", "next_delivery_date": "Sent next", "title": "Title"}
RESOURCES = {"dashboard": "Dashboards", "insight": "Insights"}


@project_page
def page(request: HttpRequest, project: Project) -> HttpResponse:
    """The subscriptions of the project, narrowed as the address says."""
    asked = request.GET
    search = asked.get("search", "").strip()[:LONGEST_SEARCH]
    target = asked.get("target_type", "") if asked.get("target_type") in TARGETS else ""
    resource = asked.get("resource_type", "") if asked.get("resource_type") in RESOURCES else ""
    order = asked["ordering"] if asked.get("ordering") in ORDERS else next(iter(ORDERS))
    is_mine = asked.get("mine") == "on"
    assert isinstance(request.user, User)
    wanted = QueryDict(mutable=True)
    wanted.update({"search": search, "target_type": target, "resource_type": resource, "ordering": order})
    if is_mine:
        wanted["created_by"] = str(request.user.uuid)
    offset = offset_of(request)
    found = list(listed_subscriptions(_known(project, request.user), wanted)[offset : offset + ROWS + 1])
    context = {
        **project_context(request, project, "subscriptions"),
        "told": told(request),
        "subscriptions": [told_of(each) for each in found[:ROWS]],
        "search": search,
        "target": target,
        "targets": TARGETS.items(),
        "resource": resource,
        "resources": RESOURCES.items(),
        "order": order,
        "orders": ORDERS.items(),
        "is_mine": is_mine,
        "is_narrowed": bool(search or target or resource or is_mine),
        "pages": pages_of(request, offset, len(found[:ROWS]), has_more=len(found) > ROWS),
    }
    return render_page(request, "web/subscriptions/list.html", context)


@project_page
def detail(request: HttpRequest, project: Project, subscription_id: int) -> HttpResponse:
    """A subscription, also a deleted one, and what was delivered; looked at again while one is on its way."""
    subscription = found(project, subscription_id, request.user)
    if subscription is None:
        return not_found(request)
    state = request.GET.get("show", "") if request.GET.get("show") in STATES else ""
    runs = Delivery.objects.filter(subscription=subscription, **({"status": state} if state else {}))
    offset = offset_of(request)
    rows = list(runs.order_by("-created_at", "-pk")[offset : offset + ROWS + 1])
    deliveries = [told_delivery(each, project.pk) for each in rows[:ROWS]]
    context = {
        **project_context(request, project, "subscriptions"),
        "told": told(request),
        "subscription": told_of(subscription),
        "insights": chosen_insights(subscription, request.user),
        "signing_secret": signing_secret(subscription) if subscription.target_type == TargetType.WEBHOOK else "",
        "signature_header": SIGNATURE,
        "deliveries": deliveries,
        "is_any_at_work": any(each.is_at_work for each in deliveries),
        "tabs": tabs_of(request, {"": "All", **STATES}, state),
        "is_narrowed": bool(state),
        "pages": pages_of(request, offset, len(deliveries), has_more=len(rows) > ROWS),
    }
    return render_page(request, "web/subscriptions/detail.html", context)


@project_page
def of_insight(request: HttpRequest, project: Project, short_id: str, subscription_id: int) -> HttpResponse:
    """From an insight's own address of a subscription, as messages have it, to its page."""
    subscription = found(project, subscription_id, request.user)
    if subscription is None or subscription.insight is None or subscription.insight.short_id != short_id:
        return not_found(request)
    return redirect(reverse("subscription", args=[project.pk, subscription.pk]))


@project_page
def of_dashboard(request: HttpRequest, project: Project, dashboard_id: int, subscription_id: int) -> HttpResponse:
    """From a dashboard's own address of a subscription, as messages have it, to its page."""
    subscription = found(project, subscription_id, request.user)
    if subscription is None or subscription.dashboard_id != dashboard_id:
        return not_found(request)
    return redirect(reverse("subscription", args=[project.pk, subscription.pk]))


def short(request: HttpRequest, subscription_id: int, **resource: str | int) -> HttpResponse:
    """From an address without the project to the page, in whichever of the person's projects it is."""
    if not isinstance(request.user, User):
        return ask_to_sign_in(request)
    mine = Subscription.objects.filter(project__in=projects_of(request.user).values("pk"), pk=subscription_id)
    subscription = mine.filter(**resource).first()
    if subscription is None:
        return not_found(request)
    return redirect(reverse("subscription", args=[subscription.project_id, subscription.pk]))


def found(project: Project, subscription_id: int, user: Any) -> Subscription | None:
    """A subscription of the project, also a deleted one, to something that somebody may see."""
    return _known(project, user).filter(pk=subscription_id).first()


def chosen_insights(subscription: Subscription, user: Any) -> list[Insight]:
    """The insights of a dashboard that are chosen to be sent, in reading order."""
    if subscription.dashboard is None:
        return []
    on_it = [tile.insight for tile in ordered_tiles(subscription.dashboard, user) if tile.insight is not None]
    return [each for each in on_it if each.pk in subscription.dashboard_export_insights]


def _known(project: Project, user: Any) -> QuerySet[Subscription]:
    related = ("project__organization", "insight", "dashboard", "created_by", "integration")
    known = Subscription.objects.filter(project=project).select_related(*related)
    return of_seen_objects(known, user, project)
