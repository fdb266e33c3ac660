"""One's personal API keys: making them, changing what they may do, rolling and removing them."""

from collections.abc import Mapping
from typing import Any

from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from rest_framework import exceptions

from hedgerow.activity.recording import change, changes_between, snapshot
from hedgerow.api.errors import ValidationError
from hedgerow.api.scopes import EVERYTHING
from hedgerow.organizations.history import KEY, KEY_SECRETS, note_key
from hedgerow.organizations.key_rules import create_key, roll_key
from hedgerow.organizations.key_serializer import PersonalAPIKeySerializer
from hedgerow.organizations.models import Organization, PersonalAPIKey, User
from hedgerow.web.accounts.door import problem_of
from hedgerow.web.accounts.own import account_page, own_page
from hedgerow.web.accounts.scopes import offered_objects
from hedgerow.web.rendering import not_found, projects_of

LEVELS = (("", "No access"), ("read", "Read"), ("write", "Read and write"))


@own_page
def new(request: HttpRequest, user: User) -> HttpResponse:
    """Make a key; its value is shown once."""
    if request.method != "POST":
        return _form(request, user, {"label": "", "scopes": [], "scoped_teams": [], "scoped_organizations": []})
    given = _given(request)
    try:
        fields = _checked(request, given)
        with transaction.atomic():
            key, value = create_key(user, **fields)
            note_key("created", key, [change(KEY, "scopes", None, key.scopes)])
    except exceptions.ValidationError as error:
        return _form(request, user, given, problem=problem_of(error))
    return _made(request, user, key, value)


@own_page
def edit(request: HttpRequest, user: User, key_id: str) -> HttpResponse:
    """Change what a key is called and may do; roll it; remove it."""
    key = user.personal_api_keys.filter(pk=key_id).first()
    if key is None:
        return not_found(request)
    if request.method != "POST":
        return _form(request, user, snapshot(key), key)
    do = request.POST.get("do")
    if do == "delete":
        with transaction.atomic():
            note_key("deleted", key)
            key.delete()
        messages.success(request, f"The key {key.label} does not work any more.")
        return redirect("account")
    before = snapshot(key)
    if do == "roll":
        with transaction.atomic():
            value = roll_key(key)
            note_key("updated", key, changes_between(KEY, before, snapshot(key), masked=KEY_SECRETS))
        return _made(request, user, key, value)
    given = _given(request)
    try:
        fields = _checked(request, given)
    except exceptions.ValidationError as error:
        return _form(request, user, given, key, problem_of(error))
    with transaction.atomic():
        for name, value in fields.items():
            setattr(key, name, value)
        key.save(update_fields=list(fields))
        note_key("updated", key, changes_between(KEY, before, snapshot(key), masked=KEY_SECRETS))
    messages.success(request, "Saved.")
    return redirect("account")


def _given(request: HttpRequest) -> dict[str, Any]:
    """What the form says, as the API would be told."""
    sent = request.POST
    levels = {name: sent.get(f"scope-{name}", "") for name in offered_objects()}
    narrow = [f"{name}:{level}" for name, level in levels.items() if level in ("read", "write")]
    kept = [scope for scope in sent.getlist("kept") if scope.partition(":")[0] not in levels]
    return {
        "label": sent.get("label", "").strip(),
        "scopes": [EVERYTHING] if sent.get("everything") else narrow + kept,
        "scoped_teams": sent.getlist("project"),
        "scoped_organizations": sent.getlist("organization"),
    }


def _checked(request: HttpRequest, given: Mapping[str, Any]) -> dict[str, Any]:
    """The fields of a key, by the rules of the API. Raises ValidationError."""
    if not given["label"]:
        raise ValidationError("Give the key a name.")
    if not given["scopes"]:
        raise ValidationError("Choose at least one thing that the key may do.")
    serializer = PersonalAPIKeySerializer(data=given, context={"request": request})
    serializer.is_valid(raise_exception=True)
    return dict(serializer.validated_data)


def _form(
    request: HttpRequest, user: User, given: dict[str, Any], key: PersonalAPIKey | None = None, problem: str = ""
) -> HttpResponse:
    scopes = given["scopes"] or ([EVERYTHING] if key else [])
    levels = {name: level for name, _, level in (scope.partition(":") for scope in scopes)}
    organizations = {str(each) for each in given["scoped_organizations"] or []}
    projects = {str(each) for each in given["scoped_teams"] or []}
    objects = offered_objects()
    context = {
        "key": key,
        "label": given["label"],
        "problem": problem,
        "has_everything": EVERYTHING in scopes,
        "objects": [
            {
                "name": name,
                "label": name.replace("_", " ").capitalize(),
                "choices": [(value, text, levels.get(name, "") == value) for value, text in LEVELS],
            }
            for name in objects
        ],
        "kept": [scope for scope in scopes if scope != EVERYTHING and scope.partition(":")[0] not in objects],
        "projects": [(each, str(each.pk) in projects) for each in projects_of(user)],
        "organizations": [
            (each, str(each.pk) in organizations)
            for each in Organization.objects.filter(memberships__user=user).order_by("name")
        ],
    }
    return account_page(request, user, "web/accounts/key.html", context)


def _made(request: HttpRequest, user: User, key: PersonalAPIKey, value: str) -> HttpResponse:
    return account_page(request, user, "web/accounts/key_made.html", {"key": key, "value": value})
