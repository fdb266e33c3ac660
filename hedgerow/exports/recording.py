"""What the activity log says of exports."""

from typing import Any

from hedgerow.activity.recording import record_activity
from hedgerow.exports.models import ExportedAsset
from hedgerow.exports.naming import filename


def record_export(asset: ExportedAsset) -> None:
    """Note that somebody asked for an export: of an insight in the insight's log, else in the export's own."""
    insight = asset.insight
    is_of_insight = insight is not None and asset.dashboard is None
    scope = "Insight" if is_of_insight else "ExportedAsset"
    change: dict[str, Any] = {
        "type": scope,
        "action": "exported",
        "field": "export_format",
        "before": None,
        "after": asset.export_format,
    }
    common: dict[str, Any] = {
        "activity": "exported",
        "user": asset.created_by,
        "project": asset.project,
        "changes": [change],
        "scope": scope,
    }
    if is_of_insight and insight is not None:
        name = insight.name or insight.derived_name
        record_activity(**common, item_id=insight.pk, name=name, short_id=insight.short_id)
    else:
        name, kind = _described(asset)
        record_activity(**common, item_id=asset.pk, name=name, item_type=kind)


def _described(asset: ExportedAsset) -> tuple[str, str]:
    """What the export is of, in words, and what kind of thing that is."""
    context = asset.export_context or {}
    if asset.dashboard is not None:
        kind = "insight" if asset.insight is not None else "dashboard"
        return asset.dashboard.name or "an export", kind
    if context.get("session_recording_id"):
        return f"session recording {context['session_recording_id']}", "recording"
    if context.get("heatmap_url"):
        return f"heatmap {context['heatmap_url']}", "heatmap"
    if context.get("source"):
        return "SQL query results", "unknown"
    return (filename(asset) if context.get("filename") else "an export"), "unknown"
