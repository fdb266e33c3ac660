"""The secret keys of a project: making them, changing what they may do, rolling and removing them."""

from typing import Any

from django.db import transaction
from django.http import HttpResponse

from hedgerow.activity.recording import snapshot
from hedgerow.api.asked import checked
from hedgerow.api.errors import ValidationError
from hedgerow.project_secret_keys.history import note_changed, note_deleted, note_made
from hedgerow.project_secret_keys.models import ProjectSecretAPIKey
from hedgerow.project_secret_keys.rules import SCOPES, create_key, roll_key
from hedgerow.project_secret_keys.serializers import ProjectSecretAPIKeySerializer
from hedgerow.projects.changing import require_project_admin
from hedgerow.web.project_settings.place import ProjectPlace, settings_page
from hedgerow.web.rendering import not_found
from hedgerow.web.sent_forms import answered

TAB = "secret_keys"
WHAT_FOR = {
    "feature_flag:read": "Evaluate feature flags",
    "experiment:read": "Read experiments",
    "endpoint:read": "Run saved queries",
    "account:read": "Read accounts",
    "loop:write": "Write loops",
}
"""The scopes such a key may have, in words."""


@settings_page
def page(place: ProjectPlace) -> HttpResponse:
    """The keys, and making one; its value is shown once."""
    return answered(place, {"new": _new}, _shown)


@settings_page
def edit(place: ProjectPlace, key_id: str) -> HttpResponse:
    """Change what a key is called and may do; roll it; remove it."""
    key = place.project.secret_api_keys.filter(pk=key_id).first() if "\0" not in key_id else None
    if key is None or not place.is_admin:
        return not_found(place.request)
    changes = {
        "save": _save,
        "roll": _roll,
        "delete": _delete,
    }
    return answered(place, changes, _shown_one, key)


def _shown(place: ProjectPlace, told: dict[str, Any], status: int) -> HttpResponse:
    keys = place.project.secret_api_keys.select_related("created_by").order_by("-created_at", "-id")
    context = {"keys": keys, "label": told["given"].get("label", ""), "scopes": _offered(place, told, []), **told}
    return place.render("secret_keys", TAB, context, status)


def _shown_one(place: ProjectPlace, key: ProjectSecretAPIKey, told: dict[str, Any], status: int) -> HttpResponse:
    key.refresh_from_db()
    label = told["given"].get("label", key.label)
    context = {"key": key, "label": label, "scopes": _offered(place, told, key.scopes), **told}
    return place.render("secret_key", TAB, context, status)


def _offered(place: ProjectPlace, told: dict[str, Any], chosen: list[str]) -> list[dict[str, Any]]:
    if told["failed"] in ("new", "save"):
        chosen = place.request.POST.getlist("scope")
    return [{"scope": scope, "title": WHAT_FOR[scope], "is_chosen": scope in chosen} for scope in SCOPES]


def _given(place: ProjectPlace, key: ProjectSecretAPIKey | None = None) -> dict[str, Any]:
    """The fields of a key, by the rules of the API. Raises ValidationError."""
    fields = {"label": place.sent("label"), "scopes": place.request.POST.getlist("scope")}
    if not fields["label"]:
        raise ValidationError("Give the key a name.")
    if not fields["scopes"]:
        raise ValidationError("Choose at least one thing that the key may do.")
    return checked(ProjectSecretAPIKeySerializer(key, data=fields, context={"project": place.project}))


def _new(place: ProjectPlace) -> HttpResponse:
    require_project_admin(place.user, place.project)
    with transaction.atomic():
        key, value = create_key(place.project, by=place.user, **_given(place))
        note_made(key, place.user)
    return _made(place, key, value)


def _save(place: ProjectPlace, key: ProjectSecretAPIKey) -> HttpResponse:
    fields, before = _given(place, key), snapshot(key)
    with transaction.atomic():
        for name, value in fields.items():
            setattr(key, name, value)
        key.save(update_fields=list(fields))
        note_changed(key, before, place.user)
    place.say("Saved.")
    return place.go(TAB)


def _roll(place: ProjectPlace, key: ProjectSecretAPIKey) -> HttpResponse:
    before = snapshot(key)
    with transaction.atomic():
        value = roll_key(key)
        note_changed(key, before, place.user)
    return _made(place, key, value)


def _delete(place: ProjectPlace, key: ProjectSecretAPIKey) -> HttpResponse:
    with transaction.atomic():
        note_deleted(key, place.user)
        key.delete()
    place.say(f"The key {key.label} does not work any more.")
    return place.go(TAB)


def _made(place: ProjectPlace, key: ProjectSecretAPIKey, value: str) -> HttpResponse:
    return place.render("key_made", TAB, {"key": key, "value": value})
