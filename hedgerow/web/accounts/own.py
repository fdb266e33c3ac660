"""What the pages about a person's own account have in common."""

from collections.abc import Callable
from datetime import UTC, datetime
from functools import update_wrapper
from typing import Any, Concatenate, ParamSpec
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from hedgerow.accounts.enforcement import owes_second_factor
from hedgerow.api.sessions import login_is_recent_until
from hedgerow.organizations.models import User
from hedgerow.web.rendering import ask_to_sign_in, render_page

Arguments = ParamSpec("Arguments")
View = Callable[Concatenate[HttpRequest, User, Arguments], HttpResponse]


def own_page(view: View[Arguments]) -> Callable[Concatenate[HttpRequest, Arguments], HttpResponse]:
    """Make a view of a person's own account from one that takes the person.

    Who is not signed in is sent to do so, who has to set up a second factor is sent there; and whoever signed in more
    than two hours ago has to show who they are once more before anything is changed.
    """

    def checked(request: HttpRequest, *args: Arguments.args, **others: Arguments.kwargs) -> HttpResponse:
        user = request.user
        if not isinstance(user, User):
            return ask_to_sign_in(request)
        here = reverse("second_factor")
        if request.path.rstrip("/") != here and owes_second_factor(request, user):
            return redirect(here)
        if request.method == "POST" and not _is_recent(request):
            return redirect(f"{reverse('confirm_password')}?{urlencode({'next': request.path})}")
        return view(request, user, *args, **others)

    return update_wrapper(require_http_methods(["GET", "HEAD", "POST"])(checked), view)  # type: ignore[return-value]


def account_page(
    request: HttpRequest, user: User, template: str, context: dict[str, Any], status: int = 200
) -> HttpResponse:
    """A page in the frame of the account."""
    return render_page(request, template, {"signed_in": user, **context}, status=status)


def _is_recent(request: HttpRequest) -> bool:
    until = login_is_recent_until(request)
    return until is not None and until >= datetime.now(UTC)
