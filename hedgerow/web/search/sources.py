"""Where a search looks: each kind of object of a project by its name.

How many questions are put to the records does not depend on how much there is.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from django.db.models import Q
from django.urls import reverse
from django.utils.http import urlencode

from hedgerow.access.rules import visible
from hedgerow.actions.models import Action
from hedgerow.cohorts.models import Cohort
from hedgerow.dashboard_templates.listing import listed_templates
from hedgerow.dashboards.models import Dashboard
from hedgerow.files.models import Entry
from hedgerow.files.paths import name_of as name_of_path
from hedgerow.groups.models import Group, GroupTypeMapping
from hedgerow.organizations.models import User
from hedgerow.persons.listing import Wanted, find_persons
from hedgerow.persons.rows import person_rows
from hedgerow.projects.models import Project
from hedgerow.queries.errors import QueryError
from hedgerow.saved_insights.models import Insight
from hedgerow.taxonomy.models import EventDefinition, PropertyDefinition
from hedgerow.web.groups import address_of, name_of
from hedgerow.web.names import EVENTS, PROPERTIES, event_name, property_name
from hedgerow.web.objects import object_address
from hedgerow.web.search.commands import found_commands
from hedgerow.web.search.ranking import Hit, candidates, rank_of

SHORTEST_OF_PERSONS = 2
MOST_PERSONS = 6


@dataclass(frozen=True)
class Source:
    """A kind of what can be found, with its title for many."""

    title: str
    find: Callable[[Project, User, str], Iterable[Hit]]


def _dashboards(project: Project, user: User, text: str) -> Iterable[Hit]:
    listed = Dashboard.objects.filter(project=project, deleted=False).exclude(
        creation_mode=Dashboard.CreationMode.UNLISTED
    )
    for each in candidates(visible(listed, user, project), ("name", "description"), text):
        address = object_address(project.pk, "dashboard", str(each.pk))
        yield Hit(str(each), address, each.description, rank_of(text, [str(each)]))


def _insights(project: Project, user: User, text: str) -> Iterable[Hit]:
    saved = Insight.objects.filter(project=project, deleted=False, saved=True)
    for each in candidates(visible(saved, user, project), ("name", "derived_name", "description"), text):
        title = each.name or each.derived_name or "Untitled"
        address = object_address(project.pk, "insight", each.short_id)
        yield Hit(title, address, each.description or "", rank_of(text, [title]))


def _cohorts(project: Project, user: User, text: str) -> Iterable[Hit]:
    live = Cohort.objects.filter(project=project, deleted=False)
    for each in candidates(visible(live, user, project), ("name", "description"), text):
        title = each.name or f"Cohort {each.pk}"
        address = object_address(project.pk, "cohort", str(each.pk))
        yield Hit(title, address, each.description, rank_of(text, [title]))


def _actions(project: Project, user: User, text: str) -> Iterable[Hit]:
    live = Action.objects.filter(project=project, deleted=False)
    for each in candidates(visible(live, user, project), ("name", "description"), text):
        address = object_address(project.pk, "action", str(each.pk))
        yield Hit(each.name, address, each.description, rank_of(text, [each.name]))


def _persons(project: Project, user: User, text: str) -> Iterable[Hit]:
    """By e-mail, name, uuid or distinct id."""
    if len(text) < SHORTEST_OF_PERSONS:
        return
    try:
        found = find_persons(project, Wanted(search=text), MOST_PERSONS, 0)
    except QueryError:  # the engine is busy or away: everything else is still found
        return
    for row in person_rows(project, found, 3):
        ids = ", ".join(each for each in row["distinct_ids"] if each != row["name"])
        rank = rank_of(text, [row["name"], str(row["uuid"]), *row["distinct_ids"]])
        yield Hit(row["name"], reverse("person", args=[project.pk, row["uuid"]]), ids, rank)


def _groups(project: Project, user: User, text: str) -> Iterable[Hit]:
    types = {each.group_type_index: each for each in GroupTypeMapping.objects.filter(project=project)}
    groups = Group.objects.filter(project=project, group_type_index__in=types)
    for each in candidates(groups, ("group_key", "group_properties__name"), text):
        kind = types[each.group_type_index]
        name = name_of(each)
        detail = kind.name_singular or kind.group_type
        yield Hit(name, address_of(each), detail.capitalize(), rank_of(text, [name, each.group_key]))


def _event_definitions(project: Project, user: User, text: str) -> Iterable[Hit]:
    definitions = EventDefinition.objects.filter(project=project, hidden=False)
    titled = Q(name__in=_names_titled(EVENTS, text))
    for each in candidates(definitions, ("name", "description"), text, titled):
        title = event_name(each.name)
        address = reverse("event_definition", args=[project.pk, each.pk])
        yield Hit(title, address, each.name if title != each.name else "", rank_of(text, [title, each.name]))


def _property_definitions(project: Project, user: User, text: str) -> Iterable[Hit]:
    definitions = PropertyDefinition.objects.filter(project=project, hidden=False)
    titled = Q(name__in=_names_titled(PROPERTIES, text))
    for each in candidates(definitions, ("name", "description"), text, titled):
        title = property_name(each.name)
        address = reverse("property_definition", args=[project.pk, each.pk])
        detail = f"of {each.type}s" + (f", {each.name}" if title != each.name else "")
        yield Hit(title, address, detail, rank_of(text, [title, each.name]))


def _templates(project: Project, user: User, text: str) -> Iterable[Hit]:
    for each in listed_templates(project, {"search": text}):
        address = reverse("template", args=[project.pk, each.pk])
        yield Hit(str(each), address, each.dashboard_description or "", rank_of(text, [str(each)]))


def _folders(project: Project, user: User, text: str) -> Iterable[Hit]:
    for each in candidates(Entry.objects.filter(project=project, type="folder"), ("path",), text):
        title = name_of_path(each.path)
        address = f"{reverse('files', args=[project.pk])}?{urlencode({'folder': each.path})}"
        yield Hit(title, address, each.path if title != each.path else "", rank_of(text, [title]))


def _names_titled(titles: dict[str, str], text: str) -> list[str]:
    """The names whose words for people contain every word of the text."""
    words = text.casefold().split()
    return [name for name, title in titles.items() if all(word in title.casefold() for word in words)]


SOURCES = (
    Source("Dashboards", _dashboards),
    Source("Insights", _insights),
    Source("Commands", found_commands),
    Source("Persons", _persons),
    Source("Cohorts", _cohorts),
    Source("Actions", _actions),
    Source("Groups", _groups),
    Source("Events", _event_definitions),
    Source("Properties", _property_definitions),
    Source("Templates", _templates),
    Source("Folders", _folders),
)
"""In the order in which equally good ones are shown."""
