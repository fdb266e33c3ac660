"""Copies of what stands on tiles."""

from typing import Any

from django.utils import timezone
from uuid_utils.compat import uuid7

from hedgerow.dashboards.models import Authored, Tile
from hedgerow.saved_insights.models import Insight
from hedgerow.saved_insights.saving import create_insight

_LONGEST_NAME = 400
_SUFFIX = " (Copy)"


def copy_tile_content(tile: Tile, user: Any) -> dict[str, Any]:
    """The content of a new tile: a copy of the insight, text or button on this one, by the user."""
    return {
        "insight": _copied_insight(tile.insight, user) if tile.insight else None,
        "text": _copied(tile.text, user) if tile.text else None,
        "button": _copied(tile.button, user) if tile.button else None,
    }


def _copied_insight(insight: Insight, user: Any) -> Insight:
    name = insight.name or insight.derived_name
    return create_insight(
        insight.project,
        user,
        name=f"{name[: _LONGEST_NAME - len(_SUFFIX)]}{_SUFFIX}" if name else None,
        derived_name=insight.derived_name,
        description=insight.description,
        query=insight.query,
        filters=insight.filters,
        tags=insight.tags,
    )


def _copied(content: Authored, user: Any) -> Authored:
    """A stored copy of a text or button."""
    own = {field.attname: getattr(content, field.attname) for field in content._meta.concrete_fields}
    by = {"created_by_id": user.pk if user else None, "last_modified_by_id": user.pk if user else None}
    copy = type(content)(**{**own, **by, "last_modified_at": timezone.now(), "id": _new_id(content)})
    copy.save(force_insert=True)
    return copy


def _new_id(content: Authored) -> Any:
    from hedgerow.dashboards.models import Button

    return uuid7() if isinstance(content, Button) else None
