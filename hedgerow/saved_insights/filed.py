"""Saved insights in the tree of files."""

from hedgerow.files.kinds import FileKind
from hedgerow.saved_insights.models import Insight
from hedgerow.saved_insights.rights import can_edit
from hedgerow.saved_insights.saving import delete_insight, restore_insight

INSIGHTS = FileKind(
    type="insight",
    model=Insight,
    folder="Unfiled/Insights",
    ref_field="short_id",
    name=lambda insight: insight.name or insight.derived_name,
    href=lambda insight: f"/insights/{insight.short_id}",
    is_hidden=lambda insight: insight.deleted or not insight.saved,
    fields=frozenset({"name", "derived_name", "deleted", "saved"}),
    delete=delete_insight,
    restore=restore_insight,
    can_edit=can_edit,
)
