"""Forms of settings: each page has several, told apart by what `do` says."""

from collections.abc import Callable, Mapping
from typing import Any, Protocol

from django.http import HttpRequest, HttpResponse, HttpResponseBadRequest
from django.shortcuts import redirect
from rest_framework.exceptions import APIException

from hedgerow.web.records import sentence_of


class Asked(Protocol):
    """A request about something, by somebody."""

    @property
    def request(self) -> HttpRequest:
        """The request."""


def answered(
    place: Asked,
    changes: Mapping[str, Callable[..., HttpResponse | None]],
    shown: Callable[..., HttpResponse],
    *about: Any,
) -> HttpResponse:
    """The page as `shown(place, *about, told, status)` gives it; for a form that is sent, what its change answers.

    A change is called with `place` and what it is `about`; one that answers nothing leads to the page itself. If it is
    refused, the page tells (`problem`) and has what was sent (`given`, by the form `failed`) to be corrected.
    """
    request = place.request
    if request.method != "POST":
        return shown(place, *about, {"problem": "", "given": {}, "failed": ""}, 200)
    do = request.POST.get("do", "")
    if do not in changes:
        return HttpResponseBadRequest("Nothing of this kind can be done here.")
    try:
        return changes[do](place, *about) or redirect(request.path)
    except APIException as error:
        told = {"problem": sentence_of(error), "given": request.POST.dict(), "failed": do}
        return shown(place, *about, told, error.status_code)


def sent(request: HttpRequest, name: str) -> str:
    """What was written into a field, without the NULs that no store takes."""
    return request.POST.get(name, "").replace("\0", "").strip()


def switches(request: HttpRequest, *names: str) -> dict[str, bool]:
    """Which of these switches of a form are on."""
    return {name: name in request.POST for name in names}
