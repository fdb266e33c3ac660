"""Connecting a project to another service."""

from collections.abc import Mapping
from typing import Any

from hedgerow.activity.recording import Change, change, record_activity
from hedgerow.api.errors import Unavailable, ValidationError
from hedgerow.integrations.models import Integration
from hedgerow.integrations.naming import display_name
from hedgerow.integrations.secrets import encrypted
from hedgerow.integrations.slack import SlackRefusedError, SlackUnreachableError, Workspace, workspace_of
from hedgerow.organizations.models import User
from hedgerow.projects.models import Project

SCOPE = "Integration"
UNREACHABLE = "Slack cannot be reached at the moment. Try again."


def connect_slack(project: Project, user: User, token: str, config: Mapping[str, Any]) -> Integration:
    """Connect a workspace of Slack by the token of its bot; one that is connected already gets the new token.

    Raises ValidationError for a token that Slack refuses, Unavailable where Slack gives no answer.
    """
    workspace = _workspace(token)
    kept = {
        **config,
        "team": {"id": workspace.team_id, "name": workspace.name},
        "bot_user_id": workspace.bot_user_id,
    }
    integration, is_new = Integration.objects.update_or_create(
        project=project,
        kind=Integration.Kind.SLACK,
        integration_id=workspace.team_id,
        defaults={"config": kept, "secrets": encrypted(token), "errors": ""},
        create_defaults={"config": kept, "secrets": encrypted(token), "created_by": user},
    )
    if is_new:
        record_integration("created", integration, user)
    else:
        new_token = change(SCOPE, "secrets", True, True, is_masked=True)
        record_integration("updated", integration, user, changes=[new_token])
    return integration


def record_integration(
    activity: str, integration: Integration, user: Any, *, changes: list[Change] | None = None
) -> None:
    """Note in the activity log what `user` did to an integration."""
    record_activity(
        scope=SCOPE,
        activity=activity,
        item_id=integration.pk,
        user=user,
        project=integration.project,
        name=display_name(integration),
        item_type=integration.kind,
        changes=changes,
    )


def _workspace(token: str) -> Workspace:
    try:
        return workspace_of(token)
    except SlackRefusedError as error:
        raise ValidationError(f"Slack refused the token: {error}", attr="access_token") from None
    except SlackUnreachableError:
        raise Unavailable(UNREACHABLE) from None
