"""What a project is called and counts by, its tokens, where it belongs, and its end."""

from typing import Any

from django.db import transaction
from django.http import HttpResponse
from django.shortcuts import redirect

from hedgerow.activity.recording import snapshot
from hedgerow.api.asked import checked
from hedgerow.api.errors import ValidationError
from hedgerow.api.levels import Level
from hedgerow.api.views import is_uuid
from hedgerow.organizations.models import Organization
from hedgerow.projects.changing import (
    delete_project,
    drop_backup_token,
    move_project,
    require_project_admin,
    reset_token,
    rotate_secret_token,
)
from hedgerow.projects.history import note_changed
from hedgerow.projects.models import TIMEZONES, WeekStart
from hedgerow.projects.serializers import ProjectSerializer
from hedgerow.web.project_settings.place import ProjectPlace, settings_page
from hedgerow.web.sent_forms import answered, switches

TAB = "project_settings"
SWITCHES = {
    "anonymize_ips": ("Do not store the addresses of visitors", "Where an event comes from is found out before."),
    "autocapture_opt_out": ("No automatic events of web pages", "Clicks and the like are not noted by themselves."),
}
"""By its field, what a switch is called and what it does."""


@settings_page
def page(place: ProjectPlace) -> HttpResponse:
    """The settings of the project."""
    changes = {
        "save": _save,
        "reset-token": _reset_token,
        "rotate-secret": _rotate_secret,
        "drop-backup": _drop_backup,
        "move": _move,
        "delete": _delete,
    }
    return answered(place, changes, _shown)


def _shown(place: ProjectPlace, told: dict[str, Any], status: int) -> HttpResponse:
    project = place.project
    project.refresh_from_db()
    stored = {
        "name": project.name,
        "timezone": project.timezone,
        "week_start_day": "" if project.week_start_day is None else str(project.week_start_day),
        "base_currency": project.base_currency,
        "app_urls": "\n".join(url for url in project.app_urls if url),
    }
    values = {**stored, **told["given"]} if told["failed"] == "save" else stored
    administered = Organization.objects.filter(memberships__user=place.user, memberships__level__gte=Level.ADMIN)
    may_move = administered.filter(pk=project.organization_id).exists()
    context = {
        "values": values,
        "timezones": TIMEZONES,
        "week_starts": [("", "As each insight says"), *((str(day.value), day.label) for day in WeekStart)],
        "switches": [
            {"field": field, "title": title, "hint": hint, "is_on": bool(getattr(project, field))}
            for field, (title, hint) in SWITCHES.items()
        ],
        "targets": administered.exclude(pk=project.organization_id).order_by("name") if may_move else [],
        **told,
    }
    return place.render("general", TAB, context, status)


def _save(place: ProjectPlace) -> None:
    fields: dict[str, Any] = {
        "name": place.sent("name"),
        "timezone": place.sent("timezone"),
        "week_start_day": place.sent("week_start_day") or None,
        "base_currency": place.sent("base_currency").upper(),
        "app_urls": place.sent("app_urls").split(),
        **switches(place.request, *SWITCHES),
    }
    context = {"request": place.request}
    serializer = ProjectSerializer(place.project, data=fields, partial=True, context=context)
    checked(serializer)
    before = snapshot(place.project)
    with transaction.atomic():
        note_changed(serializer.save(), before, place.user)
    place.say("Saved.")


def _reset_token(place: ProjectPlace) -> None:
    reset_token(place.project, place.user)
    place.say("The project has a new public token. Events with the old one are refused.")


def _rotate_secret(place: ProjectPlace) -> None:
    rotate_secret_token(place.project, place.user)
    place.say("There is a new secret token. The one before works until you drop it.")


def _drop_backup(place: ProjectPlace) -> None:
    drop_backup_token(place.project, place.user)
    place.say("The former secret token does not work any more.")


def _move(place: ProjectPlace) -> None:
    given = place.sent("organization")
    mine = Organization.objects.filter(memberships__user=place.user)
    organization = mine.filter(pk=given).first() if is_uuid(given) else None
    if organization is None:
        raise ValidationError("Choose an organization.")
    move_project(place.project, organization, place.user)
    place.say(f"The project belongs to {organization.name} now.")


def _delete(place: ProjectPlace) -> HttpResponse:
    require_project_admin(place.user, place.project)
    if place.sent("confirm") != place.project.name:
        raise ValidationError("Write the name of the project to delete it.")
    delete_project(place.project, place.user)
    return redirect("home")
