"""The page behind the link of a mail by which its receiver ends a subscription, with or without an account.

To open it changes nothing, as programs that look at mails open their links. A POST does it: by the button of the page,
or by the mail program for its user (`List-Unsubscribe-Post`), which sends no cookies; the token says all.
"""

from django.http import HttpRequest, HttpResponse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from hedgerow.subscriptions.naming import resource_name
from hedgerow.subscriptions.receivers import addresses_of
from hedgerow.subscriptions.recurrence import summary
from hedgerow.subscriptions.unsubscribing import Receiver, receiver_of, unsubscribe
from hedgerow.web.rendering import render_page


@csrf_exempt
@require_http_methods(["GET", "HEAD", "POST"])
def page(request: HttpRequest) -> HttpResponse:
    """Ask whether to end it; end it."""
    token = request.GET.get("token", "")
    receiver = receiver_of(token)
    if receiver is None:
        return render_page(request, "web/unsubscribe.html", {"state": "bad"}, status=404)
    if request.method == "POST":
        unsubscribe(token)
    is_over = request.method == "POST" or not _still_gets(receiver)
    subscription = receiver.subscription
    context = {
        "state": "over" if is_over else "asked",
        "address": receiver.address,
        "name": subscription.title or resource_name(subscription) or "a report",
        "rule": summary(subscription),
    }
    response = render_page(request, "web/unsubscribe.html", context)
    # The address of the page is a key, which other sites must not be told.
    response["Referrer-Policy"] = "no-referrer"
    return response


def _still_gets(receiver: Receiver) -> bool:
    subscription = receiver.subscription
    addresses = {address.lower() for address in addresses_of(subscription.target_value)}
    return not subscription.deleted and receiver.address.lower() in addresses
