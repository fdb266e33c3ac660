"""What is done to a subscription from its page and from lists, by the rules of the API."""

from collections.abc import Callable

from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.views.decorators.http import require_POST
from rest_framework.exceptions import APIException

from hedgerow.projects.models import Project
from hedgerow.subscriptions.models import Delivery, Subscription
from hedgerow.subscriptions.runs import begin_run, is_running
from hedgerow.subscriptions.serializers import SubscriptionSerializer
from hedgerow.web.dashboards.told import tell_undoable
from hedgerow.web.records import sentence_of
from hedgerow.web.rendering import not_found, project_page
from hedgerow.web.subscriptions.pages import found
from hedgerow.web.subscriptions.told import told_of


@require_POST
@project_page
def change(request: HttpRequest, project: Project, subscription_id: int) -> HttpResponse:
    """Do something to a subscription: `do` says what. Leads to the list with `back=list`, else to its page."""
    subscription, action = found(project, subscription_id, request.user), ACTIONS.get(request.POST.get("do", ""))
    if subscription is None or action is None:
        return not_found(request)
    try:
        with transaction.atomic():
            action(request, Subscription.objects.select_for_update(of=("self",)).get(pk=subscription.pk))
    except APIException as error:
        messages.error(request, sentence_of(error))
    if request.POST.get("back") == "list":
        return redirect(reverse("subscriptions", args=[project.pk]))
    return redirect(reverse("subscription", args=[project.pk, subscription.pk]))


def _pause(request: HttpRequest, subscription: Subscription) -> None:
    _change(request, subscription, enabled=False)
    tell_undoable(request, f"{told_of(subscription).title} is paused.", _address(subscription), do="resume")


def _resume(request: HttpRequest, subscription: Subscription) -> None:
    _change(request, subscription, enabled=True)
    messages.success(request, f"{told_of(subscription).title} goes on, and is sent once now.")


def _delete(request: HttpRequest, subscription: Subscription) -> None:
    _change(request, subscription, deleted=True)
    tell_undoable(request, f"{told_of(subscription).title} is deleted.", _address(subscription), do="restore")


def _restore(request: HttpRequest, subscription: Subscription) -> None:
    _change(request, subscription, deleted=False)
    messages.success(request, f"{told_of(subscription).title} is back.")


def _test(request: HttpRequest, subscription: Subscription) -> None:
    if subscription.deleted or not subscription.enabled:
        messages.error(request, "What is paused or deleted is not sent, not even as a test.")
    elif is_running(subscription, Delivery.Trigger.MANUAL):
        messages.error(request, "A test is being sent already.")
    else:
        begin_run(subscription, Delivery.Trigger.MANUAL)
        messages.success(request, "A test is on its way to all receivers.")


def _change(request: HttpRequest, subscription: Subscription, **given: bool) -> None:
    context = {"request": request, "project": subscription.project}
    serializer = SubscriptionSerializer(subscription, data=given, partial=True, context=context)
    serializer.is_valid(raise_exception=True)
    serializer.save()


def _address(subscription: Subscription) -> str:
    return reverse("change_subscription", args=[subscription.project_id, subscription.pk])


ACTIONS: dict[str, Callable[[HttpRequest, Subscription], None]] = {
    "pause": _pause,
    "resume": _resume,
    "delete": _delete,
    "restore": _restore,
    "test": _test,
}
"""By the word for it."""
