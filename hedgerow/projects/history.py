"""What the activity log says of projects."""

from typing import TYPE_CHECKING, Any

from hedgerow.activity.recording import change, changes_between, record_activity, snapshot
from hedgerow.projects.models import Project

if TYPE_CHECKING:
    from hedgerow.organizations.models import Organization

SCOPE = "Team"
"""What clients call a project with its settings."""

SECRETS = ("secret_api_token", "secret_api_token_backup", "slack_incoming_webhook")


def note_made(project: Project, by: Any) -> None:
    """That a project was made."""
    record_activity(scope=SCOPE, activity="created", item_id=project.pk, user=by, project=project, name=project.name)


def note_changed(project: Project, before: dict[str, Any], by: Any) -> None:
    """That a project is different from what `snapshot` gave before."""
    changes = changes_between(SCOPE, before, snapshot(project), masked=SECRETS)
    record_activity(
        scope=SCOPE,
        activity="updated",
        item_id=project.pk,
        user=by,
        project=project,
        name=project.name,
        changes=changes,
    )


def note_moved(project: Project, former: "Organization", by: Any) -> None:
    """That a project belongs to another organization than it did."""
    record_activity(
        scope=SCOPE,
        activity="updated",
        item_id=project.pk,
        user=by,
        project=project,
        name=project.name,
        changes=[change(SCOPE, "organization", former.name, project.organization.name)],
    )


def note_deleted(project: Project, by: Any) -> None:
    """That a project is deleted, in the log of its organization: its own log goes with it."""
    record_activity(
        scope=SCOPE,
        activity="deleted",
        item_id=project.pk,
        user=by,
        organization=project.organization,
        name=project.name,
    )
