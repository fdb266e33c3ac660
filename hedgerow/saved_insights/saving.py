"""Making, changing, deleting and restoring saved insights, each with its entry in the activity log."""

from collections.abc import Iterable, Mapping
from typing import Any

from django.db import transaction
from django.utils import timezone
from rest_framework.exceptions import ParseError

from hedgerow.access.rules import visible
from hedgerow.activity.recording import change, changes_between, record_activity
from hedgerow.api.errors import PermissionDenied, ValidationError
from hedgerow.dashboards.models import Dashboard, Tile
from hedgerow.dashboards.placing import place_insight, take_off
from hedgerow.dashboards.recording import tiles_recorded
from hedgerow.dashboards.rights import can_edit, can_see
from hedgerow.insights.errors import InsightError
from hedgerow.insights.legacy_filters import query_of_filters
from hedgerow.projects.models import Project
from hedgerow.queries.kinds import KINDS
from hedgerow.queries.known_kinds import WRAPPER_KINDS
from hedgerow.queries.request import parse_model, parse_request, unwrap
from hedgerow.saved_insights.models import Insight
from hedgerow.saved_insights.viewing import note_views

SCOPE = "Insight"
_LOGGED = (
    *("name", "derived_name", "description", "query", "filters", "order", "tags", "favorited", "saved", "deleted"),
)
_MODIFYING = frozenset({"name", "description", "query", "filters"})
"""Fields whose being sent makes somebody the one who last modified an insight."""


def wrapped_query(query: Any) -> dict[str, Any] | None:
    """The query as insights keep it: in a wrapper that says how it is shown. Null stays null.

    HogQL is wrapped in a `DataVisualizationNode`, every other bare query in an `InsightVizNode`. Raises ValidationError
    for what is no query, or none that can be answered.
    """
    if query is None:
        return None
    if not isinstance(query, dict):
        raise ValidationError("Query must be a valid JSON object", attr="query")
    try:
        parse_request({"query": query})
        if query["kind"] == "HogQuery":
            return query
        source = unwrap(query)
        kind = KINDS.get(source["kind"])
        if kind is None or not kind.is_cached:
            raise ParseError(f"Queries of the kind {source['kind']} cannot be saved as an insight")
        parse_model(kind.model, source, "query")
    except ParseError as error:
        raise ValidationError(str(error.detail), code="parse_error", attr="query") from None
    if query["kind"] in WRAPPER_KINDS:
        return query
    return {"kind": "DataVisualizationNode" if query["kind"] == "HogQLQuery" else "InsightVizNode", "source": query}


def checked_filters(filters: Mapping[str, Any]) -> dict[str, Any]:
    """Filters of the old form that ask something that can be answered. Raises ValidationError."""
    try:
        if filters:
            query_of_filters(filters)
    except InsightError as error:
        raise ValidationError(error.detail, attr="filters") from None
    return dict(filters)


@transaction.atomic
def create_insight(project: Project, user: Any, *, dashboards: Iterable[int] | None = None, **fields: Any) -> Insight:
    """A new insight, which its maker has just seen; on these dashboards (by id), if any.

    `fields` are the model's; `query` and `filters` are checked here. Raises ValidationError, and PermissionDenied for a
    dashboard that the maker may not edit, before anything is written.
    """
    wanted = _dashboards(project, dashboards or (), user)
    _require_edit(wanted, user, "add insights to")
    insight = Insight(project=project, created_by=user, last_modified_by=user, **fields)
    insight.query = wrapped_query(insight.query)
    insight.filters = {} if insight.query else checked_filters(insight.filters or {})
    insight.save()
    for dashboard in wanted:
        with tiles_recorded(dashboard, user):
            place_insight(dashboard, insight)
    if user is not None:
        note_views([insight.pk], user)
    _record("created", insight, user)
    return insight


@transaction.atomic
def update_insight(insight: Insight, user: Any, *, dashboards: Iterable[int] | None = None, **fields: Any) -> Insight:
    """Change an insight. `dashboards` (ids) are all it stands on afterwards; None leaves them as they are.

    `deleted` true takes it off all dashboards; false brings it back, but not to the dashboards. A change makes it a
    saved one, unless `saved` says otherwise. Raises as `create_insight` does, before anything is written.
    """
    before = {name: getattr(insight, name) for name in _LOGGED}
    placing = None if dashboards is None else _Placing.of(insight, dashboards, user)
    for name, value in {"saved": True, **fields, "is_sample": False}.items():
        setattr(insight, name, value)
    if "query" in fields:
        insight.query = wrapped_query(fields["query"])
    insight.filters = {} if insight.query else checked_filters(insight.filters or {})
    if _MODIFYING.intersection(fields):
        insight.last_modified_at, insight.last_modified_by = timezone.now(), user
    insight.save()
    changes = changes_between(SCOPE, before, {name: getattr(insight, name) for name in _LOGGED})
    if placing is not None:
        changes += placing.apply(insight, user)
    if insight.deleted and not before["deleted"]:
        _take_off_everywhere(insight)
    verb = "updated" if insight.deleted == before["deleted"] else "deleted" if insight.deleted else "restored"
    _record(verb, insight, user, changes)
    return insight


