"""What can be opened or begun by name: the pages of a project, and what can be made there."""

from collections.abc import Iterable
from dataclasses import dataclass

from django.urls import reverse

from hedgerow.organizations.models import User
from hedgerow.projects.models import Project
from hedgerow.recordings.rights import can_see
from hedgerow.web.search.ranking import OTHERWISE, Hit, rank_of


@dataclass(frozen=True)
class Command:
    """A page by its title, the name of its path, what its path names, and other words it is looked for by."""

    title: str
    page: str
    slug: str = ""
    words: str = ""
    is_of_project: bool = True

    def rank(self, text: str) -> int:
        """How well the text fits the title or one of the other words."""
        return rank_of(text, (self.title, *self.words.split(", ")))

    def hit(self, project_id: int, rank: int = OTHERWISE) -> Hit:
        """The page as something found."""
        path = [each for each in (project_id, self.slug) if each] if self.is_of_project else []
        return Hit(self.title, reverse(self.page, args=path), rank=rank)


COMMANDS = (
    Command("New dashboard", "new_dashboard", words="create dashboard, add dashboard, board"),
    Command("New dashboard from a template", "templates", words="create from template"),
    Command("New trend", "insight", "trends", "create trends insight, new insight, graph"),
    Command("New funnel", "insight", "funnels", "create funnel insight, new insight, conversion"),
    Command("New retention", "insight", "retention", "create retention insight, new insight"),
    Command("New paths", "insight", "paths", "create paths insight, new insight, user paths"),
    Command("New stickiness", "insight", "stickiness", "create stickiness insight, new insight"),
    Command("New lifecycle", "insight", "lifecycle", "create lifecycle insight, new insight"),
    Command("New SQL query", "sql", words="create sql query, hogql"),
    Command("New cohort", "new_cohort", words="create cohort, segment"),
    Command("Go to dashboards", "dashboards", words="dashboards, boards"),
    Command("Go to saved insights", "saved_insights", words="insights, saved insights"),
    Command("Go to web analytics", "web", words="web analytics, visitors"),
    Command("Go to recordings", "recordings", words="recordings, session replay, replays, player"),
    Command("Go to SQL", "sql", words="sql, hogql, query editor"),
    Command("Go to SQL functions", "sql_functions", words="sql functions, hogql functions, reference"),
    Command("Go to persons", "persons", words="persons, people, users"),
    Command("Go to cohorts", "cohorts", words="cohorts, segments"),
    Command("Go to live events", "events", words="live events, activity of people"),
    Command("Go to event definitions", "event_definitions", words="event definitions, data management, taxonomy"),
    Command("Go to property definitions", "property_definitions", words="property definitions, data management"),
    Command("Go to files", "files", words="files, tree, folders"),
    Command("Go to templates", "templates", words="templates, gallery"),
    Command("Go to the activity log", "activity", words="activity log, history, audit"),
    Command("Go to project settings", "project_settings", words="project settings, time zone, token, delete project"),
    Command("Go to secret keys", "secret_keys", words="secret keys, project secret api keys"),
    Command("Go to access rules", "project_access", words="access rules, permissions, rights"),
    Command(
        "Go to organization settings",
        "organization",
        words="organization settings, members, invites, roles, domains, sso, scim",
        is_of_project=False,
    ),
    Command("Go to your account", "account", words="account, password, personal api keys", is_of_project=False),
    Command("Connect an application", "connect", words="connect, install, api key, snippet, sdk"),
)


def found_commands(project: Project, user: User, text: str) -> Iterable[Hit]:
    """The commands that a text finds."""
    ranked = ((each, each.rank(text)) for each in COMMANDS if each.page != "recordings" or can_see(project, user))
    return (each.hit(project.pk, rank) for each, rank in ranked if rank < OTHERWISE)


def first_commands(project: Project) -> list[Hit]:
    """What can be begun, offered before anything is written."""
    return [each.hit(project.pk) for each in COMMANDS if each.title.startswith("New ")]
