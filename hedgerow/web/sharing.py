"""The dialog that says how a dashboard, an insight or a recording is shared with people who have no account."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse, QueryDict
from django.urls import reverse
from rest_framework.exceptions import APIException

from hedgerow.api.asked import is_whole
from hedgerow.api.errors import NotFound, PermissionDenied, ValidationError
from hedgerow.organizations.models import User
from hedgerow.projects.models import Project
from hedgerow.sharing import configuring
from hedgerow.sharing.models import SharePassword, SharingConfiguration
from hedgerow.sharing.objects import DASHBOARD, FINDERS, INSIGHT, RECORDING, Shareable
from hedgerow.sharing.serializers import LONGEST_NOTE, LONGEST_PASSWORD, SHORTEST_PASSWORD, NewPasswordSerializer
from hedgerow.sharing.settings import read_settings, settings_in_effect
from hedgerow.web.insights.form import Form
from hedgerow.web.records import sentence_of
from hedgerow.web.rendering import not_found, project_context, project_page, render_page

THEMES = {"system": "As the visitor’s device is set", "light": "Light", "dark": "Dark"}
CHOICES = {
    "whitelabel": ("Without the name Hedgerow", (DASHBOARD, INSIGHT, RECORDING)),
    "noHeader": ("Without the heading", (DASHBOARD, INSIGHT, RECORDING)),
    "hideExtraDetails": ("Without who made it and when", (DASHBOARD, INSIGHT)),
    "legend": ("With a legend", (INSIGHT,)),
    "detailed": ("With the table of results", (INSIGHT,)),
    "showInspector": ("With the list of what happened", (RECORDING,)),
}
"""The switches of how it is shown, with what they are there for."""

_SECTIONS = {DASHBOARD: "dashboards", INSIGHT: "insights", RECORDING: "recordings"}


@dataclass(frozen=True)
class MadePassword:
    """A password that was just made, in plain text: it is shown this once."""

    plain: str
    note: str


@project_page
def page(request: HttpRequest, project: Project, kind: str, object_id: str) -> HttpResponse:
    """The dialog; what is sent to it is done first. Asked for as a page it stands on one."""
    try:
        shared = FINDERS[kind](project, object_id, request.user)
    except (KeyError, NotFound):
        return not_found(request)
    assert isinstance(request.user, User)
    problem, made = "", None
    if request.method == "POST":
        try:
            shared.require_edit(request.user)
            made = _ACTIONS[request.POST.get("do", "")](shared, request.user, request.POST)
        except KeyError:
            return not_found(request)
        except APIException as error:
            problem = sentence_of(error)
    context = {**_shown(request, shared, request.user), "problem": problem, "made": made}
    if "HX-Request" in request.headers:
        return render_page(request, "web/sharing/dialog.html", context)
    context |= project_context(request, project, _SECTIONS[kind])
    return render_page(request, "web/sharing/page.html", context)


def _shown(request: HttpRequest, shared: Shareable, user: User) -> dict[str, Any]:
    configuration = configuring.current(shared) or SharingConfiguration(**shared.reference)
    host = settings.HEDGEROW.site_url.rstrip("/") or f"{request.scheme}://{request.get_host()}"
    token = configuration.access_token
    passwords = configuration.passwords.filter(is_active=True) if configuration.pk else SharePassword.objects.none()
    looks = settings_in_effect(configuration.settings)
    return {
        "project": shared.project,
        "kind": shared.kind,
        "name": shared.name or f"this {shared.kind}",
        "here": request.path,
        "share": configuration,
        "is_allowed": shared.project.organization.allow_publicly_shared_resources,
        "may_edit": _may_edit(shared, user),
        "link": host + reverse("shared", args=[token]) if token else "",
        "frame": host + reverse("embedded", args=[token]) if token else "",
        "passwords": passwords.select_related("created_by").order_by("-created_at", "-pk"),
        "choices": [
            (key, title, looks.with_legend if key == "legend" else getattr(looks, key))
            for key, (title, kinds) in CHOICES.items()
            if shared.kind in kinds
        ],
        "theme": looks.theme or "system",
        "themes": THEMES.items(),
        "longest_note": LONGEST_NOTE,
        "longest_password": LONGEST_PASSWORD,
        "shortest_password": SHORTEST_PASSWORD,
        "minutes": int(configuring.GRACE.total_seconds() // 60),
    }


def _choices(kind: str) -> dict[str, str]:
    return {key: title for key, (title, kinds) in CHOICES.items() if kind in kinds}


def _may_edit(shared: Shareable, user: User) -> bool:
    try:
        shared.require_edit(user)
    except PermissionDenied:
        return False
    return True


# Changing


def _switch(shared: Shareable, user: User, asked: QueryDict) -> None:
    configuring.change(shared, user, {"enabled": Form(asked).is_on("enabled")})


def _protect(shared: Shareable, user: User, asked: QueryDict) -> None:
    configuring.change(shared, user, {"password_required": Form(asked).is_on("password_required")})


def _refresh(shared: Shareable, user: User, asked: QueryDict) -> None:
    configuring.refresh(shared, user)


def _look(shared: Shareable, user: User, asked: QueryDict) -> None:
    """The choices that the dialog shows; others stay as they are."""
    form, known = Form(asked), configuring.current(shared)
    switches = {key: form.is_on(key) for key in _choices(shared.kind)}
    before = (known.settings if known else None) or {}
    chosen = {**before, **switches, "theme": form.one_of("theme", THEMES, "system")}
    configuring.change(shared, user, {"settings": read_settings(chosen)})


def _add_password(shared: Shareable, user: User, asked: QueryDict) -> MadePassword:
    body = NewPasswordSerializer(data={"raw_password": asked.get("password") or None, "note": asked.get("note", "")})
    body.is_valid(raise_exception=True)
    note = body.validated_data.get("note") or ""
    try:
        _, plain = configuring.add_password(shared, user, body.validated_data.get("raw_password"), note)
    except configuring.PasswordsNotRequiredError:
        raise ValidationError("Ask for a password first.") from None
    return MadePassword(plain, note)


def _revoke(shared: Shareable, user: User, asked: QueryDict) -> None:
    text = asked.get("password", "")
    if not is_whole(text):
        raise NotFound("This password is not there any more.")
    configuring.revoke_password(shared, user, int(text))


_ACTIONS: dict[str, Callable[[Shareable, User, QueryDict], MadePassword | None]] = {
    "switch": _switch,
    "protect": _protect,
    "refresh": _refresh,
    "look": _look,
    "add-password": _add_password,
    "revoke": _revoke,
}
"""By the word for it."""
