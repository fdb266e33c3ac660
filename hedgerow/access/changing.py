"""Making, changing and removing rules; each change is in the activity log."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import F, QuerySet

from hedgerow.access.models import AccessControl, Role
from hedgerow.access.rules import PROJECT, forget, levels_of
from hedgerow.activity.recording import change, record_activity
from hedgerow.api.errors import ValidationError
from hedgerow.organizations.models import Membership
from hedgerow.projects.models import Project

SCOPE = "AccessControl"
BOTH = "A rule is for a member or for a role, not for both."


@dataclass(frozen=True)
class Subject:
    """What a rule is about: a project, a kind of its objects, or one of these."""

    project: Project
    resource: str = PROJECT
    resource_id: str = ""

    @property
    def rules(self) -> QuerySet[AccessControl]:
        """Its rules, the one for everybody first, then in the order they were made."""
        rules = AccessControl.objects.filter(project=self.project, resource=self.resource, resource_id=self.resource_id)
        for_all_first = (F(name).asc(nulls_first=True) for name in ("membership", "role"))
        return rules.select_related("created_by").order_by(*for_all_first, "created_at", "id")


@transaction.atomic
def set_rule(
    subject: Subject,
    level: str | None,
    by: Any,
    organization_member: UUID | None = None,
    role: UUID | None = None,
) -> AccessControl | None:
    """Give a member, a role or, with neither, everybody a level; None removes the rule.

    Raises ValidationError for a level that there is not, and for who does not belong to the organization.
    """
    if level is not None and level not in levels_of(subject.resource):
        raise ValidationError(f'"{level}" is not a valid choice.', code="invalid_choice", attr="access_level")
    if organization_member and role:
        raise ValidationError(BOTH)
    organization = subject.project.organization_id
    _require(Membership.objects.filter(organization=organization), organization_member, "organization_member")
    _require(Role.objects.filter(organization=organization), role, "role")
    if by is not None:
        forget(by)
    list(Project.objects.select_for_update(no_key=True).filter(pk=subject.project.pk))  # one change at a time
    rule = subject.rules.filter(membership=organization_member, role=role).first()
    before = rule.access_level if rule else None
    if subject.resource == PROJECT and not (organization_member or role):
        subject.project.access_control = level == "none"
        subject.project.save(update_fields=["access_control", "updated_at"])
    if level is None:
        if rule is not None:
            _note("deleted", subject, rule, by, before, None)
            rule.delete()
        return None
    if rule is None:
        rule = AccessControl(
            project=subject.project,
            resource=subject.resource,
            resource_id=subject.resource_id,
            membership_id=organization_member,
            role_id=role,
            created_by=by,
        )
    rule.access_level = level
    rule.save()
    if before != level:
        _note("updated" if before else "created", subject, rule, by, before, level)
    return rule


def _require(among: QuerySet[Any], pk: UUID | None, attr: str) -> None:
    if pk is not None and not among.filter(pk=pk).exists():
        raise ValidationError(f'Invalid pk "{pk}" - object does not exist.', code="does_not_exist", attr=attr)


def _note(activity: str, subject: Subject, rule: AccessControl, by: Any, before: str | None, after: str | None) -> None:
    who = rule.membership.user.email if rule.membership else rule.role.name if rule.role else "everybody"
    record_activity(
        scope=SCOPE,
        activity=activity,
        item_id=rule.pk,
        user=by,
        project=subject.project,
        name=f"{subject.resource} {subject.resource_id}".strip(),
        item_type=subject.resource,
        changes=[change(SCOPE, f"access_level of {who}", before, after)],
    )
