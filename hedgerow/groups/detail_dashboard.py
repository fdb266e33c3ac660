"""The dashboard that is shown with each group of a type."""

from typing import Any

from django.db import transaction

from hedgerow.api.errors import ValidationError
from hedgerow.groups.models import GroupTypeMapping

_ALREADY = "There is a detail dashboard of this group type already."


@transaction.atomic
def create_detail_dashboard(group_type: GroupTypeMapping, user: Any) -> None:
    """Make it, with what is usually asked about a group: how much is done in it, by how many, what, and who comes back.

    It is not in lists of dashboards. Raises ValidationError where the type has one already.
    """
    from hedgerow.dashboards.making import create_dashboard
    from hedgerow.dashboards.models import Dashboard

    locked = GroupTypeMapping.objects.select_for_update().select_related("project").get(pk=group_type.pk)
    if locked.detail_dashboard_id is not None:
        raise ValidationError(_ALREADY, attr="group_type_index")
    group_type.detail_dashboard = create_dashboard(
        locked.project,
        user,
        template=_recipe(locked),
        creation_mode=Dashboard.CreationMode.UNLISTED,
    )
    group_type.save(update_fields=["detail_dashboard"])


def _recipe(group_type: GroupTypeMapping) -> dict[str, Any]:
    name = group_type.name_singular or group_type.group_type
    return {
        "template_name": f"Details of each {name}"[:400],
        "dashboard_description": f"What is done in each {name}, and by how many."[:400],
        "dashboard_filters": {"date_from": "-30d"},
        "tiles": [
            _tile("Events", "Events a day.", _trend(group_type), x=0, y=0),
            _tile("Active people", "People with events, each day.", _trend(group_type, math="dau"), x=6, y=0),
            _tile("What is done", "Events by name.", _by_name(group_type), x=0, y=5),
            _tile("Who comes back", "People with events in later weeks, too.", _retention(group_type), x=6, y=5),
        ],
    }


def _tile(name: str, description: str, query: dict[str, Any], *, x: int, y: int) -> dict[str, Any]:
    layouts = {"sm": {"x": x, "y": y, "w": 6, "h": 5}, "xs": {"x": 0, "y": y * 2 + x // 6 * 5, "w": 1, "h": 5}}
    source = {"kind": "InsightVizNode", "source": query}
    return {"type": "INSIGHT", "name": name, "description": description, "query": source, "layouts": layouts}


def _trend(group_type: GroupTypeMapping, **series: Any) -> dict[str, Any]:
    return {
        "kind": "TrendsQuery",
        "series": [{"kind": "EventsNode", "event": None, "name": "All events", **series}],
        "properties": _in_groups(group_type),
        "interval": "day",
    }


def _by_name(group_type: GroupTypeMapping) -> dict[str, Any]:
    return {
        **_trend(group_type),
        "breakdownFilter": {"breakdown": "event", "breakdown_type": "hogql"},
        "trendsFilter": {"display": "ActionsBarValue"},
    }


def _retention(group_type: GroupTypeMapping) -> dict[str, Any]:
    anything = {"id": None, "name": "All events", "type": "events"}
    return {
        "kind": "RetentionQuery",
        "retentionFilter": {
            "period": "Week",
            "totalIntervals": 5,
            "targetEntity": anything,
            "returningEntity": anything,
        },
        "properties": _in_groups(group_type),
    }


def _in_groups(group_type: GroupTypeMapping) -> list[dict[str, Any]]:
    """Only events of some group of the type."""
    return [{"type": "hogql", "key": f"$group_{group_type.group_type_index} != ''"}]
