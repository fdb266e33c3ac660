"""A signed-in person looking at the pages of a project, and events in it."""

from datetime import UTC, datetime
from typing import Any

from django.test import Client

from hedgerow.eventstore.client import EventStore
from hedgerow.organizations.models import Membership, User
from hedgerow.projects.models import Project
from hedgerow.taxonomy.models import EventDefinition, PropertyDefinition
from tests.queries.asking import make_api

PASSWORD = "correct horse battery staple"


class Visitor:
    """A member of a project's organization, signed in, and the project's pages."""

    def __init__(self, project: Project, store: EventStore, email: str = "ada@example.com") -> None:
        self.project = project
        self.user = User.objects.create_user(email, PASSWORD)
        Membership.objects.create(user=self.user, organization=project.organization)
        self.client = Client()
        self.client.force_login(self.user)
        self.events = make_api(project, store)

    def get(self, page: str, **query: Any) -> Any:
        """A page of the project."""
        return self.client.get(f"/project/{self.project.pk}/{page}", query)

    def text(self, page: str, **query: Any) -> str:
        """The HTML of a page that exists."""
        response = self.get(page, **query)
        assert response.status_code == 200, response.status_code
        return str(response.content.decode())

    def send(self, event: str, distinct_id: str = "ada", at: datetime | None = None, **properties: Any) -> str:
        """An event that has been stored and is known by name; its uuid."""
        EventDefinition.objects.get_or_create(project=self.project, name=event)
        for name, value in properties.items():
            known = {"is_numerical": isinstance(value, int | float), "property_type": None}
            PropertyDefinition.objects.get_or_create(project=self.project, name=name, type="event", defaults=known)
        return self.events.store_event(event, distinct_id, at or datetime.now(UTC), properties=properties)
