"""What the query language needs to know of a project, gathered from the records."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from threading import Lock
from time import monotonic

from hedgerow.actions.reading import ProjectActions
from hedgerow.cohorts.models import Cohort as CohortRow
from hedgerow.eventstore.client import event_store
from hedgerow.groups.models import GroupTypeMapping
from hedgerow.hogql import ast
from hedgerow.hogql.context import Action, Cohort, ProjectContext
from hedgerow.hogql.errors import ResolutionError
from hedgerow.insights.actions import action_condition
from hedgerow.insights.errors import InsightError
from hedgerow.projects.models import Project
from hedgerow.queries.errors import query_errors
from hedgerow.taxonomy.models import PropertyDefinition

DEFINITIONS_SECONDS = 5.0
"""How long a process goes on with the property and group types it has read; they change seldom."""

MOST_PROJECTS = 1_000

ALWAYS_TEXT = ("$current_url", "$screen_name")
"""Properties of events that are text as SDKs send them: read as such, they cost a part of what unknown ones do."""


@dataclass(frozen=True, slots=True)
class _Definitions:
    read_at: float
    event_types: Mapping[str, str]
    person_types: Mapping[str, str]
    group_property_types: Mapping[int, Mapping[str, str]]
    group_types: tuple[str, ...]
    chosen_types: tuple[tuple[str, int, str, str | None], ...]


_known: dict[int, _Definitions] = {}
_lock = Lock()
_generation = 0


def project_context(project: Project, actions: Mapping[int, Action] | None = None) -> ProjectContext:
    """The project as the query language sees it now; with `actions`, if given, as its actions."""
    definitions = _definitions(project.pk)
    return ProjectContext(
        team_id=project.pk,
        timezone=project.timezone,
        week_start_day=project.week_start_day or 0,
        event_property_types=definitions.event_types,
        person_property_types=definitions.person_types,
        group_property_types=definitions.group_property_types,
        group_types=definitions.group_types,
        has_person_overrides=_has_person_overrides(project.pk),
        path_cleaning_filters=project.path_cleaning_filters or (),
        cohorts=_cohorts(project.pk),
        actions=ProjectActions(project.pk) if actions is None else actions,
        matching_action=_matching_action,
    )


def chosen_types(project_id: int) -> tuple[tuple[str, int, str, str | None], ...]:
    """The types of properties that people have set: carrier, index of the group type, name, type.

    Answers to queries are kept by them, so that none outlives a change.
    """
    return _definitions(project_id).chosen_types


def forget_definitions(project_id: int) -> None:
    """Have the project's property and group types read again for the next query of this process."""
    global _generation
    with _lock:
        _generation += 1
        _known.pop(project_id, None)


def _matching_action(action: Action, context: ProjectContext) -> ast.Expr:
    try:
        return action_condition(action, context, datetime.now(UTC))
    except InsightError as error:
        raise ResolutionError(f"Action '{action.name}': {error.detail}") from None


def _cohorts(project_id: int) -> dict[int, Cohort]:
    """Read each time: the version changes with each calculation, and the one before is removed some time later."""
    rows = CohortRow.objects.filter(project_id=project_id, deleted=False)
    fields = rows.only("id", "name", "is_static", "version")
    return {row.pk: Cohort(row.pk, row.name or "", row.members_version) for row in fields}


def _has_person_overrides(team_id: int) -> bool:
    """Asked of the event store each time (under a millisecond): a wrong "no" would count persons wrongly."""
    with query_errors():
        found = event_store().query(
            "SELECT count() > 0 FROM person_overrides WHERE team_id = {team_id:Int64}", {"team_id": team_id}
        )
    return bool(found.rows[0][0])


def _definitions(project_id: int) -> _Definitions:
    known = _known.get(project_id)
    if known is not None and monotonic() - known.read_at < DEFINITIONS_SECONDS:
        return known
    generation = _generation
    read = _read_definitions(project_id)
    with _lock:
        if len(_known) >= MOST_PROJECTS:
            _known.clear()
        if generation == _generation:  # else it may have been read before the change for which others were forgotten
            _known[project_id] = read
    return read


def _read_definitions(project_id: int) -> _Definitions:
    types: dict[str, dict[str, str]] = defaultdict(dict)
    types[PropertyDefinition.Type.EVENT] = dict.fromkeys(ALWAYS_TEXT, PropertyDefinition.PropertyType.STRING)
    group_property_types: dict[int, dict[str, str]] = defaultdict(dict)
    definitions = PropertyDefinition.objects.filter(project_id=project_id)
    chosen = definitions.filter(is_type_chosen=True).order_by("type", "group_type_index", "name")
    rows = definitions.filter(property_type__isnull=False)
    fields = ("type", "group_type_index", "name", "property_type", "has_members")
    for carrier, index, name, property_type, has_members in rows.values_list(*fields):
        if has_members and property_type == PropertyDefinition.PropertyType.STRING:
            # Without a type it is looked at closely, so that objects and arrays are shown as JSON.
            types[carrier].pop(name, None)
            continue
        if carrier == PropertyDefinition.Type.GROUP:
            group_property_types[index][name] = property_type or ""
        else:
            types[carrier][name] = property_type or ""
    by_index = dict(
        GroupTypeMapping.objects.filter(project_id=project_id).values_list("group_type_index", "group_type")
    )
    return _Definitions(
        read_at=monotonic(),
        event_types=types[PropertyDefinition.Type.EVENT],
        person_types=types[PropertyDefinition.Type.PERSON],
        group_property_types=group_property_types,
        group_types=tuple(by_index.get(index, "") for index in range(max(by_index, default=-1) + 1)),
        chosen_types=tuple(chosen.values_list("type", "group_type_index", "name", "property_type")),
    )
