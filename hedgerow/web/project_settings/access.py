"""Who may do what in a project: the rules of the project and of the kinds of its objects."""

from typing import Any

from django.http import HttpResponse

from hedgerow.access.changing import Subject, set_rule
from hedgerow.access.models import AccessControl
from hedgerow.access.rules import OBJECT_LEVELS, PROJECT, PROJECT_LEVELS, RESOURCES, default_level, require_level
from hedgerow.api.errors import ValidationError
from hedgerow.api.views import is_uuid
from hedgerow.web.project_settings.place import ProjectPlace, settings_page
from hedgerow.web.sent_forms import answered

TAB = "project_access"
TITLES = {
    PROJECT: "The project",
    "dashboard": "Dashboards",
    "insight": "Insights",
    "cohort": "Cohorts",
    "action": "Actions",
    "session_recording": "Recordings",
}
"""What rules can be about, in words."""
LEVELS = {
    "none": "No access",
    "member": "Member",
    "admin": "Administers the project",
    "viewer": "May look",
    "editor": "May change",
    "manager": "May change, and say who else may",
}
"""What the levels mean."""
EVERYBODY = "everybody"


@settings_page
def page(place: ProjectPlace) -> HttpResponse:
    """The rules; what the project's admins may change of them."""
    changes = {"set": _set, "remove": _remove}
    return answered(place, changes, _shown)


def _shown(place: ProjectPlace, told: dict[str, Any], status: int) -> HttpResponse:
    organization = place.project.organization
    context = {
        "kinds": [_kind(place, resource, title) for resource, title in TITLES.items()],
        "members": organization.memberships.filter(user__is_active=True).select_related("user").order_by("user__email"),
        "roles": organization.roles.order_by("name"),
        **told,
    }
    return place.render("access", TAB, context, status)


def _kind(place: ProjectPlace, resource: str, title: str) -> dict[str, Any]:
    """What the page shows of one kind."""
    subject = Subject(place.project, resource)
    rules = list(subject.rules.select_related("created_by", "membership__user", "role"))
    everybody = next((rule for rule in rules if _is_for_all(rule)), None)
    levels = PROJECT_LEVELS if resource == PROJECT else OBJECT_LEVELS
    return {
        "resource": resource,
        "title": title,
        "levels": [(level, LEVELS[level]) for level in levels],
        "default": default_level(resource),
        "everybody": everybody.access_level if everybody else default_level(resource),
        "rules": [
            {
                "who": rule.membership.user.email if rule.membership else rule.role.name if rule.role else "",
                "is_role": rule.role is not None,
                "value": f"role:{rule.role_id}" if rule.role_id else f"member:{rule.membership_id}",
                "level": rule.access_level,
            }
            for rule in rules
            if not _is_for_all(rule)
        ],
    }


def _is_for_all(rule: AccessControl) -> bool:
    return rule.membership_id is None and rule.role_id is None


def _set(place: ProjectPlace) -> None:
    subject, who = _asked(place)
    level = place.sent("level")
    if level not in LEVELS:
        raise ValidationError("Choose a level.")
    is_default = not who and level == default_level(subject.resource)
    set_rule(subject, None if is_default else level, place.user, **who)
    place.say("Saved.")


def _remove(place: ProjectPlace) -> None:
    subject, who = _asked(place)
    set_rule(subject, None, place.user, **who)
    place.say("The rule is gone.")


def _asked(place: ProjectPlace) -> tuple[Subject, dict[str, Any]]:
    """What a rule is about and for whom. Raises PermissionDenied for who does not administer the project."""
    require_level(place.user, place.project, "admin")
    resource = place.sent("resource")
    if resource not in RESOURCES:
        raise ValidationError("Choose what the rule is about.")
    kind, _, id = place.sent("who").partition(":")
    if kind == EVERYBODY:
        return Subject(place.project, resource), {}
    if kind not in ("member", "role") or not is_uuid(id):
        raise ValidationError("Choose whom the rule is for.")
    return Subject(place.project, resource), {"organization_member" if kind == "member" else "role": id}
