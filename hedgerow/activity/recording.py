"""Writing to the activity log.

An entry is written when the transaction that made the change has been committed, and failing to write it never fails
what was done.
"""

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

import structlog
from django.contrib.auth.models import AnonymousUser
from django.db import models, transaction

from hedgerow.activity.models import ActivityLog

if TYPE_CHECKING:
    from hedgerow.organizations.models import Organization, User
    from hedgerow.projects.models import Project

log = structlog.get_logger(__name__)

Change = dict[str, Any]

MASKED = "masked"
"""What stands in the log for a secret value."""

NEVER_COMPARED = frozenset(
    {
        *("id", "uuid", "short_id", "created_at", "created_by", "last_modified_at", "last_modified_by"),
        *("updated_at", "updated_by", "project", "organization", "last_accessed_at", "last_used_at"),
    }
)
"""Fields whose changes nobody made by hand."""


def record_activity(
    *,
    scope: str,
    activity: str,
    item_id: object,
    user: "User | AnonymousUser | Any | None",
    project: "Project | None" = None,
    organization: "Organization | None" = None,
    name: str | None = None,
    short_id: str | None = None,
    item_type: str | None = None,
    changes: list[Change] | None = None,
    trigger: dict[str, Any] | None = None,
    merge: dict[str, Any] | None = None,
) -> None:
    """Note that `user` (None: the system) did `activity` to the object `item_id` of the kind `scope`.

    Of a project, or of an organization alone. An `updated` without changes is not noted.
    """
    from hedgerow.organizations.models import User

    if activity == "updated" and not changes:
        return
    of = project.organization_id if project is not None else organization.pk if organization is not None else None
    if of is None:
        raise ValueError("An activity belongs to a project or an organization.")
    detail = {"name": name, "short_id": short_id, "type": item_type, "changes": changes, "trigger": trigger}
    entry = ActivityLog(
        organization_id=of,
        project=project,
        user=user if isinstance(user, User) else None,
        is_system=user is None,
        activity=activity,
        scope=scope,
        item_id=str(item_id),
        detail={**detail, "merge": merge} if merge is not None else detail,
    )
    transaction.on_commit(lambda: _write(entry), robust=True)


def _write(entry: ActivityLog) -> None:
    try:
        with transaction.atomic():
            entry.save()
    except Exception:
        log.exception("activity_not_written", scope=entry.scope, item=entry.item_id, activity=entry.activity)


def snapshot(instance: models.Model) -> dict[str, Any]:
    """The values of an object's own fields, to be compared later; a foreign key is its id."""
    return {
        field.name: getattr(instance, field.attname)
        for field in instance._meta.concrete_fields
        if field.name not in NEVER_COMPARED
    }


def changes_between(
    scope: str, before: Mapping[str, Any], after: Mapping[str, Any], masked: Iterable[str] = ()
) -> list[Change]:
    """What differs, field by field, in the order of `after`; the values of `masked` fields are not told."""
    hidden = frozenset(masked)
    return [
        change(scope, name, before.get(name), after.get(name), is_masked=name in hidden)
        for name in dict.fromkeys([*after, *before])
        if name not in NEVER_COMPARED and before.get(name) != after.get(name)
    ]


def change(scope: str, field: str, before: Any, after: Any, *, is_masked: bool = False) -> Change:
    """One changed field: `created` when it was empty, `deleted` when it became so, else `changed`."""
    action = "created" if _is_empty(before) else "deleted" if _is_empty(after) else "changed"
    if is_masked:
        before, after = MASKED, MASKED
    return {"type": scope, "action": action, "field": field, "before": before, "after": after}


def _is_empty(value: Any) -> bool:
    return value is None or value in ("", [], {})
