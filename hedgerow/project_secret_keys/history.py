"""What the activity log says of a project's secret keys: which one, never its value."""

from typing import Any

from hedgerow.activity.recording import Change, change, changes_between, record_activity, snapshot
from hedgerow.project_secret_keys.models import ProjectSecretAPIKey

SCOPE = "ProjectSecretAPIKey"
SECRETS = ("secure_value", "mask_value")


def note_made(key: ProjectSecretAPIKey, by: Any) -> None:
    """That a key was made, and what for."""
    _note("created", key, by, [change(SCOPE, "scopes", None, key.scopes)])


def note_changed(key: ProjectSecretAPIKey, before: dict[str, Any], by: Any) -> None:
    """That a key is different from what `snapshot` gave before, or was given a new value."""
    _note("updated", key, by, changes_between(SCOPE, before, snapshot(key), masked=SECRETS))


def note_deleted(key: ProjectSecretAPIKey, by: Any) -> None:
    """That a key is gone."""
    _note("deleted", key, by, None)


def _note(activity: str, key: ProjectSecretAPIKey, by: Any, changes: list[Change] | None) -> None:
    record_activity(
        scope=SCOPE, activity=activity, item_id=key.pk, user=by, project=key.project, name=key.label, changes=changes
    )
