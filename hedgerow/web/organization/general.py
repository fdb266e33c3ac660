"""What holds for a whole organization, its projects, and its end."""

from typing import Any

from django.db import transaction
from django.http import HttpResponse
from django.shortcuts import redirect
from rest_framework.serializers import BaseSerializer

from hedgerow.activity.recording import changes_between, snapshot
from hedgerow.api.asked import checked
from hedgerow.api.errors import PermissionDenied, ValidationError
from hedgerow.api.levels import Level
from hedgerow.organizations.history import note_organization
from hedgerow.organizations.serializers import OrganizationSerializer
from hedgerow.projects.changing import require_project_creator
from hedgerow.projects.history import note_made
from hedgerow.projects.serializers import ProjectSerializer
from hedgerow.web.organization.place import Place, organization_page
from hedgerow.web.rendering import projects_of
from hedgerow.web.sent_forms import answered, switches

SWITCHES = {
    "enforce_2fa": ("Everybody needs a second factor", "Who has none has to set one up before going on. Keys go on."),
    "members_can_invite": ("Members may invite others", "Admins and owners always may."),
    "members_can_create_projects": ("Members may make projects", "Admins and owners always may."),
    "members_can_use_personal_api_keys": (
        "Members may use personal API keys",
        "Without this, keys of members are refused here; those of admins and owners are not.",
    ),
    "allow_publicly_shared_resources": (
        "Dashboards, insights and recordings may be shared by a link",
        "Without this, links that have been given away show nothing.",
    ),
    "is_member_join_email_enabled": ("Mail everybody when somebody joins", ""),
}
"""By its field, what a switch is called and what it does."""


@organization_page
def page(place: Place) -> HttpResponse:
    """The settings of the organization."""
    changes = {
        "save": _save,
        "new-project": _new_project,
        "delete": _delete,
    }
    return answered(place, changes, _shown)


def _shown(place: Place, told: dict[str, Any], status: int) -> HttpResponse:
    organization = place.organization
    organization.refresh_from_db()
    context = {
        "name": told["given"].get("name", organization.name) if told["failed"] == "save" else organization.name,
        "switches": [
            {"field": field, "title": title, "hint": hint, "is_on": bool(getattr(organization, field))}
            for field, (title, hint) in SWITCHES.items()
        ],
        "projects": projects_of(place.user).filter(organization=organization),
        "may_make_projects": _may_make_projects(place),
        **told,
    }
    return place.render("general", "organization_general", context, status)


def _save(place: Place) -> None:
    place.require(Level.ADMIN)
    fields: dict[str, Any] = {"name": place.sent("name"), **switches(place.request, *SWITCHES)}
    serializer: BaseSerializer[Any] = OrganizationSerializer(
        place.organization, data=fields, partial=True, context={"request": place.request}
    )
    checked(serializer)
    before = snapshot(place.organization)
    with transaction.atomic():
        changed = serializer.save()
        note_organization("updated", changed, place.user, changes_between("Organization", before, snapshot(changed)))
    place.say("Saved.")


def _new_project(place: Place) -> HttpResponse:
    require_project_creator(place.user, place.organization)
    serializer = ProjectSerializer(data={"name": place.sent("project")}, context={"request": place.request})
    checked(serializer)
    with transaction.atomic():
        project = serializer.save(organization=place.organization)
        note_made(project, place.user)
        place.user.work_in(project)
    return redirect("connect", project_id=project.pk)


def _may_make_projects(place: Place) -> bool:
    try:
        require_project_creator(place.user, place.organization)
    except PermissionDenied:
        return False
    return True


def _delete(place: Place) -> HttpResponse:
    place.require(Level.OWNER)
    if place.sent("confirm") != place.organization.name:
        raise ValidationError("Write the name of the organization to delete it.")
    place.organization.delete()
    return redirect("home")
