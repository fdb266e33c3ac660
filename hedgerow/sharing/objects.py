"""What can be shared: a dashboard, a saved insight or a recording, each treated alike from here on."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.db.models import QuerySet

from hedgerow.api.asked import is_whole
from hedgerow.api.errors import NotFound
from hedgerow.dashboards.models import Dashboard
from hedgerow.dashboards.rights import can_see, require_edit
from hedgerow.projects.models import Project
from hedgerow.recordings import rights as recording_rights
from hedgerow.saved_insights import rights as insight_rights
from hedgerow.saved_insights.models import Insight
from hedgerow.sharing.models import SharingConfiguration
from hedgerow.sharing.recordings import Recording, recording

DASHBOARD, INSIGHT, RECORDING = "dashboard", "insight", "recording"

_SCOPES = {DASHBOARD: "Dashboard", INSIGHT: "Insight", RECORDING: "Replay"}


@dataclass(frozen=True)
class Shareable:
    """Something that is or can be shared. `kind` is one of `dashboard`, `insight` and `recording`."""

    kind: str
    project: Project
    item: Dashboard | Insight | Recording

    @property
    def scope(self) -> str:
        """What the activity log calls its kind."""
        return _SCOPES[self.kind]

    @property
    def item_id(self) -> str:
        """By what the activity log knows it."""
        return self.item.session_id if isinstance(self.item, Recording) else str(self.item.pk)

    @property
    def short_id(self) -> str | None:
        """An insight's other id."""
        return self.item.short_id if isinstance(self.item, Insight) else None

    @property
    def name(self) -> str | None:
        """What people call it."""
        if isinstance(self.item, Insight):
            return self.item.name or self.item.derived_name
        return self.item.name if isinstance(self.item, Dashboard) else None

    @property
    def reference(self) -> dict[str, Any]:
        """The field of a configuration that points to it."""
        if isinstance(self.item, Recording):
            return {"recording_id": self.item.session_id}
        return {self.kind: self.item}

    @property
    def configurations(self) -> QuerySet[SharingConfiguration]:
        """All of its rows: the current one and those whose tokens were replaced."""
        return SharingConfiguration.objects.filter(project=self.project, **self.reference)

    def require_edit(self, user: Any) -> None:
        """Raise PermissionDenied unless the user, a member of the project, may say how it is shared."""
        if isinstance(self.item, Dashboard):
            require_edit(self.item, user)
        elif isinstance(self.item, Insight):
            insight_rights.require_edit(self.item, user)
        else:
            recording_rights.require_edit(self.project, user)


def find_dashboard(project: Project, given: str, user: Any = None) -> Shareable:
    """A live dashboard by its id, which `user` may see. Raises NotFound."""
    dashboards = Dashboard.objects.filter(project=project, deleted=False)
    found = dashboards.filter(pk=int(given)).first() if _is_number(given) else None
    if found is None or (user is not None and not can_see(found, user)):
        raise NotFound("Dashboard not found.")
    return Shareable(DASHBOARD, project, found)


def find_insight(project: Project, given: str, user: Any = None) -> Shareable:
    """A live insight by its id or short id, which `user` may see. Raises NotFound."""
    insights = Insight.objects.filter(project=project, deleted=False)
    found = insights.filter(**({"pk": int(given)} if _is_number(given) else {"short_id": given})).first()
    if found is None or (user is not None and not insight_rights.can_see(found, user)):
        raise NotFound("Insight not found.")
    return Shareable(INSIGHT, project, found)


def find_recording(project: Project, given: str, user: Any = None) -> Shareable:
    """A recording by the id of its session, which `user` may see. Raises NotFound."""
    found = recording(project, given) if user is None or recording_rights.can_see(project, user) else None
    if found is None:
        raise NotFound("Recording not found.")
    return Shareable(RECORDING, project, found)


FINDERS: dict[str, Callable[[Project, str, Any], Shareable]] = {
    DASHBOARD: find_dashboard,
    INSIGHT: find_insight,
    RECORDING: find_recording,
}


def object_of(configuration: SharingConfiguration) -> Shareable:
    """What a configuration shares. Raises NotFound when it was deleted."""
    project = configuration.project
    if configuration.dashboard_id is not None:
        return find_dashboard(project, str(configuration.dashboard_id))
    if configuration.insight_id is not None:
        return find_insight(project, str(configuration.insight_id))
    return find_recording(project, configuration.recording_id or "")


def _is_number(given: str) -> bool:
    return is_whole(given)