def delete_insight(insight: Insight, user: Any) -> None:
    """Delete an insight, which takes it off its dashboards. One that is deleted already stays so."""
    _set_deleted(insight, user, True)


def restore_insight(insight: Insight, user: Any) -> None:
    """Bring a deleted insight back; it stands on no dashboard."""
    _set_deleted(insight, user, False)


class _Placing:
    """What is to be done so that an insight stands on certain dashboards only."""

    def __init__(self, before: list[Dashboard], added: list[Dashboard], removed: list[Tile]) -> None:
        self.before, self.added, self.removed = before, added, removed

    @classmethod
    def of(cls, insight: Insight, wanted_ids: Iterable[int], user: Any) -> "_Placing":
        """Raises ValidationError for an unknown dashboard, PermissionDenied for one the person may not edit."""
        wanted = _dashboards(insight.project, wanted_ids, user)
        tiles = Tile.objects.filter(insight=insight, deleted=False).select_related("dashboard__project")
        live = list(tiles.prefetch_related("dashboard__collaborators").order_by("dashboard_id"))
        held = {tile.dashboard_id for tile in live}
        added = [dashboard for dashboard in wanted if dashboard.pk not in held]
        kept = {dashboard.pk for dashboard in wanted} | _unseen(live, user)
        removed = [tile for tile in live if tile.dashboard_id not in kept]
        _require_edit(added, user, "add insights to")
        _require_edit([tile.dashboard for tile in removed], user, "remove insights from")
        return cls([tile.dashboard for tile in live], added, removed)

    def apply(self, insight: Insight, user: Any) -> list[dict[str, Any]]:
        """Do it, with an entry in the history of each of the dashboards; what has changed."""
        for dashboard in self.added:
            with tiles_recorded(dashboard, user):
                place_insight(dashboard, insight)
        for tile in self.removed:
            with tiles_recorded(tile.dashboard, user):
                take_off(tile)
        if not (self.added or self.removed):
            return []
        gone = {tile.dashboard_id for tile in self.removed}
        after = [dashboard for dashboard in [*self.before, *self.added] if dashboard.pk not in gone]
        after.sort(key=lambda dashboard: dashboard.pk)
        return [change(SCOPE, "dashboards", _named(self.before), _named(after))]


def _unseen(tiles: Iterable[Tile], user: Any) -> set[int]:
    """The dashboards that somebody may not look at; what they name does not tell of these."""
    return {tile.dashboard_id for tile in tiles if user is not None and not can_see(tile.dashboard, user)}


def _dashboards(project: Project, ids: Iterable[int], user: Any) -> list[Dashboard]:
    wanted = set(ids)
    rows = Dashboard.objects.filter(project=project, deleted=False, pk__in=wanted)
    if user is not None:
        rows = visible(rows, user, project)
    found = list(rows.select_related("project").prefetch_related("collaborators").order_by("pk"))
    if len(found) != len(wanted):
        raise ValidationError("Dashboard not found", attr="dashboards")
    return found


def _require_edit(dashboards: Iterable[Dashboard], user: Any, what: str) -> None:
    for dashboard in dashboards:
        if user is not None and not can_edit(dashboard, user):
            raise PermissionDenied(f"You don't have permission to {what} dashboard: {dashboard.pk}")


def _named(dashboards: Iterable[Dashboard]) -> list[dict[str, Any]]:
    return [{"id": dashboard.pk, "name": dashboard.name} for dashboard in dashboards]


@transaction.atomic
def _set_deleted(insight: Insight, user: Any, deleted: bool) -> None:
    if insight.deleted == deleted:
        return
    insight.deleted = deleted
    insight.save(update_fields=["deleted", "updated_at"])
    if deleted:
        _take_off_everywhere(insight)
    verb = "deleted" if deleted else "restored"
    _record(verb, insight, user, [change(SCOPE, "deleted", not deleted, deleted)])


def _take_off_everywhere(insight: Insight) -> None:
    for tile in Tile.objects.filter(insight=insight, deleted=False):
        take_off(tile)


def _record(activity: str, insight: Insight, user: Any, changes: list[dict[str, Any]] | None = None) -> None:
    """Note what was done; questions without any name are drafts, and not noted."""
    name = insight.name or insight.derived_name
    if not name:
        return
    record_activity(
        scope=SCOPE,
        activity=activity,
        item_id=insight.pk,
        user=user,
        project=insight.project,
        name=name,
        short_id=insight.short_id,
        changes=changes,
    )
