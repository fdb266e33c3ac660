"""Making and changing templates, for the API and for pages: in one transaction, with an entry in the activity log."""

from typing import Any

from django.db import transaction
from rest_framework import serializers

from hedgerow.activity.recording import changes_between, record_activity, snapshot
from hedgerow.dashboard_templates.models import DashboardTemplate
from hedgerow.organizations.models import User
from hedgerow.projects.models import Project

SCOPE = "DashboardTemplate"


def make_template(
    serializer: serializers.BaseSerializer[DashboardTemplate], project: Project, user: User
) -> DashboardTemplate:
    """The template that a serializer has checked. Raises ValidationError."""
    with transaction.atomic():
        template = serializer.save()
        record_template("created", template, project, user)
    return template


def change_template(
    serializer: serializers.BaseSerializer[DashboardTemplate], project: Project, user: User
) -> DashboardTemplate:
    """The template with the changes that a serializer has checked; notes whether it was hidden or brought back.

    Raises ValidationError.
    """
    assert serializer.instance is not None
    before = snapshot(serializer.instance)
    with transaction.atomic():
        changed = serializer.save()
        done = "updated"
        if bool(changed.deleted) != bool(before["deleted"]):
            done = "deleted" if changed.deleted else "restored"
        record_template(done, changed, project, user, changes=changes_between(SCOPE, before, snapshot(changed)))
    return changed


def record_template(activity: str, template: DashboardTemplate, project: Project, user: User, **known: Any) -> None:
    """Note in the activity log what `user` did to a template."""
    record_activity(
        scope=SCOPE,
        activity=activity,
        item_id=template.pk,
        user=user,
        project=project,
        name=template.template_name,
        **known,
    )
