"""Dashboards in the tree of files."""

from hedgerow.dashboards.deleting import delete_dashboard, restore_dashboard
from hedgerow.dashboards.models import Dashboard
from hedgerow.dashboards.rights import can_edit
from hedgerow.files.kinds import FileKind

DASHBOARDS = FileKind(
    type="dashboard",
    model=Dashboard,
    folder="Unfiled/Dashboards",
    ref_field="id",
    name=lambda dashboard: dashboard.name,
    href=lambda dashboard: f"/dashboard/{dashboard.pk}",
    is_hidden=lambda dashboard: dashboard.deleted or dashboard.creation_mode == Dashboard.CreationMode.UNLISTED,
    fields=frozenset({"name", "deleted", "creation_mode"}),
    delete=delete_dashboard,
    restore=restore_dashboard,
    can_edit=can_edit,
)
